//! The facilitator's hand on the drill: tick, pause, speed, seek. Drives the schedule and the virtual clock.
//! Pure but for the clock it moves; the event loop that ticks it is the runtime's.

use std::sync::Arc;

use crate::domain::entry::Entry;
use crate::domain::time::{At, Clock, Span};
use crate::drill::clock::{DrillClock, Pace, Speed};
use crate::drill::scenario::Scenario;
use crate::drill::schedule::{DrillOutput, Schedule};

/// How the drill stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageStatus {
    /// The scenario's title.
    pub title: String,
    /// The drill's own time.
    pub now: At,
    /// Since its beginning.
    pub elapsed: Span,
    /// Its length.
    pub length: Span,
    /// Standing still.
    pub paused: bool,
    /// How fast.
    pub speed: Speed,
    /// Played through.
    pub over: bool,
}

/// A drill being played.
#[derive(Debug)]
pub struct Stage {
    schedule: Schedule,
    clock: Arc<DrillClock>,
    pace: Pace,
    seed: u64,
}

impl Stage {
    /// A drill at its beginning, running at `speed`.
    #[must_use]
    pub fn new(scenario: Arc<Scenario>, seed: u64, speed: Speed) -> Self {
        let clock = Arc::new(DrillClock::at(scenario.start));
        Self { schedule: Schedule::new(scenario, seed), clock, pace: Pace { speed, paused: false }, seed }
    }

    /// The drill's clock, for whoever stamps entries and draws the time.
    #[must_use]
    pub fn clock(&self) -> Arc<DrillClock> {
        Arc::clone(&self.clock)
    }

    /// The scenario.
    #[must_use]
    pub const fn scenario(&self) -> &Arc<Scenario> {
        self.schedule.scenario()
    }

    /// The seed it plays with.
    #[must_use]
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// When the next thing comes; `None` when it is over.
    #[must_use]
    pub fn next_at(&self) -> Option<At> {
        self.schedule.next_at()
    }

    /// Real time went by: what happened in the drill meanwhile.
    pub fn tick(&mut self, real: Span) -> Vec<DrillOutput> {
        let to = self.pace.onward(self.clock.now(), real, self.schedule.next_at());
        self.forward_to(to)
    }

    /// Goes on to `to` at once (seeking forward), even while paused; a time before now changes nothing.
    pub fn forward_to(&mut self, to: At) -> Vec<DrillOutput> {
        let end = self.scenario().start.plus(self.scenario().length);
        let to = to.min(end).max(self.clock.now());
        let outputs = self.schedule.advance_to(to);
        self.clock.move_to(to);
        outputs
    }

    /// An entry stands in the log (any writer's): acts and injects that waited for it are set off.
    pub fn notice(&mut self, entry: &Entry) {
        self.schedule.notice(entry);
    }

    /// Stands still, or runs again.
    pub const fn pause(&mut self, paused: bool) {
        self.pace.paused = paused;
    }

    /// Another speed.
    pub const fn set_speed(&mut self, speed: Speed) {
        self.pace.speed = speed;
    }

    /// How it stands.
    #[must_use]
    pub fn status(&self) -> StageStatus {
        let now = self.clock.now();
        StageStatus {
            title: self.scenario().title.clone(),
            now,
            elapsed: now.since(self.scenario().start),
            length: self.scenario().length,
            paused: self.pace.paused,
            speed: self.pace.speed,
            over: self.schedule.is_over(),
        }
    }

    /// A look back, read only: the log as it stood at `at`, and everything that came up to then. Nothing of the running
    /// drill changes.
    #[must_use]
    pub fn look_back(&self, entries: &[Entry], at: At) -> (Vec<Entry>, Vec<DrillOutput>) {
        let then: Vec<Entry> = entries.iter().filter(|e| e.recorded() <= at).cloned().collect();
        let mut again = Schedule::new(Arc::clone(self.scenario()), self.seed);
        let mut outputs = Vec::new();
        for entry in &then {
            outputs.extend(again.advance_to(entry.recorded()));
            again.notice(entry);
        }
        outputs.extend(again.advance_to(at));
        (then, outputs)
    }
}
