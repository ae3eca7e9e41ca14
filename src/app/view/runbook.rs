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
    /// What came, or how it goes: `failed, exit 1`, `runs for 0:12`.
    pub state: Said,
    /// What is asked of people now, with the keys.
    pub asks: Said,
    /// For whoever has just taken the run up: where it stood, what was last, what nobody knows.
    pub taken_up: Vec<Said>,
    /// How much of its time is gone, in thousandths; while it runs.
    pub gone: Option<u16>,
    /// Why it is done.
    pub why: Vec<Shown>,
    /// The exact command, line by line; the draft of a message.
    pub command: Vec<Shown>,
    /// Whether these lines are words to send, and no command.
    pub is_draft: bool,
    /// `as root@val-1 in /root · unit=validator`
    pub place: Shown,
    /// What else holds for it: whose yes is missing, what it waits for, what runs first, a wrong host.
    pub terms: Vec<Said>,
    /// The answers it offers, `1 words → step`.
    pub choices: Vec<Shown>,
    /// What is expected.
    pub expected: Shown,
    /// What came; empty before it ran.
    pub actual: Shown,
    /// Whether they agree; not known before it ran.
    pub agrees: Option<bool>,
    /// What differs.
    pub differs: Differs,
    /// The last lines of what its command wrote.
    pub tail: Vec<Shown>,
}

/// What differs between what was expected and what came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differs {
    /// In words.
    pub says: Shown,
    /// Columns that agree at the beginning of both texts, then those that differ in each; where two texts are compared.
    pub columns: Option<(usize, usize, usize)>,
}
