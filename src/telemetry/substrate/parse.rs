//! Results of Substrate's calls as values. Pure: JSON text in, values or a refusal out.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};

use crate::domain::observation::Failure;
use crate::domain::votes::{Tally, VOTERS_LIMIT, Vote, Voter, Votes};
use crate::telemetry::json;

/// A header, as far as it is watched; its own hash is not in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Number.
    pub number: u64,
    /// The parent's hash.
    pub parent: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireHeader {
    number: String,
    parent_hash: String,
}

/// Reads `chain_getHeader` (numbers may be padded with zeros).
///
/// # Errors
/// When number or parent are missing, or the number is no quantity.
pub fn header(result: &str) -> Result<Header, Failure> {
    let wire: WireHeader = json::read(result.as_bytes(), "chain_getHeader")?;
    let number = json::hex(&wire.number)
        .ok_or_else(|| json::refuse(result.as_bytes(), "chain_getHeader", "number is no quantity"))?;
    Ok(Header { number, parent: wire.parent_hash })
}

/// Reads a bare text (a hash, a version, a chain's name).
///
/// # Errors
/// When it is none.
pub fn text(result: &str) -> Result<String, Failure> {
    json::read(result.as_bytes(), "text")
}

/// `system_health`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// Connected peers.
    pub peers: u64,
    /// Whether it is taking the chain's past.
    pub is_syncing: bool,
    /// Whether a node of this chain should have peers at all.
    #[serde(default)]
    pub should_have_peers: bool,
}

/// Reads `system_health`.
///
/// # Errors
/// When peers or the flag are missing.
pub fn health(result: &str) -> Result<Health, Failure> {
    json::read(result.as_bytes(), "system_health")
}

/// `system_syncState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SyncState {
    /// Where it is.
    pub current_block: u64,
    /// The highest it has heard of; not told when it is at the head.
    #[serde(default)]
    pub highest_block: Option<u64>,
}

/// Reads `system_syncState`.
///
/// # Errors
/// When the current block is missing.
pub fn sync_state(result: &str) -> Result<SyncState, Failure> {
    json::read(result.as_bytes(), "system_syncState")
}

/// `state_getRuntimeVersion`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Runtime {
    /// The runtime's name.
    pub spec_name: String,
    /// Its version: what an upgrade changes.
    pub spec_version: u64,
}

/// Reads `state_getRuntimeVersion`.
///
/// # Errors
/// When name or version are missing.
pub fn runtime(result: &str) -> Result<Runtime, Failure> {
    json::read(result.as_bytes(), "state_getRuntimeVersion")
}

/// Reads the storage of `Timestamp::Now`: 64 bits, little endian, milliseconds.
///
/// # Errors
/// When it is not such a value.
pub fn timestamp_ms(result: &str) -> Result<u64, Failure> {
    let refuse = || json::refuse(result.as_bytes(), "state_getStorage Timestamp.Now", "it is no time of 8 bytes");
    let digits: String = json::read(result.as_bytes(), "state_getStorage Timestamp.Now")?;
    let digits = digits.strip_prefix("0x").filter(|d| d.len() == 16 && d.is_ascii()).ok_or_else(refuse)?;
    u64::from_str_radix(digits, 16).map(u64::swap_bytes).map_err(|_| refuse())
}

struct Count(u64);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_seq(Counting)
    }
}

struct Counting;

impl<'de> Visitor<'de> for Counting {
    type Value = Count;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Count, A::Error> {
        let mut count = 0;
        while list.next_element::<IgnoredAny>()?.is_some() {
            count += 1;
        }
        Ok(Count(count))
    }
}

/// Reads how long a list is (`author_pendingExtrinsics`); nothing of it is kept.
///
/// # Errors
/// When it is no list.
pub fn count(result: &str) -> Result<u64, Failure> {
    json::read::<Count>(result.as_bytes(), "author_pendingExtrinsics").map(|c| c.0)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WirePeer {
    best_hash: String,
    best_number: u64,
}

/// Reads `system_peers`: how many peers have which best block, by number and hash.
///
/// # Errors
/// When it is no list of peers.
pub fn peer_bests(result: &str) -> Result<BTreeMap<(u64, String), u64>, Failure> {
    let peers: Vec<WirePeer> = json::read(result.as_bytes(), "system_peers")?;
    let mut bests = BTreeMap::new();
    for peer in peers {
        *bests.entry((peer.best_number, peer.best_hash)).or_default() += 1;
    }
    Ok(bests)
}

#[derive(Deserialize)]
struct WireGrandpa {
    best: WireRound,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireRound {
    round: u64,
    total_weight: u64,
    prevotes: WireVotes,
    precommits: WireVotes,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireVotes {
    current_weight: u64,
    missing: Vec<String>,
}

/// Reads `grandpa_roundState`: the best round's weights, and by name those who are missing (what each of them weighs is
/// not told).
///
/// # Errors
/// When the best round or its votes are missing.
pub fn grandpa(result: &str) -> Result<Votes, Failure> {
    let WireGrandpa { best } = json::read(result.as_bytes(), "grandpa_roundState")?;
    let tally = |votes: &WireVotes| Tally { block: votes.current_weight, nil: 0, total: best.total_weight };
    let (prevotes, precommits) = (tally(&best.prevotes), tally(&best.precommits));
    let mut missing: BTreeMap<String, (Vote, Vote)> = BTreeMap::new();
    for name in best.prevotes.missing {
        missing.entry(name).or_insert((Vote::Block, Vote::Block)).0 = Vote::Absent;
    }
    for name in best.precommits.missing {
        missing.entry(name).or_insert((Vote::Block, Vote::Block)).1 = Vote::Absent;
    }
    let voters = missing.into_iter().take(VOTERS_LIMIT);
    let voters = voters.map(|(name, (prevote, precommit))| Voter { name, power: None, prevote, precommit });
    Ok(Votes { height: None, round: best.round, step: String::new(), prevotes, precommits, voters: voters.collect() })
}
