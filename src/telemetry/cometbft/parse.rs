//! Replies of CometBFT's plain routes as values. Pure: the `result` as JSON text in, values or a refusal out.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::observation::Failure;
use crate::domain::time::At;
use crate::telemetry::json::{self, Num};

/// `/status`, as far as it is watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Chain id.
    pub network: String,
    /// What the operator calls the node.
    pub moniker: String,
    /// Of CometBFT, not of the application.
    pub version: String,
    /// Newest committed block.
    pub height: u64,
    /// Its hash.
    pub hash: String,
    /// Its own time.
    pub time: At,
    /// Whether it is still taking old blocks.
    pub catching_up: bool,
    /// Address of the node's own validator key.
    pub validator: String,
    /// Its voting power; 0 when it is not in the set (inactive, jailed, a plain full node).
    pub power: u64,
}

#[derive(Deserialize)]
struct WireStatus {
    node_info: WireNode,
    sync_info: WireSync,
    #[serde(default)]
    validator_info: WireValidator,
}

#[derive(Deserialize)]
struct WireNode {
    #[serde(default)]
    id: String,
    #[serde(default)]
    network: String,
    #[serde(default)]
    moniker: String,
    #[serde(default)]
    version: String,
}

#[derive(Deserialize)]
struct WireSync {
    latest_block_height: Num,
    latest_block_hash: String,
    latest_block_time: At,
    #[serde(default)]
    catching_up: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WireValidator {
    address: String,
    voting_power: Num,
}

/// Reads `/status`.
///
/// # Errors
/// When height, hash or time of the newest block are missing or of another shape.
pub fn status(result: &str) -> Result<Status, Failure> {
    let wire: WireStatus = json::read(result.as_bytes(), "status")?;
    Ok(Status {
        network: wire.node_info.network,
        moniker: wire.node_info.moniker,
        version: wire.node_info.version,
        height: wire.sync_info.latest_block_height.0,
        hash: wire.sync_info.latest_block_hash,
        time: wire.sync_info.latest_block_time,
        catching_up: wire.sync_info.catching_up,
        validator: wire.validator_info.address,
        power: wire.validator_info.voting_power.0,
    })
}

/// `/net_info`, as far as it is watched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Net {
    /// Connected peers, as the node counts them.
    pub peers: u64,
    /// Those that it dialled.
    pub outbound: u64,
    /// Ids of peers, sorted.
    pub ids: Vec<String>,
    /// How many run which version.
    pub versions: BTreeMap<String, u64>,
}

#[derive(Deserialize)]
struct WireNet {
    n_peers: Num,
    #[serde(default)]
    peers: Option<Vec<WirePeer>>,
}

#[derive(Deserialize)]
struct WirePeer {
    node_info: WireNode,
    #[serde(default)]
    is_outbound: bool,
}

/// Reads `/net_info`.
///
/// # Errors
/// When the count of peers is missing or of another shape.
pub fn net(result: &str) -> Result<Net, Failure> {
    let wire: WireNet = json::read(result.as_bytes(), "net_info")?;
    let mut net = Net { peers: wire.n_peers.0, ..Net::default() };
    for peer in wire.peers.unwrap_or_default() {
        net.outbound += u64::from(peer.is_outbound);
        net.ids.push(peer.node_info.id);
        *net.versions.entry(peer.node_info.version).or_default() += 1;
    }
    net.ids.sort_unstable();
    Ok(net)
}

#[derive(Deserialize)]
struct WirePool {
    #[serde(default)]
    total: Option<Num>,
    #[serde(default)]
    n_txs: Option<Num>,
}

/// Reads `/num_unconfirmed_txs`: all transactions of the pool (older nodes tell only `n_txs`, which is then all).
///
/// # Errors
/// When neither count is there.
pub fn pending(result: &str) -> Result<u64, Failure> {
    let wire: WirePool = json::read(result.as_bytes(), "num_unconfirmed_txs")?;
    let all = wire.total.or(wire.n_txs);
    all.map(|n| n.0).ok_or_else(|| json::refuse(result.as_bytes(), "num_unconfirmed_txs", "it has no count"))
}

/// A block's header, as far as it serves as history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Height.
    pub height: u64,
    /// Its hash; empty when the node does not name it.
    pub hash: String,
    /// Its own time.
    pub time: At,
    /// Transactions, where told.
    pub txs: Option<u64>,
}

#[derive(Deserialize)]
struct WireChain {
    block_metas: Vec<WireMeta>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WireBlockId {
    hash: String,
}

#[derive(Deserialize)]
struct WireMeta {
    #[serde(default)]
    block_id: WireBlockId,
    header: WireHeader,
    #[serde(default)]
    num_txs: Option<Num>,
}

#[derive(Deserialize)]
struct WireHeader {
    height: Num,
    time: At,
}

/// Reads `/blockchain`: at most 20 headers, by height.
///
/// # Errors
/// When it is no list of headers with height and time.
pub fn headers(result: &str) -> Result<Vec<Header>, Failure> {
    let wire: WireChain = json::read(result.as_bytes(), "blockchain")?;
    let one = |m: WireMeta| Header {
        height: m.header.height.0,
        hash: m.block_id.hash,
        time: m.header.time,
        txs: m.num_txs.map(|n| n.0),
    };
    let mut headers: Vec<Header> = wire.block_metas.into_iter().map(one).collect();
    headers.sort_by_key(|h| h.height);
    Ok(headers)
}

#[derive(Deserialize)]
struct WireResults {
    #[serde(default)]
    txs_results: Option<Vec<WireTx>>,
}

#[derive(Deserialize)]
struct WireTx {
    #[serde(default)]
    code: Option<u64>,
}

/// Reads `/block_results`: all transactions of the block, and those that failed (a code that is not 0).
///
/// # Errors
/// When it is of another shape. An empty block has no results at all, and none failed.
pub fn failed_txs(result: &str) -> Result<(u64, u64), Failure> {
    let wire: WireResults = json::read(result.as_bytes(), "block_results")?;
    let txs = wire.txs_results.unwrap_or_default();
    let failed = txs.iter().filter(|t| t.code.unwrap_or(0) != 0).count();
    Ok((txs.len() as u64, failed as u64))
}

#[derive(Deserialize)]
struct WireSet {
    validators: Vec<WireMember>,
    #[serde(default)]
    total: Option<Num>,
}

#[derive(Deserialize)]
pub(super) struct WireMember {
    pub address: String,
    pub voting_power: Num,
}

/// Reads one page of `/validators`: address and power in the set's own order, and how many there are in all.
///
/// # Errors
/// When it is no list of validators with address and power.
pub fn validators(result: &str) -> Result<(Vec<(String, u64)>, u64), Failure> {
    let wire: WireSet = json::read(result.as_bytes(), "validators")?;
    let set: Vec<_> = wire.validators.into_iter().map(|m| (m.address, m.voting_power.0)).collect();
    let total = wire.total.map_or(set.len() as u64, |n| n.0);
    Ok((set, total))
}
