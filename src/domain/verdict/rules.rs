//! The rules: one graded sample from one answer, each with its sentence (value, limit, unit).
//! Must not know how many samples make a verdict.

use super::agreement;
use super::alerts::is_severe;
use super::bounds;
use super::fork_rules;
use super::history::{Usual, WORK_GAPS};
use super::hold::Level;
use super::limits::Limits;
use super::sentence::{count, number};
use super::track::Track;
use crate::domain::observation::{Answer, Family};
use crate::domain::signal::SignalId;

/// Epochs by which the first finality of a chain is later than any after it: epoch 4 begins with epoch 2 final at the
/// earliest, so four epochs without finality are normal there.
const FIRST_FINALITY_GRACE: f64 = 2.0;

/// What must move before a rule may clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// Nothing: the value itself is the proof.
    None,
    /// A new tip.
    Tip,
    /// A newly finalized epoch or block.
    Finality,
}

/// One rule's word about one answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Finding {
    pub signal: SignalId,
    pub level: Level,
    pub why: String,
    pub mark: Mark,
    /// Host values peak by nature and need a longer run; an alert has waited already.
    pub pace: Pace,
}

/// How long a run a rule needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    /// The usual three.
    Usual,
    /// Slow host values.
    Slow,
    /// At once: the source has held it back already.
    AtOnce,
    /// What is told once an epoch and is nothing unusual in a single one: until the next epoch says the same.
    TwoEpochs,
}

pub(super) fn grade(breach_warn: bool, breach_bad: bool) -> Level {
    match (breach_bad, breach_warn) {
        (true, _) => Level::Bad,
        (false, true) => Level::Warn,
        _ => Level::Ok,
    }
}

/// Every rule that this answer gives a sample for.
pub(super) fn findings(track: &Track, answer: &Answer, limits: &Limits) -> Vec<Finding> {
    let value = |signal| answer.readings.iter().find(|r| r.signal == signal).and_then(|r| r.value.number());
    let mut out = Vec::new();
    if track.family().is_chain() {
        out.extend(value(SignalId::HEAD_AGE).and_then(|v| head_age(track, v, limits)));
        out.extend(interval(track, limits));
        out.extend(value(SignalId::FINALITY_LAG).and_then(|v| finality(track, answer, v, limits)));
        out.extend(agreement::findings(track, answer, limits));
        let by_itself = value(SignalId::SYNC_DISTANCE).map(|v| behind(track, v, limits));
        let by_others = behind_others(track, limits);
        // The others know better than a node that is cut off from them.
        out.extend(match (by_itself, by_others) {
            (Some(a), Some(b)) => Some(if b.level > a.level { b } else { a }),
            (a, b) => a.or(b),
        });
        out.extend(fork_rules::finding(track, answer));
        out.extend(value(SignalId::PARTICIPATION).map(|v| participation(v, limits)));
    }
    out.extend(value(SignalId::PEERS).and_then(|v| peers(track, v, limits)));
    out.extend(value(SignalId::TARGETS_DOWN).map(targets));
    out.extend(alerts(answer));
    out.extend(bounds::findings(track, answer));
    let host = |signal, warn: Option<f64>, bad: Option<f64>, what: &str, unit: &str| {
        value(signal).map(|v| above(signal, v, (warn, bad), what, unit))
    };
    out.extend(host(SignalId::CPU, Some(limits.cpu_warn_pct), None, "processor time used", " %"));
    out.extend(host(SignalId::MEMORY, Some(limits.memory_warn_pct), None, "memory used", " %"));
    out.extend(host(
        SignalId::FDS,
        Some(limits.fds_warn_pct),
        Some(limits.fds_bad_pct),
        "of all file descriptors open",
        " %",
    ));
    out.extend(host(SignalId::CLOCK_OFFSET, Some(limits.clock_warn_ms), None, "the clock may be off", " ms"));
    out.extend(value(SignalId::DISK_FREE).map(|v| disk(v, limits)));
    out
}

