//! A refusal: why, in a sentence that says how to mend it.

use std::fmt;

/// What kind of refusal it is; decides the exit code of the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The command does not make sense as given (exit 2).
    Misuse,
    /// It makes sense, but is not allowed (exit 3).
    Policy,
}

/// A refused command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// What kind.
    pub refusal: Refusal,
    /// Why, and how to mend it.
    pub says: String,
}

impl Rejection {
    /// The command does not make sense as given.
    pub fn misuse(says: impl Into<String>) -> Self {
        Self { refusal: Refusal::Misuse, says: says.into() }
    }

    /// The command is not allowed.
    pub fn policy(says: impl Into<String>) -> Self {
        Self { refusal: Refusal::Policy, says: says.into() }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.says)
    }
}

impl std::error::Error for Rejection {}
