//! Block hashes at rooted slots that every node looks at, so that nodes can be compared: the same slots for all, without a word
//! between them. Must not know what others said.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::Deserialize;

use crate::domain::observation::{ChainBlock, Failure};
use crate::telemetry::degrade::{ASIDE_LIMIT, Degrade};
use crate::telemetry::json;
use crate::telemetry::rpc::{Call, Outcome};
use crate::telemetry::rpc_link::{Line, RpcLink};

/// Slots between two that are looked at: a minute at 0.4 s.
pub const EVERY: u64 = 150;

/// Slots that may have no block, one after the other, before the look is given up until the next one.
const WALK: u64 = 4;

/// Looks that are remembered and told again with each round: eight minutes, for nodes that are behind.
const KEPT: usize = 8;

/// Longest hash that is kept; base58 of 32 bytes has 44.
const HASH_LIMIT: usize = 64;

/// The method, as degrading knows it.
const GET_BLOCK: &str = "getBlock";

/// Errors by which a node says that a slot has no block: skipped, or skipped or missing in long-term storage.
const SKIPPED: [i64; 2] = [-32_007, -32_009];

/// A block that the node once had and cleaned up.
const CLEANED_UP: i64 = -32_001;

/// Not there yet.
const NOT_YET: i64 = -32_004;

#[derive(Deserialize)]
struct WireBlock {
    blockhash: String,
}

/// Reads `getBlock` without transactions: the block's hash.
///
/// # Errors
/// When it has none.
pub fn block_hash(result: &str) -> Result<Arc<str>, Failure> {
    let wire: WireBlock = json::read(result.as_bytes(), GET_BLOCK)?;
    let sane = (1..=HASH_LIMIT).contains(&wire.blockhash.len());
    sane.then(|| wire.blockhash.into()).ok_or_else(|| json::refuse(result.as_bytes(), GET_BLOCK, "it has no hash"))
}

/// What a slot holds.
enum Slot {
    Block(Arc<str>),
    /// Nothing, now and for ever.
    Empty,
    /// The node cannot say, at least not now.
    Unknown,
}

/// The slots that were looked at.
#[derive(Clone, Debug, Default)]
pub(super) struct Rooted {
    kept: VecDeque<ChainBlock>,
    looked: Option<u64>,
}

impl Rooted {
    /// Looks at the newest such slot, once.
    pub async fn look(&mut self, link: &RpcLink, line: Line<'_>, degrade: &mut Degrade, finalized: Option<u64>) {
        let Some(slot) = finalized.map(|f| f - f % EVERY) else { return };
        if self.looked == Some(slot) {
            return;
        }
        if self.kept.back().is_some_and(|newest| newest.height > slot) {
            // Another node answers at this address, or the chain began anew.
            self.kept.clear();
        }
        for height in slot..slot + WALK {
            match one(link, line, degrade, height).await {
                Slot::Block(hash) => {
                    self.kept.push_back(ChainBlock { height, hash: Some(hash) });
                    if self.kept.len() > KEPT {
                        self.kept.pop_front();
                    }
                    break;
                }
                Slot::Empty => {}
                Slot::Unknown => return,
            }
        }
        self.looked = Some(slot);
    }

    /// What was found lately.
    pub fn told(&self) -> Vec<ChainBlock> {
        self.kept.iter().cloned().collect()
    }
}

/// The blocks at these slots; an empty slot has none.
pub(super) async fn blocks(link: &RpcLink, line: Line<'_>, degrade: &mut Degrade, slots: &[u64]) -> Vec<ChainBlock> {
    let mut found = Vec::with_capacity(slots.len());
    for height in slots {
        let hash = match one(link, line, degrade, *height).await {
            Slot::Block(hash) => Some(hash),
            Slot::Empty | Slot::Unknown => None,
        };
        found.push(ChainBlock { height: *height, hash });
    }
    found
}

async fn one(link: &RpcLink, line: Line<'_>, degrade: &mut Degrade, slot: u64) -> Slot {
    if !degrade.asks(GET_BLOCK) {
        return Slot::Unknown;
    }
    let options =
        r#"{"transactionDetails":"none","rewards":false,"commitment":"finalized","maxSupportedTransactionVersion":0}"#;
    let call = Call::new(GET_BLOCK, &format!("[{slot},{options}]"));
    match link.one(line, &call, ASIDE_LIMIT).await {
        // These are words about one slot, not about the method.
        Ok(Outcome::Refused { code, .. }) if SKIPPED.contains(&code) => Slot::Empty,
        Ok(Outcome::Refused { code: CLEANED_UP | NOT_YET, .. } | Outcome::Nothing) => Slot::Unknown,
        given => degrade.keep(GET_BLOCK, given, block_hash).map_or(Slot::Unknown, Slot::Block),
    }
}
