//! What may happen to a run: begin once, start a step that is not running, finish what was started, skip with a reason.

use crate::domain::command::{Request, RunCommand};
use crate::domain::decide::check::words;
use crate::domain::decide::rejection::Rejection;
use crate::domain::entry::{NewEntry, Source};
use crate::domain::event::{Event, OverrideUndone, StepStarted};
use crate::domain::id::{RunId, StepId};
use crate::domain::incident::Incident;
use crate::domain::run::Run;

pub(super) fn decide(incident: &Incident, request: &Request, command: &RunCommand) -> Result<Vec<NewEntry>, Rejection> {
    let event: Event = match command {
        RunCommand::Begin(started) => {
            if incident.runs.contains_key(&started.run) {
                return Err(Rejection::misuse(format!("run {} has begun already", started.run)));
            }
            started.clone().into()
        }
        RunCommand::Start(started) => start(incident, started)?,
        RunCommand::Finish(finished) => {
            step_of(incident, &finished.run, &finished.step)?;
            finished.clone().into()
        }
        RunCommand::Skip(skipped) => {
            let run = step_of(incident, &skipped.run, &skipped.step)?;
            if run.running_step() == Some(&skipped.step) {
                return Err(Rejection::policy(format!("step {} is running; cancel it first", skipped.step)));
            }
            words(&skipped.reason, "the reason for skipping")?;
            skipped.clone().into()
        }
        RunCommand::Undone(run, step) => {
            step_of(incident, run, step)?;
            OverrideUndone { run: run.clone(), step: step.clone() }.into()
        }
    };
    let source = match command {
        RunCommand::Finish(_) => Source::Tool,
        _ => Source::Human,
    };
    let entry = NewEntry {
        actor: request.actor.clone(),
        source,
        happened: request.happened,
        amends: None,
        disclosure: request.disclosure,
        event,
    };
    Ok(vec![entry])
}

fn start(incident: &Incident, started: &StepStarted) -> Result<Event, Rejection> {
    let run = step_of(incident, &started.run, &started.step)?;
    if let Some(busy) = run.running_step() {
        return Err(Rejection::policy(format!("step {busy} is running; one step at a time")));
    }
    Ok(started.clone().into())
}

fn step_of<'a>(incident: &'a Incident, run: &RunId, step: &StepId) -> Result<&'a Run, Rejection> {
    let found = incident.runs.get(run).ok_or_else(|| Rejection::misuse(format!("there is no run {run}")))?;
    if !found.has_step(step) {
        return Err(Rejection::misuse(format!("run {run} has no step {step}")));
    }
    Ok(found)
}
