//! From what one round of Solana calls gave to an answer in signals and facts. Pure.

use std::collections::BTreeMap;

use super::cluster::{Cluster, Stakes};
use super::parse::{Epoch, Production, Sample};
use crate::domain::observation::{Answer, ChainTiming, Fact, Reading};
use crate::domain::signal::SignalId;
use crate::domain::time::At;
use crate::telemetry::json::float;

/// Versions that a fact names, by stake.
const VERSIONS: usize = 4;

/// Least leader slots before a rate of skipped ones means anything.
const FEWEST_SLOTS: u64 = 100;

/// What one round gave; what the node does not serve is `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Round {
    /// Newest slot, processed.
    pub processed: u64,
    /// Newest confirmed slot.
    pub confirmed: Option<u64>,
    /// Newest finalized slot.
    pub finalized: Option<u64>,
    /// Whether the node calls itself healthy; how far behind it is otherwise, where it says so.
    pub health: Option<Result<(), Option<u64>>>,
    /// When the slot moved last, as seen here, or was first asked.
    pub moved: At,
    /// Time of the newest confirmed block, asked only while the slot was not yet seen moving.
    pub block_time: Option<u64>,
    /// `getVoteAccounts`.
    pub stakes: Option<Stakes>,
    /// `getClusterNodes`.
    pub cluster: Option<Cluster>,
    /// `getRecentPerformanceSamples`.
    pub samples: Vec<Sample>,
    /// `getBlockProduction` of this epoch.
    pub production: Option<Production>,
    /// `getEpochInfo`.
    pub epoch: Option<Epoch>,
    /// `getVersion`.
    pub version: Option<String>,
    /// What is unknown, with the reason.
    pub unknown: Vec<Fact>,
}

impl Round {
    /// The slot time: from the samples, which reach back a quarter of an hour.
    #[must_use]
    pub fn timing(&self) -> Option<ChainTiming> {
        let slots: u64 = self.samples.iter().map(|s| s.num_slots).fold(0, u64::saturating_add);
        let seconds: u64 = self.samples.iter().map(|s| s.sample_period_secs).fold(0, u64::saturating_add);
        let usable = slots > 0 && seconds > 0;
        usable.then(|| ChainTiming {
            block_s: float(seconds) / float(slots),
            slots_per_epoch: None,
            from_protocol: false,
        })
    }
}

/// The answer.
#[must_use]
pub fn answer(round: &Round, now: At) -> Answer {
    let mut readings = Vec::with_capacity(16);
    let mut add = |signal, value: f64, source| readings.push(Reading::number(signal, value, source));
    add(SignalId::HEIGHT, float(round.processed), "getSlot processed");
    let here = now.since(round.moved).as_secs_f64().max(0.0);
    let told = round.block_time.and_then(|t| i64::try_from(t).ok()).map(|t| now.since(At::from_secs(t)).as_secs_f64());
    match told.filter(|told| *told > here) {
        Some(told) => add(SignalId::HEAD_AGE, told, "getBlockTime"),
        None => add(SignalId::HEAD_AGE, here, "since the slot moved, seen here"),
    }
    let timing = round.timing();
    if let Some(timing) = timing {
        add(SignalId::BLOCK_INTERVAL, timing.block_s, "getRecentPerformanceSamples");
    }
    if let Some(finalized) = round.finalized {
        add(SignalId::FINALIZED_HEIGHT, float(finalized), "getSlot finalized");
        add(SignalId::FINALITY_LAG, float(round.processed.saturating_sub(finalized)), "getSlot processed − finalized");
    }
    match round.health {
        Some(Ok(())) => {
            add(SignalId::CATCHING_UP, 0.0, "getHealth");
            add(SignalId::SYNC_DISTANCE, 0.0, "getHealth");
        }
        Some(Err(behind)) => {
            add(SignalId::CATCHING_UP, 1.0, "getHealth");
            if let Some(behind) = behind {
                add(SignalId::SYNC_DISTANCE, float(behind), "getHealth");
            }
        }
        None => {}
    }
    if let Some(pct) = round.stakes.as_ref().and_then(Stakes::voting_pct) {
        add(SignalId::PARTICIPATION, pct, "getVoteAccounts");
    }
    if let Some(made) = round.production {
        if made.slots >= FEWEST_SLOTS {
            let skipped = made.slots.saturating_sub(made.blocks);
            add(SignalId::SKIP_RATE, 100.0 * float(skipped) / float(made.slots), "getBlockProduction");
        }
        if let Some((slots, blocks)) = made.own {
            add(SignalId::MISSED, float(slots.saturating_sub(blocks)), "getBlockProduction");
        }
    }
    let transactions = round.samples.iter().map(|s| s.num_transactions).fold(0, u64::saturating_add);
    let seconds = round.samples.iter().map(|s| s.sample_period_secs).fold(0, u64::saturating_add);
    if seconds > 0 {
        add(SignalId::TX_RATE, float(transactions) / float(seconds), "getRecentPerformanceSamples");
    }
    if let Some(cluster) = &round.cluster {
        // The cluster as this node hears it by gossip, itself left out.
        add(SignalId::PEERS, float(cluster.nodes.saturating_sub(1)), "getClusterNodes");
    }
    if let Some(version) = &round.version {
        readings.push(Reading::text(SignalId::VERSION, version, "getVersion"));
    }
    Answer { readings, timing, facts: facts(round), ..Answer::default() }
}

