//! Parts of a scenario that are courses over time: a node's signal, another operator's words.

use crate::domain::event::{NodeState, Scope};
use crate::domain::id::{NodeId, OperatorId};
use crate::domain::signal::SignalId;
use crate::drill::curve::Curve;

/// The course of one signal of one node.
#[derive(Clone, Debug, PartialEq)]
pub struct SignalPlan {
    /// Which node.
    pub node: NodeId,
    /// Which signal.
    pub signal: SignalId,
    /// Its course.
    pub curve: Curve,
}

/// Another operator: its status document is published again and again, with what it says at that time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerPlan {
    /// Who.
    pub operator: OperatorId,
    /// Stake, in the network's own units, as the players' roster has it.
    pub stake: u64,
    /// What it shares with others.
    pub via: Option<String>,
    /// Whether its documents carry a good signature (the scenario's word: nothing is really signed in a drill).
    pub signed: bool,
    /// Seconds between two documents.
    pub every: i64,
    /// What it says, by time, the first at the earliest document.
    pub words: Vec<PeerWord>,
}

/// What an operator says from some second on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerWord {
    /// From this second.
    pub at: i64,
    /// One line of plain text.
    pub says: String,
    /// Its client.
    pub client: String,
    /// Its version.
    pub version: String,
    /// How it says its nodes stand.
    pub state: Option<NodeState>,
    /// Its own verdict.
    pub scope: Option<Scope>,
    /// Slots its head is behind the chain's.
    pub behind: u64,
}
