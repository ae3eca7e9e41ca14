//! Who has voted in the round that a chain tries to decide, by voting power in exact integers.
//! Must not know which family tells it, nor how it is drawn.

use serde::{Deserialize, Serialize};

/// Voters that are told by name at most; the heaviest stay. The tallies count all of them, named or not.
pub const VOTERS_LIMIT: usize = 400;

/// What one validator's vote says. A vote for nil was seen, but is for no block: that is not the same as no vote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Vote {
    /// None was seen.
    #[default]
    Absent,
    /// Seen: for no block.
    Nil,
    /// Seen: for a block.
    Block,
}

/// One validator in this round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voter {
    /// Address, or whatever the chain calls it; untrusted.
    pub name: String,
    /// Its voting power, where it is known.
    pub power: Option<u64>,
    /// The first vote.
    pub prevote: Vote,
    /// The second vote.
    pub precommit: Vote,
}

/// Voting power by what it voted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Power of votes for a block.
    pub block: u64,
    /// Power of votes for nil.
    pub nil: u64,
    /// All power there is.
    pub total: u64,
}

impl Tally {
    /// Power whose vote was seen, for whatever.
    #[must_use]
    pub const fn seen(self) -> u64 {
        self.block.saturating_add(self.nil)
    }

    /// Power whose vote is missing.
    #[must_use]
    pub const fn absent(self) -> u64 {
        self.total.saturating_sub(self.seen())
    }

    /// Whether over two thirds of all power was seen: below it the round cannot even end. Exact.
    #[must_use]
    pub fn has_quorum(self) -> bool {
        3 * u128::from(self.seen()) > 2 * u128::from(self.total)
    }

    /// A part of all power in percent, made from integers and rounded down to a hundredth.
    #[must_use]
    pub fn pct(self, part: u64) -> f64 {
        let hundredths = u128::from(part) * 10_000 / u128::from(self.total.max(1));
        f64::from(u32::try_from(hundredths).unwrap_or(u32::MAX)) / 100.0
    }
}

/// One round of agreement.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Votes {
    /// The height that is to be decided, where the family has one.
    pub height: Option<u64>,
    /// The round at that height.
    pub round: u64,
    /// Where in the round the node stands, in its own word; empty when it does not say.
    pub step: String,
    /// First votes.
    pub prevotes: Tally,
    /// Second votes.
    pub precommits: Tally,
    /// By name, the heaviest first: all of them, or only those that are missing.
    pub voters: Vec<Voter>,
}

impl Votes {
    /// Puts the heaviest first (then by name) and keeps [`VOTERS_LIMIT`] of them.
    pub fn rank(&mut self) {
        self.voters.sort_by(|a, b| b.power.cmp(&a.power).then_with(|| a.name.cmp(&b.name)));
        self.voters.truncate(VOTERS_LIMIT);
    }

    /// Voters whose first vote is missing, heaviest first.
    pub fn missing(&self) -> impl Iterator<Item = &Voter> {
        self.voters.iter().filter(|v| v.prevote == Vote::Absent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quorum_is_more_than_two_thirds_and_exact() {
        let tally = |block, nil, total| Tally { block, nil, total };
        assert!(!tally(2, 0, 3).has_quorum());
        assert!(tally(2, 1, 4).has_quorum());
        assert!(!tally(u64::MAX / 3 * 2, 0, u64::MAX).has_quorum());
        // Prints 1.00 in a node's own rounding, and is not all.
        let nearly = tally(169_753_436, 0, 170_151_262);
        assert_eq!((nearly.pct(nearly.block), nearly.absent()), (99.76, 397_826));
        assert!(!tally(0, 0, 0).has_quorum());
    }
}
