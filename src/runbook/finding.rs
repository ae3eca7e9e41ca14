//! Something wrong with a runbook: where, what, and how to mend it. Errors keep it from running, warnings do not.

use std::fmt;

use thiserror::Error;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It cannot be run.
    Error,
    /// It can, but somebody will be sorry.
    Warning,
}

impl Severity {
    /// In a word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One fault of a runbook's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// The line, from 1.
    pub line: u32,
    /// What is wrong.
    pub what: String,
    /// How to mend it.
    pub mend: String,
}

impl Finding {
    /// An error.
    pub fn error(line: u32, what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { severity: Severity::Error, line, what: what.into(), mend: mend.into() }
    }

    /// A warning.
    pub fn warning(line: u32, what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, line, what: what.into(), mend: mend.into() }
    }

    /// `finality.md:12: error: … ; …`
    #[must_use]
    pub fn in_file(&self, file: &str) -> String {
        format!("{file}:{}: {}: {}; {}", self.line, self.severity.as_str(), self.what, self.mend)
    }
}

/// A runbook that cannot be run, with every reason.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub struct Broken {
    /// The file as people know it.
    pub file: String,
    /// At least one, by line.
    pub findings: Vec<Finding>,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, finding) in self.findings.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            f.write_str(&finding.in_file(&self.file))?;
        }
        Ok(())
    }
}
