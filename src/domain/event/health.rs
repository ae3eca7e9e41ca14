//! Events that judge: a node's state, the scope of the trouble, alerts, what a peer reported.

use serde::{Deserialize, Serialize};

use super::group::events;
use crate::domain::event::Event;
use crate::domain::id::{NodeId, OperatorId};
use crate::domain::time::At;

events! {
    /// What was judged of nodes, networks and peers.
    HealthEvent {
        /// A node's state changed.
        Verdict(Box<VerdictChanged>) = "verdict.changed",
        /// Local, network, …
        Scope(Box<ScopeChanged>) = "scope.changed",
        /// An alert began.
        Fired(Box<AlertFired>) = "alert.fired",
        /// An alert ended.
        Cleared(Box<AlertCleared>) = "alert.cleared",
        /// What an operator's status document said, when it changed.
        Peer(Box<PeerReported>) = "peer.reported",
    }
}

impl From<HealthEvent> for Event {
    fn from(e: HealthEvent) -> Self {
        Self::Health(e)
    }
}

/// How a node stands. `Unknown` and `Stale` are states of their own, never zero and never green.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NodeState {
    /// Within every limit.
    Ok,
    /// Out of a limit, not yet for long enough, or not by much.
    Warn,
    /// Failing.
    Bad,
    /// Never answered, or answered nothing usable.
    Unknown,
    /// Answered once, silent since.
    Stale,
}

impl NodeState {
    /// As the log and the headless twins write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Unknown => "unknown",
            Self::Stale => "stale",
        }
    }
}

/// A node's verdict, with the sentence that says why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VerdictChanged {
    /// Which node.
    pub node: NodeId,
    /// What it is judged by: a signal's name, or `reachability`.
    pub signal: String,
    /// Before.
    pub from: NodeState,
    /// Now.
    pub to: NodeState,
    /// The rule in a sentence: value, limit, unit.
    pub why: String,
    /// The first bad sample (onset), or the first good one on recovery.
    pub since: At,
    /// When the rule was satisfied (detection), or recovery was proved.
    pub judged: At,
}

/// Where the trouble is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// No trouble.
    Healthy,
    /// Ours alone.
    Local,
    /// Everybody's.
    Network,
    /// Two halves that do not see one another.
    Partition,
    /// Two hashes at one height.
    Fork,
    /// One client's users.
    ClientMinority,
    /// Not enough to say.
    Unknown,
}

impl Scope {
    /// As the log and the headless twins write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Local => "local",
            Self::Network => "network",
            Self::Partition => "partition",
            Self::Fork => "fork",
            Self::ClientMinority => "client-minority",
            Self::Unknown => "unknown",
        }
    }
}

/// The scope changed, with the comparisons that prove it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScopeChanged {
    /// Now.
    pub to: Scope,
    /// Sentences.
    pub evidence: Vec<String>,
}

/// An alert began to fire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertFired {
    /// Alertmanager's fingerprint.
    pub fingerprint: String,
    /// `alertname`.
    pub name: String,
    /// Where it came from: a node's id.
    pub node: NodeId,
    /// Annotation `summary` or `description`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// Label `severity`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub severity: String,
    /// `startsAt`.
    pub since: At,
}

/// An alert ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertCleared {
    /// Alertmanager's fingerprint.
    pub fingerprint: String,
    /// `alertname`.
    pub name: String,
    /// Why, where it fires on: `silenced by alice until 04:10: …`; empty when it is over.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
}

/// What an operator says of itself, when it changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PeerReported {
    /// Who.
    pub operator: OperatorId,
    /// `verified`, `unsigned`, `bad-signature`, …
    pub trust: String,
    /// In one line: versions, heights, what they say.
    pub summary: String,
    /// The document's own time.
    pub at: At,
}
