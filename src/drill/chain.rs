//! A simulated proof-of-stake chain: slots that are met or missed, hashes, and finality that follows from votes.
//! An epoch at whose end two thirds of the stake vote is justified; two justified in a row finalize the first.
//! Must not know of nodes and of real time.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::drill::chance::Chance;

/// Newest blocks kept, so that a node may lag; a node that lags more stands at the oldest kept one.
const BLOCKS_KEPT: usize = 512;
/// The draw that decides whether a slot is missed.
const MISSED: u64 = 0x6d69_7373;

/// What never changes about the chain.
#[derive(Clone, Debug, PartialEq)]
pub struct ChainPlan {
    /// Seconds a slot takes.
    pub block_s: i64,
    /// Slots an epoch has.
    pub slots_per_epoch: u64,
    /// The slot that begins at second 0.
    pub first_slot: u64,
    /// The execution block of that slot.
    pub first_block: u64,
    /// Participation, %, at or above which an epoch is justified: two thirds.
    pub quorum_pct: f64,
}

/// One block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its slot.
    pub slot: u64,
    /// Its number among blocks (execution height).
    pub number: u64,
    /// Its hash, `0x…`.
    pub hash: Arc<str>,
    /// Its parent's.
    pub parent: Arc<str>,
}

/// The chain as it stands at some second.
#[derive(Clone, Debug)]
pub struct Chain {
    plan: ChainPlan,
    chance: Chance,
    blocks: VecDeque<Block>,
    next_slot: u64,
    missed: u64,
    /// Per cent of a missed slot that has built up.
    due: f64,
    last_justified: u64,
    finalized: u64,
    /// Execution number at the finalized epoch's first slot, by epoch, for the few epochs that may still be finalized.
    first_numbers: VecDeque<(u64, u64)>,
}

impl Chain {
    /// As it stands just before second 0: healthy.
    #[must_use]
    pub fn new(plan: ChainPlan, seed: u64) -> Self {
        let chance = Chance::new(seed);
        let epoch = plan.first_slot / plan.slots_per_epoch;
        let (slot, number) = (plan.first_slot.saturating_sub(1), plan.first_block.saturating_sub(1));
        let block = Block { slot, number, hash: hash(seed, slot), parent: hash(seed, slot.saturating_sub(1)) };
        let back = |epochs: u64| {
            let start = epoch.saturating_sub(epochs) * plan.slots_per_epoch;
            (epoch.saturating_sub(epochs), plan.first_block.saturating_sub(plan.first_slot - start))
        };
        let first_numbers = VecDeque::from([back(2), back(1), back(0)]);
        Self {
            next_slot: plan.first_slot,
            last_justified: epoch.saturating_sub(1),
            finalized: epoch.saturating_sub(2),
            blocks: VecDeque::from([block]),
            missed: 0,
            due: 0.0,
            first_numbers,
            plan,
            chance,
        }
    }

    /// The plan.
    #[must_use]
    pub const fn plan(&self) -> &ChainPlan {
        &self.plan
    }

    /// The second at which a slot begins.
    #[must_use]
    pub fn second_of(&self, slot: u64) -> i64 {
        let slots = i64::try_from(slot).unwrap_or(i64::MAX) - i64::try_from(self.plan.first_slot).unwrap_or(0);
        slots.saturating_mul(self.plan.block_s)
    }

    /// The next slot that has not happened yet, and its second.
    #[must_use]
    pub fn upcoming(&self) -> (u64, i64) {
        (self.next_slot, self.second_of(self.next_slot))
    }

    /// The next slot happens: `missed_pct` of slots stay empty, `participation` is the share of stake that votes, %.
    pub fn slot_happens(&mut self, missed_pct: f64, participation: f64) {
        let slot = self.next_slot;
        self.next_slot += 1;
        if slot.is_multiple_of(self.plan.slots_per_epoch) {
            self.epoch_begins(slot, participation);
        }
        self.due += missed_pct;
        // Spread evenly with some jitter: the total follows the curve, and long gaps do not look like a halt.
        if self.due + 40.0 * self.chance.swing(MISSED, slot) >= 100.0 {
            self.due -= 100.0;
            self.missed += 1;
        } else if let Some(head) = self.blocks.back() {
            let hash = hash(self.chance.bits(MISSED, 0), slot);
            let block = Block { slot, number: head.number + 1, hash, parent: head.hash.clone() };
            self.blocks.push_back(block);
            if self.blocks.len() > BLOCKS_KEPT {
                self.blocks.pop_front();
            }
        }
    }

