//! Objectives for signals, their error budgets and how fast these burn. Pure: samples in, a standing out.
//! Time that nobody measured is not bad; it is said how much was measured.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::id::NodeId;
use crate::domain::observation::{Answer, Failure};
use crate::domain::signal::SignalId;
use crate::domain::time::{At, Span};

/// Minutes that are kept one by one: the longest window of burning is six hours.
const MINUTES: i64 = 6 * 60;

/// The share of the whole budget that, burnt within an hour, calls somebody at once (as the SRE workbook of Google has it:
/// 14.4 times too fast over 30 days).
const FAST_SHARE: f64 = 0.02;

/// The share that, burnt within six hours, does the same.
const SLOW_SHARE: f64 = 0.05;

/// Burning below this many times too fast never alarms, however short the window is.
const SLOWEST_ALARM: f64 = 2.0;

/// When a sample is good.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Good {
    /// At most this.
    AtMost(f64),
    /// At least this.
    AtLeast(f64),
}

/// An objective.
#[derive(Clone, Debug, PartialEq)]
pub struct SloSpec {
    /// Of which signal.
    pub signal: SignalId,
    /// Of which lines; each weighs the same in a minute, however often it was asked: one that fails is asked more rarely.
    pub nodes: Vec<NodeId>,
    /// When a sample is good. A round that gave nothing usable is bad.
    pub good: Good,
    /// How much of the time must be good, %; below 100.
    pub objective_pct: f64,
    /// Over which time; 1 to 30 days.
    pub window: Span,
}

/// What was measured, by minute and by hour.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Book {
    /// Of each minute, by its number since 1970, the good samples and all samples of each line, by its place in the objective.
    #[serde(default)]
    by_line: BTreeMap<i64, Minute>,
    /// Bad minutes, and measured ones, of each hour.
    hours: BTreeMap<i64, (f64, u32)>,
}

/// Good samples and all samples of each line.
type Minute = BTreeMap<usize, (u32, u32)>;

/// How an objective stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    /// Good part of the time that was measured within the window, %.
    pub good_pct: f64,
    /// What is left of the error budget, %; below 0 it is overdrawn.
    pub budget_left_pct: f64,
    /// How many times too fast it burns, over the last hour.
    pub burn_1h: f64,
    /// The same over six hours.
    pub burn_6h: f64,
    /// How much of the window was measured.
    pub measured: Span,
    /// What it burns by, when that is fast enough to call somebody.
    pub alarm: Option<Burning>,
}

/// An alarm: over both windows it burns so many times too fast.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Burning {
    /// The long window and the short one that says it is still going on, minutes.
    pub windows_min: (i64, i64),
    /// How fast over the long one.
    pub rate: f64,
    /// From where on it alarms.
    pub limit: f64,
}

/// Whether a round is good by this objective; `None` when it says nothing of the signal.
#[must_use]
pub fn is_good(spec: &SloSpec, outcome: &Result<Answer, Failure>) -> Option<bool> {
    let Ok(answer) = outcome else { return Some(false) };
    let value = answer.readings.iter().find(|r| r.signal == spec.signal)?.value.number()?;
    Some(match spec.good {
        Good::AtMost(limit) => value <= limit,
        Good::AtLeast(limit) => value >= limit,
    })
}

impl Book {
    /// Takes a sample of a line, by its place in the objective.
    pub fn sample(&mut self, at: At, line: usize, good: bool, window: Span) {
        let minute = at.secs().div_euclid(60);
        if !self.by_line.contains_key(&minute) {
            self.close(minute, window);
        }
        let count = self.by_line.entry(minute).or_default().entry(line).or_default();
        count.0 = count.0.saturating_add(u32::from(good));
        count.1 = count.1.saturating_add(1);
    }

    /// A minute begins: those that are over go into their hours, and what is too old goes.
    fn close(&mut self, minute: i64, window: Span) {
        if let Some((last, count)) = self.by_line.last_key_value().filter(|(last, _)| **last < minute) {
            let hour = self.hours.entry(last.div_euclid(60)).or_default();
            hour.0 += bad_part(count);
            hour.1 = hour.1.saturating_add(1);
        }
        self.by_line = self.by_line.split_off(&(minute - MINUTES));
        self.hours = self.hours.split_off(&((minute - window.secs().div_euclid(60)).div_euclid(60)));
    }

    /// How the objective stands now.
    #[must_use]
    pub fn standing(&self, spec: &SloSpec, now: At) -> Standing {
        let minute = now.secs().div_euclid(60);
        let open = self.by_line.last_key_value().map_or((0.0, 0_u32), |(_, count)| (bad_part(count), 1));
        let first = (minute - spec.window.secs().div_euclid(60)).div_euclid(60);
        let hours = self.hours.range(first..).map(|(_, hour)| *hour);
        let (bad, measured) = hours.fold(open, |sum, hour| (sum.0 + hour.0, sum.1.saturating_add(hour.1)));
        let allowed = 1.0 - spec.objective_pct / 100.0;
        let window_min = spec.window.as_secs_f64() / 60.0;
        let burn = |minutes: i64| {
            let kept = self.by_line.range(minute - minutes + 1..=minute);
            let bad: f64 = kept.map(|(_, count)| bad_part(count)).sum();
            bad / (whole(minutes) * allowed)
        };
        let limit = |share: f64, minutes: i64| (share * window_min / whole(minutes)).max(SLOWEST_ALARM);
        let alarm = |share: f64, long: i64, short: i64| {
            let (limit, rate) = (limit(share, long), burn(long));
            let burning = Burning { windows_min: (long, short), rate, limit };
            (rate >= limit && burn(short) >= limit).then_some(burning)
        };
        Standing {
            good_pct: 100.0 * (1.0 - bad / f64::from(measured.max(1))),
            budget_left_pct: 100.0 * (1.0 - bad / (window_min * allowed)),
            burn_1h: burn(60),
            burn_6h: burn(MINUTES),
            measured: Span::from_mins(i64::from(measured)),
            alarm: alarm(FAST_SHARE, 60, 5).or_else(|| alarm(SLOW_SHARE, MINUTES, 30)),
        }
    }
}

/// The bad part of a minute: that of its lines, each alike.
fn bad_part(minute: &Minute) -> f64 {
    let bad: f64 =
        minute.values().map(|(good, all)| f64::from(all.saturating_sub(*good)) / f64::from((*all).max(1))).sum();
    bad / f64::from(u32::try_from(minute.len()).unwrap_or(u32::MAX).max(1))
}

fn whole(minutes: i64) -> f64 {
    Span::from_mins(minutes).as_secs_f64() / 60.0
}
