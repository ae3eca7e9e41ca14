//! Blocks, receipts, logs and words as far as a contract's watch needs them. Pure: JSON text in, values or a refusal out.

use serde::Deserialize;

use crate::domain::observation::Failure;
use crate::telemetry::json;

/// A transaction straight to the contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Its hash.
    pub hash: String,
    /// Who sent it.
    pub from: String,
    /// The first four bytes of its data, `0x…`; shorter when it has less.
    pub selector: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireBlock {
    #[serde(default)]
    hash: String,
    #[serde(default)]
    parent_hash: String,
    #[serde(default)]
    transactions: Vec<WireTransaction>,
}

#[derive(Deserialize)]
struct WireTransaction {
    hash: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: Option<String>,
    #[serde(default, alias = "data")]
    input: String,
}

/// Characters of `0x` and four bytes.
const SELECTOR: usize = 10;

/// A block, as far as a contract is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its hash; empty when not told.
    pub hash: String,
    /// That of the block before; empty when not told.
    pub parent: String,
    /// Calls of the contract, in their order.
    pub calls: Vec<Call>,
}

/// Reads a block with its transactions: those to this address (lower case).
///
/// # Errors
/// When it is no block with whole transactions.
pub fn block_calls(result: &str, address: &str) -> Result<Block, Failure> {
    let block: WireBlock = json::read(result.as_bytes(), "eth_getBlockByNumber")?;
    let ours = |t: &WireTransaction| t.to.as_ref().is_some_and(|to| to.eq_ignore_ascii_case(address));
    let calls = block.transactions.into_iter().filter(ours).map(|t| Call {
        hash: t.hash,
        from: t.from,
        selector: t.input.chars().take(SELECTOR).collect::<String>().to_ascii_lowercase(),
    });
    Ok(Block { calls: calls.collect(), hash: block.hash, parent: block.parent_hash })
}

#[derive(Deserialize)]
struct WireReceipt {
    status: String,
}

/// Reads a receipt: whether the transaction failed.
///
/// # Errors
/// When it says neither (blocks from before 2017 do not).
pub fn failed(result: &str) -> Result<bool, Failure> {
    let what = "eth_getTransactionReceipt";
    let receipt: WireReceipt = json::read(result.as_bytes(), what)?;
    match json::hex(&receipt.status) {
        Some(0) => Ok(true),
        Some(1) => Ok(false),
        _ => Err(json::refuse(result.as_bytes(), what, "status is neither 0x0 nor 0x1")),
    }
}

#[derive(Deserialize)]
struct WireLog {
    #[serde(default)]
    topics: Vec<String>,
    #[serde(default)]
    removed: bool,
}

/// Reads `eth_getLogs`: the first topic of each log, empty for one without; what a reorganisation removed is left out.
///
/// # Errors
/// When it is no list of logs.
pub fn log_topics(result: &str) -> Result<Vec<String>, Failure> {
    let logs: Vec<WireLog> = json::read(result.as_bytes(), "eth_getLogs")?;
    let kept = logs.into_iter().filter(|l| !l.removed);
    Ok(kept.map(|l| l.topics.into_iter().next().unwrap_or_default()).collect())
}

/// Reads the first word of a result (a balance, a word of storage, what a function returned), with so many decimal places.
///
/// # Errors
/// When there is no word, as where no contract is.
pub fn word(result: &str, decimals: u32) -> Result<f64, Failure> {
    let what = "the contract's value";
    let text: String = json::read(result.as_bytes(), what)?;
    let first = text.get(..text.len().min(66)).unwrap_or_default();
    let whole = json::hex_f64(first);
    let whole =
        whole.ok_or_else(|| json::refuse(text.as_bytes(), what, "no word of 32 bytes; is the contract there?"))?;
    Ok(whole / 10_f64.powi(i32::try_from(decimals).unwrap_or(0)))
}