    fn epoch_begins(&mut self, slot: u64, participation: f64) {
        if participation >= self.plan.quorum_pct {
            self.justified((slot / self.plan.slots_per_epoch).saturating_sub(1));
        }
        let number = self.blocks.back().map_or(0, |b| b.number + 1);
        self.first_numbers.push_back((slot / self.plan.slots_per_epoch, number));
        let finalized = self.finalized;
        self.first_numbers.retain(|(epoch, _)| *epoch >= finalized);
    }

    fn justified(&mut self, epoch: u64) {
        if self.last_justified + 1 == epoch {
            self.finalized = self.last_justified;
        }
        self.last_justified = epoch;
    }

    /// The newest block as a node sees it that lags so many slots.
    #[must_use]
    pub fn head(&self, behind: u64) -> Option<&Block> {
        let newest = self.next_slot.saturating_sub(1).saturating_sub(behind);
        self.blocks.iter().rev().find(|b| b.slot <= newest).or_else(|| self.blocks.front())
    }

    /// The newest slot, met or missed.
    #[must_use]
    pub const fn slot(&self) -> u64 {
        self.next_slot.saturating_sub(1)
    }

    /// The epoch of the newest slot.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.slot() / self.plan.slots_per_epoch
    }

    /// The newest finalized epoch.
    #[must_use]
    pub const fn finalized_epoch(&self) -> u64 {
        self.finalized
    }

    /// The execution number of the finalized epoch's first block.
    #[must_use]
    pub fn finalized_number(&self) -> u64 {
        self.first_numbers.iter().find(|(e, _)| *e == self.finalized).map_or(0, |(_, n)| *n)
    }

    /// Slots missed since second 0.
    #[must_use]
    pub const fn missed(&self) -> u64 {
        self.missed
    }
}

fn hash(seed: u64, slot: u64) -> Arc<str> {
    let mut sha = Sha256::new();
    sha.update(b"warroom drill block");
    sha.update(seed.to_be_bytes());
    sha.update(slot.to_be_bytes());
    let mut text = String::with_capacity(66);
    text.push_str("0x");
    for byte in sha.finalize() {
        let _ = write!(text, "{byte:02x}");
    }
    Arc::from(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain() -> Chain {
        let plan =
            ChainPlan { block_s: 12, slots_per_epoch: 32, first_slot: 3_201, first_block: 3_000, quorum_pct: 66.7 };
        Chain::new(plan, 7)
    }

    /// From the second slot of an epoch to the first of the one that comes `n` later.
    fn epochs(chain: &mut Chain, n: u64, participation: f64) {
        for _ in 0..n * 32 {
            chain.slot_happens(0.0, participation);
        }
    }

    #[test]
    fn finality_is_two_epochs_behind_while_two_thirds_vote() {
        let mut chain = chain();
        epochs(&mut chain, 3, 99.0);
        assert_eq!(chain.epoch() - chain.finalized_epoch(), 2);
        assert_eq!(chain.finalized_number(), 3_000 + 31);
    }

    #[test]
    fn three_epochs_without_votes_are_four_without_finality() {
        let mut chain = chain();
        let mut lags = Vec::new();
        for participation in [99.0, 60.0, 60.0, 60.0, 90.0, 90.0, 90.0] {
            epochs(&mut chain, 1, participation);
            lags.push(chain.epoch() - chain.finalized_epoch());
        }
        assert_eq!(lags, [2, 3, 4, 5, 6, 2, 2], "it jumps back when two justified epochs stand in a row");
    }

    #[test]
    fn hashes_chain_up_and_a_lagging_node_sees_an_older_block() {
        let mut chain = chain();
        for _ in 0..40 {
            chain.slot_happens(30.0, 99.0);
        }
        let head = chain.head(0).unwrap().clone();
        let older = chain.head(10).unwrap();
        assert!(older.slot + 10 <= chain.slot() && older.number < head.number);
        assert!((10..=13).contains(&chain.missed()), "30 % of 40 slots: {}", chain.missed());
        assert!(head.hash.len() == 66 && head.parent != head.hash);
    }
}
