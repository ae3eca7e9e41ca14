//! Whether nodes of one chain are set for the same forks: one that was not upgraded leaves the chain at the next of them, and runs
//! well until then. Must not know how a node tells its rules.

use std::collections::BTreeMap;

use super::hold::Level;
use super::rules::{Finding, Mark, Pace, grade};
use super::track::Track;
use crate::domain::id::NodeId;
use crate::domain::observation::{Answer, Value};
use crate::domain::signal::SignalId;

/// Others that are compared with; more say nothing new.
const OTHERS: usize = 32;

/// Others that a sentence names.
const NAMED: usize = 3;

/// One other node's rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OtherRules {
    node: NodeId,
    rules: String,
}

/// The rules of the others of this node's chain, as they told them last; who is lost does not count.
pub(super) fn others(tracks: &BTreeMap<NodeId, Track>, own: &Track) -> Vec<OtherRules> {
    let alike = tracks.values().filter(|t| t.spec.id != own.spec.id && !t.lost() && t.same_chain(own));
    let told = alike.filter_map(|t| Some(OtherRules { node: t.spec.id.clone(), rules: t.fork_rules()?.to_owned() }));
    told.take(OTHERS).collect()
}

/// The rules that this answer tells.
pub(super) fn told(answer: &Answer) -> Option<&str> {
    let reading = answer.readings.iter().find(|r| r.signal == SignalId::FORK_RULES)?;
    match &reading.value {
        Value::Text(text) => Some(text),
        Value::Number(_) => None,
    }
}

/// Compares; nothing to say while there is nobody to compare with, or the node still takes old blocks under old rules.
pub(super) fn finding(track: &Track, answer: &Answer) -> Option<Finding> {
    let ours = told(answer)?;
    let others = track.other_rules();
    if others.is_empty() || track.catching_up() {
        return None;
    }
    let apart: Vec<&OtherRules> = others.iter().filter(|o| o.rules != ours).collect();
    let mut why = format!("the fork rules are {ours}, as those of {} other nodes", others.len());
    if let Some(first) = apart.first() {
        let alike: Vec<&str> =
            apart.iter().filter(|o| o.rules == first.rules).take(NAMED).map(|o| o.node.as_str()).collect();
        why = format!(
            "its fork rules are {ours}, but those of {} are {}: whoever is not set for a fork leaves the chain when it begins; {} of {} \
             others differ, limit 0",
            alike.join(", "),
            first.rules,
            apart.len(),
            others.len()
        );
    }
    let level: Level = grade(!apart.is_empty(), false);
    Some(Finding { signal: SignalId::FORK_RULES, level, why, mark: Mark::None, pace: Pace::Usual })
}
