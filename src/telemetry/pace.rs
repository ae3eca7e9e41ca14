//! When to ask again: the chain's pace while all is well, backing off with jitter while it is not. Pure.

use std::time::Duration;

/// The fastest poll: faster tells nothing that a reader could use.
const FASTEST_S: f64 = 1.0;

/// The slowest poll: faster than every threshold made from block times (12 s slots: three slots are 36 s).
const SLOWEST_S: f64 = 5.0;

/// The poll where no block time is known.
const USUAL_S: f64 = 2.0;

/// The longest wait after failures; with it a node that answers again is seen within 10 s and judged within 25 s.
pub const BACKOFF_LIMIT: Duration = Duration::from_secs(10);

/// How long to wait between two good rounds.
#[must_use]
pub fn interval(block_s: Option<f64>) -> Duration {
    let s = block_s.filter(|b| b.is_finite()).unwrap_or(USUAL_S).clamp(FASTEST_S, SLOWEST_S);
    Duration::from_secs_f64(s)
}

/// How long to wait after so many failures in a row: doubling from the usual interval, up to a fifth less by jitter so
/// that many pollers of one dead host do not knock in step, and never past [`BACKOFF_LIMIT`].
#[must_use]
pub fn backoff(usual: Duration, failures: u32, seed: u64) -> Duration {
    // The first failures are asked again at once: three in a row make the verdict, and it should not be late.
    let doublings = failures.saturating_sub(3).min(8);
    let wait = usual.saturating_mul(1 << doublings).min(BACKOFF_LIMIT);
    wait.mul_f64(1.0 - 0.2 * jitter(seed, failures))
}

/// A number in 0..1 made from who asks and how often it failed; no randomness is needed to be out of step.
fn jitter(seed: u64, failures: u32) -> f64 {
    let mut x = seed ^ u64::from(failures).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x ^= x >> 30;
    x = x.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x ^= x >> 27;
    let small = u32::try_from(x >> 40).unwrap_or(0);
    f64::from(small) / f64::from(1_u32 << 24)
}

/// A seed from a node's name.
#[must_use]
pub fn seed(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_stay_within_their_limits() {
        assert_eq!(interval(None), Duration::from_secs(2));
        assert_eq!(interval(Some(0.4)), Duration::from_secs(1));
        assert_eq!(interval(Some(12.0)), Duration::from_secs(5));
        for failures in 1..100 {
            for name in ["a", "val-1", "beacon"] {
                let wait = backoff(Duration::from_secs(2), failures, seed(name));
                assert!(wait <= BACKOFF_LIMIT && wait >= Duration::from_millis(1_600), "{wait:?}");
            }
        }
        assert!(backoff(Duration::from_secs(2), 9, seed("a")) > Duration::from_secs(7));
    }
}
