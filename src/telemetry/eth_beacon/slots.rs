//! Which slots passed without a block, and whose they were: the latest two epochs, one question for each slot. A slot counts only
//! once the chain has gone on past it: while the head stands still nobody can say who missed. Pure.

use std::collections::{BTreeMap, VecDeque};

use super::duties::Duty;

/// Slots asked for in one round; what a node that was away lacks is asked for little by little.
const AT_ONCE: u64 = 4;

/// Fewest slots that are remembered; two epochs where these are more.
const FEWEST: u64 = 32;

/// Fewest slots looked at before their share is told: of fewer, one is too much.
const TOLD_FROM: usize = 16;

/// Epochs whose duties are remembered: two behind, and the next one.
const EPOCHS: usize = 4;

/// Misses that are told by name.
const NAMED: usize = 5;

/// Whose a slot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leader {
    /// Index of the validator.
    pub index: u64,
    /// One of ours.
    pub own: bool,
}

#[derive(Clone, Copy, Debug)]
struct Looked {
    slot: u64,
    made: bool,
}

/// The slots that were looked at.
#[derive(Clone, Debug, Default)]
pub struct Slots {
    seen: VecDeque<Looked>,
    next: Option<u64>,
    epochs: BTreeMap<u64, BTreeMap<u64, Leader>>,
    /// An epoch whose duties were taken before it began: balances may still change them.
    early: Option<u64>,
}

/// What the slots say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Passed {
    /// Slots that were looked at.
    pub looked: u64,
    /// Those without a block, newest last, with whose they were where that is known.
    pub missed: Vec<(u64, Option<Leader>)>,
    /// Slots of ours among those looked at.
    pub own: u64,
    /// Our next slot, and whose.
    pub next: Option<(u64, u64)>,
    /// Whether the duties of any slot are known.
    pub duties: bool,
}

impl Passed {
    /// Slots without a block, %; `None` while too few were looked at.
    #[must_use]
    pub fn missed_pct(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "two epochs of slots")]
        let share = 100.0 * self.missed.len() as f64 / self.looked.max(1) as f64;
        (self.looked >= TOLD_FROM as u64).then_some(share)
    }

    /// Slots of ours without a block.
    pub fn own_missed(&self) -> impl DoubleEndedIterator<Item = (u64, u64)> + '_ {
        self.missed.iter().filter_map(|(slot, leader)| leader.filter(|l| l.own).map(|l| (*slot, l.index)))
    }

    /// The latest slots without a block, newest first, with whose they were.
    #[must_use]
    pub fn named(&self) -> String {
        let one = |(slot, leader): &(u64, Option<Leader>)| match leader {
            Some(Leader { index, own }) => format!("{slot} (validator {index}{})", if *own { ", ours" } else { "" }),
            None => slot.to_string(),
        };
        let more = self.missed.len().saturating_sub(NAMED);
        let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
        let names: Vec<String> = self.missed.iter().rev().take(NAMED).map(one).collect();
        format!("{}{tail}", names.join(", "))
    }
}

impl Slots {
    /// Whether the duties of this epoch need not be asked for in the epoch `now`.
    #[must_use]
    pub fn knows(&self, epoch: u64, now: u64) -> bool {
        self.epochs.contains_key(&epoch) && (epoch > now || self.early != Some(epoch))
    }

    /// Takes an epoch's duties, told in the epoch `now`; `own` says which validators are ours.
    pub fn take(&mut self, (epoch, now): (u64, u64), duties: Vec<Duty>, own: impl Fn(&Duty) -> bool) {
        self.early = (epoch > now).then_some(epoch).or(self.early.filter(|e| *e != epoch));
        let leaders = duties.iter().map(|d| (d.slot, Leader { index: d.index, own: own(d) })).collect();
        self.epochs.insert(epoch, leaders);
        while self.epochs.len() > EPOCHS {
            self.epochs.pop_first();
        }
    }

    /// The slots to be asked for now that the head is there, oldest first. What lies too far back is left out.
    pub fn due(&mut self, head: u64, per_epoch: u64) -> Vec<u64> {
        let span = (2 * per_epoch).max(FEWEST);
        // The first look goes back to the epoch's beginning: its duties are the oldest that every client tells.
        let first = self.next.unwrap_or(head - head % per_epoch.max(1)).max(1);
        let first = if head.saturating_sub(first) > span { head.saturating_sub(per_epoch) } else { first };
        if self.next.is_some_and(|next| next < first) {
            self.seen.clear();
        }
        self.next = Some(first);
        (first..head.min(first.saturating_add(AT_ONCE))).collect()
    }

    /// What was found in the slot that was next; slots before the first block that the node knows are not told.
    pub fn looked(&mut self, slot: u64, made: bool, per_epoch: u64) {
        self.next = Some(slot + 1);
        if !made && self.seen.is_empty() {
            return;
        }
        self.seen.push_back(Looked { slot, made });
        let span = (2 * per_epoch).max(FEWEST);
        self.seen.retain(|l| l.slot + span > slot);
    }

    /// A reorganisation: everything above this slot is looked at again, and duties that hang on it are asked for again.
    pub fn rewind(&mut self, kept: u64, per_epoch: u64) {
        self.seen.retain(|l| l.slot <= kept);
        self.next = self.next.map(|next| next.min(kept + 1));
        self.epochs.retain(|epoch, _| epoch.saturating_mul(per_epoch) <= kept);
    }

    /// What is known, at this slot of the clock.
    #[must_use]
    pub fn passed(&self, clock: u64, per_epoch: u64) -> Passed {
        let leader = |slot: u64| self.epochs.get(&(slot / per_epoch.max(1)))?.get(&slot).copied();
        let missed = self.seen.iter().filter(|l| !l.made).map(|l| (l.slot, leader(l.slot))).collect();
        let own = self.seen.iter().filter(|l| leader(l.slot).is_some_and(|l| l.own)).count();
        let ahead = self.epochs.values().flatten().filter(|(slot, l)| **slot > clock && l.own);
        Passed {
            looked: self.seen.len() as u64,
            missed,
            own: own as u64,
            next: ahead.map(|(slot, l)| (*slot, l.index)).min(),
            duties: !self.epochs.is_empty(),
        }
    }
}
