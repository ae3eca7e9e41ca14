//! From what one round of Beacon calls gave to an answer in signals. Pure.

use super::own::Live;
use super::parse::{Finality, Header, Spec, SyncState};
use super::slots::Passed;
use crate::domain::observation::{Answer, ChainTiming, Fact, OWN_MISSED, OWN_VOTES, Reading, Tip};
use crate::domain::signal::SignalId;
use crate::domain::time::At;
use crate::telemetry::json::float;

/// Slots the head may lack behind the clock before finality is measured against the clock instead of the head:
/// late and missed blocks at an epoch's beginning are no finality lag.
const CLOCK_SLACK_SLOTS: u64 = 3;

/// Own slots without a block that are told by name.
const NAMED: usize = 5;

/// What one round gave; what the node does not serve is `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Round {
    /// `node/syncing`.
    pub sync: Option<SyncState>,
    /// `headers/head`.
    pub head: Option<Header>,
    /// `finality_checkpoints` of the head.
    pub finality: Option<Finality>,
    /// Connected peers.
    pub peers: Option<u64>,
    /// Peers that came and that left since the look before.
    pub churn: Option<(u64, u64)>,
    /// `node/version`.
    pub version: Option<String>,
    /// `config/spec`.
    pub spec: Option<Spec>,
    /// Genesis, Unix seconds.
    pub genesis_s: Option<u64>,
    /// Target votes of the previous epoch, %.
    pub participation: Option<f64>,
    /// Slot of the head's parent, where it was seen.
    pub parent_slot: Option<u64>,
    /// Deepest reorganisation of the last ten minutes.
    pub reorg_depth: u64,
    /// Seconds into its slot at which the node had its newest block, as its events say.
    pub block_delay_s: Option<f64>,
    /// Slots that passed, with and without a block.
    pub passed: Option<Passed>,
    /// Whether own validators vote.
    pub live: Option<Live>,
    /// What is not known, and why.
    pub unknown: Vec<Fact>,
}

impl Round {
    /// The slot of this moment; `None` before genesis, and where the chain's clock is not known.
    #[must_use]
    pub fn slot_now(&self, now: At) -> Option<u64> {
        self.spec.zip(self.genesis_s).and_then(|(spec, genesis)| slot_at(spec, genesis, now))
    }

    /// Seconds from a slot's beginning to this moment; `None` where the chain's clock is not known, or the block is so old
    /// that the node is catching up.
    #[must_use]
    pub fn into_slot(&self, slot: u64, at: At) -> Option<f64> {
        let (spec, genesis) = self.spec.zip(self.genesis_s)?;
        let since = at.since(At::from_secs(i64::try_from(genesis).ok()?)).as_secs_f64() - float(slot) * spec.slot_s;
        (since < float(spec.slots_per_epoch) * spec.slot_s).then_some(since.max(0.0))
    }
}

