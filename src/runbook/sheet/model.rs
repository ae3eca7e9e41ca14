//! A sheet as plain data: what the runbook asks of each constant, and the values that people gave.
//! Must not know how either is written down.

use std::collections::BTreeMap;

use crate::domain::id::RunbookId;
use crate::domain::sheet::digest_of;

/// What a runbook asks of one constant, beyond the type and pattern of the parameter of its name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Constant {
    /// The parameter.
    pub name: String,
    /// It must differ from every older sheet: a value left over from the last incident is wrong.
    pub changes: bool,
    /// Constants whose values its own must have in it.
    pub contains: Vec<String>,
    /// Hosts that its address may be on (none: any).
    pub hosts: Vec<String>,
}

/// A sheet as people filled it in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// Of which runbook.
    pub runbook: RunbookId,
    /// For which incident, in people's words.
    pub incident: String,
    /// Who says go.
    pub says_go: String,
    /// What else must be known.
    pub note: String,
    /// Frozen: the digest that it was frozen with, whole; none while it is a draft.
    pub frozen: Option<String>,
    /// By name.
    pub values: BTreeMap<String, String>,
    /// The line of each value, and of the other keys, from 1.
    pub lines: BTreeMap<String, u32>,
}

impl Sheet {
    /// What people read aloud stands at its beginning: SHA-256 over the runbook's id, who says go and every constant, hex.
    #[must_use]
    pub fn digest(&self) -> String {
        digest_of(&self.runbook, &self.says_go, &self.values)
    }

    /// The line of a value or key; the first where it has none.
    #[must_use]
    pub fn line(&self, key: &str) -> u32 {
        self.lines.get(key).copied().unwrap_or(1)
    }
}
