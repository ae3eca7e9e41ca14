//! Which of the remembered blocks a node still has on its chain: one hash for each height, asked as one batch.
//! Must not know any family; the call that gives a hash comes from it.

use super::json;
use super::memory::Tips;
use super::rpc::{Call, Outcome};
use super::rpc_link::{Line, RpcLink};
use crate::domain::observation::{ChainBlock, Failure};
use crate::domain::time::At;

/// Blocks before the first tip whose hashes are asked for: a reorganisation soon after the start is then told as deep as
/// it is, and a deeper one as this deep.
const HISTORY: u64 = 20;

/// Remembers a new tip; when it does not continue what was seen, finds the newest block that stayed, and so the depth.
pub(super) async fn follow(
    link: &mut RpcLink,
    line: Line<'_>,
    tips: &mut Tips,
    (height, hash, parent): (u64, &str, Option<&str>),
    (by_height, now): (fn(u64) -> Call, At),
) {
    if tips.newest().is_none() && link.takes_batches() {
        let heights: Vec<u64> = (height.saturating_sub(HISTORY)..height).collect();
        let calls: Vec<Call> = heights.iter().map(|h| by_height(*h)).collect();
        let outcomes = link.ask(line, &calls).await.unwrap_or_default();
        for (height, hash) in heights.iter().zip(outcomes.iter().map(read)) {
            if let Some(hash) = hash {
                tips.push(*height, &hash.into());
            }
        }
    }
    if !tips.continues(hash, parent) {
        let seen: Vec<_> = tips.backwards().cloned().collect();
        let calls: Vec<Call> = seen.iter().map(|s| by_height(s.height)).collect();
        let Ok(outcomes) = link.ask(line, &calls).await else { return };
        let hashes: Vec<Option<String>> = outcomes.iter().map(read).collect();
        // When the node cannot say, no reorganisation is better than a wrong one.
        if hashes.iter().all(Option::is_none) {
            return;
        }
        let mut both = hashes.iter().zip(&seen);
        let kept = both.find(|(h, s)| h.as_deref() == Some(&*s.hash)).map(|(_, s)| s.height);
        if kept != seen.first().map(|s| s.height) {
            tips.reorganised(now, kept);
            for (hash, old) in hashes.iter().zip(&seen).filter(|(_, old)| kept.is_none_or(|k| old.height > k)) {
                tips.tell(old.height, hash.as_deref().filter(|_| old.height < height).map(Into::into));
            }
        }
    }
    tips.push(height, &hash.into());
}

/// The hashes at these heights, asked as one batch; a height without a block, or one that the node does not give, has none.
pub(super) async fn hashes(
    link: &mut RpcLink,
    line: Line<'_>,
    heights: &[u64],
    by_height: fn(u64) -> Call,
) -> Vec<ChainBlock> {
    let calls: Vec<Call> = heights.iter().map(|h| by_height(*h)).collect();
    let outcomes = link.ask(line, &calls).await.unwrap_or_default();
    let block = |(height, outcome): (&u64, &Result<Outcome, Failure>)| ChainBlock {
        height: *height,
        hash: read(outcome).map(Into::into),
    };
    heights.iter().zip(&outcomes).map(block).collect()
}

fn read(outcome: &Result<Outcome, Failure>) -> Option<String> {
    match outcome {
        Ok(Outcome::Given(text)) => json::read(text.as_bytes(), "hash").ok(),
        _ => None,
    }
}
