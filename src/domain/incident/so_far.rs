//! A run as it went, turn by turn: every attempt, skip and yes, by whom, on which host, when, to what end, with which output.
//! Entries that had no effect are left out: what did not count is no part of the run.

use crate::domain::event::{Event, RunEvent, StepFinished, StepStarted};
use crate::domain::id::{PersonId, RunId, StepId};
use crate::domain::incident::Ledger;
use crate::domain::time::At;

/// One turn.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// When it began.
    pub at: At,
    /// Who.
    pub by: PersonId,
    /// At which step.
    pub step: StepId,
    /// What happened.
    pub what: TurnKind,
}

/// What a turn is.
#[derive(Clone, Debug, PartialEq)]
pub enum TurnKind {
    /// It was begun.
    Attempt {
        /// As it began.
        started: Box<StepStarted>,
        /// When it ended, and how; none while that is not in the log.
        ended: Option<(At, Box<StepFinished>)>,
    },
    /// It was left out, with the reason.
    Skipped(String),
    /// The run turned back here, with the reason.
    RolledBack(String),
    /// Somebody said yes.
    Approved,
}

/// The turns of a run, in the order in which they began.
#[must_use]
pub fn so_far(ledger: &Ledger, run: &RunId) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::new();
    let counts = |e: &&crate::domain::entry::Entry| !ledger.incident().no_effect.contains_key(&e.name());
    for entry in ledger.entries().iter().filter(counts) {
        let Event::Run(event) = &entry.event else { continue };
        let (at, by) = (entry.when(), entry.actor.clone());
        let turn = |step: &StepId, what| Turn { at, by: by.clone(), step: step.clone(), what };
        match event {
            RunEvent::StepStarted(s) if s.run == *run => {
                turns.push(turn(&s.step, TurnKind::Attempt { started: s.clone(), ended: None }));
            }
            RunEvent::StepFinished(f) if f.run == *run => {
                let begun = turns.iter_mut().rev().find_map(|t| match &mut t.what {
                    TurnKind::Attempt { started, ended } if started.step == f.step && started.attempt == f.attempt => {
                        Some(ended)
                    }
                    _ => None,
                });
                if let Some(ended) = begun {
                    *ended = Some((at, f.clone()));
                }
            }
            RunEvent::StepSkipped(s) if s.run == *run => {
                let reason = s.reason.clone();
                let what = if s.rolls_back { TurnKind::RolledBack(reason) } else { TurnKind::Skipped(reason) };
                turns.push(turn(&s.step, what));
            }
            RunEvent::Approved(a) if a.run == *run => turns.push(turn(&a.step, TurnKind::Approved)),
            _ => {}
        }
    }
    turns
}
