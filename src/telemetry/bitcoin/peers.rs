//! `getpeerinfo` folded while it is read: counts, versions and heights stay, the rest (2 KB a peer) does not. Pure.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};

use crate::domain::observation::Failure;
use crate::telemetry::json;

/// What peers say, in sum.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Peers {
    /// All of them.
    pub all: u64,
    /// Those that dialled us.
    pub inbound: u64,
    /// How many run which client.
    pub clients: BTreeMap<String, u64>,
    /// The highest header a peer has shown us.
    pub best_header: Option<u64>,
    /// Blocks we wait for.
    pub in_flight: u64,
}

#[derive(serde::Deserialize)]
struct WirePeer {
    #[serde(default)]
    inbound: bool,
    #[serde(default)]
    subver: String,
    #[serde(default)]
    synced_headers: Option<i64>,
    #[serde(default)]
    inflight: Vec<serde::de::IgnoredAny>,
}

impl<'de> Deserialize<'de> for Peers {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_seq(Fold)
    }
}

struct Fold;

impl<'de> Visitor<'de> for Fold {
    type Value = Peers;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of peers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Peers, A::Error> {
        let mut peers = Peers::default();
        while let Some(peer) = list.next_element::<WirePeer>()? {
            peers.all += 1;
            peers.inbound += u64::from(peer.inbound);
            peers.in_flight += peer.inflight.len() as u64;
            peers.best_header = peers.best_header.max(peer.synced_headers.and_then(|h| u64::try_from(h).ok()));
            *peers.clients.entry(peer.subver).or_default() += 1;
        }
        Ok(peers)
    }
}

/// Reads `getpeerinfo`.
///
/// # Errors
/// When it is no list of peers.
pub fn peers(result: &str) -> Result<Peers, Failure> {
    json::read(result.as_bytes(), "getpeerinfo")
}
