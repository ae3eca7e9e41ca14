//! What was seen of a contract lately: counts of the last minute and of the last ten, and the latest calls in their order.

use std::collections::{BTreeMap, VecDeque};

use crate::domain::observation::{Fact, Reading};
use crate::domain::signal::SignalId;
use crate::domain::time::{At, Span};
use crate::telemetry::json::float;

/// Rates are of this much time.
const MINUTE: Span = Span::from_mins(1);

/// Shares, and counts by name, are of this much time.
const LATELY: Span = Span::from_mins(10);

/// Things that are kept; of more in ten minutes, the newest. A contract with a hundred calls a second is told by these.
const KEPT: usize = 60_000;

/// Latest calls that the closer look tells.
const TOLD: usize = 8;

/// One call or event.
#[derive(Debug)]
struct Seen {
    at: At,
    /// Which name of the configuration; the wire's own where it is not among them.
    name: String,
    /// Whether it failed, where that is known.
    failed: Option<bool>,
}

/// The last ten minutes.
#[derive(Debug, Default)]
pub(super) struct Tally {
    calls: VecDeque<Seen>,
    events: VecDeque<Seen>,
    latest: VecDeque<String>,
}

impl Tally {
    /// A call was seen.
    pub fn call(&mut self, at: At, name: &str, failed: Option<bool>, told: String) {
        push(&mut self.calls, Seen { at, name: name.to_owned(), failed });
        let how = match failed {
            Some(true) => "failed",
            Some(false) => "passed",
            None => "outcome unknown",
        };
        self.latest.push_front(format!("{told}: {how}"));
        self.latest.truncate(TOLD);
    }

    /// An event was seen.
    pub fn event(&mut self, at: At, name: &str) {
        push(&mut self.events, Seen { at, name: name.to_owned(), failed: None });
    }

    /// Rates and shares. The share of failed calls is left out while there is no call whose outcome is known.
    pub fn readings(&mut self, now: At) -> Vec<Reading> {
        for list in [&mut self.calls, &mut self.events] {
            while list.front().is_some_and(|s| now.since(s.at) >= LATELY) {
                list.pop_front();
            }
        }
        let minute = |list: &VecDeque<Seen>| list.iter().rev().take_while(|s| now.since(s.at) < MINUTE).count() as u64;
        let known = self.calls.iter().filter(|s| s.failed.is_some()).count() as u64;
        let failed = self.calls.iter().filter(|s| s.failed == Some(true)).count() as u64;
        let mut readings = vec![
            Reading::number(SignalId::CONTRACT_CALLS, float(minute(&self.calls)), "eth_getBlockByNumber, transactions"),
            Reading::number(SignalId::CONTRACT_EVENTS, float(minute(&self.events)), "eth_getLogs"),
        ];
        if known > 0 {
            let pct = 100.0 * float(failed) / float(known);
            readings.push(Reading::number(SignalId::CONTRACT_FAILED, pct, "eth_getTransactionReceipt"));
        }
        readings
    }

    /// By name, and the latest calls, the newest first.
    pub fn facts(&self) -> Vec<Fact> {
        let mut facts = by_name("calls", &self.calls);
        facts.extend(by_name("events", &self.events));
        facts.extend(self.latest.iter().map(|told| Fact::new("call", told)));
        facts
    }
}

fn push(list: &mut VecDeque<Seen>, seen: Seen) {
    if list.len() >= KEPT {
        list.pop_front();
    }
    list.push_back(seen);
}

fn by_name(topic: &'static str, list: &VecDeque<Seen>) -> Vec<Fact> {
    let mut counts: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for seen in list {
        let count = counts.entry(&seen.name).or_default();
        count.0 += 1;
        count.1 += u64::from(seen.failed == Some(true));
    }
    let told = |(name, (all, failed)): (&str, (u64, u64))| {
        let tail = if failed > 0 { format!(", {failed} failed") } else { String::new() };
        Fact::new(topic, &format!("{name}: {all} in 10 min{tail}"))
    };
    counts.into_iter().take(TOLD).map(told).collect()
}
