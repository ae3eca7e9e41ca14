//! Replies of the Beacon API as plain values (all integers are strings there). Pure: bytes in, values or a refusal out.

use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::domain::observation::Failure;
use crate::telemetry::json;

/// An integer as the Beacon API writes it: a decimal string. Digits only, as the specification says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quoted(pub u64);

impl<'de> Deserialize<'de> for Quoted {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let n = digits.then(|| text.parse().ok()).flatten();
        n.map(Self).ok_or_else(|| serde::de::Error::custom(format!("`{text}` is no whole number")))
    }
}

#[derive(Deserialize)]
struct Data<T> {
    data: T,
}

/// The `data` of a reply.
pub(super) fn data<T: DeserializeOwned>(bytes: &[u8], what: &str) -> Result<T, Failure> {
    json::read::<Data<T>>(bytes, what).map(|d| d.data)
}

/// `/eth/v1/node/syncing`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyncState {
    /// Slot of the head.
    pub head_slot: u64,
    /// Slots behind.
    pub distance: u64,
}

#[derive(Deserialize)]
struct WireSync {
    head_slot: Quoted,
    sync_distance: Quoted,
}

/// Reads the sync state.
///
/// # Errors
/// When a field is missing or no number.
pub fn sync_state(bytes: &[u8]) -> Result<SyncState, Failure> {
    let wire: WireSync = data(bytes, "node/syncing")?;
    Ok(SyncState { head_slot: wire.head_slot.0, distance: wire.sync_distance.0 })
}

/// `finality_checkpoints`: epochs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finality {
    /// Justified in the epoch before.
    pub previous_justified: u64,
    /// Justified now.
    pub current_justified: u64,
    /// Finalized.
    pub finalized: u64,
}

#[derive(Deserialize)]
struct WireCheckpoint {
    epoch: Quoted,
}

#[derive(Deserialize)]
struct WireFinality {
    previous_justified: WireCheckpoint,
    current_justified: WireCheckpoint,
    finalized: WireCheckpoint,
}

/// Reads the finality checkpoints.
///
/// # Errors
/// When one is missing or no number.
pub fn finality(bytes: &[u8]) -> Result<Finality, Failure> {
    let wire: WireFinality = data(bytes, "finality_checkpoints")?;
    Ok(Finality {
        previous_justified: wire.previous_justified.epoch.0,
        current_justified: wire.current_justified.epoch.0,
        finalized: wire.finalized.epoch.0,
    })
}

/// A block's header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Root of the block.
    pub root: Arc<str>,
    /// Whether it is on the node's chain.
    pub canonical: bool,
    /// Slot.
    pub slot: u64,
    /// The parent's root.
    pub parent: Arc<str>,
}

#[derive(Deserialize)]
struct WireHeader {
    root: String,
    #[serde(default)]
    canonical: bool,
    header: WireSigned,
}

#[derive(Deserialize)]
struct WireSigned {
    message: WireMessage,
}

#[derive(Deserialize)]
struct WireMessage {
    slot: Quoted,
    parent_root: String,
}

/// Reads `headers/{id}`.
///
/// # Errors
/// When a field is missing.
pub fn header(bytes: &[u8]) -> Result<Header, Failure> {
    let wire: WireHeader = data(bytes, "beacon/headers")?;
    Ok(Header {
        root: Arc::from(wire.root),
        canonical: wire.canonical,
        slot: wire.header.message.slot.0,
        parent: Arc::from(wire.header.message.parent_root),
    })
}

#[derive(Deserialize)]
struct WirePeers {
    connected: Quoted,
}

/// Reads the connected peers of `node/peer_count`.
///
/// # Errors
/// When it is missing or no number.
pub fn peers(bytes: &[u8]) -> Result<u64, Failure> {
    data::<WirePeers>(bytes, "node/peer_count").map(|w| w.connected.0)
}

/// Peers that are remembered by name; a node that holds more tells the others in vain.
const PEERS_KEPT: usize = 1_000;

#[derive(Deserialize)]
struct WirePeer {
    peer_id: String,
}

/// Reads `node/peers?state=connected`: the names of the peers, in order.
///
/// # Errors
/// When one has no name.
pub fn peer_ids(bytes: &[u8]) -> Result<Vec<String>, Failure> {
    let wire: Vec<WirePeer> = data(bytes, "node/peers")?;
    let mut ids: Vec<String> = wire.into_iter().map(|p| p.peer_id).take(PEERS_KEPT).collect();
    ids.sort_unstable();
    Ok(ids)
}

#[derive(Deserialize)]
struct WireVersion {
    version: String,
}

/// Reads `node/version`.
///
/// # Errors
/// When it is missing.
pub fn version(bytes: &[u8]) -> Result<String, Failure> {
    data::<WireVersion>(bytes, "node/version").map(|w| w.version)
}

/// The chain's own clock, from `config/spec`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spec {
    /// Seconds a slot takes.
    pub slot_s: f64,
    /// Slots an epoch has.
    pub slots_per_epoch: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
struct WireSpec {
    #[serde(default)]
    seconds_per_slot: Option<Quoted>,
    #[serde(default)]
    slot_duration_ms: Option<Quoted>,
    slots_per_epoch: Quoted,
}

/// Reads the spec (`SLOT_DURATION_MS` where newer clients have it, else `SECONDS_PER_SLOT`).
///
/// # Errors
/// When slot or epoch length is missing or zero.
pub fn spec(bytes: &[u8]) -> Result<Spec, Failure> {
    let wire: WireSpec = data(bytes, "config/spec")?;
    let ms = wire.slot_duration_ms.map(|q| json::float(q.0) / 1_000.0);
    let slot_s = ms.or_else(|| wire.seconds_per_slot.map(|q| json::float(q.0))).filter(|s| *s > 0.0);
    match (slot_s, wire.slots_per_epoch.0) {
        (Some(slot_s), slots @ 1..) => Ok(Spec { slot_s, slots_per_epoch: slots }),
        _ => Err(json::refuse(bytes, "config/spec", "no slot or epoch length")),
    }
}

#[derive(Deserialize)]
struct WireGenesis {
    genesis_time: Quoted,
}

/// Reads the genesis time, Unix seconds.
///
/// # Errors
/// When it is missing or no number.
pub fn genesis_time(bytes: &[u8]) -> Result<u64, Failure> {
    data::<WireGenesis>(bytes, "beacon/genesis").map(|w| w.genesis_time.0)
}

#[derive(Deserialize)]
struct WireInclusion {
    previous_epoch_active_gwei: FlexGwei,
    previous_epoch_target_attesting_gwei: FlexGwei,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum FlexGwei {
    Number(u64),
    Text(Quoted),
}

impl FlexGwei {
    const fn value(&self) -> u64 {
        match self {
            Self::Number(n) | Self::Text(Quoted(n)) => *n,
        }
    }
}

/// Reads participation from lighthouse's or teku's `validator_inclusion/{epoch}/global`: previous epoch's target votes.
///
/// # Errors
/// When a field is missing, or nothing is active.
pub fn inclusion_pct(bytes: &[u8]) -> Result<f64, Failure> {
    let wire: WireInclusion = data(bytes, "validator_inclusion")?;
    let active = json::float(wire.previous_epoch_active_gwei.value());
    if active <= 0.0 {
        return Err(json::refuse(bytes, "validator_inclusion", "no active stake"));
    }
    Ok(100.0 * json::float(wire.previous_epoch_target_attesting_gwei.value()) / active)
}
