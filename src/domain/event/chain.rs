//! Events about a writer's chain itself: where it begins, who vouches for its key, what was recovered.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::group::events;
use crate::domain::event::Event;
use crate::domain::id::{IncidentId, WriterId};
use crate::domain::roster::{Level, Signatures};

events! {
    /// About the chain itself.
    ChainEvent {
        /// The first entry of every chain.
        Opened(Box<ChainOpened>) = "chain.opened",
        /// A session key vouched for by a person's own key.
        Delegated(Box<KeyDelegated>) = "key.delegated",
        /// The roster in force.
        Pinned(Box<RosterPinned>) = "roster.pinned",
        /// Heads of every chain known, signed.
        Checkpoint(Box<CheckpointSigned>) = "checkpoint.signed",
        /// A torn tail was set aside.
        Recovered(Box<LogRecovered>) = "log.recovered",
    }
}

impl From<ChainEvent> for Event {
    fn from(e: ChainEvent) -> Self {
        Self::Chain(e)
    }
}

/// Binds all that follows in this chain to one incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChainOpened {
    /// The incident.
    pub incident: IncidentId,
    /// The network, `devnet`.
    pub network: String,
    /// The host the writer is on.
    pub host: String,
    /// Tells this machine from another one of the same name: 4 characters, empty where nobody knows.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub machine: String,
    /// The older chain of the same writer that this one continues.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continues: Option<Continues>,
}

/// Names an older chain; what stands after its head there is void.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Continues {
    /// Whose chain.
    pub writer: WriterId,
    /// The last valid line.
    pub seq: u64,
    /// SHA-256 of that line, hex.
    pub head: String,
}

/// A statement (plain text) and its signature by the person's own key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeyDelegated {
    /// `warroom delegation v1` and its fields.
    pub statement: String,
    /// SSHSIG, base64.
    pub sig: String,
}

/// The roster in force, whole, so that the fold never reads a file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RosterPinned {
    /// SHA-256 of the file's bytes, hex.
    pub sha256: String,
    /// People by name: the roles they may hold (empty: any).
    #[serde(default)]
    pub people: BTreeMap<String, Vec<String>>,
    /// Roles of the roster's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// Operators by name: stake in the network's own units.
    #[serde(default)]
    pub operators: BTreeMap<String, u64>,
    /// People's own keys by name, `ssh-ed25519 AAAA…` without comments.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub keys: BTreeMap<String, Vec<String>>,
    /// Keys that count no more, whoever had them and whenever they signed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub revoked: Vec<String>,
    /// People by name: what they may do, where it is not `responder`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub levels: BTreeMap<String, Level>,
    /// Whether entries must be signed, where it is not `when-possible`.
    #[serde(default, skip_serializing_if = "Signatures::is_usual")]
    pub signatures: Signatures,
}

impl RosterPinned {
    /// Whether it tells levels apart at all; one that does not leaves everybody in it free.
    #[must_use]
    pub fn has_levels(&self) -> bool {
        !self.levels.is_empty()
    }

    /// What somebody may do without any role: an observer where the roster has people and not this one.
    #[must_use]
    pub fn level_of(&self, name: &str) -> Level {
        match (self.people.is_empty(), self.people.contains_key(name)) {
            (true, _) => Level::Commander,
            (false, false) => Level::Observer,
            (false, true) if self.has_levels() => self.levels.get(name).copied().unwrap_or_default(),
            (false, true) => Level::Commander,
        }
    }
}

/// Heads of every chain known at this moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckpointSigned {
    /// `warroom checkpoint v1` and its fields.
    pub statement: String,
    /// SSHSIG, base64.
    pub sig: String,
}

/// A torn tail was moved aside when the chain was opened again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogRecovered {
    /// The file the tail was moved to.
    pub torn: String,
    /// How many bytes were torn.
    pub bytes: u64,
}
