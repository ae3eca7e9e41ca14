//! What we hold of one operator: what it said, how far it may be believed, and why.
//! Trust is decided once, when the document comes; nothing later raises it.

use std::fmt;

use crate::domain::id::OperatorId;
use crate::domain::time::At;
use crate::peers::document::Document;

/// How far a document may be believed. Only `Verified` is ever counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trust {
    /// Signed by a key of the roster, fresh, for this network.
    Verified,
    /// Was verified, and is older than its own validity.
    Stale,
    /// Its number or time went back.
    Replayed,
    /// Part of a drill.
    Drill,
    /// For another network.
    WrongNetwork,
    /// No signature.
    Unsigned,
    /// A signature that does not hold, or by a key that the roster does not give to this operator.
    BadSignature,
    /// The roster knows no such operator.
    UnknownOperator,
    /// Over the limit; not read.
    Oversized,
}

impl Trust {
    /// As `peer show` and `watch --json` write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Stale => "stale",
            Self::Replayed => "replayed",
            Self::Drill => "drill",
            Self::WrongNetwork => "wrong-network",
            Self::Unsigned => "unsigned",
            Self::BadSignature => "bad-signature",
            Self::UnknownOperator => "unknown-operator",
            Self::Oversized => "oversized",
        }
    }
}

impl fmt::Display for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What one operator said, with where it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct PeerReport {
    /// Who, as the document says (for an oversized one: as the roster or the file's name says).
    pub operator: OperatorId,
    /// How far it may be believed.
    pub trust: Trust,
    /// Why, in a sentence, where it is not simply verified.
    pub why: String,
    /// What it said; `None` when it was not read.
    pub document: Option<Document>,
    /// The document's own time; when it was received, where it has none.
    pub at: At,
    /// When we got it.
    pub received_at: At,
    /// A file, or an address without credentials.
    pub origin: String,
    /// In the network's own units, from the roster; never from the document.
    pub stake: Option<u64>,
}

impl PeerReport {
    /// Whether it may be counted.
    #[must_use]
    pub fn is_trusted(&self) -> bool {
        self.trust == Trust::Verified
    }
}

/// Something that should have been a status document and was none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerFault {
    /// Whose, where the roster says so.
    pub operator: Option<OperatorId>,
    /// A file, or an address without credentials.
    pub origin: String,
    /// What is wrong and how to mend it.
    pub says: String,
}

impl fmt::Display for PeerFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.origin, self.says)
    }
}
