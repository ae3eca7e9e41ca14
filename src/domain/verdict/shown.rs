//! How a node stands for a reader: what is judged, and what is out of a limit but not yet judged, as such. Only reads.

use super::hold::Level;
use super::judge::REACHABILITY;
use super::track::{Track, state_of};
use crate::domain::event::NodeState;
use crate::domain::signal::SignalId;
use crate::domain::time::At;

/// How a node stands for a reader, with what is not yet sure shown as such.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The state; a breach that has not yet held for long enough shows as `Warn`.
    pub state: NodeState,
    /// What it is judged by: a signal's name, or `reachability`; empty when all is well.
    pub signal: String,
    /// The reasons, the weightiest first; empty when all is well.
    pub why: Vec<String>,
    /// The first sample of the run that led here; `None` when all is well.
    pub since: Option<At>,
}

/// One rule that a node is out of.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// By which signal.
    pub signal: SignalId,
    /// How bad; what is not yet judged is `Warn`.
    pub state: NodeState,
    /// The rule in a sentence.
    pub why: String,
    /// The first sample of the run that led here.
    pub since: At,
    /// Whether it held long enough to be judged.
    pub judged: bool,
}

/// Every rule that is raised or out of its limit, the weightiest first, then the oldest.
pub(super) fn reasons(track: &Track) -> Vec<Reason> {
    let mut reasons = Vec::new();
    for (signal, s) in &track.standings {
        let mut add = |level: Level, judged: bool, why: String, since: At| {
            reasons.push(Reason { signal: *signal, state: state_of(level), why, since, judged });
        };
        match (s.hold.judged(), s.hold.breach_since()) {
            // Slow host values peak by nature: what is not yet judged is not yet worth a word.
            (Level::Ok, Some(_)) if s.slow => {}
            (Level::Ok, Some(first)) => {
                add(Level::Warn, false, format!("{} ({} of {} samples)", s.why, s.hold.breaches(), s.need), first);
            }
            (Level::Ok, None) => {}
            (level, _) if track.heard().is_none() => {
                add(level, true, format!("{}; not measured again since the restart", s.why), s.hold.since());
            }
            (level, None) => {
                add(level, true, format!("{}; within the limit again, waiting for proof", s.why), s.hold.since());
            }
            (level, Some(_)) => add(level, true, s.why.clone(), s.hold.since()),
        }
    }
    reasons.sort_by_key(|r| (std::cmp::Reverse(r.state), r.since));
    reasons
}

/// The state as a reader sees it now: judged, and what is breached but not yet judged as a warning.
pub(super) fn shown(track: &Track) -> Verdict {
    if track.lost() || !track.answered() {
        return Verdict {
            state: track.judged(),
            signal: REACHABILITY.to_owned(),
            why: vec![track.reach_words().unwrap_or("it has not been asked yet").to_owned()],
            since: track.lost().then(|| track.reach_since()),
        };
    }
    let reasons = reasons(track);
    let mut verdict = Verdict {
        state: reasons.first().map_or(NodeState::Ok, |r| r.state),
        signal: reasons.first().map_or_else(String::new, |r| r.signal.name().to_owned()),
        since: reasons.first().map(|r| r.since),
        why: reasons.into_iter().map(|r| r.why).collect(),
    };
    if let Some(words) = track.reach_words() {
        if verdict.state == NodeState::Ok {
            verdict.state = NodeState::Warn;
            REACHABILITY.clone_into(&mut verdict.signal);
        }
        verdict.why.push(format!("the last poll failed: {words}"));
    }
    verdict
}
