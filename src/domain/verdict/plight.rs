//! Four different troubles of a node's chain that look alike from afar, each with its own remedy.
//! Must not know how they are told.

use super::hold::Level;
use super::track::Track;
use crate::domain::event::Scope;
use crate::domain::signal::SignalId;

/// What is wrong with a node's chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Plight {
    /// It takes blocks, and has fewer than the others.
    Behind,
    /// It takes no block, and as far as is known others do.
    Stuck,
    /// It takes no block, and neither does anybody else.
    Halted,
    /// It is on a chain of its own.
    Forked,
}

impl Plight {
    /// In a word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Behind => "behind",
            Self::Stuck => "stuck",
            Self::Halted => "halted",
            Self::Forked => "forked",
        }
    }

    /// Of one node, where the trouble is at `scope`; `forked` when its blocks differ from another's.
    pub(super) fn of(track: &Track, scope: Scope, forked: bool) -> Option<Self> {
        let raised = |signal| track.standings.get(&signal).is_some_and(|s| s.hold.judged() != Level::Ok);
        if forked && matches!(scope, Scope::Fork | Scope::Partition) {
            return Some(Self::Forked);
        }
        if track.lost() {
            return None;
        }
        if raised(SignalId::HEAD_AGE) || raised(SignalId::ROUND) {
            let all = matches!(scope, Scope::Network | Scope::Partition);
            return Some(if all { Self::Halted } else { Self::Stuck });
        }
        (raised(SignalId::SYNC_DISTANCE) || raised(SignalId::CATCHING_UP)).then_some(Self::Behind)
    }
}
