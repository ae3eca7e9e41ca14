//! A run of a runbook as the log tells it: which step stands where, who did it, with which output.
//! Must not know the runbook's text; the steps' ids were pinned when the run began.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::domain::entry::KeyLine;
use crate::domain::event::{RunEvent, RunStarted, StepFinished, StepOutcome, StepSkipped, StepStarted};
use crate::domain::id::{PersonId, RunId, RunbookId, StepId};
use crate::domain::rollback::Rollback;
use crate::domain::time::At;

/// How a step stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum StepState {
    /// Not begun.
    #[default]
    Pending,
    /// Begun; its end is not in the log.
    Running {
        /// Since when.
        since: At,
        /// Who began it.
        by: PersonId,
        /// As it was begun.
        started: Box<StepStarted>,
    },
    /// Ended.
    Ended {
        /// When.
        at: At,
        /// Who began it (or whose console saw the end).
        by: PersonId,
        /// As it ended.
        finished: Box<StepFinished>,
    },
    /// Left out.
    Skipped {
        /// When.
        at: At,
        /// Who.
        by: PersonId,
        /// Why.
        reason: String,
    },
}

impl StepState {
    /// Whether the run may go past it.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        match self {
            Self::Ended { finished, .. } => finished.outcome == StepOutcome::Passed,
            Self::Skipped { .. } => true,
            Self::Pending | Self::Running { .. } => false,
        }
    }

    /// In a word or two: `pending`, `running`, `passed`, `failed`, `timed out`, `cancelled`, `end unknown`, `skipped`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running { .. } => "running",
            Self::Ended { finished, .. } => finished.outcome.as_str(),
            Self::Skipped { .. } => "skipped",
        }
    }
}

/// One run.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// Of which runbook.
    pub runbook: RunbookId,
    /// As it was begun.
    pub pinned: RunStarted,
    /// When it began.
    pub begun: At,
    /// Who began it.
    pub by: PersonId,
    /// Every step that something happened to.
    pub steps: BTreeMap<StepId, StepState>,
    /// Attempts by step.
    pub attempts: BTreeMap<StepId, u32>,
    /// Approvals by step: who said yes, and with which key; none where the yes is only as good as the line it stands in.
    pub approvals: BTreeMap<StepId, BTreeMap<PersonId, Option<KeyLine>>>,
    /// Starts that lost against another one of the same attempt: step, attempt, host.
    pub rivals: BTreeSet<(StepId, u32, String)>,
    /// Temporary changes not undone: the step that made it, the step that undoes it.
    pub overrides: BTreeMap<StepId, StepId>,
    /// Set once it goes back.
    pub rollback: Option<Rollback>,
}

impl Run {
    /// A run that has just begun.
    #[must_use]
    pub fn begin(started: &RunStarted, at: At, by: &PersonId) -> Self {
        Self {
            id: started.run.clone(),
            runbook: started.runbook.clone(),
            pinned: started.clone(),
            begun: at,
            by: by.clone(),
            steps: BTreeMap::new(),
            attempts: BTreeMap::new(),
            approvals: BTreeMap::new(),
            rivals: BTreeSet::new(),
            overrides: BTreeMap::new(),
            rollback: None,
        }
    }

    /// The run an event belongs to; `None` for the event that begins one.
    #[must_use]
    pub const fn of(event: &RunEvent) -> Option<&RunId> {
        match event {
            RunEvent::Started(_) | RunEvent::SheetFrozen(_) => None,
            RunEvent::StepStarted(e) => Some(&e.run),
            RunEvent::StepFinished(e) => Some(&e.run),
            RunEvent::StepSkipped(e) => Some(&e.run),
            RunEvent::Approved(e) => Some(&e.run),
            RunEvent::OverrideAdded(e) => Some(&e.run),
            RunEvent::OverrideUndone(e) => Some(&e.run),
        }
    }

