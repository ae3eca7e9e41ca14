//! What a node told that others weigh: its deadlines, and which forks it is set for. Must not know what follows from it.

use super::Track;
use crate::domain::observation::Deadline;
use crate::domain::signal::SignalId;
use crate::domain::verdict::fork_rules::OtherRules;
use crate::domain::verdict::hold::Level;

impl Track {
    /// What runs out while its chain stands still, as last told.
    pub fn deadlines(&self) -> &[Deadline] {
        &self.deadlines
    }

    /// Whether no block comes any more, as judged: the head is too old, or its height stays undecided.
    pub fn stands_still(&self) -> bool {
        let rules = [SignalId::HEAD_AGE, SignalId::ROUND];
        rules.iter().any(|id| self.standings.get(id).is_some_and(|s| s.hold.judged() == Level::Bad))
    }

    /// Which forks it is set for, as last told.
    pub fn fork_rules(&self) -> Option<&str> {
        self.fork_rules.as_deref()
    }

    /// Which forks the others are set for.
    pub fn other_rules(&self) -> &[OtherRules] {
        &self.other_rules
    }
}
