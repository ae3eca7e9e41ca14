//! The drill's own time: it runs as fast as the facilitator says, stands still, and is read like any clock.
//! Must not read a real clock: how much real time went by is handed in.

use std::sync::atomic::{AtomicI64, Ordering};

use crate::domain::time::{At, Clock, Span};

/// Fastest speed that still follows real time; beyond it only [`Speed::Max`] is faster. At the limit it is cut to this.
pub const FASTEST: u32 = 1_000;

/// How fast the drill's time runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speed {
    /// So many times as fast as real time, 1 to [`FASTEST`].
    Times(u32),
    /// As fast as the machine can: every tick goes on to the next happening.
    Max,
}

impl Speed {
    /// Reads `8`, `8x` or `max`.
    ///
    /// # Errors
    /// A sentence that says what may be written.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("max") {
            return Ok(Self::Max);
        }
        let digits = text.strip_suffix('x').unwrap_or(text);
        match digits.parse::<u32>() {
            Ok(times @ 1..=FASTEST) => Ok(Self::Times(times)),
            _ => Err(format!("`{text}` is no speed; write 1 to {FASTEST}, or max")),
        }
    }
}

impl std::fmt::Display for Speed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Times(times) => write!(f, "{times}x"),
            Self::Max => f.write_str("max"),
        }
    }
}

/// The virtual wall clock. Shared by whoever needs to read it; moved by the drill alone, and only forward.
#[derive(Debug)]
pub struct DrillClock {
    micros: AtomicI64,
}

impl DrillClock {
    /// Stands at `start`.
    #[must_use]
    pub const fn at(start: At) -> Self {
        Self { micros: AtomicI64::new(start.micros()) }
    }

    /// Moves on to `at`; a time before now changes nothing, for the log behind it never goes back.
    pub fn move_to(&self, at: At) {
        self.micros.fetch_max(at.micros(), Ordering::Relaxed);
    }
}

impl Clock for DrillClock {
    fn now(&self) -> At {
        At::from_micros(self.micros.load(Ordering::Relaxed))
    }
}

/// Turns real time into the drill's: speed and pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// How fast.
    pub speed: Speed,
    /// Standing still.
    pub paused: bool,
}

impl Pace {
    /// Where the drill's time stands after `real` time went by; `next` is the next happening, for [`Speed::Max`].
    #[must_use]
    pub fn onward(self, now: At, real: Span, next: Option<At>) -> At {
        if self.paused {
            return now;
        }
        match self.speed {
            Speed::Times(times) => {
                let times = i64::from(times.clamp(1, FASTEST));
                now.plus(Span::from_micros(real.micros().max(0).saturating_mul(times)))
            }
            Speed::Max => next.unwrap_or(now).max(now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_follows_speed_and_pause() {
        let now = At::from_secs(100);
        let mut pace = Pace { speed: Speed::Times(8), paused: false };
        assert_eq!(pace.onward(now, Span::from_millis(500), None), At::from_secs(104));
        pace.paused = true;
        assert_eq!(pace.onward(now, Span::from_secs(5), None), now);
        pace = Pace { speed: Speed::Max, paused: false };
        assert_eq!(pace.onward(now, Span::ZERO, Some(At::from_secs(900))), At::from_secs(900));
        assert_eq!(pace.onward(now, Span::ZERO, None), now);
    }

    #[test]
    fn the_clock_never_goes_back() {
        let clock = DrillClock::at(At::from_secs(10));
        clock.move_to(At::from_secs(12));
        clock.move_to(At::from_secs(11));
        assert_eq!(clock.now(), At::from_secs(12));
    }

    #[test]
    fn speeds_are_read() {
        assert_eq!(Speed::parse("8x"), Ok(Speed::Times(8)));
        assert_eq!(Speed::parse("max"), Ok(Speed::Max));
        for wrong in ["0", "-1", "fast", "1001", ""] {
            assert!(Speed::parse(wrong).is_err(), "{wrong}");
        }
    }
}