    /// Takes an event of this run in, in whatever order merged logs bring them.
    ///
    /// # Errors
    /// Why it changes nothing, in a sentence; the run is then exactly as before.
    pub fn apply(&mut self, event: &RunEvent, at: At, by: &PersonId) -> Result<(), String> {
        match event {
            RunEvent::Started(_) => Err("this run had begun already".to_owned()),
            RunEvent::SheetFrozen(_) => Err("a sheet belongs to no single run".to_owned()),
            RunEvent::StepStarted(e) => self.step_started(e, at, by),
            RunEvent::StepFinished(e) => self.step_finished(e, at, by),
            RunEvent::StepSkipped(e) => self.step_skipped(e, at, by),
            RunEvent::Approved(e) => self.approve(&e.step, by, None),
            RunEvent::OverrideAdded(e) => {
                self.known(&e.step)?;
                self.known(&e.undo)?;
                if self.overrides.contains_key(&e.step) {
                    return Err(format!("the temporary change of step {} was known already", e.step));
                }
                self.overrides.insert(e.step.clone(), e.undo.clone());
                Ok(())
            }
            RunEvent::OverrideUndone(e) => {
                let open = self.overrides.remove(&e.step);
                open.map(|_| ()).ok_or_else(|| format!("{} had no open temporary change", e.step))
            }
        }
    }

    /// Takes a yes in: one for each person and each key, and none of whoever asks for it.
    ///
    /// # Errors
    /// Why it changes nothing, in a sentence.
    pub fn approve(&mut self, step: &StepId, by: &PersonId, key: Option<KeyLine>) -> Result<(), String> {
        self.known(step)?;
        if *by == self.by && self.pinned.for_others.contains(step) {
            return Err(format!("{by} began this run and asks for the yes to step {step}: others must give it"));
        }
        let given = self.approvals.entry(step.clone()).or_default();
        if given.contains_key(by) {
            return Err(format!("{by} had said yes to step {step} already"));
        }
        if let Some((other, _)) = given.iter().find(|(_, with)| key.is_some() && **with == key) {
            return Err(format!("the key that signed it had said yes to step {step} already, as {other}"));
        }
        given.insert(by.clone(), key);
        Ok(())
    }