/// The answer.
#[must_use]
pub fn answer(round: &Round, now: At) -> Answer {
    let mut readings = Vec::with_capacity(12);
    let mut add = |signal, value: f64, source| readings.push(Reading::number(signal, value, source));
    let head = round.head.as_ref().map(|h| h.slot).or_else(|| round.sync.map(|s| s.head_slot));
    let clock_slot = round.slot_now(now);
    if let Some(head) = head {
        add(SignalId::HEIGHT, float(head), if round.head.is_some() { "beacon/headers/head" } else { "node/syncing" });
        if let Some(((spec, genesis), _)) = round.spec.zip(round.genesis_s).zip(clock_slot) {
            let since = now.since(At::from_secs(i64::try_from(genesis).unwrap_or(i64::MAX))).as_secs_f64();
            let age = (since - float(head) * spec.slot_s).max(0.0);
            add(SignalId::HEAD_AGE, age, "slot time of beacon/headers/head");
        }
    }
    if let Some((finality, spec)) = round.finality.zip(round.spec) {
        let source = "finality_checkpoints of head";
        add(SignalId::FINALIZED_EPOCH, float(finality.finalized), source);
        add(SignalId::FINALIZED_HEIGHT, float(finality.finalized.saturating_mul(spec.slots_per_epoch)), source);
        let clock = clock_slot.map(|c| c.saturating_sub(CLOCK_SLACK_SLOTS));
        if let Some(slot) = head.max(clock) {
            let lag = (slot / spec.slots_per_epoch).saturating_sub(finality.finalized);
            add(SignalId::FINALITY_LAG, float(lag), source);
        }
    }
    if let Some(((head, parent), spec)) = head.zip(round.parent_slot).zip(round.spec).filter(|((h, p), _)| p < h) {
        add(SignalId::BLOCK_INTERVAL, float(head - parent) * spec.slot_s, "slots of beacon/headers");
    }
    if let Some(sync) = round.sync {
        add(SignalId::SYNC_DISTANCE, float(sync.distance), "node/syncing");
    }
    if round.head.is_some() {
        add(SignalId::REORG_DEPTH, float(round.reorg_depth), "roots of beacon/headers");
    }
    if let Some(pct) = round.participation {
        add(SignalId::PARTICIPATION, pct, "validator_inclusion global");
    }
    if let Some(delay) = round.block_delay_s {
        add(SignalId::BLOCK_DELAY, delay, "event block");
    }
    if let Some(passed) = &round.passed {
        if let Some(pct) = passed.missed_pct() {
            add(SignalId::SKIP_RATE, pct, "beacon/headers/{slot}");
        }
        if passed.own > 0 {
            let missed = passed.own_missed().count();
            add(SignalId::MISSED_PROPOSALS, float(missed as u64), "duties/proposer with beacon/headers");
        }
    }
    if let Some(live) = &round.live {
        add(SignalId::LIVE, live.pct(), "validator/liveness");
    }
    if let Some(peers) = round.peers {
        add(SignalId::PEERS, float(peers), "node/peer_count");
    }
    if let Some((_, left)) = round.churn {
        add(SignalId::PEERS_LEFT, float(left), "node/peers");
    }
    if let Some(version) = &round.version {
        readings.push(Reading::text(SignalId::VERSION, version, "node/version"));
    }
    let tip = round.head.as_ref().map(|h| Tip { height: h.slot, hash: h.root.clone(), parent: Some(h.parent.clone()) });
    let timing = round.spec.map(|s| ChainTiming {
        block_s: s.slot_s,
        slots_per_epoch: Some(s.slots_per_epoch),
        from_protocol: true,
    });
    let facts = facts(round, clock_slot);
    Answer { readings, tip, timing, facts, ..Answer::default() }
}

fn facts(round: &Round, clock_slot: Option<u64>) -> Vec<Fact> {
    let mut facts = Vec::new();
    if let Some((came, left)) = round.churn.filter(|(came, left)| came + left > 0) {
        facts.push(Fact::new("peers", &format!("{came} came and {left} left since the look before")));
    }
    if let Some(live) = &round.live {
        facts.push(Fact::new(OWN_VOTES, &live.words()));
    }
    if let Some(passed) = &round.passed {
        if !passed.missed.is_empty() {
            let text = format!("{} of the latest {} slots: {}", passed.missed.len(), passed.looked, passed.named());
            facts.push(Fact::new("without a block", &text));
        }
        let own: Vec<String> = passed
            .own_missed()
            .rev()
            .take(NAMED)
            .map(|(slot, index)| format!("slot {slot} of validator {index}"))
            .collect();
        if !own.is_empty() {
            let text = format!(
                "{} of {} own slots have no block: {}",
                passed.own_missed().count(),
                passed.own,
                own.join(", ")
            );
            facts.push(Fact::new(OWN_MISSED, &text));
        }
        if let Some(((slot, index), (now, spec))) = passed.next.zip(clock_slot.zip(round.spec)) {
            let seconds = float(slot.saturating_sub(now)) * spec.slot_s;
            facts.push(Fact::new(
                "our next block",
                &format!("slot {slot} by validator {index}, in about {seconds:.0} s"),
            ));
        }
    }
    facts.extend(round.unknown.iter().cloned());
    facts
}

/// The slot of this moment; `None` before genesis.
fn slot_at(spec: Spec, genesis_s: u64, now: At) -> Option<u64> {
    let since = now.since(At::from_secs(i64::try_from(genesis_s).ok()?)).as_secs_f64();
    if since < 0.0 {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative, and slots are small")]
    let slot = (since / spec.slot_s) as u64;
    Some(slot)
}
