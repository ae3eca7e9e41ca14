//! Results of Bitcoin's calls as values. Pure: JSON text in, values or a refusal out. Nodes differ in what they leave out.

use serde::Deserialize;

use crate::domain::observation::Failure;
use crate::telemetry::json;

/// `getblockchaininfo`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Chain {
    /// `main`, `test`, `signet`, `regtest`; bcoin says `testnet`.
    pub chain: String,
    /// Blocks that were checked.
    pub blocks: u64,
    /// Headers that are known.
    pub headers: u64,
    /// Hash of the newest block.
    #[serde(rename = "bestblockhash")]
    pub best: String,
    /// Whether it is still taking the chain's past; bcoin does not say.
    #[serde(default, rename = "initialblockdownload")]
    pub downloading: Option<bool>,
    /// 0 to 1.
    #[serde(default, rename = "verificationprogress")]
    pub progress: f64,
    /// A text, or since version 28 a list of them.
    #[serde(default)]
    warnings: Warnings,
}

impl Chain {
    /// What the node warns of, without the empty words.
    pub fn warnings(&self) -> impl Iterator<Item = &str> {
        self.warnings.words()
    }
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum Warnings {
    One(String),
    Many(Vec<String>),
}

impl Default for Warnings {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl Warnings {
    fn words(&self) -> impl Iterator<Item = &str> {
        let all: &[String] = match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::Many(all) => all,
        };
        all.iter().map(String::as_str).filter(|w| !w.is_empty())
    }
}

/// Reads `getblockchaininfo`.
///
/// # Errors
/// When chain, blocks, headers or the newest hash are missing.
pub fn chain(result: &str) -> Result<Chain, Failure> {
    json::read(result.as_bytes(), "getblockchaininfo")
}

/// One end of a chain.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ChainTip {
    /// Its height.
    pub height: u64,
    /// Its hash.
    pub hash: String,
    /// Blocks since it parted from the node's own chain; 0 for that itself.
    #[serde(rename = "branchlen")]
    pub branch: u64,
    /// `active`, `valid-fork`, `valid-headers`, `headers-only`, `invalid`.
    pub status: String,
}

/// Reads `getchaintips`.
///
/// # Errors
/// When it is no list of tips.
pub fn chain_tips(result: &str) -> Result<Vec<ChainTip>, Failure> {
    json::read(result.as_bytes(), "getchaintips")
}

/// `getmempoolinfo`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
pub struct Pool {
    /// Transactions.
    pub size: u64,
    /// Memory they take, bytes.
    #[serde(default)]
    pub usage: u64,
    /// The pool's limit, bytes.
    #[serde(default, rename = "maxmempool")]
    pub limit: u64,
    /// Least fee that gets in now, coins a kilobyte.
    #[serde(default, rename = "mempoolminfee")]
    pub min_fee: f64,
    /// Least fee that is ever passed on.
    #[serde(default, rename = "minrelaytxfee")]
    pub relay_fee: Option<f64>,
}

/// Reads `getmempoolinfo`.
///
/// # Errors
/// When the count is missing.
pub fn pool(result: &str) -> Result<Pool, Failure> {
    json::read(result.as_bytes(), "getmempoolinfo")
}

/// `getnetworkinfo`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Network {
    /// What the client calls itself: `/Satoshi:28.0.0/`.
    #[serde(rename = "subversion")]
    pub name: String,
    /// Connected peers.
    pub connections: u64,
    /// Those that dialled us; older nodes do not say.
    #[serde(default, rename = "connections_in")]
    pub inbound: Option<u64>,
}

/// Reads `getnetworkinfo`.
///
/// # Errors
/// When name or connections are missing.
pub fn network(result: &str) -> Result<Network, Failure> {
    json::read(result.as_bytes(), "getnetworkinfo")
}

/// `getblockheader`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Header {
    /// Its hash.
    pub hash: String,
    /// Its height.
    pub height: u64,
    /// Its own time, Unix seconds.
    pub time: u64,
    /// The parent's hash; the first block has none.
    #[serde(default, rename = "previousblockhash")]
    pub parent: Option<String>,
}

/// Reads `getblockheader`.
///
/// # Errors
/// When hash, height or time are missing.
pub fn header(result: &str) -> Result<Header, Failure> {
    json::read(result.as_bytes(), "getblockheader")
}

/// `getchaintxstats`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
pub struct TxStats {
    /// Transactions a second over the window.
    #[serde(default, rename = "txrate")]
    pub rate: Option<f64>,
    /// Blocks of the window.
    #[serde(default, rename = "window_block_count")]
    pub blocks: u64,
    /// Seconds of the window.
    #[serde(default, rename = "window_interval")]
    pub seconds: Option<u64>,
}

/// Reads `getchaintxstats`.
///
/// # Errors
/// When it is no object of that shape.
pub fn tx_stats(result: &str) -> Result<TxStats, Failure> {
    json::read(result.as_bytes(), "getchaintxstats")
}

/// `getblockstats` of the newest block, as far as it is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct BlockStats {
    /// Transactions.
    pub txs: Option<u64>,
    /// Weight; 4,000,000 is a full block.
    pub total_weight: Option<u64>,
    /// Mean fee, satoshi a virtual byte.
    #[serde(rename = "avgfeerate")]
    pub fee_rate: Option<u64>,
}

/// Reads `getblockstats`.
///
/// # Errors
/// When it is no object of that shape.
pub fn block_stats(result: &str) -> Result<BlockStats, Failure> {
    json::read(result.as_bytes(), "getblockstats")
}
