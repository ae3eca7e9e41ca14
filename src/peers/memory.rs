//! The newest verified document of each operator, so that an old one that is shown again is known as old.
//! Lives as long as the program; across a restart a document's own validity bounds what can be replayed.

use std::collections::BTreeMap;

use crate::domain::id::OperatorId;
use crate::domain::time::At;
use crate::peers::model::StatusDocument;

/// Number and time of what was verified last, by operator.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    last: BTreeMap<OperatorId, Seen>,
}

#[derive(Clone, Debug)]
struct Seen {
    seq: u64,
    at: At,
    raw: String,
}

impl Memory {
    /// Why this document is an old one; `None` when it is new, or the very same again.
    pub(super) fn objection(&self, document: &StatusDocument, raw: &str) -> Option<String> {
        let seen = self.last.get(&document.operator)?;
        if document.seq < seen.seq {
            return Some(format!("number {} comes after {}", document.seq, seen.seq));
        }
        if document.at < seen.at {
            return Some(format!("its time {} is before {}", document.at.short(), seen.at.short()));
        }
        (document.seq == seen.seq && raw != seen.raw)
            .then(|| format!("number {} was used for other words before", seen.seq))
    }

    /// Keeps a verified document's number and time.
    pub(super) fn keep(&mut self, document: &StatusDocument, raw: &str) {
        let seen = Seen { seq: document.seq, at: document.at, raw: raw.to_owned() };
        self.last.insert(document.operator.clone(), seen);
    }
}
