//! What a source remembers between rounds: tips for reorganisations, block intervals.
//! Must not know any family.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::domain::observation::{ChainBlock, ChainTiming};
use crate::domain::time::{At, Span};

/// Tips that are remembered: as deep as a reorganisation is measured. A deeper one is told as this deep.
pub(super) const TIPS: usize = 64;

/// The signal looks back this far.
const REORG_SPAN: Span = Span::from_mins(10);

/// One block on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub height: u64,
    pub hash: Arc<str>,
}

/// The blocks seen, newest last, and the reorganisations found among them.
#[derive(Debug, Default)]
pub(super) struct Tips {
    seen: VecDeque<Seen>,
    reorgs: VecDeque<(At, u64)>,
    told: Vec<ChainBlock>,
}

impl Tips {
    pub fn newest(&self) -> Option<&Seen> {
        self.seen.back()
    }

    /// Newest first.
    pub fn backwards(&self) -> impl Iterator<Item = &Seen> {
        self.seen.iter().rev()
    }

    /// Whether the new tip continues what was seen: the same block, or its child.
    pub fn continues(&self, hash: &str, parent: Option<&str>) -> bool {
        self.newest().is_none_or(|last| *last.hash == *hash || parent == Some(&last.hash))
    }

    pub fn push(&mut self, height: u64, hash: &Arc<str>) {
        if self.newest().is_some_and(|s| s.hash == *hash) {
            return;
        }
        if self.seen.len() >= TIPS {
            self.seen.pop_front();
        }
        self.seen.push_back(Seen { height, hash: Arc::clone(hash) });
        self.tell(height, Some(Arc::clone(hash)));
    }

    /// What the node says it has at this height now, for whoever compares chains.
    pub fn tell(&mut self, height: u64, hash: Option<Arc<str>>) {
        if self.told.len() < 2 * TIPS {
            self.told.push(ChainBlock { height, hash });
        }
    }

    /// What was told since the last time.
    pub fn take_told(&mut self) -> Vec<ChainBlock> {
        std::mem::take(&mut self.told)
    }

    /// A reorganisation was found: everything above `kept` is gone.
    pub fn reorganised(&mut self, at: At, kept: Option<u64>) {
        let Some(top) = self.newest().map(|s| s.height) else { return };
        let floor = kept.unwrap_or_else(|| self.seen.front().map_or(top, |s| s.height.saturating_sub(1)));
        let depth = top.saturating_sub(floor);
        if depth > 0 {
            self.reorgs.push_back((at, depth));
        }
        let gone: Vec<u64> = self.seen.iter().map(|s| s.height).filter(|h| *h > floor).collect();
        self.seen.retain(|s| s.height <= floor);
        for height in gone {
            self.tell(height, None);
        }
    }

    /// The node itself tells of a reorganisation of this depth.
    pub fn told(&mut self, at: At, depth: u64) {
        if self.reorgs.len() >= TIPS {
            self.reorgs.pop_front();
        }
        self.reorgs.push_back((at, depth));
    }

    /// The deepest of the last ten minutes.
    pub fn deepest(&mut self, now: At) -> u64 {
        self.reorgs.retain(|(at, _)| now.since(*at) <= REORG_SPAN);
        self.reorgs.iter().map(|(_, depth)| *depth).max().unwrap_or(0)
    }
}

/// Fewest intervals from which a block time is learned.
const FEWEST: usize = 8;

/// Learns the block time from headers: the median of their intervals, when they are regular enough to promise anything.
/// A chain that makes blocks only on demand has none, and its head age is then told, not judged.
pub(super) fn learn_block_time(times: Vec<u64>) -> Option<ChainTiming> {
    // Whole seconds blur a sub-second chain: nothing can be promised below one second.
    learn_from(times.into_iter().map(|s| s.saturating_mul(1_000)).collect(), WHOLE_SECONDS_MS)
}

/// How far header times of whole seconds may be off from one another, milliseconds.
const WHOLE_SECONDS_MS: u64 = 2_000;

/// The same from times in milliseconds, which are told to `blur_ms`.
pub(super) fn learn_from(mut times_ms: Vec<u64>, blur_ms: u64) -> Option<ChainTiming> {
    times_ms.sort_unstable();
    let mut gaps: Vec<u64> = times_ms.windows(2).map(|w| w[1] - w[0]).collect();
    if gaps.len() < FEWEST {
        return None;
    }
    gaps.sort_unstable();
    let median = gaps[gaps.len() / 2];
    let mut off: Vec<u64> = gaps.iter().map(|g| g.abs_diff(median)).collect();
    off.sort_unstable();
    let spread = off[off.len() / 2];
    if median == 0 || spread * 2 > median.max(blur_ms) {
        return None;
    }
    Some(ChainTiming { block_s: super::json::float(median) / 1e3, slots_per_epoch: None, from_protocol: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_regular_chain_has_a_block_time_and_an_idle_one_has_none() {
        let regular = (0..20).map(|i| 1_000 + i * 2).collect();
        assert_eq!(learn_block_time(regular).map(|t| t.block_s), Some(2.0));
        let missed = vec![0, 12, 24, 48, 60, 72, 84, 96, 108, 120];
        assert_eq!(learn_block_time(missed).map(|t| t.block_s), Some(12.0));
        let on_demand = vec![0, 1, 2, 300, 900, 901, 1_500, 4_000, 4_001, 9_000];
        assert_eq!(learn_block_time(on_demand), None);
        assert_eq!(learn_block_time(vec![0, 2, 4]), None);
    }

    #[test]
    fn a_reorganisation_is_as_deep_as_what_is_gone() {
        let mut tips = Tips::default();
        for h in 1..=10 {
            tips.push(h, &Arc::from(format!("a{h}")));
        }
        assert!(tips.continues("a11", Some("a10")));
        assert!(!tips.continues("b11", Some("b10")));
        tips.reorganised(At::from_secs(100), Some(7));
        assert_eq!(tips.deepest(At::from_secs(101)), 3);
        assert_eq!(tips.newest().map(|s| s.height), Some(7));
        assert_eq!(tips.deepest(At::from_secs(100 + 601)), 0);
    }
}
