//! `warroom runbook status`, `skip` and `rollback`: a run as it stands and as it went, and turning it at the step it stands at.

use clap::Args;
use serde::Serialize;

use crate::app::so_far;
use crate::cli::context::Context;
use crate::cli::manner::Manner;
use crate::cli::outcome::CliError;
use crate::cli::record;
use crate::cli::verbs::runbook::pinned;
use crate::cli::which::{self, Chosen};
use crate::domain::command::Command;
use crate::domain::event::{RunEvent, StepSkipped};
use crate::domain::incident::{TurnKind, so_far as turns_of};
use crate::domain::run::Run;
use crate::runbook::next;

/// `warroom runbook status`
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// Of which runbook; without one, the run that is under way, else the newest
    id: Option<String>,
    /// As JSON: one object a turn
    #[arg(long)]
    json: bool,
}

/// `warroom runbook skip` and `rollback`
#[derive(Debug, Args)]
pub struct TurnArgs {
    /// The runbook whose open run it is
    id: String,
    /// Why
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    manner: Manner,
}

#[derive(Serialize)]
struct Row {
    id: String,
    run: String,
    step: String,
    what: &'static str,
    at: String,
    by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<u32>,
    #[serde(skip_serializing_if = "String::is_empty")]
    reason: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    host: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    command: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exit: Option<i32>,
    #[serde(skip_serializing_if = "String::is_empty")]
    expected: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    actual: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<String>,
}

/// The run that is meant: the open one before any other, the newest of those.
fn run_of<'a>(chosen: &'a Chosen, id: Option<&str>) -> Result<&'a Run, CliError> {
    let runs = chosen.ledger.incident().runs.values().filter(|r| id.is_none_or(|id| r.runbook.as_str() == id));
    runs.max_by_key(|r| (!r.is_done(), r.begun)).ok_or_else(|| match id {
        Some(id) => CliError::Usage(format!("no run of `{id}` in {}", chosen.id)),
        None => CliError::Usage(format!("no runbook was followed in {}", chosen.id)),
    })
}

/// Shows how the run stands and how it went.
///
/// # Errors
/// There is no such run (2).
pub fn status(context: &mut Context, args: &StatusArgs) -> Result<(), CliError> {
    let chosen = which::for_reading(context, None)?;
    let run = run_of(&chosen, args.id.as_deref())?;
    if args.json {
        let turns = turns_of(&chosen.ledger, &run.id);
        let rows: Vec<Row> = turns.iter().enumerate().map(|(i, turn)| row(run, i, turn)).collect();
        return context.out.json(&rows);
    }
    let book = pinned(&chosen.dir, &run.pinned).ok();
    let now = context.clock()?.now();
    context.out.line(&format!("{} r{} digest {} · {}", run.runbook, run.pinned.revision, run.digest(), run.id));
    for line in so_far::standing(&chosen.ledger, run, book.as_ref(), (now, None)) {
        context.out.line(&format!("  {line}"));
    }
    for line in so_far::turns(&chosen.ledger, run, book.as_ref()).iter().flat_map(|(lines, ..)| lines) {
        context.out.line(line);
    }
    Ok(())
}

fn row(run: &Run, i: usize, turn: &crate::domain::incident::Turn) -> Row {
    let mut row = Row {
        id: format!("{}/{i}", run.id),
        run: run.id.to_string(),
        step: turn.step.to_string(),
        what: "approved",
        at: turn.at.to_string(),
        by: turn.by.to_string(),
        attempt: None,
        reason: String::new(),
        host: String::new(),
        command: String::new(),
        ended: None,
        exit: None,
        expected: String::new(),
        actual: String::new(),
        output: None,
    };
    match &turn.what {
        TurnKind::Attempt { started, ended } => {
            row.what = ended.as_ref().map_or("running", |(_, f)| f.outcome.as_str());
            (row.attempt, row.host) = (Some(started.attempt), started.host.clone());
            row.command.clone_from(&started.command);
            if let Some((at, end)) = ended {
                (row.ended, row.exit) = (Some(at.to_string()), end.exit);
                (row.expected, row.actual) = (end.expected.clone(), end.actual.clone());
                row.output = end.output.as_ref().map(|o| o.sha256.clone());
            }
        }
        TurnKind::Skipped(why) => (row.what, row.reason) = ("skipped", why.clone()),
        TurnKind::RolledBack(why) => (row.what, row.reason) = ("rolled back", why.clone()),
        TurnKind::Approved => {}
    }
    row
}

/// Leaves out the step that the run stands at; with `back` the run turns back there.
///
/// # Errors
/// There is no open run (2), or the log does not take it (3).
pub fn turn(context: &mut Context, args: &TurnArgs, back: bool) -> Result<(), CliError> {
    let chosen = which::for_writing(context)?;
    let run = run_of(&chosen, Some(&args.id))?;
    let step = run.current().ok_or_else(|| CliError::Usage(format!("every step of {} is done", args.id)))?;
    let (id, step_id, reason) = (run.id.clone(), step.clone(), args.reason.clone());
    let events: Vec<RunEvent> = if back {
        let book = pinned(&chosen.dir, &run.pinned)?;
        let step = book.step(step).ok_or_else(|| CliError::failed(format!("the pinned text has no step {step}")))?;
        next::roll_back(run, step, &reason)
    } else {
        vec![StepSkipped { run: id, step: step_id, reason, rolls_back: false }.into()]
    };
    record::record(context, &args.manner, Command::Run(events))
}
