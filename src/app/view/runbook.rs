//! The active runbook: settled steps in a line, the current one in full with command, user and host, the next ones by title.

use crate::app::view::tone::{Said, Tone};
use crate::domain::text::Shown;

/// The runbook pane.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunbookView {
    /// `finality-loss r7`; empty when none is open.
    pub title: Shown,
    /// The pinned revision's digest as it is read aloud: `9f3a 22c1`.
    pub digest: Shown,
    /// Steps in order.
    pub steps: Vec<StepRow>,
    /// Temporary changes that are still in place.
    pub overrides: Vec<Said>,
    /// What would fill the pane, when it is empty; the runbooks there are.
    pub hints: Vec<Said>,
}

/// One step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepRow {
    /// From 1.
    pub number: usize,
    /// `✓`, `▸`, `✗`, `–` (skipped) or nothing.
    pub sign: &'static str,
    /// Its heading.
    pub title: Shown,
    /// `check · read · bob@val-1 · 20 s`
    pub facts: Shown,
    /// What it means.
    pub tone: Tone,
    /// Settled: a row of these is told in one line.
    pub settled: bool,
    /// All of it, for the step that people are at.
    pub open: Option<OpenStep>,
}

/// The step that people are at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenStep {
    /// Why it is done.
    pub why: Vec<Shown>,
    /// The exact command, line by line.
    pub command: Vec<Shown>,
    /// `as root on val-1`
    pub place: Shown,
    /// What is expected.
    pub expected: Shown,
    /// What came; empty before it ran.
    pub actual: Shown,
    /// What came, or how it goes: `passed`, `failed, exit 1`, `runs for 0:12`.
    pub state: Said,
    /// The last lines of what the running command wrote.
    pub tail: Vec<Shown>,
    /// What is asked of people now, with the keys.
    pub asks: Said,
}
