//! A refusal: why, in a sentence that says how to mend it.

use std::fmt;

use crate::domain::policy::Denial;

/// What kind of refusal it is; decides the exit code of the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The command does not make sense as given (exit 2).
    Misuse,
    /// It makes sense, but the incident as it stands does not allow it (exit 3).
    Policy,
    /// Whoever gives it may not (exit 3); the attempt is recorded.
    Denied,
}

/// A refused command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// What kind.
    pub refusal: Refusal,
    /// Why, and how to mend it.
    pub says: String,
    /// Which level or role may, when it was for want of one.
    pub needs: String,
}

impl Rejection {
    /// The command does not make sense as given.
    pub fn misuse(says: impl Into<String>) -> Self {
        Self { refusal: Refusal::Misuse, says: says.into(), needs: String::new() }
    }

    /// The command is not allowed.
    pub fn policy(says: impl Into<String>) -> Self {
        Self { refusal: Refusal::Policy, says: says.into(), needs: String::new() }
    }

    /// Whoever gives it may not, and break-glass changes nothing about that.
    #[must_use]
    pub fn barred(denial: Denial) -> Self {
        Self { refusal: Refusal::Denied, says: denial.to_string(), needs: denial.needs }
    }

    /// Whoever gives it may not.
    #[must_use]
    pub fn denied(denial: Denial) -> Self {
        let says = format!("{denial}; in an emergency: break-glass, with the reason");
        Self { refusal: Refusal::Denied, says, needs: denial.needs }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.says)
    }
}

impl std::error::Error for Rejection {}
