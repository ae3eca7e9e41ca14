//! Something that should have been a status document and was none.

use std::fmt;

use crate::domain::id::OperatorId;

/// What came instead of a document, or why nothing came.
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
