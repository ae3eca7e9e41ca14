//! Rolling a run back: what was done is taken back, newest first, each step by its own demands. What nobody did is left alone.
//! Must not know the runbook's text; which step takes which back was pinned, or is in the log as a temporary change.

use std::collections::BTreeMap;

use crate::domain::event::StepSkipped;
use crate::domain::id::{PersonId, StepId};
use crate::domain::run::{Run, StepState};
use crate::domain::time::At;

/// A run on its way back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rollback {
    /// Since when.
    pub at: At,
    /// Who said so.
    pub by: PersonId,
    /// Why.
    pub reason: String,
    /// The steps that take back what was done, newest first.
    pub queue: Vec<StepId>,
}

impl Run {
    /// Whether a step stands off the ordinary way: it runs only when the run is rolled back.
    #[must_use]
    pub fn is_off_the_way(&self, step: &StepId) -> bool {
        self.pinned.ways_back.values().any(|back| back == step)
    }

    /// The steps that would take back what was done up to now, newest first: of temporary changes that are in place, and of
    /// lasting ones that were begun, whatever became of them.
    #[must_use]
    pub fn way_back(&self) -> Vec<StepId> {
        let begun = self.pinned.ways_back.iter().filter(|(made, _)| self.attempts.contains_key(*made));
        // A step that has both is taken back once for each: its temporary change and its lasting one.
        let mut made: Vec<(Option<At>, usize, &StepId)> = self
            .overrides
            .iter()
            .chain(begun)
            .map(|(made, back)| {
                (self.touched(made), self.pinned.steps.iter().position(|s| s == made).unwrap_or(0), back)
            })
            .collect();
        made.sort_by_key(|m| std::cmp::Reverse((m.0, m.1)));
        let mut queue: Vec<StepId> = Vec::new();
        for (_, _, back) in made {
            if self.has_step(back) && !queue.contains(back) {
                queue.push(back.clone());
            }
        }
        queue
    }

    /// When something last happened to a step.
    fn touched(&self, step: &StepId) -> Option<At> {
        match self.state(step) {
            StepState::Pending => None,
            StepState::Running { since, .. } => Some(*since),
            StepState::Ended { at, .. } | StepState::Skipped { at, .. } => Some(*at),
        }
    }

    /// The steps of the way that the run is on, in order: the ordinary one, or the way back.
    #[must_use]
    pub fn way(&self) -> Vec<&StepId> {
        match &self.rollback {
            Some(rollback) => rollback.queue.iter().collect(),
            None => self.pinned.steps.iter().filter(|s| !self.is_off_the_way(s)).collect(),
        }
    }

    /// Turns the run back at a step that is left out with the reason.
    ///
    /// # Errors
    /// Why it cannot be, in a sentence; the run is then exactly as before.
    pub(in crate::domain) fn roll_back(&mut self, e: &StepSkipped, at: At, by: &PersonId) -> Result<(), String> {
        if let Some(rollback) = &self.rollback {
            return Err(format!("{} rolls this run back already: {}", rollback.by, rollback.reason));
        }
        if let Some(busy) = self.running_step() {
            return Err(format!("step {busy} is running: stop it, or wait for its end"));
        }
        let queue = self.way_back();
        if queue.is_empty() {
            return Err("nothing was done that a step of this runbook takes back".to_owned());
        }
        if !self.state(&e.step).is_settled() {
            let (by, reason) = (by.clone(), e.reason.clone());
            self.steps.insert(e.step.clone(), StepState::Skipped { at, by, reason });
        }
        // What was left out or had failed before is due once more; its attempts count on.
        let due: BTreeMap<&StepId, ()> = queue.iter().map(|s| (s, ())).collect();
        self.steps.retain(|step, _| !due.contains_key(step));
        self.rollback = Some(Rollback { at, by: by.clone(), reason: e.reason.clone(), queue });
        Ok(())
    }
}
