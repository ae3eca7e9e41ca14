//! What another operator says of itself, as far as judgement needs it. Never added up with what we measured.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::event::{NodeState, Scope};
use crate::domain::id::OperatorId;
use crate::domain::observation::Family;
use crate::domain::time::At;

/// One operator's word, checked by whoever received it.
#[derive(Clone, Debug, PartialEq)]
pub struct PeerView {
    /// Who speaks.
    pub operator: OperatorId,
    /// Which network it speaks about; empty when that is not told.
    pub network: String,
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
    /// Its nodes, one by one.
    pub nodes: Vec<PeerNodeView>,
}

/// One node of theirs, as they report it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PeerNodeView {
    /// Its name over there.
    pub id: String,
    /// Which family its client belongs to, where the client is known.
    pub family: Option<Family>,
    /// Its client, lower case; empty when not told.
    pub client: String,
    /// Its version; empty when not told.
    pub version: String,
    /// How it stands.
    pub state: Option<NodeState>,
    /// Its newest block or slot.
    pub height: Option<u64>,
    /// Hashes at heights.
    pub hashes: BTreeMap<u64, Arc<str>>,
}
