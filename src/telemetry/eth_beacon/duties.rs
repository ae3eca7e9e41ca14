//! Replies about validators: who is to make which block, whose votes were seen, which index a key has. Pure.

use serde::Deserialize;

use super::parse::{Quoted, data};
use crate::domain::observation::Failure;
use crate::telemetry::json::Num;

/// One slot's proposer, from `validator/duties/proposer/{epoch}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duty {
    /// The slot.
    pub slot: u64,
    /// Index of the validator that is to make its block.
    pub index: u64,
    /// Its public key, lower case.
    pub key: String,
}

#[derive(Deserialize)]
struct WireDuty {
    pubkey: String,
    validator_index: Quoted,
    slot: Quoted,
}

/// Reads the proposers of an epoch.
///
/// # Errors
/// When a field is missing or no number.
pub fn duties(bytes: &[u8]) -> Result<Vec<Duty>, Failure> {
    let wire: Vec<WireDuty> = data(bytes, "validator/duties/proposer")?;
    let duty = |w: WireDuty| Duty { slot: w.slot.0, index: w.validator_index.0, key: w.pubkey.to_ascii_lowercase() };
    Ok(wire.into_iter().map(duty).collect())
}

#[derive(Deserialize)]
struct WireLive {
    // Lodestar before 1.8 wrote numbers here.
    index: Num,
    #[serde(alias = "isLive")]
    is_live: bool,
}

/// Reads `validator/liveness/{epoch}`: each validator's index, and whether anything of it was seen in that epoch.
///
/// # Errors
/// When a field is missing.
pub fn liveness(bytes: &[u8]) -> Result<Vec<(u64, bool)>, Failure> {
    let wire: Vec<WireLive> = data(bytes, "validator/liveness")?;
    Ok(wire.into_iter().map(|w| (w.index.0, w.is_live)).collect())
}

#[derive(Deserialize)]
struct WireEntry {
    index: Quoted,
    validator: WireKey,
}

#[derive(Deserialize)]
struct WireKey {
    pubkey: String,
}

/// Reads `states/head/validators?id=…`: index and public key (lower case) of each that was found.
///
/// # Errors
/// When a field is missing or no number.
pub fn registry(bytes: &[u8]) -> Result<Vec<(u64, String)>, Failure> {
    let wire: Vec<WireEntry> = data(bytes, "states/head/validators")?;
    Ok(wire.into_iter().map(|w| (w.index.0, w.validator.pubkey.to_ascii_lowercase())).collect())
}
