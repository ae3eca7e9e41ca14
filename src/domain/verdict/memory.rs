//! What judgement has to know again after a restart: what is failing since when, what was normal before, where the trouble
//! was said to be. Disposable: without it, everything is judged anew. Must not know where it is kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::alerts::AlertMemory;
use super::hold::Level;
use super::scope::ScopeVerdict;
use crate::domain::event::{NodeState, Scope};
use crate::domain::id::NodeId;
use crate::domain::subject::Subject;
use crate::domain::time::At;
use crate::domain::watch::NodeSpec;

/// The version of the form; another one is not read.
pub const MEMORY_VERSION: u32 = 1;

/// Seconds after which what was remembered says nothing about now: a week. Then everything is judged anew.
const BELIEVED_S: f64 = 604_800.0;

/// Seconds by which the clock may have gone back; what comes from further ahead is not believed.
const CLOCK_BACK_S: f64 = 60.0;

/// All that is remembered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JudgeMemory {
    /// [`MEMORY_VERSION`].
    pub v: u32,
    /// When it was written.
    pub at: At,
    /// By node.
    pub nodes: BTreeMap<NodeId, NodeMemory>,
    /// Where the trouble was said to be, and the evidence.
    pub scope: Scope,
    /// Sentences.
    pub evidence: Vec<String>,
    /// Alerts that fire, by the way they come and their fingerprint: what fires still is not said twice.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub alerts: BTreeMap<NodeId, BTreeMap<String, AlertMemory>>,
}

impl JudgeMemory {
    /// Whether it may be believed at this moment.
    #[must_use]
    pub fn holds(&self, now: At) -> bool {
        let age = now.since(self.at).as_secs_f64();
        self.v == MEMORY_VERSION && (-CLOCK_BACK_S..=BELIEVED_S).contains(&age)
    }

    pub(super) fn verdict(&self) -> ScopeVerdict {
        ScopeVerdict { scope: self.scope, evidence: self.evidence.clone() }
    }
}

/// One node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeMemory {
    /// Which endpoint it was, and what was asked there; another one under the same name is judged anew. A digest: a URL may
    /// hold a key.
    pub endpoint: u64,
    /// What it was out of, by signal.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub standings: BTreeMap<String, StandingMemory>,
    /// That it gave nothing, and how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost: Option<LostMemory>,
    /// Its newest block.
    pub tip: Option<String>,
    /// When its tip was seen to move.
    pub tip_moved: Option<At>,
    /// Its height.
    pub height: Option<f64>,
    /// What was final, and the height at which that came.
    pub finality: Option<(f64, Option<f64>)>,
    /// The most peers it had.
    pub most_peers: f64,
    /// Seconds a block takes, slots an epoch, whether that is the protocol's own word.
    pub timing: Option<(f64, Option<u64>, bool)>,
    /// Gaps between blocks while all was well, seconds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<f64>,
}

/// One rule that had been raised.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StandingMemory {
    /// Its level.
    pub level: Level,
    /// The first sample of the run that raised it.
    pub since: At,
    /// The sentence.
    pub why: String,
    /// The tip when it was raised: it clears only on another one.
    pub tip: Option<String>,
    /// What was final then.
    pub finality: Option<f64>,
}

/// A node that had been given up on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LostMemory {
    /// `stale` or `unknown`.
    pub state: NodeState,
    /// Since when.
    pub since: At,
    /// Why.
    pub words: Option<String>,
    /// Its tip then.
    pub tip: Option<String>,
}

/// A digest of the endpoint: FNV-1a of family, address and network, and of what is asked there (a query, a contract, a log
/// file's patterns). It only tells a change, it protects nothing.
pub(super) fn endpoint(spec: &NodeSpec) -> u64 {
    let mut text = format!("{} {} {}", spec.family.as_str(), spec.url, spec.network);
    match spec.subject.as_deref() {
        // An inbox is its address.
        None | Some(Subject::Webhook(_)) => {}
        // Where an objective's measurements are kept is no part of it: a console and `watch` keep them differently.
        Some(Subject::Slo(objective, _)) => text.push_str(&format!(" {objective:?}")),
        Some(subject) => text.push_str(&format!(" {subject:?}")),
    }
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3))
}
