//! From what one round of execution calls gave to an answer in signals. Pure.

use super::parse::{Block, Forks, Syncing, TxPool};
use crate::domain::observation::{Answer, ChainTiming, Fact, Reading, Tip};
use crate::domain::signal::SignalId;
use crate::domain::time::At;
use crate::telemetry::json::float;

/// What one round gave; what the node does not serve is `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct Round {
    /// `latest`.
    pub latest: Block,
    /// The block seen before it and below it, for the interval.
    pub before: Option<(u64, u64)>,
    /// Number of `safe`.
    pub safe: Option<u64>,
    /// Number of `finalized`.
    pub finalized: Option<u64>,
    /// `eth_syncing`.
    pub syncing: Option<Syncing>,
    /// `net_peerCount`.
    pub peers: Option<u64>,
    /// `txpool_status`.
    pub txpool: Option<TxPool>,
    /// `txpool_besuStatistics`, where `txpool_status` is not served: all transactions.
    pub besu_pool: Option<u64>,
    /// `eth_config`.
    pub forks: Option<Forks>,
    /// `web3_clientVersion`.
    pub version: Option<String>,
    /// Deepest reorganisation of the last ten minutes.
    pub reorg_depth: u64,
    /// The chain's clock.
    pub timing: Option<ChainTiming>,
    /// Transactions of the block whose receipts were read last, and how many of them failed.
    pub results: Option<(u64, u64)>,
    /// Who fills the blocks, while they are full.
    pub crowd: Vec<Fact>,
    /// What is not known, and why.
    pub unknown: Vec<Fact>,
}

/// The answer.
#[must_use]
pub fn answer(round: &Round, now: At) -> Answer {
    let Round { latest, .. } = round;
    let mut readings = Vec::with_capacity(16);
    let mut add = |signal, value: f64, source| readings.push(Reading::number(signal, value, source));
    let head = "eth_getBlockByNumber latest";
    add(SignalId::HEIGHT, float(latest.number), head);
    add(SignalId::HEAD_AGE, age_s(latest.timestamp, now), head);
    if let Some((height, time)) = round.before.filter(|(h, _)| *h < latest.number) {
        let gap = float(latest.timestamp.saturating_sub(time)) / float(latest.number - height);
        add(SignalId::BLOCK_INTERVAL, gap, "timestamps of eth_getBlockByNumber");
        if let Some(txs) = latest.txs.filter(|_| gap > 0.0) {
            add(SignalId::TX_RATE, float(txs) / gap, head);
        }
    }
    if let Some(safe) = round.safe {
        add(SignalId::SAFE_HEIGHT, float(safe), "eth_getBlockByNumber safe");
    }
    if let Some(finalized) = round.finalized {
        add(SignalId::FINALIZED_HEIGHT, float(finalized), "eth_getBlockByNumber finalized");
        let lag = latest.number.saturating_sub(finalized);
        add(SignalId::FINALITY_LAG, float(lag), "eth_getBlockByNumber latest − finalized");
    }
    if let Some(syncing) = round.syncing {
        let behind = match syncing {
            Syncing::No => 0,
            Syncing::Behind(n) => n,
        };
        add(SignalId::SYNC_DISTANCE, float(behind), "eth_syncing");
    }
    add(SignalId::REORG_DEPTH, float(round.reorg_depth), "hashes of eth_getBlockByNumber");
    if let Some(fee) = latest.base_fee_gwei {
        add(SignalId::BASE_FEE, fee, head);
    }
    if let Some(used) = latest.gas_used_pct {
        add(SignalId::GAS_USED, used, head);
    }
    if let Some((all, failed)) = round.results {
        let source = "eth_getBlockReceipts";
        add(SignalId::FAILED_TXS, float(failed), source);
        if all > 0 {
            add(SignalId::FAILED_TX_PCT, 100.0 * float(failed) / float(all), source);
        }
    }
    if let Some(peers) = round.peers {
        add(SignalId::PEERS, float(peers), "net_peerCount");
    }
    if let Some(pool) = round.txpool {
        add(SignalId::TXPOOL_PENDING, float(pool.pending), "txpool_status");
        add(SignalId::TXPOOL_QUEUED, float(pool.queued), "txpool_status");
    }
    if let Some(all) = round.besu_pool.filter(|_| round.txpool.is_none()) {
        add(SignalId::TXPOOL_PENDING, float(all), "txpool_besuStatistics (all)");
    }
    if let Some(forks) = &round.forks {
        readings.push(Reading::text(SignalId::FORK_RULES, &rules(forks), "eth_config"));
    }
    if let Some(version) = &round.version {
        readings.push(Reading::text(SignalId::VERSION, version, "web3_clientVersion"));
    }
    let facts = round.crowd.iter().chain(&round.unknown).cloned().collect();
    let tip = Tip { height: latest.number, hash: latest.hash.clone(), parent: Some(latest.parent.clone()) };
    Answer { readings, tip: Some(tip), timing: round.timing, facts, ..Answer::default() }
}

/// The fork in force and the next one, in words that two nodes of one mind write alike.
fn rules(forks: &Forks) -> String {
    match &forks.next {
        None => format!("{}, none planned", forks.current),
        Some((id, at)) => {
            let when = i64::try_from(*at).map_or_else(|_| "never".to_owned(), |s| minute(At::from_secs(s)));
            format!("{}, next {id} at {when}", forks.current)
        }
    }
}

/// `2026-11-28 21:06 UTC`
fn minute(at: At) -> String {
    format!("{} {} UTC", at.date(), at.hm())
}

/// Seconds since a block's own time; a clock that is ahead of ours makes no negative age.
fn age_s(timestamp: u64, now: At) -> f64 {
    let then = At::from_secs(i64::try_from(timestamp).unwrap_or(i64::MAX));
    now.since(then).as_secs_f64().max(0.0)
}

/// Chains whose timing is their protocol's own word: block time in seconds, slots an epoch.
pub(super) fn protocol_timing(chain_id: u64) -> Option<ChainTiming> {
    let (block_s, slots) = match chain_id {
        // Ethereum mainnet, Sepolia, Holesky, Hoodi.
        1 | 11_155_111 | 17_000 | 560_048 => (12.0, 32),
        // Gnosis, Chiado.
        100 | 10_200 => (5.0, 16),
        _ => return None,
    };
    Some(ChainTiming { block_s, slots_per_epoch: Some(slots), from_protocol: true })
}
