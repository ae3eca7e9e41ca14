//! The only place that reads the wall clock, and its stand-in for tests of the real binary (`WARROOM_CLOCK`).
//! Everyone else takes `&dyn Clock` or an `At`.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering;
use std::time::Instant;

use thiserror::Error;

use crate::domain::time::At;
use crate::domain::time::Clock;
use crate::domain::time::Span;

/// The variable that puts a stand-in in the wall clock's place.
pub const CLOCK_VARIABLE: &str = "WARROOM_CLOCK";

/// How far the stand-in moves each time it is read: time never stands still, and two entries never share a time.
const STEP: Span = Span::from_millis(1);

/// What `WARROOM_CLOCK` must look like.
#[derive(Debug, Error)]
#[error(
    "WARROOM_CLOCK={0}: not a time; write RFC 3339, `2026-11-21T03:00:00Z` (moves 1 ms a reading), or `run:` before it (runs on from there)"
)]
pub struct ClockError(String);

/// The wall clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that may")]
    fn now(&self) -> At {
        At::from_micros(chrono::Utc::now().timestamp_micros())
    }
}

/// Starts at a fixed time and moves 1 ms each time it is read, so that runs are repeatable.
#[derive(Debug)]
struct SteppingClock(AtomicI64);

impl Clock for SteppingClock {
    fn now(&self) -> At {
        At::from_micros(self.0.fetch_add(STEP.micros(), Ordering::Relaxed))
    }
}

/// Starts at a fixed time and runs on with the machine's monotonic clock.
#[derive(Debug)]
struct RunningClock {
    start: At,
    since: Instant,
}

impl Clock for RunningClock {
    fn now(&self) -> At {
        let gone = i64::try_from(self.since.elapsed().as_micros()).unwrap_or(i64::MAX);
        self.start.plus(Span::from_micros(gone))
    }
}

/// The clock to use: the wall clock, or what `WARROOM_CLOCK` says (`setting`; empty counts as unset).
///
/// # Errors
/// When the setting is not a time.
pub fn clock(setting: Option<&str>) -> Result<Arc<dyn Clock>, ClockError> {
    let Some(text) = setting.filter(|t| !t.is_empty()) else {
        return Ok(Arc::new(SystemClock));
    };
    let (runs, time) = text.strip_prefix("run:").map_or((false, text), |rest| (true, rest));
    let start = At::parse(time).ok_or_else(|| ClockError(text.to_owned()))?;
    if runs {
        return Ok(Arc::new(RunningClock { start, since: Instant::now() }));
    }
    Ok(Arc::new(SteppingClock(AtomicI64::new(start.micros()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stand_in_starts_where_told_and_moves_a_millisecond_a_reading() {
        let clock = clock(Some("2026-11-21T03:00:00Z")).unwrap();
        assert_eq!(clock.now().to_string(), "2026-11-21T03:00:00.000000Z");
        assert_eq!(clock.now().to_string(), "2026-11-21T03:00:00.001000Z");
    }

    #[test]
    fn the_running_stand_in_never_goes_back() {
        let clock = clock(Some("run:2026-11-21T03:00:00Z")).unwrap();
        let first = clock.now();
        assert!(first >= At::parse("2026-11-21T03:00:00Z").unwrap());
        assert!(clock.now() >= first);
    }

    #[test]
    fn a_setting_that_is_no_time_is_refused_with_the_form() {
        let Err(why) = clock(Some("noon")) else { panic!("noon was taken") };
        assert!(why.to_string().contains("WARROOM_CLOCK=noon"), "{why}");
        assert!(why.to_string().contains("RFC 3339"), "{why}");
    }

    #[test]
    fn nothing_set_is_the_wall_clock() {
        assert!(clock(None).unwrap().now() > At::parse("2026-01-01T00:00:00Z").unwrap());
        assert!(clock(Some("")).is_ok());
    }
}
