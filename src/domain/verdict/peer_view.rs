//! What another operator says of itself, as far as judgement needs it. Never added up with what we measured.

use crate::domain::event::{NodeState, Scope};
use crate::domain::id::OperatorId;
use crate::domain::time::At;

/// One operator's word, checked by whoever received it.
#[derive(Clone, Debug, PartialEq)]
pub struct PeerView {
    /// Who speaks.
    pub operator: OperatorId,
    /// What it shares with others (provider, upstream), where known.
    pub via: Option<String>,
    /// Signed by a key of the roster, fresh, right network. What is not trusted is shown but never counted.
    pub trusted: bool,
    /// The document's own time.
    pub at: At,
    /// The highest block or slot it reports.
    pub height: Option<u64>,
    /// The finalized block, or epoch, it reports.
    pub finalized: Option<u64>,
    /// The worst state of its own nodes.
    pub state: Option<NodeState>,
    /// Its own verdict about the scope.
    pub scope: Option<Scope>,
}
