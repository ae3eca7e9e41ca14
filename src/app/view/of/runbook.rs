//! The runbook pane: the active run's steps, or the runbooks there are.

use crate::app::model::Model;
use crate::app::view::of::revision::revision;
use crate::app::view::of::step;
use crate::app::view::runbook::{RunbookView, StepRow};
use crate::app::view::tone::{Said, Tone};
use crate::domain::event::StepOutcome;
use crate::domain::id::StepId;
use crate::domain::incident::{Conflict, Over};
use crate::domain::run::{Run, StepState};
use crate::runbook::model::{Origin, Runbook, Step};
use crate::runbook::sheet::standing;

/// Runbooks named in an empty pane; the rest are counted.
const NAMED: usize = 6;

/// The run that is shown: the active one, else the newest that is done.
fn run(model: &Model) -> Option<&Run> {
    let incident = model.ledger()?.incident();
    incident.active_run().or_else(|| incident.runs.values().max_by_key(|r| r.begun))
}

/// Where the current step stands in the list.
pub(super) fn current(model: &Model) -> Option<usize> {
    let run = run(model)?;
    let step = run.current()?;
    run.pinned.steps.iter().position(|s| s == step)
}

/// The runbook pane of this model.
pub(super) fn runbook(model: &Model) -> RunbookView {
    let Some(run) = run(model) else { return empty(model) };
    let book = model.pinned.get(&run.pinned.sha256);
    let steps = run.pinned.steps.iter().enumerate();
    let mut hints = if run.is_done() { Vec::new() } else { revision(model, run) };
    hints.extend(turned_back(run));
    if run.is_done() {
        hints.push(Said::new(
            Tone::Ok,
            format!("{} is done, {} steps; b lists the runbooks", run.runbook, run.pinned.steps.len()),
        ));
    }
    RunbookView {
        title: format!("{} r{}", run.runbook, run.pinned.revision).into(),
        digest: run.digest().into(),
        steps: steps.map(|(i, id)| row(model, run, book, i, id)).collect(),
        overrides: sheet(model, run)
            .into_iter()
            .chain(run.overrides.iter().map(|(made, undo)| temporary(made, undo)))
            .collect(),
        hints,
    }
}

/// The frozen sheet that the run's constants come from, or the alarm that another one took its place.
fn sheet(model: &Model, run: &Run) -> Option<Said> {
    let (digest, differs) = standing(&model.ledger()?.incident().sheets, run)?;
    Some(if differs.is_empty() {
        Said::new(Tone::Plain, format!("constants of the frozen sheet {digest}"))
    } else {
        let words = format!("SHEET SUPERSEDED: {digest} is frozen now; this run has another {}", differs.join(", "));
        Said::new(Tone::Bad, words)
    })
}

/// That it goes back, why, and what is still to be taken back.
fn turned_back(run: &Run) -> Option<Said> {
    let back = run.rollback.as_ref()?;
    let left: Vec<&str> = back.queue.iter().filter(|s| !run.state(s).is_settled()).map(StepId::as_str).collect();
    let since = format!("since {} by {}: {}", back.at.hm(), back.by, back.reason);
    Some(if left.is_empty() {
        Said::new(Tone::Quiet, format!("rolled back {since}"))
    } else {
        Said::new(Tone::Due, format!("ROLLING BACK {since} · to do, newest first: {}", left.join(", ")))
    })
}

fn temporary(made: &StepId, undo: &StepId) -> Said {
    Said::new(Tone::Due, format!("! the temporary change of {made} is in place; {undo} undoes it"))
}

fn empty(model: &Model) -> RunbookView {
    let books = model.shelf.books();
    // One's own come first: they were written for this place.
    let (own, shipped): (Vec<&Runbook>, Vec<&Runbook>) = books.iter().partition(|b| b.origin != Origin::BuiltIn);
    let names: Vec<&str> = own.into_iter().chain(shipped).take(NAMED).map(|b| b.id.as_str()).collect();
    let more = if books.len() > NAMED { format!(" and {} more", books.len() - NAMED) } else { String::new() };
    let mut hints = vec![Said::new(
        Tone::Quiet,
        match books.len() {
            0 => "No runbook is open, and none was found: put Markdown files into the folder runbooks/ of this home."
                .to_owned(),
            n => format!("No runbook is open. b shows the {n} there are: {}{more}.", names.join(", ")),
        },
    )];
    hints.extend(model.shelf.faults().iter().map(|f| Said::new(Tone::Warn, format!("cannot be read: {f}"))));
    RunbookView { hints, ..RunbookView::default() }
}

fn row(model: &Model, run: &Run, book: Option<&Runbook>, i: usize, id: &StepId) -> StepRow {
    let step = book.and_then(|b| b.step(id));
    let state = run.state(id);
    let at_it = run.current() == Some(id);
    let (sign, tone) = match state {
        StepState::Pending if at_it => ("▸", Tone::Due),
        StepState::Pending => ("", Tone::Plain),
        StepState::Running { .. } => ("▸", Tone::Plain),
        StepState::Ended { finished, .. } if finished.outcome == StepOutcome::Passed => ("✓", Tone::Ok),
        StepState::Ended { .. } if state.is_settled() => ("!", Tone::Warn),
        StepState::Ended { .. } => ("✗", Tone::Bad),
        StepState::Skipped { .. } => ("–", Tone::Quiet),
    };
    StepRow {
        number: i + 1,
        sign,
        title: step.map_or_else(|| id.to_string(), |s| s.title.clone()).into(),
        facts: clash(model, run, id).or_else(|| aside(run, id)).unwrap_or_else(|| facts(state, step)).into(),
        tone,
        settled: state.is_settled(),
        open: (at_it || !state.is_settled() && *state != StepState::Pending)
            .then(|| step::open(model, run, book, step, id)),
    }
}

/// What does not stand on the way that the run is on.
fn aside(run: &Run, id: &StepId) -> Option<String> {
    if *run.state(id) != StepState::Pending || run.way().contains(&id) {
        return None;
    }
    let words = if run.is_off_the_way(id) { "only when rolled back" } else { "left out: the run went back" };
    Some(words.to_owned())
}

/// Two who began the step at once.
fn clash(model: &Model, run: &Run, step: &StepId) -> Option<String> {
    let incident = model.ledger()?.incident();
    let about = |c: &&Conflict| matches!(&c.over, Over::Step(r, s) if *r == run.id && s == step);
    let conflict = incident.conflicts_at(model.now).filter(about).last()?;
    Some(format!("CONFLICT: {}'s counts, not {}'s", conflict.won_by, conflict.lost_by))
}

/// What came of a step that is behind us; what a step ahead will be.
fn facts(state: &StepState, step: Option<&Step>) -> String {
    match state {
        StepState::Skipped { by, reason, .. } => format!("skipped by {by}: {reason}"),
        StepState::Ended { finished, by, .. } if state.is_settled() => {
            if finished.actual.is_empty() {
                by.to_string()
            } else {
                format!("{} · {by}", finished.actual)
            }
        }
        _ => step.map(step::facts).unwrap_or_default(),
    }
}
