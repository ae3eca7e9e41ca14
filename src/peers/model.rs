//! What another operator says of itself, and how far it may be believed. Plain data; never added up with what we measured.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};

use crate::domain::event::{NodeState, PeerReported, Scope};
use crate::domain::id::OperatorId;
use crate::domain::run::is_digest_of;
use crate::domain::time::{At, Span};
use crate::domain::verdict::{Client, PeerNodeView, PeerView};

/// How far a document may be believed; only `Verified` ever counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trust {
    /// Signed by a key of the roster, fresh, of this network.
    Verified,
    /// No signature.
    Unsigned,
    /// A signature that does not hold, or by a key that is not the operator's.
    BadSignature,
    /// Older than it says it is valid, or it cannot be fetched any more.
    Stale,
    /// The roster does not know the operator.
    UnknownOperator,
    /// About another network.
    WrongNetwork,
    /// Its `seq` or `at` went back.
    Replayed,
    /// Over the size limit; not read.
    Oversized,
    /// Made for a drill.
    Drill,
}

impl Trust {
    /// As the headless twins and the log write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Unsigned => "unsigned",
            Self::BadSignature => "bad-signature",
            Self::Stale => "stale",
            Self::UnknownOperator => "unknown-operator",
            Self::WrongNetwork => "wrong-network",
            Self::Replayed => "replayed",
            Self::Oversized => "oversized",
            Self::Drill => "drill",
        }
    }
}

/// One node of theirs, as they report it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PeerNode {
    /// Its name over there.
    pub id: String,
    /// `lighthouse`, `geth`, …
    pub client: String,
    /// Its version.
    pub version: String,
    /// Its newest block or slot.
    pub height: Option<u64>,
    /// Hashes at heights, for comparison.
    pub hash_at: BTreeMap<String, String>,
    /// Its newest finalized block or epoch.
    pub finalized: Option<u64>,
    /// Its connected peers.
    pub peers: Option<u64>,
    /// How it stands, in their words; a word we do not know is left out.
    #[serde(deserialize_with = "known_word")]
    pub state: Option<NodeState>,
}

impl PeerNode {
    /// As far as judgement needs it. Heights that are no numbers are left out.
    fn view(&self) -> PeerNodeView {
        let height = |(height, hash): (&String, &String)| Some((height.parse().ok()?, Arc::from(hash.as_str())));
        PeerNodeView {
            id: self.id.clone(),
            family: Client::family_of(&self.client),
            client: self.client.to_lowercase(),
            version: self.version.clone(),
            state: self.state,
            height: self.height,
            hashes: self.hash_at.iter().filter_map(height).collect(),
        }
    }
}

/// Which revision of a runbook they follow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PeerRunbook {
    /// Its id.
    pub id: String,
    /// Its SHA-256, or the eight characters that people read aloud.
    pub digest: String,
}

impl PeerRunbook {
    /// Whether it is the revision with this SHA-256: as many characters as they told are compared, eight at least.
    #[must_use]
    pub fn is(&self, sha256: &str) -> bool {
        is_digest_of(&self.digest, sha256)
    }
}

/// The status document (contracts: peer status document, version 1). Unknown fields are left alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatusDocument {
    /// Format version, 1.
    pub v: u64,
    /// Who speaks.
    pub operator: OperatorId,
    /// Its own time.
    pub at: At,
    /// Counts up with each document.
    pub seq: u64,
    /// For how many seconds it holds.
    pub valid_s: u64,
    /// Which network it is about.
    pub network: String,
    /// Made for a drill.
    #[serde(default)]
    pub drill: bool,
    /// The incident they are in.
    #[serde(default)]
    pub incident: Option<String>,
    /// Their nodes.
    #[serde(default)]
    pub nodes: Vec<PeerNode>,
    /// Readiness by barrier or run.
    #[serde(default)]
    pub ready: BTreeMap<String, String>,
    /// The runbook they follow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runbook: Option<PeerRunbook>,
    /// One line of plain text.
    #[serde(default)]
    pub says: String,
    /// Their own verdict of the scope; a word we do not know is left out.
    #[serde(default, deserialize_with = "known_word")]
    pub scope: Option<Scope>,
}

/// Reads a word of a fixed set; `None` for one of a later version.
fn known_word<'de, D: Deserializer<'de>, T: Deserialize<'de>>(d: D) -> Result<Option<T>, D::Error> {
    let word = Option::<String>::deserialize(d)?;
    Ok(word.and_then(|w| T::deserialize(serde::de::value::StringDeserializer::<serde::de::value::Error>::new(w)).ok()))
}

