//! Two groups that do not reach each other, seen without two hashes: a vote that one side misses is there on the other.
//! Must not know chains; those that differ are a fork's matter.

use std::collections::BTreeSet;

use super::scope::{ScopeVerdict, Sight};
use super::sentence::number;
use super::track::Track;
use crate::domain::event::Scope;
use crate::domain::votes::Votes;

/// Power, %, that the sides must see together beyond what the better one sees by itself.
const MORE_TOGETHER_PCT: f64 = 10.0;

/// Seconds a height must be undecided on both sides: in a healthy round votes trickle in, here sooner and there later.
const UNDECIDED_S: f64 = 10.0;

/// Own nodes against others whose votes are of the same height: neither has two thirds, and each sees votes that the
/// other misses.
pub(super) fn partition(sight: &Sight<'_>) -> Option<ScopeVerdict> {
    let waits = |t: &&Track| sight.is_current(t) && t.still_s() >= UNDECIDED_S;
    let own = sight.tracks.values().filter(waits).filter(|t| t.spec.mine);
    for ours in own {
        let Some(mine) = ours.votes().filter(|v| v.prevotes.total > 0 && !v.prevotes.has_quorum()) else { continue };
        let others = sight.tracks.values().filter(waits).filter(|t| t.spec.id != ours.spec.id);
        for other in others.filter(|t| t.same_chain(ours)) {
            let votes = other.votes().filter(|v| v.height == mine.height && !v.prevotes.has_quorum());
            if let Some(evidence) = votes.and_then(|theirs| split(ours, mine, other, theirs)) {
                return Some(ScopeVerdict { scope: Scope::Partition, evidence });
            }
        }
    }
    None
}

fn split(ours: &Track, mine: &Votes, other: &Track, theirs: &Votes) -> Option<Vec<String>> {
    let (here, there) = (mine.prevotes.pct(mine.prevotes.seen()), theirs.prevotes.pct(theirs.prevotes.seen()));
    let missing = |votes: &Votes| -> BTreeSet<String> { votes.missing().map(|v| v.name.clone()).collect() };
    let (missed_here, missed_there) = (missing(mine), missing(theirs));
    let power = |votes: &Votes, names: &BTreeSet<String>| -> u64 {
        votes.voters.iter().filter(|v| names.contains(&v.name)).filter_map(|v| v.power).fold(0, u64::saturating_add)
    };
    let nowhere: BTreeSet<String> = missed_here.intersection(&missed_there).cloned().collect();
    let together = mine.prevotes.pct(mine.prevotes.total.saturating_sub(power(mine, &nowhere)));
    // Votes trickle in: only voters that either side misses altogether make two groups.
    let apart = missed_here.difference(&missed_there).next().is_some()
        && missed_there.difference(&missed_here).next().is_some();
    if !apart || together < here.max(there) + MORE_TOGETHER_PCT {
        return None;
    }
    let height = mine.height.map_or_else(String::new, |h| format!(" at height {h}"));
    let some = |names: &BTreeSet<String>, not: &BTreeSet<String>| -> String {
        let shown: Vec<String> = names.difference(not).take(3).map(|n| n.chars().take(12).collect()).collect();
        shown.join(", ")
    };
    Some(vec![
        format!(
            "own {} sees prevotes of {} %{height}, {} of {} %: neither has the two thirds, together they are {} %",
            ours.spec.id,
            number(here),
            other.spec.id,
            number(there),
            number(together)
        ),
        format!("{} misses votes that {} has: {}", ours.spec.id, other.spec.id, some(&missed_here, &missed_there)),
        format!("{} misses votes that {} has: {}", other.spec.id, ours.spec.id, some(&missed_there, &missed_here)),
    ])
}
