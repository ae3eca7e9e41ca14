//! Whether the node's own validator signed: one block's commit at a time, counted over the latest watched. Pure.

use std::collections::VecDeque;

use serde::Deserialize;

use crate::domain::observation::Failure;
use crate::telemetry::json::{self, Num};

/// Blocks over which misses are counted; the oldest is forgotten.
const WINDOW: usize = 100;

/// In a commit's signature: it is for the block (1 is absent, 3 is nil).
const FOR_THE_BLOCK: u64 = 2;

#[derive(Deserialize)]
struct WireCommit {
    signed_header: WireSigned,
}

#[derive(Deserialize)]
struct WireSigned {
    commit: WireBody,
}

#[derive(Deserialize)]
struct WireBody {
    #[serde(default, alias = "precommits")]
    signatures: Option<Vec<Option<WireSignature>>>,
}

#[derive(Deserialize)]
struct WireSignature {
    // Before 0.33 a missing signature was null, and one that is there counts.
    #[serde(default)]
    block_id_flag: Option<Num>,
    #[serde(default)]
    validator_address: String,
}

/// Reads `/commit`: whether this address signed the block.
///
/// # Errors
/// When there are no signatures in it.
pub fn signed_by(result: &str, address: &str) -> Result<bool, Failure> {
    let wire: WireCommit = json::read(result.as_bytes(), "commit")?;
    let all = wire.signed_header.commit.signatures.filter(|s| !s.is_empty());
    let all = all.ok_or_else(|| json::refuse(result.as_bytes(), "commit", "it has no signatures"))?;
    let counts = |s: &WireSignature| s.block_id_flag.is_none_or(|f| f.0 == FOR_THE_BLOCK);
    Ok(all.iter().flatten().any(|s| counts(s) && s.validator_address.eq_ignore_ascii_case(address)))
}

/// The latest blocks that were looked at.
#[derive(Clone, Debug, Default)]
pub struct Signed {
    seen: VecDeque<(u64, bool)>,
}

impl Signed {
    /// The newest height that was looked at.
    #[must_use]
    pub fn newest(&self) -> Option<u64> {
        self.seen.back().map(|(height, _)| *height)
    }

    /// Takes one block; an older one than the newest changes nothing.
    pub fn push(&mut self, height: u64, signed: bool) {
        if self.newest().is_some_and(|newest| newest >= height) {
            return;
        }
        if self.seen.len() >= WINDOW {
            self.seen.pop_front();
        }
        self.seen.push_back((height, signed));
    }

    /// How many it missed of how many; `None` while none was looked at.
    #[must_use]
    pub fn missed(&self) -> Option<(u64, u64)> {
        let missed = self.seen.iter().filter(|(_, signed)| !signed).count();
        (!self.seen.is_empty()).then_some((missed as u64, self.seen.len() as u64))
    }
}