    /// What an approval of a step is given for, SHA-256 in hex: the runbook's text to the byte (and so the step's command and
    /// effect), the step, the run's host and its parameters. Secret parameters are not in the log, and not in here.
    #[must_use]
    pub fn step_digest(&self, step: &StepId) -> String {
        let pinned = &self.pinned;
        let mut text = format!("warroom step v1\nrunbook: {}\nstep: {step}\nhost: {}\n", pinned.sha256, pinned.host);
        for (name, value) in &pinned.params {
            // The length keeps one value with a newline from reading as two; writing into a string cannot fail.
            let _ = writeln!(text, "param: {name} {} {value}", value.len());
        }
        Sha256::digest(text.as_bytes()).iter().fold(String::with_capacity(64), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }

    /// What happened has happened: a second step that runs at once (two hosts, merged later) is shown, not refused.
    fn step_started(&mut self, e: &StepStarted, at: At, by: &PersonId) -> Result<(), String> {
        self.known(&e.step)?;
        if self.attempts.get(&e.step).is_some_and(|n| *n >= e.attempt) {
            return Err(format!("attempt {} of step {} had begun already", e.attempt, e.step));
        }
        self.attempts.insert(e.step.clone(), e.attempt);
        let started = Box::new(e.clone());
        self.steps.insert(e.step.clone(), StepState::Running { since: at, by: by.clone(), started });
        Ok(())
    }

    /// Only an end that was unknown is replaced by a known one; the step stays with whoever began it, though another
    /// console may have collected its end.
    fn step_finished(&mut self, e: &StepFinished, at: At, by: &PersonId) -> Result<(), String> {
        self.known(&e.step)?;
        if self.attempts.get(&e.step).is_some_and(|n| *n > e.attempt) {
            return Err(format!("a later attempt of {} had begun", e.step));
        }
        let by = match self.state(&e.step) {
            StepState::Ended { finished, .. } if finished.attempt > e.attempt => {
                return Err(format!("a later attempt of {} had ended", e.step));
            }
            StepState::Ended { finished, .. }
                if finished.attempt == e.attempt && finished.outcome != StepOutcome::Lost =>
            {
                return Err(format!("attempt {} of step {} had ended already", e.attempt, e.step));
            }
            StepState::Running { by, started, .. } if started.attempt == e.attempt => by.clone(),
            StepState::Ended { by, finished, .. } if finished.attempt == e.attempt => by.clone(),
            _ => by.clone(),
        };
        self.attempts.insert(e.step.clone(), e.attempt);
        let finished = Box::new(e.clone());
        self.steps.insert(e.step.clone(), StepState::Ended { at, by, finished });
        Ok(())
    }

    fn step_skipped(&mut self, e: &StepSkipped, at: At, by: &PersonId) -> Result<(), String> {
        self.known(&e.step)?;
        if e.rolls_back {
            return self.roll_back(e, at, by);
        }
        match self.state(&e.step) {
            StepState::Running { by, .. } => return Err(format!("step {} was running, by {by}", e.step)),
            StepState::Skipped { .. } => return Err(format!("step {} was left out already", e.step)),
            state if state.is_settled() => return Err(format!("step {} had passed already", e.step)),
            StepState::Pending | StepState::Ended { .. } => {}
        }
        let reason = e.reason.clone();
        self.steps.insert(e.step.clone(), StepState::Skipped { at, by: by.clone(), reason });
        Ok(())
    }

    /// How a step ended; `None` while it is pending, running or left out.
    #[must_use]
    pub fn ended(&self, step: &StepId) -> Option<&StepFinished> {
        match self.state(step) {
            StepState::Ended { finished, .. } => Some(finished),
            StepState::Pending | StepState::Running { .. } | StepState::Skipped { .. } => None,
        }
    }

    fn known(&self, step: &StepId) -> Result<(), String> {
        if self.has_step(step) { Ok(()) } else { Err(format!("the pinned revision has no step {step}")) }
    }

    /// Whether the pinned revision has this step.
    #[must_use]
    pub fn has_step(&self, step: &StepId) -> bool {
        self.pinned.steps.contains(step)
    }

    /// How a step stands.
    #[must_use]
    pub fn state(&self, step: &StepId) -> &StepState {
        const PENDING: &StepState = &StepState::Pending;
        self.steps.get(step).unwrap_or(PENDING)
    }

    /// The step that people are at: the first that is not settled.
    #[must_use]
    pub fn current(&self) -> Option<&StepId> {
        self.way().into_iter().find(|s| !self.state(s).is_settled())
    }

    /// The step that runs now.
    #[must_use]
    pub fn running_step(&self) -> Option<&StepId> {
        self.pinned.steps.iter().find(|s| matches!(self.state(s), StepState::Running { .. }))
    }

    /// The place of the step that people are at, from 1, and the number of steps, `4/9`; the last place when done.
    #[must_use]
    pub fn progress(&self) -> (usize, usize) {
        let steps = self.way();
        let place = steps.iter().position(|s| !self.state(s).is_settled()).map_or(steps.len(), |i| i + 1);
        (place, steps.len())
    }

    /// Whether every step is settled.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.current().is_none()
    }

    /// The number the next attempt of a step has.
    #[must_use]
    pub fn next_attempt(&self, step: &StepId) -> u32 {
        self.attempts.get(step).copied().unwrap_or(0).saturating_add(1)
    }

    /// Steps whose temporary change is not undone.
    pub fn open_overrides(&self) -> impl Iterator<Item = &StepId> {
        self.overrides.keys()
    }

    /// The pinned revision's digest as people read it aloud: `9f3a 22c1`.
    #[must_use]
    pub fn digest(&self) -> String {
        short_digest(&self.pinned.sha256)
    }
}

/// The first eight characters of a SHA-256 in two groups, as people read it aloud: `9f3a 22c1`.
#[must_use]
pub fn short_digest(sha256: &str) -> String {
    let eight: String = sha256.chars().filter(char::is_ascii_hexdigit).take(8).collect();
    eight.split_at_checked(4).map_or_else(|| eight.clone(), |(a, b)| format!("{a} {b}"))
}

/// Characters of a digest that name a revision: as many as are read aloud.
pub const DIGEST_LEAST: usize = 8;

/// Whether words name this SHA-256 (hex): its first eight characters or more, in any case and grouping, and nothing else.
#[must_use]
pub fn is_digest_of(words: &str, sha256: &str) -> bool {
    let told: String = words.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
    told.len() >= DIGEST_LEAST && sha256.starts_with(&told)
}