fn head_age(track: &Track, age: f64, limits: &Limits) -> Option<Finding> {
    let block = track.block_s()?;
    let (slots_warn, slots_bad) = match track.family() {
        // Proof of work: gaps come by chance, and a long one is no failure.
        Family::Bitcoin => (limits.work_gap_warn_blocks, limits.work_gap_bad_blocks),
        _ => (limits.head_age_warn_slots, limits.head_age_bad_slots),
    };
    // Where the block time was only learned, block times may run apart from ours for ever (after a development chain's
    // reorganisation they do): a head that we saw moving is not older than that.
    let age = track.since_tip_moved().map_or(age, |moved| age.min(moved + block));
    // By the chain's own headers a limit only ever grows: it never judges sooner than the block time does.
    let usual = track.usual().map_or(0.0, Usual::limit);
    let warn = (slots_warn * block).max(usual).max(limits.head_age_floor_s);
    let bad = (slots_bad * block).max(2.0 * usual).max(2.0 * limits.head_age_floor_s);
    let limit = if age > bad { bad } else { warn };
    let why =
        format!("{} s since the last block; {}; limit {} s", number(age), due(track, block, limit), number(limit));
    // Old blocks have old times: a node that catches up is judged by whether it moves on.
    let level = if track.catching_up() { Level::Ok } else { grade(age > warn, age > bad) };
    Some(Finding { signal: SignalId::HEAD_AGE, level, why, mark: Mark::Tip, pace: Pace::Usual })
}

/// What is normal, in words: by the protocol, by chance, or by the chain's own headers.
fn due(track: &Track, block: f64, limit: f64) -> String {
    match (track.family(), track.usual()) {
        (Family::Bitcoin, _) => {
            let once_in = number((limit / block).exp());
            format!(
                "one is due every {} s on average, and one gap in {once_in} is longer than the limit by chance",
                number(block)
            )
        }
        (_, Some(usual)) => format!("median {} s over {} blocks", number(usual.median), usual.gaps),
        (_, None) => format!("one is due every {} s", number(block)),
    }
}

/// Blocks still come, but slowly. One sample for each block.
fn interval(track: &Track, limits: &Limits) -> Option<Finding> {
    let gap = track.gap()?;
    let block = track.block_s()?;
    let (seconds, limit, what) = match track.family() {
        Family::Bitcoin => {
            let mean = track.mean_of_latest()?;
            (mean, limits.work_slow_blocks * block, format!("the last {WORK_GAPS} blocks took {} s each", number(mean)))
        }
        _ => {
            let usual = track.usual().map_or(0.0, Usual::limit);
            let limit = (limits.interval_warn_blocks * block).max(usual).max(limits.head_age_floor_s);
            (gap, limit, format!("the newest block took {} s", number(gap)))
        }
    };
    let level = if track.catching_up() { Level::Ok } else { grade(seconds > limit, false) };
    let why = match track.family() {
        Family::Bitcoin => {
            format!("{what}; one is due every {} s on average; limit {} s", number(block), number(limit))
        }
        _ => format!("{what}; {}; limit {} s", due(track, block, limit), number(limit)),
    };
    Some(Finding { signal: SignalId::BLOCK_INTERVAL, level, why, mark: Mark::Tip, pace: Pace::Usual })
}

