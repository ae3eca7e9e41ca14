//! Results of execution calls as plain values. Pure: JSON text in, values or a refusal out.

use std::sync::Arc;

use serde::Deserialize;

use crate::domain::observation::Failure;
use crate::telemetry::json;

/// A block's header, as far as it is watched.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// Number.
    pub number: u64,
    /// Hash.
    pub hash: Arc<str>,
    /// The parent's hash.
    pub parent: Arc<str>,
    /// Its own time, Unix seconds.
    pub timestamp: u64,
    /// Base fee, gwei, where the chain has one.
    pub base_fee_gwei: Option<f64>,
    /// Gas used of the limit, %.
    pub gas_used_pct: Option<f64>,
    /// Transactions in it, where the node lists them.
    pub txs: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireBlock {
    number: String,
    hash: String,
    parent_hash: String,
    timestamp: String,
    #[serde(default)]
    base_fee_per_gas: Option<String>,
    #[serde(default)]
    gas_used: Option<String>,
    #[serde(default)]
    gas_limit: Option<String>,
    #[serde(default)]
    transactions: Option<Vec<serde::de::IgnoredAny>>,
}

/// Reads a block.
///
/// # Errors
/// When a field that every block has is missing or no quantity.
pub fn block(result: &str) -> Result<Block, Failure> {
    let what = "eth_getBlockByNumber";
    let wire: WireBlock = json::read(result.as_bytes(), what)?;
    let number = |text: &str, field: &str| {
        json::hex(text).ok_or_else(|| json::refuse(result.as_bytes(), what, &format!("{field} is no quantity")))
    };
    let used = wire.gas_used.as_deref().and_then(json::hex_f64);
    let limit = wire.gas_limit.as_deref().and_then(json::hex_f64).filter(|l| *l > 0.0);
    Ok(Block {
        number: number(&wire.number, "number")?,
        hash: Arc::from(wire.hash),
        parent: Arc::from(wire.parent_hash),
        timestamp: number(&wire.timestamp, "timestamp")?,
        base_fee_gwei: wire.base_fee_per_gas.as_deref().and_then(json::hex_f64).map(|wei| wei / 1e9),
        gas_used_pct: used.zip(limit).map(|(u, l)| 100.0 * u / l),
        txs: wire.transactions.map(|all| all.len() as u64),
    })
}

/// What `eth_syncing` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syncing {
    /// `false`: it thinks it is at the head.
    No,
    /// So many blocks behind what it has heard of.
    Behind(u64),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum WireSyncing {
    Flag(bool),
    Progress {
        #[serde(rename = "currentBlock")]
        current: String,
        #[serde(rename = "highestBlock")]
        highest: String,
    },
}

/// Reads `eth_syncing`.
///
/// # Errors
/// When it is neither `false` nor an object with quantities.
pub fn syncing(result: &str) -> Result<Syncing, Failure> {
    let refuse = |why: &str| json::refuse(result.as_bytes(), "eth_syncing", why);
    match json::read(result.as_bytes(), "eth_syncing")? {
        WireSyncing::Flag(false) => Ok(Syncing::No),
        WireSyncing::Flag(true) => Err(refuse("true without numbers")),
        WireSyncing::Progress { current, highest } => {
            let behind = json::hex(&highest).zip(json::hex(&current)).map(|(h, c)| h.saturating_sub(c));
            behind.map(Syncing::Behind).ok_or_else(|| refuse("blocks are no quantities"))
        }
    }
}

/// What `txpool_status` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TxPool {
    /// Ready for a block.
    pub pending: u64,
    /// Waiting for an earlier one.
    pub queued: u64,
}

#[derive(Deserialize)]
struct WirePool {
    pending: Count,
    queued: Count,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Count {
    Number(u64),
    Text(String),
}

impl Count {
    fn value(&self) -> Option<u64> {
        match self {
            Self::Number(n) => Some(*n),
            Self::Text(t) => json::hex(t).or_else(|| t.parse().ok()),
        }
    }
}

/// Reads `txpool_status` (hex, or plain numbers as nethermind writes them).
///
/// # Errors
/// When the counts are missing or no numbers.
pub fn txpool(result: &str) -> Result<TxPool, Failure> {
    let wire: WirePool = json::read(result.as_bytes(), "txpool_status")?;
    let both = wire.pending.value().zip(wire.queued.value());
    both.map(|(pending, queued)| TxPool { pending, queued })
        .ok_or_else(|| json::refuse(result.as_bytes(), "txpool_status", "counts are no numbers"))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireBesuPool {
    local_count: Count,
    remote_count: Count,
}

/// Reads Besu's `txpool_besuStatistics`: all transactions of the pool, for it does not tell apart which of them wait.
///
/// # Errors
/// When the counts are missing or no numbers.
pub fn besu_pool(result: &str) -> Result<u64, Failure> {
    let wire: WireBesuPool = json::read(result.as_bytes(), "txpool_besuStatistics")?;
    let both = wire.local_count.value().zip(wire.remote_count.value());
    both.map(|(local, remote)| local.saturating_add(remote))
        .ok_or_else(|| json::refuse(result.as_bytes(), "txpool_besuStatistics", "counts are no numbers"))
}

/// Which rules a node follows, and which it will: `eth_config` (EIP-7910).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forks {
    /// The fork in force, as EIP-6122 numbers it.
    pub current: String,
    /// The next one that the node knows, and when it begins, Unix seconds.
    pub next: Option<(String, u64)>,
}

#[derive(Deserialize)]
struct WireForks {
    current: WireFork,
    #[serde(default)]
    next: Option<WireFork>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireFork {
    fork_id: String,
    activation_time: u64,
}

/// Longest fork id that is kept; four bytes in hexadecimal are 10 characters.
const FORK_ID_LIMIT: usize = 18;

/// Reads `eth_config`.
///
/// # Errors
/// When the fork in force has no id.
pub fn forks(result: &str) -> Result<Forks, Failure> {
    let wire: WireForks = json::read(result.as_bytes(), "eth_config")?;
    let id = |fork: &WireFork| {
        let sane = json::hex(&fork.fork_id).is_some() && fork.fork_id.len() <= FORK_ID_LIMIT;
        sane.then(|| fork.fork_id.to_ascii_lowercase())
    };
    let current =
        id(&wire.current).ok_or_else(|| json::refuse(result.as_bytes(), "eth_config", "its fork has no id"))?;
    let next = wire.next.as_ref().and_then(|fork| Some((id(fork)?, fork.activation_time)));
    Ok(Forks { current, next })
}

/// Reads a bare quantity (`net_peerCount`, `eth_chainId`), hex or number.
///
/// # Errors
/// When it is none.
pub fn quantity(result: &str, what: &str) -> Result<u64, Failure> {
    let count: Count = json::read(result.as_bytes(), what)?;
    count.value().ok_or_else(|| json::refuse(result.as_bytes(), what, "no quantity"))
}

/// Reads a bare text (`web3_clientVersion`).
///
/// # Errors
/// When it is none.
pub fn text(result: &str, what: &str) -> Result<String, Failure> {
    json::read(result.as_bytes(), what)
}
