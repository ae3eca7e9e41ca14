//! Blocks that sources are to ask their nodes for beside the usual round: put here by whoever compares chains, taken by the
//! node's own poller with its next round. Must not know what the answers are for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::id::NodeId;

/// Heights that wait for one node at most; more are dropped, and asked for again by whoever still needs them.
const WAITING: usize = 16;

/// Nodes for which something waits at most.
const NODES: usize = 1_000;

/// What waits to be asked. A copy is the same list.
#[derive(Clone, Debug, Default)]
pub struct Questions(Arc<Mutex<BTreeMap<NodeId, BTreeSet<u64>>>>);

impl Questions {
    /// Asks a node for its blocks at these heights with its next round.
    pub fn ask(&self, node: &NodeId, heights: &[u64]) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= NODES && !waiting.contains_key(node) {
            return;
        }
        let list = waiting.entry(node.clone()).or_default();
        let room = WAITING.saturating_sub(list.len());
        list.extend(heights.iter().take(room));
    }

    /// What waits for this node; it waits no longer.
    #[must_use]
    pub fn take(&self, node: &NodeId) -> Vec<u64> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.remove(node).map(|heights| heights.into_iter().collect()).unwrap_or_default()
    }
}
