//! Chance that can be repeated: splitmix64 over a seed and the names of what is drawn.
//! Must not be used for anything that has to be secret.

/// A draw that depends only on the seed and on what it is for, never on how many draws came before: acts of the
/// players that add or remove draws leave all others as they were.
#[derive(Clone, Copy, Debug)]
pub struct Chance {
    seed: u64,
}

impl Chance {
    /// Draws of this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// 64 bits for `what` (a stable number of a curve or purpose) at `when` (a slot, a poll).
    #[must_use]
    pub const fn bits(self, what: u64, when: u64) -> u64 {
        mix(mix(mix(self.seed).wrapping_add(what)).wrapping_add(when))
    }

    /// From 0 inclusive to 1 exclusive.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit a double exactly")]
    pub fn share(self, what: u64, when: u64) -> f64 {
        (self.bits(what, when) >> 11) as f64 / 9_007_199_254_740_992.0
    }

    /// From -1 to 1, denser in the middle (the mean of two draws).
    #[must_use]
    pub fn swing(self, what: u64, when: u64) -> f64 {
        self.share(what, when) + self.share(what ^ 0x5bd1_e995, when) - 1.0
    }
}

/// One step of splitmix64 (Steele, Lea, Flood 2014): the published constants.
const fn mix(state: u64) -> u64 {
    let z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splitmix_is_the_published_one() {
        // First outputs of the reference implementation for seed 1234567.
        let mut state = 1_234_567_u64;
        let mut next = || {
            let out = mix(state);
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            out
        };
        assert_eq!(
            [next(), next(), next()],
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }

    #[test]
    fn draws_stay_in_range_and_differ() {
        let chance = Chance::new(7);
        for i in 0..1_000 {
            assert!((0.0..1.0).contains(&chance.share(1, i)));
            assert!((-1.0..1.0).contains(&chance.swing(1, i)));
        }
        assert_ne!(chance.bits(1, 1), chance.bits(1, 2));
        assert_ne!(chance.bits(1, 1), Chance::new(8).bits(1, 1));
    }
}
