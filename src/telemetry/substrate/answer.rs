//! From what one round of Substrate calls gave to an answer in signals, votes and facts. Pure.

use std::collections::BTreeMap;

use super::parse::{Header, Health, Runtime, SyncState};
use crate::domain::observation::{Answer, ChainTiming, Fact, Reading, Tip};
use crate::domain::signal::SignalId;
use crate::domain::time::{At, Span};
use crate::domain::votes::Votes;
use crate::telemetry::json::float;

/// What one round gave; what the node does not serve is `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct Round {
    /// The best block's header.
    pub best: Header,
    /// Its hash.
    pub hash: Option<String>,
    /// Its own time, Unix milliseconds, out of the chain's state.
    pub time_ms: Option<u64>,
    /// When we saw the best block change, or first asked: stands in where the state is not served.
    pub moved: At,
    /// Number and time of the block seen before.
    pub before: Option<(u64, u64)>,
    /// Number of the finalized block.
    pub finalized: Option<u64>,
    /// `system_health`.
    pub health: Option<Health>,
    /// `system_syncState`.
    pub sync: Option<SyncState>,
    /// `grandpa_roundState`.
    pub votes: Option<Votes>,
    /// `system_peers`: how many have which best block.
    pub peer_bests: Option<BTreeMap<(u64, String), u64>>,
    /// `author_pendingExtrinsics`.
    pub pending: Option<u64>,
    /// `system_version`.
    pub version: Option<String>,
    /// `system_chain`.
    pub chain: Option<String>,
    /// `state_getRuntimeVersion`.
    pub runtime: Option<Runtime>,
    /// Deepest reorganisation of the last ten minutes.
    pub reorg_depth: u64,
    /// The chain's clock.
    pub timing: Option<ChainTiming>,
    /// What is unknown, with the reason.
    pub unknown: Vec<Fact>,
}

/// The answer.
#[must_use]
pub fn answer(round: &Round, now: At) -> Answer {
    let mut readings = Vec::with_capacity(16);
    let mut add = |signal, value: f64, source| readings.push(Reading::number(signal, value, source));
    let best = round.best.number;
    add(SignalId::HEIGHT, float(best), "chain_getHeader");
    match round.time_ms.and_then(|ms| i64::try_from(ms).ok()) {
        Some(ms) => {
            let then = At::default().plus(Span::from_millis(ms));
            add(SignalId::HEAD_AGE, now.since(then).as_secs_f64().max(0.0), "state_getStorage Timestamp.Now");
        }
        None => add(SignalId::HEAD_AGE, now.since(round.moved).as_secs_f64().max(0.0), "since it moved, seen here"),
    }
    if let Some((time, (height, before))) = round.time_ms.zip(round.before).filter(|(_, (h, _))| *h < best) {
        let gap = float(time.saturating_sub(before)) / 1e3 / float(best - height);
        add(SignalId::BLOCK_INTERVAL, gap, "times of state_getStorage Timestamp.Now");
    }
    if let Some(finalized) = round.finalized {
        add(SignalId::FINALIZED_HEIGHT, float(finalized), "chain_getFinalizedHead");
        add(SignalId::FINALITY_LAG, float(best.saturating_sub(finalized)), "chain_getHeader best − finalized");
    }
    if let Some(sync) = round.sync {
        let behind = sync.highest_block.unwrap_or(0).saturating_sub(sync.current_block);
        add(SignalId::SYNC_DISTANCE, float(behind), "system_syncState");
    }
    if let Some(health) = round.health {
        add(SignalId::CATCHING_UP, f64::from(u8::from(health.is_syncing)), "system_health isSyncing");
        add(SignalId::PEERS, float(health.peers), "system_health");
    }
    if round.hash.is_some() {
        add(SignalId::REORG_DEPTH, float(round.reorg_depth), "hashes of chain_getBlockHash");
    }
    if let Some(votes) = round.votes.as_ref().filter(|v| v.prevotes.total > 0) {
        add(SignalId::PREVOTES, votes.prevotes.pct(votes.prevotes.block), "grandpa_roundState");
        add(SignalId::PRECOMMITS, votes.precommits.pct(votes.precommits.block), "grandpa_roundState");
    }
    if let Some(pending) = round.pending {
        add(SignalId::TXPOOL_PENDING, float(pending), "author_pendingExtrinsics");
    }
    if let Some(version) = &round.version {
        readings.push(Reading::text(SignalId::VERSION, version, "system_version"));
    }
    let hash = round.hash.as_deref();
    let tip = hash.map(|h| Tip { height: best, hash: h.into(), parent: Some(round.best.parent.as_str().into()) });
    let votes = round.votes.clone().map(Box::new);
    Answer { readings, tip, timing: round.timing, votes, facts: facts(round), ..Answer::default() }
}

fn facts(round: &Round) -> Vec<Fact> {
    let mut facts = Vec::new();
    facts.extend(round.chain.as_ref().map(|c| Fact::new("chain", c)));
    let runtime = round.runtime.as_ref().map(|r| format!("{} version {}", r.spec_name, r.spec_version));
    facts.extend(runtime.map(|r| Fact::new("runtime", &r)));
    if let Some(health) = round.health.filter(|h| !h.should_have_peers) {
        facts.push(Fact::new("peers", &format!("{}; a node of this chain need not have any", health.peers)));
    }
    if let Some(bests) = &round.peer_bests {
        let best = round.best.number;
        let sum =
            |wanted: fn(u64, u64) -> bool| bests.iter().filter(|((n, _), _)| wanted(*n, best)).map(|(_, c)| c).sum();
        let (ahead, behind): (u64, u64) = (sum(|n, best| n > best), sum(|n, best| n < best));
        facts.push(Fact::new("peers' best", &format!("{ahead} are ahead of us, {behind} behind")));
        let other = bests.iter().filter(|((n, h), _)| *n == best && Some(h.as_str()) != round.hash.as_deref());
        let other: u64 = other.map(|(_, c)| c).sum();
        if other > 0 && round.hash.is_some() {
            facts.push(Fact::new("fork", &format!("{other} peers have another block at height {best}")));
        }
    }
    facts.extend(round.unknown.iter().cloned());
    facts
}
