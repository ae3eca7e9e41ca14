//! DOING: the active steps and tasks, who holds them, how long.

use crate::app::model::Model;
use crate::app::view::tone::{Said, Tone};
use crate::domain::incident::Incident;
use crate::domain::run::{Run, StepState};
use crate::domain::time::At;

/// What is being done; never empty.
pub(super) fn doing(model: &Model) -> Vec<Said> {
    let Some(ledger) = model.ledger().filter(|_| model.is_in_incident()) else {
        return vec![Said::new(Tone::Quiet, "no incident is declared")];
    };
    let incident = ledger.incident();
    let glass = incident
        .raises_at(model.now)
        .map(|r| Said::new(Tone::Bad, format!("{} BREAK-GLASS until {}", r.person, r.end().hm())));
    let mut said: Vec<Said> = glass.collect();
    said.extend(incident.runs.values().filter(|r| !r.is_done()).map(|r| run(model, r)));
    said.extend(tasks(incident, model.now));
    if said.is_empty() {
        said.push(Said::new(Tone::Quiet, "nothing is under way: b opens a runbook, t gives a task"));
    }
    said
}

fn run(model: &Model, run: &Run) -> Said {
    let (at, all) = run.progress();
    let back = if run.rollback.is_some() { " ROLLS BACK" } else { "" };
    let place = format!("{}{back} {at}/{all}", run.runbook);
    let book = model.pinned.get(&run.pinned.sha256);
    let title = run.current().map(|id| {
        let step = book.and_then(|b| b.step(id));
        step.map_or_else(|| id.to_string(), |s| s.title.clone())
    });
    let title = title.unwrap_or_default();
    match run.current().map(|id| run.state(id)) {
        Some(StepState::Running { since, by, .. }) => {
            let clock = model.now.elapsed_since(*since).clock();
            Said::new(Tone::Plain, format!("{place} {title}, {by} {clock}"))
        }
        Some(StepState::Ended { finished, .. }) => {
            Said::new(Tone::Bad, format!("{place} {title}: {}, a person must decide", finished.outcome.as_str()))
                .or(format!("{place} {title}: {}", finished.outcome.as_str()))
        }
        _ => {
            let waited = run.steps.values().filter_map(settled_at).max().unwrap_or(run.begun);
            let clock = model.now.elapsed_since(waited).clock();
            Said::new(Tone::Due, format!("{place} {title} waits for somebody, {clock}"))
                .or(format!("{place} {title}, waits {clock}"))
        }
    }
}

fn settled_at(state: &StepState) -> Option<At> {
    match state {
        StepState::Ended { at, .. } | StepState::Skipped { at, .. } => Some(*at),
        StepState::Pending | StepState::Running { .. } => None,
    }
}

fn tasks(incident: &Incident, now: At) -> impl Iterator<Item = Said> {
    incident.open_tasks().map(move |t| {
        let left = t.due().since(now);
        let (tone, clock) = if left.micros() < 0 {
            (Tone::Due, format!("{} over", now.elapsed_since(t.due()).clock()))
        } else {
            (Tone::Plain, format!("{} left", left.clock()))
        };
        Said::new(tone, format!("{}: {}, {clock}", t.task.to, t.task.text))
    })
}
