//! Rules about agreement: rounds and votes, catching up, missed blocks, chains that a node calls invalid.
//! Must not know how many samples make a verdict, nor which call gave a value.

use super::hold::Level;
use super::limits::Limits;
use super::rules::{Finding, Mark, Pace, grade};
use super::sentence::{count, number};
use super::track::Track;
use crate::domain::observation::{Answer, Family, OWN_MISSED, OWN_VOTES};
use crate::domain::signal::SignalId;
use crate::domain::votes::{Tally, Votes};

/// Missing voters that a sentence names; the closer look names all.
const NAMED: usize = 3;

/// Every rule about agreement that this answer gives a sample for.
pub(super) fn findings(track: &Track, answer: &Answer, limits: &Limits) -> Vec<Finding> {
    let value = |signal| answer.readings.iter().find(|r| r.signal == signal).and_then(|r| r.value.number());
    let mut out = Vec::new();
    out.extend(value(SignalId::ROUND).map(|round| rounds(round, value(SignalId::UNDECIDED), answer, limits)));
    out.extend(value(SignalId::CATCHING_UP).map(|v| catching_up(track, v, limits)));
    out.extend(value(SignalId::MISSED).map(|v| missed(v, limits)));
    out.extend(value(SignalId::MISSED_PROPOSALS).map(|v| no_block(v, answer, limits)));
    out.extend(value(SignalId::LIVE).map(|v| live(track, v, answer, limits)));
    out.extend(value(SignalId::SKIP_RATE).map(|v| skipped(track, v, limits)));
    out.extend(value(SignalId::INVALID_AHEAD).map(|v| invalid(v, limits)));
    out
}

/// A height that is not decided is a failure of liveness: rounds count up while votes come, and stand still where less
/// than two thirds of the power votes at all.
fn rounds(round: f64, undecided: Option<f64>, answer: &Answer, limits: &Limits) -> Finding {
    let age = undecided.unwrap_or(0.0);
    let level = grade(
        round >= limits.rounds_warn || age > limits.undecided_warn_s,
        round >= limits.rounds_bad || age > limits.undecided_bad_s,
    );
    let mut why = format!("round {} at one height", number(round));
    if let Some(age) = undecided {
        why = format!("the height is undecided for {} s, in round {}", number(age), number(round));
    }
    let (many, long) = match level {
        Level::Bad => (limits.rounds_bad, limits.undecided_bad_s),
        _ => (limits.rounds_warn, limits.undecided_warn_s),
    };
    why.push_str(&format!("; limit round {} or {} s", number(many), number(long)));
    if let Some(votes) = &answer.votes {
        why.push_str(&format!("; {}", standing(votes)));
    }
    Finding { signal: SignalId::ROUND, level, why, mark: Mark::Tip, pace: Pace::Usual }
}

/// How the votes stand, in words: what was seen, what is needed, who is missing.
pub(super) fn standing(votes: &Votes) -> String {
    let Tally { total, .. } = votes.prevotes;
    if total == 0 {
        return "the node does not tell who has voted".to_owned();
    }
    let seen = votes.prevotes.pct(votes.prevotes.seen());
    let mut words = format!("prevotes of {} % of the power are in, over 66.7 % is needed", number(seen));
    if votes.prevotes.nil > 0 {
        words.push_str(&format!(" ({} % for nil)", number(votes.prevotes.pct(votes.prevotes.nil))));
    }
    let missing: Vec<String> = votes.missing().take(NAMED).map(|v| named(v.name.as_str(), v.power, votes)).collect();
    if !missing.is_empty() {
        let more = votes.missing().count().saturating_sub(NAMED);
        let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
        words.push_str(&format!("; missing: {}{tail}", missing.join(", ")));
    }
    words
}

fn named(name: &str, power: Option<u64>, votes: &Votes) -> String {
    let short: String = name.chars().take(12).collect();
    power.map_or_else(|| short.clone(), |p| format!("{short} ({} %)", number(votes.prevotes.pct(p))))
}

