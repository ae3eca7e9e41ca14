//! Whether one Solana tower goes on from another: a tower of another fork may stand at a later slot and know nothing of
//! what this identity is still locked out by. Pure; must not ask which fork a slot is on, only the lockouts tell.

/// A vote in a tower, and the slots it locks other forks out for: two to the power of its confirmations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vote {
    /// The slot voted for.
    pub slot: u64,
    /// Confirmations, 1 to 31 in a sound tower.
    pub confirmations: u32,
}

impl Vote {
    /// The last slot at which another fork must not be voted for.
    const fn locks_until(self) -> u64 {
        let slots = match 1_u64.checked_shl(self.confirmations) {
            Some(slots) => slots,
            None => u64::MAX,
        };
        self.slot.saturating_add(slots)
    }
}

/// The first of the older votes that the newer tower contradicts: it is not in it, not at or below its root, and its
/// lockout had not passed when the newer one first voted otherwise.
pub(super) fn forgotten(new: &[Vote], root: Option<u64>, older: &[Vote]) -> Option<Vote> {
    let has = |votes: &[Vote], slot: u64| votes.iter().any(|v| v.slot == slot);
    // A vote leaves a tower with all above it, so what the older one does not know was cast after the departure.
    let departed = new.iter().map(|v| v.slot).find(|slot| !has(older, *slot));
    let known = |old: &Vote| {
        has(new, old.slot)
            || root.is_some_and(|root| old.slot <= root)
            || departed.is_some_and(|slot| old.locks_until() < slot)
    };
    older.iter().find(|old| !known(old)).copied()
}