/// The worst of some states: not knowing is worse than fine and better than failing.
fn worst(states: impl Iterator<Item = NodeState>) -> Option<NodeState> {
    states.max_by_key(|s| match s {
        NodeState::Ok => 0,
        NodeState::Unknown => 1,
        NodeState::Stale => 2,
        NodeState::Warn => 3,
        NodeState::Bad => 4,
    })
}

/// A document as it arrived, judged.
#[derive(Clone, Debug, PartialEq)]
pub struct PeerReport {
    /// Who speaks, or whom the roster expects there.
    pub operator: OperatorId,
    /// How far it may be believed.
    pub trust: Trust,
    /// Why it may not, in a sentence; empty when verified.
    pub why: String,
    /// Stake from the roster, in the network's own units; never from the document.
    pub stake: Option<u64>,
    /// What they share with others (provider, upstream), from the roster; then they are no independent witness.
    pub via: Option<String>,
    /// Where it came from: a URL or a file.
    pub origin: String,
    /// When it arrived.
    pub received: At,
    /// What it says, where it could be read.
    pub document: Option<StatusDocument>,
}

impl PeerReport {
    /// How old what it says is: since the document's own time, else since it arrived.
    #[must_use]
    pub fn age(&self, now: At) -> Span {
        now.since(self.document.as_ref().map_or(self.received, |d| d.at))
    }

    /// As far as judgement needs it.
    #[must_use]
    pub fn view(&self) -> PeerView {
        let nodes = self.document.iter().flat_map(|d| &d.nodes);
        PeerView {
            operator: self.operator.clone(),
            network: self.document.as_ref().map(|d| d.network.clone()).unwrap_or_default(),
            via: self.via.clone(),
            trusted: self.trust == Trust::Verified,
            at: self.document.as_ref().map_or(self.received, |d| d.at),
            height: nodes.clone().filter_map(|n| n.height).max(),
            finalized: nodes.clone().filter_map(|n| n.finalized).max(),
            state: worst(nodes.filter_map(|n| n.state)),
            scope: self.document.as_ref().and_then(|d| d.scope),
            nodes: self.document.iter().flat_map(|d| &d.nodes).map(PeerNode::view).collect(),
        }
    }

    /// As the log records it; `None` when there is no document to speak of.
    #[must_use]
    pub fn reported(&self) -> Option<PeerReported> {
        let document = self.document.as_ref()?;
        Some(PeerReported {
            operator: self.operator.clone(),
            trust: self.trust.as_str().to_owned(),
            summary: self.summary(),
            at: document.at,
        })
    }

    /// In one line, without what changes at every block: clients and versions, scope, what they say.
    #[must_use]
    pub fn summary(&self) -> String {
        let Some(document) = &self.document else { return self.why.clone() };
        let mut parts: Vec<String> = Vec::new();
        for node in &document.nodes {
            let part = format!("{} {}", node.client, node.version).trim().to_owned();
            if !part.is_empty() && !parts.contains(&part) {
                parts.push(part);
            }
        }
        parts.extend(worst(document.nodes.iter().filter_map(|n| n.state)).map(|s| s.as_str().to_owned()));
        parts.extend(document.scope.map(|s| format!("scope {}", s.as_str())));
        parts.extend(Some(document.says.clone()).filter(|s| !s.is_empty()));
        parts.join(" · ")
    }

    /// All that is known of it, line by line.
    #[must_use]
    pub fn lines(&self, now: At) -> Vec<String> {
        let mut lines = vec![format!("{} · from {} · {}", self.trust.as_str(), self.origin, self.age(now).words())];
        if !self.why.is_empty() {
            lines.push(format!("not counted: {}", self.why));
        }
        lines.extend(self.stake.map(|s| format!("stake {s} (from our roster)")));
        let Some(document) = &self.document else { return lines };
        lines.push(format!("says: {}", document.says));
        for node in &document.nodes {
            let or = |n: Option<u64>| n.map_or_else(|| "?".to_owned(), |n| n.to_string());
            lines.push(format!(
                "  {} {} {}  height {}  final {}  peers {}",
                node.id,
                node.client,
                node.version,
                or(node.height),
                or(node.finalized),
                or(node.peers)
            ));
        }
        lines.extend(document.ready.iter().map(|(what, how)| format!("  ready for {what}: {how}")));
        lines
    }
}
