//! The status document's fields. The first six are needed, the rest is as coarse as its publisher likes.
//! Every text in it is somebody else's: bounded here, cleaned where it is shown. Unknown fields are left alone.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::id::OperatorId;
use crate::domain::time::At;

/// Most nodes, ready marks or constants of one document. More, and the whole document is refused: 64 KiB hold few more.
const MAX_ITEMS: usize = 256;

/// Longest text, in characters. A longer one, and the whole document is refused.
const MAX_TEXT: usize = 256;

/// Versions of the format that are read.
const VERSION: u64 = 1;

/// What an operator says of itself.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Document {
    /// 1.
    pub v: u64,
    /// Who.
    pub operator: OperatorId,
    /// When it was made.
    pub at: At,
    /// Rises with each document.
    pub seq: u64,
    /// For how many seconds it holds.
    pub valid_s: u64,
    /// Which network.
    pub network: String,
    /// Part of a drill.
    #[serde(default)]
    pub drill: bool,
    /// The incident they work on.
    pub incident: Option<String>,
    /// Their nodes.
    #[serde(default)]
    pub nodes: Vec<NodeReport>,
    /// Barrier or run id → `told`, `acked`, `stopped`, `verified`, `up`.
    #[serde(default)]
    pub ready: BTreeMap<String, String>,
    /// The runbook they follow.
    pub runbook: Option<RunbookReport>,
    /// Name → digest of the constants they use.
    #[serde(default)]
    pub constants: BTreeMap<String, String>,
    /// Where they are in a rollout.
    pub rollout: Option<RolloutReport>,
    /// One line of plain text.
    pub says: Option<String>,
    /// Their own verdict: `healthy`, `local`, `network`, …
    pub scope: Option<String>,
}

/// One of their nodes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct NodeReport {
    /// Its name there.
    pub id: String,
    /// `lodestar`.
    pub client: Option<String>,
    /// `1.5.1`.
    pub version: Option<String>,
    /// Newest block or slot.
    pub height: Option<u64>,
    /// Height → hash, so that two views can be compared at one height.
    #[serde(default)]
    pub hash_at: BTreeMap<u64, String>,
    /// Newest finalized block, slot or epoch, as their family counts.
    pub finalized: Option<u64>,
    /// Connected peers.
    pub peers: Option<u64>,
    /// `ok`, `warn`, `bad`, `unknown`, `stale`.
    pub state: Option<String>,
}

/// The runbook they follow.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RunbookReport {
    /// Its id.
    pub id: String,
    /// Its digest.
    pub digest: String,
}

/// Where they are in a rollout.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RolloutReport {
    /// Which.
    pub id: String,
    /// How far.
    pub stage: String,
    /// SHA-256 of what they run.
    pub artefact: Option<String>,
}

impl Document {
    /// Reads the status object and holds it against the limits.
    ///
    /// # Errors
    /// What is wrong, in a sentence.
    pub fn read(json: &str) -> Result<Self, String> {
        let document: Self = serde_json::from_str(json).map_err(|why| format!("`status`: {why}"))?;
        if document.v != VERSION {
            return Err(format!("version {} of the format; this program reads version {VERSION}", document.v));
        }
        let lists =
            [("nodes", document.nodes.len()), ("ready", document.ready.len()), ("constants", document.constants.len())];
        if let Some((name, count)) = lists.into_iter().find(|(_, count)| *count > MAX_ITEMS) {
            return Err(format!("`{name}` has {count} items; at most {MAX_ITEMS} are read"));
        }
        if let Some(long) = document.texts().find(|t| t.chars().count() > MAX_TEXT) {
            let start: String = long.chars().take(20).collect();
            return Err(format!("a text is longer than {MAX_TEXT} characters: `{start}…`"));
        }
        if document.operator.as_str().trim().is_empty() {
            return Err("`operator` is empty".to_owned());
        }
        Ok(document)
    }

    /// Every text of it.
    fn texts(&self) -> impl Iterator<Item = &str> {
        let nodes = self.nodes.iter().flat_map(NodeReport::texts);
        let maps = [&self.ready, &self.constants].into_iter().flatten().flat_map(|(k, v)| [k.as_str(), v.as_str()]);
        let runbook = self.runbook.iter().flat_map(|r| [r.id.as_str(), r.digest.as_str()]);
        let rollout =
            self.rollout.iter().flat_map(|r| [r.id.as_str(), r.stage.as_str(), r.artefact.as_deref().unwrap_or("")]);
        let single = [self.incident.as_deref(), self.says.as_deref(), self.scope.as_deref()];
        let needed = [self.operator.as_str(), self.network.as_str()];
        nodes.chain(maps).chain(runbook).chain(rollout).chain(single.into_iter().flatten()).chain(needed)
    }

    /// In one line, for the log: `lodestar 1.5.1 height 1318457 final 41100 bad · "we look into it"`.
    #[must_use]
    pub fn summary(&self) -> String {
        let mut parts: Vec<String> = Vec::new();
        if let Some(scope) = &self.scope {
            parts.push(format!("scope {scope}"));
        }
        for node in self.nodes.iter().take(3) {
            parts.push(node.summary());
        }
        if self.nodes.len() > 3 {
            parts.push(format!("and {} more nodes", self.nodes.len() - 3));
        }
        parts.extend(self.ready.iter().map(|(id, state)| format!("{id} {state}")));
        parts.extend(self.says.iter().map(|says| format!("\"{says}\"")));
        if parts.is_empty() { "is there".to_owned() } else { parts.join(" · ") }
    }
}

impl NodeReport {
    fn texts(&self) -> impl Iterator<Item = &str> {
        let single = [Some(self.id.as_str()), self.client.as_deref(), self.version.as_deref(), self.state.as_deref()];
        single.into_iter().flatten().chain(self.hash_at.values().map(String::as_str))
    }

    /// Client, version and state; heights change with every document and would flood the log.
    fn summary(&self) -> String {
        let words = [self.client.as_deref(), self.version.as_deref(), self.state.as_deref()];
        let words: Vec<&str> = words.into_iter().flatten().collect();
        if words.is_empty() { self.id.clone() } else { words.join(" ") }
    }
}