/// Catching up is behind and no failure; standing still while it should catch up is one.
fn catching_up(track: &Track, flag: f64, limits: &Limits) -> Finding {
    let still = track.still_s();
    let stuck = flag > 0.0 && still > limits.catch_up_warn_s;
    let why = if stuck {
        let limit = if still > limits.catch_up_bad_s { limits.catch_up_bad_s } else { limits.catch_up_warn_s };
        format!("the node says it is catching up, and took no block for {} s; limit {} s", number(still), number(limit))
    } else {
        "the node says it is still catching up: behind, not failing".to_owned()
    };
    let level = grade(flag > 0.0, stuck && still > limits.catch_up_bad_s);
    Finding { signal: SignalId::CATCHING_UP, level, why, mark: Mark::None, pace: Pace::Usual }
}

fn missed(blocks: f64, limits: &Limits) -> Finding {
    let limit = if blocks > limits.missed_bad { limits.missed_bad } else { limits.missed_warn };
    Finding {
        signal: SignalId::MISSED,
        level: grade(blocks > limits.missed_warn, blocks > limits.missed_bad),
        why: format!("the node's own validator missed {}; limit {}", count(blocks, "block"), number(limit)),
        mark: Mark::None,
        pace: Pace::Usual,
    }
}

/// A slot of ours that the chain passed by.
fn no_block(slots: f64, answer: &Answer, limits: &Limits) -> Finding {
    let (warn, bad) = (limits.missed_proposals_warn, limits.missed_proposals_bad);
    let level = grade(slots >= warn, slots >= bad);
    let told = answer.facts.iter().find(|f| f.topic == OWN_MISSED);
    let what = told.map_or_else(|| format!("{} without a block", count(slots, "own slot")), |f| f.text.clone());
    Finding {
        signal: SignalId::MISSED_PROPOSALS,
        level,
        why: format!("{what}; limit {}", number(if level == Level::Bad { bad } else { warn })),
        mark: Mark::None,
        pace: Pace::Usual,
    }
}

/// Own validators that do not vote lose stake, and with enough of them finality stops. A single one that misses an epoch is an
/// everyday matter, whatever its share of few is: it counts when the next epoch misses one too.
fn live(track: &Track, pct: f64, answer: &Answer, limits: &Limits) -> Finding {
    let own = f64::from(u32::try_from(track.spec.validators.len()).unwrap_or(u32::MAX));
    let single = own > 0.0 && (own * (100.0 - pct) / 100.0).round() <= 1.0;
    let limit = if pct < limits.live_bad_pct { limits.live_bad_pct } else { limits.live_warn_pct };
    let told = answer.facts.iter().find(|f| f.topic == OWN_VOTES);
    let what = told.map_or_else(|| format!("{} % of own validators voted", number(pct)), |f| f.text.clone());
    Finding {
        signal: SignalId::LIVE,
        level: grade(pct < limits.live_warn_pct, pct < limits.live_bad_pct),
        why: format!("{what}; limit {} %", number(limit)),
        mark: Mark::None,
        pace: if single { Pace::TwoEpochs } else { Pace::Usual },
    }
}

fn skipped(track: &Track, pct: f64, limits: &Limits) -> Finding {
    let limit = if pct > limits.skip_bad_pct { limits.skip_bad_pct } else { limits.skip_warn_pct };
    let of = match track.family() {
        Family::EthereumBeacon => "the latest two epochs' slots",
        _ => "this epoch's leader slots",
    };
    Finding {
        signal: SignalId::SKIP_RATE,
        level: grade(pct > limits.skip_warn_pct, pct > limits.skip_bad_pct),
        why: format!("{} % of {of} have no block; limit {} %", number(pct), number(limit)),
        mark: Mark::None,
        pace: Pace::Usual,
    }
}

/// A longer chain that this node calls invalid: either it was attacked, or it follows other rules than its peers.
fn invalid(ahead: f64, limits: &Limits) -> Finding {
    let bad = ahead >= limits.invalid_bad_blocks;
    Finding {
        signal: SignalId::INVALID_AHEAD,
        level: grade(ahead >= 1.0, bad),
        why: format!(
            "a chain that this node calls invalid is {} longer than its own; limit {}",
            count(ahead, "block"),
            if bad { number(limits.invalid_bad_blocks) } else { "1".to_owned() }
        ),
        mark: Mark::None,
        pace: Pace::Usual,
    }
}
