//! Results of Solana's small calls as values. Pure: JSON text in, values or a refusal out.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::observation::Failure;
use crate::telemetry::json;

/// Reads `getSlot`.
///
/// # Errors
/// When it is no count.
pub fn slot(result: &str) -> Result<u64, Failure> {
    json::read(result.as_bytes(), "getSlot")
}

/// How far behind the words of an unhealthy node say that it is: `Node is behind by 42 slots`.
#[must_use]
pub fn health_words(message: &str) -> Option<u64> {
    message.split_once("behind by ")?.1.split_whitespace().next()?.parse().ok()
}

#[derive(Deserialize)]
struct WireVersion {
    #[serde(rename = "solana-core")]
    core: String,
}

/// Reads `getVersion`.
///
/// # Errors
/// When it has none.
pub fn version(result: &str) -> Result<String, Failure> {
    json::read::<WireVersion>(result.as_bytes(), "getVersion").map(|v| v.core)
}

#[derive(Deserialize)]
struct WireIdentity {
    identity: String,
}

/// Reads `getIdentity`: the node's own key.
///
/// # Errors
/// When it has none.
pub fn identity(result: &str) -> Result<String, Failure> {
    json::read::<WireIdentity>(result.as_bytes(), "getIdentity").map(|i| i.identity)
}

/// Reads `getGenesisHash`: which cluster it is.
///
/// # Errors
/// When it is no text of a hash's length.
pub fn genesis(result: &str) -> Result<String, Failure> {
    let hash: String = json::read(result.as_bytes(), "getGenesisHash")?;
    let sane = (1..=64).contains(&hash.len());
    sane.then_some(hash).ok_or_else(|| json::refuse(result.as_bytes(), "getGenesisHash", "no hash"))
}

/// `getEpochInfo`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Epoch {
    /// The epoch.
    pub epoch: u64,
    /// Slots of it that are over.
    pub slot_index: u64,
    /// Slots it has.
    pub slots_in_epoch: u64,
    /// Blocks below the slot.
    #[serde(default)]
    pub block_height: Option<u64>,
}

/// Reads `getEpochInfo`.
///
/// # Errors
/// When epoch or slots are missing.
pub fn epoch(result: &str) -> Result<Epoch, Failure> {
    json::read(result.as_bytes(), "getEpochInfo")
}

/// One of `getRecentPerformanceSamples`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sample {
    /// Slots that passed.
    pub num_slots: u64,
    /// Transactions, votes among them.
    pub num_transactions: u64,
    /// Seconds.
    pub sample_period_secs: u64,
    /// Transactions that are no votes; older nodes do not say.
    #[serde(default)]
    pub num_non_vote_transactions: Option<u64>,
}

/// Reads `getRecentPerformanceSamples`.
///
/// # Errors
/// When it is no list of samples.
pub fn samples(result: &str) -> Result<Vec<Sample>, Failure> {
    json::read(result.as_bytes(), "getRecentPerformanceSamples")
}

#[derive(Deserialize)]
struct WireContext {
    value: WireProduction,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireProduction {
    by_identity: BTreeMap<String, (u64, u64)>,
}

/// `getBlockProduction` of this epoch, in sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Production {
    /// Leader slots of all.
    pub slots: u64,
    /// Blocks made in them.
    pub blocks: u64,
    /// Leader slots and blocks of the node's own key, where it leads.
    pub own: Option<(u64, u64)>,
}

/// Reads `getBlockProduction`.
///
/// # Errors
/// When it has no counts by identity.
pub fn block_production(result: &str, own: Option<&str>) -> Result<Production, Failure> {
    let wire: WireContext = json::read(result.as_bytes(), "getBlockProduction")?;
    let mut sum = Production::default();
    for (identity, (slots, blocks)) in wire.value.by_identity {
        sum.slots = sum.slots.saturating_add(slots);
        sum.blocks = sum.blocks.saturating_add(blocks);
        if Some(identity.as_str()) == own {
            sum.own = Some((slots, blocks));
        }
    }
    Ok(sum)
}
