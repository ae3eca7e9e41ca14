//! The hybrid clock: recorded times that never go back, whatever the wall clock does.
//! Must not read a clock: the wall time comes in.

use crate::domain::time::{At, Span};

/// How far the wall clock may differ before the raw value is written beside `at`.
const TOLD_BEYOND: Span = Span::from_secs(1);

/// Earliest time that is recorded (0001-01-01), and what an absurd wall clock before it is taken for.
const EARLIEST: At = At::from_secs(-62_135_596_800);

/// Latest time taken over from others (9000-01-01): one absurd line must not push everybody's clock out of what can be written.
const LATEST: At = At::from_secs(221_845_392_000);

/// Latest wall clock that is believed (8999-01-01): what is recorded after it stays below [`LATEST`], so that the chain goes on.
const LATEST_RAW: At = At::from_secs(221_813_856_000);

/// Gives times strictly after everything seen.
#[derive(Clone, Debug)]
pub struct HybridClock {
    last: At,
}

impl Default for HybridClock {
    fn default() -> Self {
        Self { last: At::from_micros(i64::MIN) }
    }
}

impl HybridClock {
    /// Everything given from now on is after `at`.
    pub fn observe(&mut self, at: At) {
        if at <= LATEST {
            self.last = self.last.max(at);
        }
    }

    /// The time to record for the wall time `raw`, and `raw` itself where it differs by more than a second.
    pub fn stamp(&mut self, raw: At) -> (At, Option<At>) {
        let raw = raw.clamp(EARLIEST, LATEST_RAW);
        let at = raw.max(self.last.plus(Span::from_micros(1)));
        self.last = at;
        (at, (at.since(raw) > TOLD_BEYOND).then_some(raw))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strictly_after_everything_seen() {
        let mut clock = HybridClock::default();
        assert_eq!(clock.stamp(At::from_secs(10)), (At::from_secs(10), None));
        assert_eq!(clock.stamp(At::from_secs(10)), (At::from_micros(10_000_001), None));
        clock.observe(At::from_secs(12));
        let (at, raw) = clock.stamp(At::from_secs(11));
        assert_eq!(
            (at, raw),
            (At::from_micros(12_000_001), Some(At::from_secs(11))),
            "over a second: the raw time too"
        );
        clock.observe(At::parse("9999-12-31T23:59:59Z").unwrap());
        assert_eq!(clock.stamp(At::from_secs(13)), (At::from_secs(13), None), "an absurd time drags nobody along");
    }
}
