//! What may happen to a run: begin once, start a step that is not running, finish what was started, skip with a reason.
//! Events that belong together are checked one after the other against the run as it will be then.

use crate::domain::command::Request;
use crate::domain::decide::check::words;
use crate::domain::decide::rejection::Rejection;
use crate::domain::entry::{NewEntry, Source};
use crate::domain::event::RunEvent;
use crate::domain::id::PersonId;
use crate::domain::incident::Incident;
use crate::domain::run::Run;
use crate::domain::time::At;

pub(super) fn decide(incident: &Incident, request: &Request, events: &[RunEvent]) -> Result<Vec<NewEntry>, Rejection> {
    let mut run: Option<Run> = None;
    for event in events.iter().filter(|e| !matches!(e, RunEvent::SheetFrozen(_))) {
        run = Some(after(incident, run, event, &request.actor)?);
    }
    let mut sheets = events.iter().filter_map(|e| if let RunEvent::SheetFrozen(s) = e { Some(s) } else { None });
    if let Some(fault) = sheets.find_map(|sheet| sheet.fault()) {
        return Err(Rejection::misuse(fault));
    }
    Ok(events.iter().map(|event| entry(request, event)).collect())
}

/// The run as it is after the event.
fn after(incident: &Incident, run: Option<Run>, event: &RunEvent, actor: &PersonId) -> Result<Run, Rejection> {
    if let RunEvent::Started(started) = event {
        if incident.runs.contains_key(&started.run) {
            return Err(Rejection::misuse(format!("run {} has begun already", started.run)));
        }
        return Ok(Run::begin(started, At::default(), actor));
    }
    let id = Run::of(event).cloned().ok_or_else(|| Rejection::misuse("this event is about no run"))?;
    let run = run.filter(|r| r.id == id).or_else(|| incident.runs.get(&id).cloned());
    let mut run = run.ok_or_else(|| Rejection::misuse(format!("there is no run {id}")))?;
    allowed(&run, event, actor)?;
    run.apply(event, At::default(), actor).map_err(Rejection::policy)?;
    Ok(run)
}

fn allowed(run: &Run, event: &RunEvent, actor: &PersonId) -> Result<(), Rejection> {
    match event {
        RunEvent::StepStarted(_) => match run.running_step() {
            Some(busy) => Err(Rejection::policy(format!("step {busy} is running; one step at a time"))),
            None => Ok(()),
        },
        RunEvent::StepSkipped(skipped) => words(&skipped.reason, "the reason for skipping").map(drop),
        RunEvent::Approved(approval) => match run.approvals.get(&approval.step) {
            Some(yes) if yes.contains_key(actor) => {
                Err(Rejection::misuse(format!("you have said yes to {} already", approval.step)))
            }
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

fn entry(request: &Request, event: &RunEvent) -> NewEntry {
    // A person begins, approves and skips; what a command did is the program's word.
    let source = match event {
        RunEvent::StepFinished(_) | RunEvent::OverrideAdded(_) | RunEvent::OverrideUndone(_) => Source::Tool,
        _ => Source::Human,
    };
    NewEntry {
        actor: request.actor.clone(),
        source,
        happened: request.happened,
        amends: None,
        disclosure: request.disclosure,
        event: event.clone().into(),
    }
}