fn finality(track: &Track, answer: &Answer, lag: f64, limits: &Limits) -> Option<Finding> {
    let (level, why) = match (track.family(), track.slots_per_epoch()) {
        (Family::EthereumBeacon, _) => by_epochs(track, lag, limits),
        (Family::Substrate, _) => by_grandpa(answer, lag, limits),
        (_, Some(slots)) => {
            #[expect(clippy::cast_precision_loss, reason = "an epoch is far below 2^53 slots")]
            let slots = slots as f64;
            let warn = (limits.finality_warn_epochs + 2.0) * slots;
            let bad = (limits.finality_bad_epochs + 2.0) * slots;
            let limit = if lag > bad { bad } else { warn };
            let why = format!(
                "finality is {} behind the head; an epoch has {}; limit {}",
                count(lag, "block"),
                number(slots),
                number(limit)
            );
            (grade(lag > warn, lag > bad), why)
        }
        _ => {
            let moved = track.blocks_since_finality()?;
            let (warn, bad) = (limits.finality_warn_blocks, limits.finality_bad_blocks);
            let limit = if moved > bad { bad } else { warn };
            let why =
                format!("the head moved {} while finality stood still; limit {}", count(moved, "block"), number(limit));
            (grade(moved > warn, moved > bad), why)
        }
    };
    Some(Finding { signal: SignalId::FINALITY_LAG, level, why, mark: Mark::Finality, pace: Pace::Usual })
}

fn by_epochs(track: &Track, lag: f64, limits: &Limits) -> (Level, String) {
    // A new chain cannot finalize anything before its fourth epoch.
    let grace = if track.finality() == Some(0.0) { FIRST_FINALITY_GRACE } else { 0.0 };
    let (warn, bad) = (limits.finality_warn_epochs + grace, limits.finality_bad_epochs + grace);
    let limit = if lag > bad { bad } else { warn };
    let mut why = format!("finality is {} behind; 2 is normal, limit {}", count(lag, "epoch"), number(limit));
    if lag > warn && track.moves_and_is_synced() {
        why.push_str("; the head still moves and the node says it is synced, so this node's own link is not the cause");
    }
    (grade(lag > warn, lag > bad), why)
}

fn by_grandpa(answer: &Answer, lag: f64, limits: &Limits) -> (Level, String) {
    let (warn, bad) = (limits.grandpa_warn_blocks, limits.grandpa_bad_blocks);
    let limit = if lag > bad { bad } else { warn };
    let mut why = format!("GRANDPA is {} behind the head; limit {}", count(lag, "block"), number(limit));
    if let Some(votes) = answer.votes.as_ref().filter(|_| lag > warn) {
        why.push_str(&format!("; {}", agreement::standing(votes)));
    }
    (grade(lag > warn, lag > bad), why)
}

fn behind(track: &Track, distance: f64, limits: &Limits) -> Finding {
    let bad = behind_bad(track, limits);
    let limit = if distance > bad { bad } else { limits.behind_warn };
    Finding {
        signal: SignalId::SYNC_DISTANCE,
        // Behind is no failure while the node knows it and catches up.
        level: grade(distance > limits.behind_warn, distance > bad && !track.catching_up()),
        why: format!("the node itself says it is {} behind; limit {}", count(distance, noun(track)), number(limit)),
        mark: Mark::Tip,
        pace: Pace::Usual,
    }
}

/// Behind by what at least three others show.
fn behind_others(track: &Track, limits: &Limits) -> Option<Finding> {
    let crowd = track.crowd()?;
    let distance = (crowd.median - track.height()?).max(0.0);
    // Nobody is asked at the same moment: what comes within two polls is no distance.
    let blur = track.block_s().map_or(0.0, |b| limits.head_age_floor_s / b);
    let warn = limits.behind_warn.max(Usual::outlier(crowd.mad.max(1.0))).max(blur);
    let bad = behind_bad(track, limits).max(2.0 * warn);
    let limit = if distance > bad { bad } else { warn };
    let why = format!(
        "{} behind the median of {} others ({}); limit {}",
        count(distance, noun(track)),
        crowd.members,
        number(crowd.median),
        number(limit)
    );
    let level = grade(distance > warn, distance > bad && !track.catching_up());
    Some(Finding { signal: SignalId::SYNC_DISTANCE, level, why, mark: Mark::Tip, pace: Pace::Usual })
}

/// Past this a node is failing: an epoch, where the chain has them.
#[expect(clippy::cast_precision_loss, reason = "an epoch is far below 2^53 slots")]
fn behind_bad(track: &Track, limits: &Limits) -> f64 {
    track.slots_per_epoch().map_or(limits.behind_bad, |n| (n as f64).max(limits.behind_warn))
}

