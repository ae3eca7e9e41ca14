//! A run in words: how it stands for whoever takes it up, and every turn it took. The console and `runbook status` say the same.

use crate::domain::event::{StepFinished, StepOutcome, StepStarted};
use crate::domain::id::StepId;
use crate::domain::incident::{Ledger, Turn, TurnKind, so_far};
use crate::domain::run::{Run, StepState};
use crate::domain::time::At;
use crate::runbook::model::Runbook;
use crate::runbook::next;

/// How the run stands, for whoever takes it up: what is done, what was last, what nobody knows, what is looked at again first.
#[must_use]
pub fn standing(ledger: &Ledger, run: &Run, book: Option<&Runbook>, (now, before): (At, Option<&Run>)) -> Vec<String> {
    let (place, all) = run.progress();
    let mut lines = Vec::new();
    lines.push(match run.current() {
        None => format!("{} is done: {all} steps", run.runbook),
        Some(id) => {
            let (word, n) = (run.state(id).as_str(), run.attempts.get(id).copied().unwrap_or(0));
            let tries = if n > 1 { format!(", {n} attempts") } else { String::new() };
            let back = if run.rollback.is_some() { " ROLLING BACK," } else { "" };
            format!("{}{back} stands at {place} of {all}: {id} ({word}{tries})", run.runbook)
        }
    });
    let turns = so_far(ledger, &run.id);
    if let Some(last) = turns.last() {
        lines.push(format!("last: {}", brief(last)));
    }
    for (id, state) in &run.steps {
        match state {
            StepState::Running { since, by, started } => {
                let (long, host) = (now.elapsed_since(*since).words(), &started.host);
                lines.push(format!("RUNS: {id}, attempt {}, begun by {by}@{host} {long} before", started.attempt));
            }
            StepState::Ended { finished, by, .. } if finished.outcome == StepOutcome::Lost => {
                let what = &finished.actual;
                lines.push(format!(
                    "END UNKNOWN: {id}, attempt {}, {by}: {what}; it may have done its work",
                    finished.attempt
                ));
            }
            _ => {}
        }
    }
    let again = book.zip(before).map(|(b, before)| next::due_again(b, run, before)).unwrap_or_default();
    if !again.is_empty() {
        let again: Vec<&str> = again.iter().map(StepId::as_str).collect();
        lines.push(format!("set-up is looked at again first: {}", again.join(", ")));
    }
    if !run.overrides.is_empty() {
        let open: Vec<&str> = run.overrides.keys().map(StepId::as_str).collect();
        lines.push(format!("temporary changes in place: {}", open.join(", ")));
    }
    lines
}

/// A turn in a line.
fn brief(turn: &Turn) -> String {
    let when = turn.at.hms();
    match &turn.what {
        TurnKind::Attempt { started, ended } => {
            let end = ended.as_ref().map_or("begun", |(_, f)| f.outcome.as_str());
            format!("{} {end}, {}@{} {when}", turn.step, turn.by, started.host)
        }
        TurnKind::Skipped(why) => format!("{} skipped by {} {when}: {why}", turn.step, turn.by),
        TurnKind::RolledBack(why) => format!("rolled back at {} by {} {when}: {why}", turn.step, turn.by),
        TurnKind::Approved => format!("yes to {} from {} {when}", turn.step, turn.by),
    }
}

/// Every turn with the lines that tell it, its step and its attempt (0 where it had none), then what is still to do.
#[must_use]
pub fn turns(ledger: &Ledger, run: &Run, book: Option<&Runbook>) -> Vec<(Vec<String>, StepId, u32)> {
    let place = |id: &StepId| run.pinned.steps.iter().position(|s| s == id).map_or(0, |i| i + 1);
    let mut rows: Vec<(Vec<String>, StepId, u32)> = Vec::new();
    for turn in so_far(ledger, &run.id) {
        let head = format!("{} {:>2} {}", turn.at.hms(), place(&turn.step), turn.step);
        let (lines, attempt) = match &turn.what {
            TurnKind::Attempt { started, ended } => {
                (attempt(&head, &turn, started, ended.as_ref().map(|(at, f)| (*at, &**f))), started.attempt)
            }
            TurnKind::Skipped(why) => (vec![format!("– {head}  skipped by {}: {why}", turn.by)], 0),
            TurnKind::RolledBack(why) => (vec![format!("↩ {head}  ROLLED BACK by {}: {why}", turn.by)], 0),
            TurnKind::Approved => (vec![format!("✓ {head}  yes from {}", turn.by)], 0),
        };
        rows.push((lines, turn.step.clone(), attempt));
    }
    for id in run.way().into_iter().filter(|s| !run.state(s).is_settled()) {
        let title = book.and_then(|b| b.step(id)).map(|s| s.title.as_str()).unwrap_or_default();
        rows.push((vec![format!("  {:>8} {:>2} {id}  {title}", "to do", place(id))], id.clone(), 0));
    }
    rows
}

fn attempt(head: &str, turn: &Turn, started: &StepStarted, ended: Option<(At, &StepFinished)>) -> Vec<String> {
    let end = ended.map(|(_, f)| f);
    let mark = match end.map(|f| f.outcome) {
        Some(StepOutcome::Passed) => "✓",
        Some(_) => "✗",
        None => "▸",
    };
    let word = end.map_or("its end is not in the log", |f| f.outcome.as_str());
    let exit = end.and_then(|f| f.exit).map(|e| format!(", exit {e}")).unwrap_or_default();
    let took = ended.filter(|_| started.kind.runs_command()).map(|(at, _)| format!(", to {}", at.hms()));
    let remote = if started.remote.is_empty() { String::new() } else { format!(" over ssh on {}", started.remote) };
    let (n, by, host, took) = (started.attempt, &turn.by, &started.host, took.unwrap_or_default());
    let mut lines = vec![format!("{mark} {head}  attempt {n}: {word}{exit}  {by}@{host}{remote}{took}")];
    let told = end.filter(|f| !f.actual.is_empty());
    lines.extend(told.map(|f| format!("    expected {} · came {}", f.expected, f.actual)));
    let output = end.and_then(|f| f.output.as_ref());
    lines.extend(output.map(|o| format!("    {} bytes of output · : output {} {n}", o.bytes, turn.step)));
    lines
}
