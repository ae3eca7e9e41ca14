//! Short words to the person at the console: what was refused, what went wrong, what was done.

use crate::domain::time::{At, Span};

/// How long a notice stays when no key was pressed since, seconds. A warning stays until a key is pressed.
const STAYS: Span = Span::from_secs(8);

/// How much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Something was done.
    Info,
    /// Something was refused or failed.
    Warning,
}

/// One notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// How much it matters.
    pub level: Level,
    /// The words.
    pub text: String,
    /// Since when.
    pub at: At,
}

impl Notice {
    /// Something was done.
    pub fn info(text: impl Into<String>, at: At) -> Self {
        Self { level: Level::Info, text: text.into(), at }
    }

    /// Something was refused or failed.
    pub fn warning(text: impl Into<String>, at: At) -> Self {
        Self { level: Level::Warning, text: text.into(), at }
    }

    /// Whether it has been there long enough.
    #[must_use]
    pub fn is_over(&self, now: At) -> bool {
        self.level == Level::Info && now.since(self.at) > STAYS
    }
}