const fn noun(track: &Track) -> &'static str {
    match track.family() {
        Family::EthereumBeacon => "slot",
        _ => "block",
    }
}

fn participation(pct: f64, limits: &Limits) -> Finding {
    let limit =
        if pct < limits.participation_bad_pct { limits.participation_bad_pct } else { limits.participation_warn_pct };
    Finding {
        signal: SignalId::PARTICIPATION,
        level: grade(pct < limits.participation_warn_pct, pct < limits.participation_bad_pct),
        why: format!("{} % of stake votes; finality needs two thirds; limit {} %", number(pct), number(limit)),
        mark: Mark::None,
        pace: Pace::Usual,
    }
}

/// A node that never had a peer (a lone devnet node) is told, not judged.
fn peers(track: &Track, now: f64, limits: &Limits) -> Option<Finding> {
    let most = track.most_peers();
    if most < 1.0 {
        return None;
    }
    let warn = most >= limits.peers_warn && now < limits.peers_warn;
    let why = if now < 1.0 {
        format!("no peers; it had {}", number(most))
    } else {
        format!("{}; it had {}, limit {}", count(now, "peer"), number(most), number(limits.peers_warn))
    };
    Some(Finding { signal: SignalId::PEERS, level: grade(warn, now < 1.0), why, mark: Mark::None, pace: Pace::Usual })
}

fn targets(down: f64) -> Finding {
    Finding {
        signal: SignalId::TARGETS_DOWN,
        level: grade(down > 0.0, false),
        why: format!("Prometheus cannot reach {}; limit 0", count(down, "target")),
        mark: Mark::None,
        pace: Pace::Usual,
    }
}

fn alerts(answer: &Answer) -> Option<Finding> {
    let firing = answer.alerts.as_ref()?;
    let bad = firing.iter().filter(|a| is_severe(&a.severity)).count();
    let mut names: Vec<&str> = firing.iter().map(|a| a.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let more = names.len().saturating_sub(3);
    names.truncate(3);
    let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
    #[expect(clippy::cast_precision_loss, reason = "alerts are counted in hundreds")]
    let mut why =
        format!("{} firing ({bad} critical): {}{tail}", count(firing.len() as f64, "alert"), names.join(", "));
    if firing.is_empty() {
        "no alert fires".clone_into(&mut why);
    }
    // An objective's own alarm says it all.
    if let [only] = firing.as_slice()
        && only.fingerprint.starts_with("slo:")
    {
        why.clone_from(&only.summary);
    }
    Some(Finding {
        signal: SignalId::ALERTS,
        level: grade(!firing.is_empty(), bad > 0),
        why,
        mark: Mark::None,
        pace: Pace::AtOnce,
    })
}

fn above(signal: SignalId, v: f64, limits: (Option<f64>, Option<f64>), what: &str, unit: &str) -> Finding {
    let over = |l: Option<f64>| l.is_some_and(|l| v > l);
    let limit = if over(limits.1) { limits.1 } else { limits.0 }.unwrap_or(f64::INFINITY);
    Finding {
        signal,
        level: grade(over(limits.0), over(limits.1)),
        why: format!("{}{unit} {what}; limit {}{unit}", number(v), number(limit)),
        mark: Mark::None,
        pace: Pace::Slow,
    }
}

fn disk(free: f64, limits: &Limits) -> Finding {
    let limit = if free < limits.disk_bad_pct { limits.disk_bad_pct } else { limits.disk_warn_pct };
    Finding {
        signal: SignalId::DISK_FREE,
        level: grade(free < limits.disk_warn_pct, free < limits.disk_bad_pct),
        why: format!("{} % of the fullest disk is free; limit {} %", number(free), number(limit)),
        mark: Mark::None,
        pace: Pace::Usual,
    }
}
