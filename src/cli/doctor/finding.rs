//! One line of the examination: how it is, what it is about, and how to mend it.

use serde::Serialize;

/// How it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Well.
    Ok,
    /// Works, and will hurt some day.
    Warn,
    /// Does not work.
    Bad,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it is about: `config`, `node val-1`.
    pub id: String,
    /// How it is.
    pub level: Level,
    /// In a sentence.
    pub says: String,
    /// How to mend it; empty when nothing is to be mended.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub mend: String,
}

impl Finding {
    /// Well.
    pub fn ok(id: impl Into<String>, says: impl Into<String>) -> Self {
        Self { id: id.into(), level: Level::Ok, says: says.into(), mend: String::new() }
    }

    /// Works, and will hurt some day.
    pub fn warn(id: impl Into<String>, says: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { id: id.into(), level: Level::Warn, says: says.into(), mend: mend.into() }
    }

    /// Does not work.
    pub fn bad(id: impl Into<String>, says: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { id: id.into(), level: Level::Bad, says: says.into(), mend: mend.into() }
    }

    /// As a person reads it.
    #[must_use]
    pub fn line(&self) -> String {
        let level = match self.level {
            Level::Ok => "ok  ",
            Level::Warn => "warn",
            Level::Bad => "BAD ",
        };
        let mut text = format!("{level} {:<12} {}", self.id, self.says);
        if !self.mend.is_empty() {
            text.push_str(&format!("\n                  mend: {}", self.mend));
        }
        text
    }
}
