//! How a verb ends: done, or one of four failures, each with its exit code. The codes are a promise to scripts.
//! Must not print: `start` does that once.

use thiserror::Error;

/// Exit code of a verb that did what was asked.
pub const DONE: u8 = 0;

/// Why a verb did not do what was asked; the variant is the exit code.
#[derive(Debug, Error)]
pub enum CliError {
    /// 1: checked, and false (tampered, lint errors, a failed step).
    #[error("{0}")]
    False(String),
    /// 2: wrong use, or a bad input file: file, line, what is wrong, how to mend it.
    #[error("{0}")]
    Usage(String),
    /// 3: refused by policy: role, quorum, timelock, guard.
    #[error("refused: {0}")]
    Refused(String),
    /// 4: could not: I/O, network, disk full. Nothing acknowledged is lost.
    #[error("{0}")]
    Failed(String),
}

impl CliError {
    /// The process's exit code.
    #[must_use]
    pub const fn code(&self) -> u8 {
        match self {
            Self::False(_) => 1,
            Self::Usage(_) => 2,
            Self::Refused(_) => 3,
            Self::Failed(_) => 4,
        }
    }

    /// Wrong use, in a sentence.
    pub fn usage(text: impl std::fmt::Display) -> Self {
        Self::Usage(text.to_string())
    }

    /// Could not, in a sentence.
    pub fn failed(text: impl std::fmt::Display) -> Self {
        Self::Failed(text.to_string())
    }
}
