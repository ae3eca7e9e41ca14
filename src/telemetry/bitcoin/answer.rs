//! From what one round of Bitcoin calls gave to an answer in signals and facts. Pure.

use super::parse::{BlockStats, Chain, ChainTip, Header, Network, Pool, TxStats};
use super::peers::Peers;
use crate::domain::observation::{Answer, ChainTiming, Fact, Reading, Tip};
use crate::domain::signal::SignalId;
use crate::domain::time::At;
use crate::telemetry::json::float;

/// Side branches that facts name, the newest first.
const BRANCHES: usize = 3;

/// Heights below the newest block in which blocks beside the chain are counted: a day.
const STALE_SPAN: u64 = 144;

/// Clients of peers that a fact names.
const CLIENTS: usize = 4;

/// What one round gave; what the node does not serve is `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Round {
    /// `getblockchaininfo`.
    pub chain: Chain,
    /// Header of the newest block.
    pub head: Option<Header>,
    /// Height and time of the block before it.
    pub before: Option<(u64, u64)>,
    /// `getchaintips`.
    pub tips: Option<Vec<ChainTip>>,
    /// `getmempoolinfo`.
    pub pool: Option<Pool>,
    /// `getnetworkinfo`.
    pub network: Option<Network>,
    /// `getpeerinfo`.
    pub peers: Option<Peers>,
    /// `getchaintxstats` over a day.
    pub stats: Option<TxStats>,
    /// `getblockstats` of the newest block.
    pub block: Option<BlockStats>,
    /// Deepest reorganisation of the last ten minutes.
    pub reorg_depth: u64,
    /// What is unknown, with the reason.
    pub unknown: Vec<Fact>,
}

/// The clock of a chain: ten minutes by the protocol, gaps by chance. A test chain of one's own makes blocks on demand.
#[must_use]
pub fn timing(chain: &str) -> Option<ChainTiming> {
    let timed = matches!(chain, "main" | "test" | "testnet" | "testnet4" | "signet");
    timed.then_some(ChainTiming { block_s: 600.0, slots_per_epoch: None, from_protocol: true })
}

/// The answer.
#[must_use]
pub fn answer(round: &Round, now: At) -> Answer {
    let Round { chain, .. } = round;
    let mut readings = Vec::with_capacity(16);
    let mut add = |signal, value: f64, source| readings.push(Reading::number(signal, value, source));
    let info = "getblockchaininfo";
    add(SignalId::HEIGHT, float(chain.blocks), info);
    if let Some(head) = &round.head {
        let then = At::from_secs(i64::try_from(head.time).unwrap_or(i64::MAX));
        // Miners' clocks may run ahead of ours.
        add(SignalId::HEAD_AGE, now.since(then).as_secs_f64().max(0.0), "time of getblockheader");
        if let Some((height, time)) = round.before.filter(|(h, _)| *h < head.height) {
            let gap = float(head.time.saturating_sub(time)) / float(head.height - height);
            add(SignalId::BLOCK_INTERVAL, gap, "times of getblockheader");
        }
    }
    add(
        SignalId::SYNC_DISTANCE,
        float(chain.headers.saturating_sub(chain.blocks)),
        "getblockchaininfo headers − blocks",
    );
    if let Some(downloading) = chain.downloading {
        add(SignalId::CATCHING_UP, f64::from(u8::from(downloading)), "getblockchaininfo initialblockdownload");
    }
    add(SignalId::REORG_DEPTH, float(round.reorg_depth), "hashes of getblockhash");
    if let Some(tips) = &round.tips {
        let invalid = tips.iter().filter(|t| t.status == "invalid").map(|t| t.height.saturating_sub(chain.blocks));
        add(SignalId::INVALID_AHEAD, float(invalid.max().unwrap_or(0)), "getchaintips");
    }
    if let Some(tips) = &round.tips {
        // A branch that was never checked may be anything; one that is invalid is told by itself.
        let beside = |t: &&ChainTip| matches!(t.status.as_str(), "valid-fork" | "valid-headers" | "headers-only");
        let lately = |t: &&ChainTip| t.height.saturating_add(STALE_SPAN) > chain.blocks;
        let stale = tips.iter().filter(beside).filter(lately).fold(0_u64, |sum, t| sum.saturating_add(t.branch));
        add(SignalId::STALE_BLOCKS, float(stale), "getchaintips");
    }
    if let Some(rate) = round.stats.and_then(|s| s.rate) {
        add(SignalId::TX_RATE, rate, "getchaintxstats");
    }
    if let Some(network) = &round.network {
        add(SignalId::PEERS, float(network.connections), "getnetworkinfo");
    }
    if let Some(pool) = &round.pool {
        add(SignalId::TXPOOL_PENDING, float(pool.size), "getmempoolinfo");
        if pool.limit > 0 {
            add(SignalId::TXPOOL_FULL, 100.0 * float(pool.usage) / float(pool.limit), "getmempoolinfo");
        }
    }
    if let Some(network) = &round.network {
        readings.push(Reading::text(SignalId::VERSION, &network.name, "getnetworkinfo"));
    }
    let parent = round.head.as_ref().and_then(|h| h.parent.as_deref()).map(Into::into);
    let tip = Tip { height: chain.blocks, hash: chain.best.as_str().into(), parent };
    Answer { readings, tip: Some(tip), timing: timing(&chain.chain), facts: facts(round), ..Answer::default() }
}