fn facts(round: &Round) -> Vec<Fact> {
    let mut facts = Vec::new();
    if let Some(epoch) = round.epoch.filter(|e| e.slots_in_epoch > 0) {
        let done = 100 * u128::from(epoch.slot_index) / u128::from(epoch.slots_in_epoch);
        facts.push(Fact::new("epoch", &format!("{}, {done} % of it over", epoch.epoch)));
    }
    if let Some(confirmed) = round.confirmed {
        facts.push(Fact::new("confirmed", &format!("slot {confirmed}")));
    }
    if round.health == Some(Err(None)) {
        facts.push(Fact::new("health", "the node calls itself unhealthy and does not say how far behind it is"));
    }
    if let Some(stakes) = &round.stakes {
        facts.extend(stake_facts(stakes));
    }
    if let Some(cluster) = &round.cluster {
        facts.push(Fact::new("versions", &by_stake(&cluster.versions)));
        facts.push(Fact::new("feature sets", &by_stake(&cluster.features)));
        if cluster.shreds.len() > 1 {
            let text = format!("{}: the cluster is split, or restarts", by_stake(&cluster.shreds));
            facts.push(Fact::new("shred versions", &text));
        }
    }
    if let Some((slots, blocks)) = round.production.and_then(|p| p.own) {
        facts.push(Fact::new("own blocks", &format!("{blocks} in {slots} leader slots of this epoch")));
    }
    facts.extend(round.unknown.iter().cloned());
    facts
}

fn stake_facts(stakes: &Stakes) -> Vec<Fact> {
    let all = stakes.current_stake + stakes.delinquent_stake;
    let share = |stake: u128| {
        let hundredths = stake.saturating_mul(10_000).checked_div(all).unwrap_or(0);
        format!("{}.{:02} %", hundredths / 100, hundredths % 100)
    };
    let mut text = format!(
        "{} of {} accounts with {} of the stake",
        stakes.delinquent,
        stakes.current + stakes.delinquent,
        share(stakes.delinquent_stake)
    );
    for (name, stake) in &stakes.heaviest {
        text.push_str(&format!("; {name} {}", share(u128::from(*stake))));
    }
    let mut facts = vec![Fact::new("delinquent", &text)];
    if let Some((last, delinquent)) = stakes.own {
        let word = if delinquent { "DELINQUENT" } else { "votes" };
        facts.push(Fact::new("own vote", &format!("{word}, last for slot {last}")));
    }
    facts
}

/// Each kind with its nodes and its share of stake, the heaviest first.
fn by_stake<K: std::fmt::Display>(kinds: &BTreeMap<K, (u64, u128)>) -> String {
    let all: u128 = kinds.values().map(|(_, stake)| stake).sum();
    let mut order: Vec<_> = kinds.iter().collect();
    order.sort_by_key(|(_, held)| std::cmp::Reverse((held.1, held.0)));
    let one = |(kind, (nodes, stake)): &(&K, &(u64, u128))| {
        let share = (stake * 100).checked_div(all).map(|s| format!(", {s} % of the stake")).unwrap_or_default();
        format!("{kind} ({nodes}{share})")
    };
    order.iter().take(VERSIONS).map(one).collect::<Vec<_>>().join("; ")
}