fn facts(round: &Round) -> Vec<Fact> {
    let Round { chain, .. } = round;
    let mut facts = vec![Fact::new("chain", &chain.chain)];
    facts.extend(chain.warnings().map(|w| Fact::new("the node warns", w)));
    if chain.downloading == Some(true) {
        facts.push(Fact::new("download", &format!("{:.2} % of the chain is checked", 100.0 * chain.progress)));
    }
    let mut side: Vec<&ChainTip> = round.tips.iter().flatten().filter(|t| t.status != "active").collect();
    side.sort_by_key(|t| std::cmp::Reverse(t.height));
    for tip in side.iter().take(BRANCHES) {
        let text = format!("{} blocks long up to height {} ({}): {}", tip.branch, tip.height, tip.status, tip.hash);
        facts.push(Fact::new("side branch", &text));
    }
    if let Some(pool) = &round.pool {
        let full = pool.relay_fee.is_some_and(|relay| pool.min_fee > relay);
        let mut text = format!("{} of {} MB in use", pool.usage / 1_000_000, pool.limit / 1_000_000);
        if full {
            text.push_str("; it is full: cheap transactions are thrown out");
        }
        facts.push(Fact::new("pool", &text));
    }
    if let Some(peers) = &round.peers {
        let mut clients: Vec<(&String, &u64)> = peers.clients.iter().collect();
        clients.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        let named: Vec<String> = clients.iter().take(CLIENTS).map(|(c, n)| format!("{n} run {c}")).collect();
        let in_out = format!("{} of {} dialled us; {} blocks on their way", peers.inbound, peers.all, peers.in_flight);
        facts.push(Fact::new("peers", &in_out));
        facts.push(Fact::new("peers' clients", &named.join(", ")));
        if let Some(best) = peers.best_header.filter(|b| *b > chain.headers) {
            facts.push(Fact::new("peers' headers", &format!("up to {best}, and we know {}", chain.headers)));
        }
    }
    if let Some((seconds, blocks)) = round.stats.and_then(|s| Some((s.seconds?, s.blocks))).filter(|(_, b)| *b > 0) {
        facts.push(Fact::new("interval", &format!("{} s in the mean of {blocks} blocks", seconds / blocks)));
    }
    if let Some(block) = &round.block {
        let weight = block.total_weight.map(|w| format!(", {} % full", w / 40_000)).unwrap_or_default();
        let fee = block.fee_rate.map(|f| format!(", {f} sat/vB in the mean")).unwrap_or_default();
        let txs = block.txs.map_or_else(|| "?".to_owned(), |n| n.to_string());
        facts.push(Fact::new("newest block", &format!("{txs} transactions{weight}{fee}")));
    }
    facts.extend(round.unknown.iter().cloned());
    facts
}
