//! What commands wrote, for reading: the running one so far, a kept output by its step, the run's whole course.

use crate::app::effect::Effect;
use crate::app::layer::{Layer, Pick, Picked};
use crate::app::model::{LiveStep, Model};
use crate::app::pane::Pane;
use crate::app::so_far;
use crate::domain::event::OutputRef;
use crate::domain::id::StepId;
use crate::domain::incident::{TurnKind, so_far as turns_of};
use crate::domain::run::{Run, StepState};

/// The run that is shown: the one under way, else the newest.
fn run(model: &Model) -> Option<&Run> {
    let incident = model.ledger()?.incident();
    incident.active_run().or_else(|| incident.runs.values().max_by_key(|r| r.begun))
}

/// Every kept output of the run: step, attempt, output.
fn kept(model: &Model) -> Vec<(StepId, u32, OutputRef)> {
    let (Some(ledger), Some(run)) = (model.ledger(), run(model)) else { return Vec::new() };
    let output = |turn: crate::domain::incident::Turn| match turn.what {
        TurnKind::Attempt { ended: Some((_, end)), .. } => end.output.clone().map(|o| (turn.step, end.attempt, o)),
        _ => None,
    };
    turns_of(ledger, &run.id).into_iter().filter_map(output).collect()
}

/// Opens what the step under the cursor wrote, where the cursor was moved to one that wrote something; else the running
/// command's words so far, else the newest kept output.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    let place = model.screen.cursor.get(&Pane::Runbook).copied();
    let under = place.and_then(|i| run(model)?.pinned.steps.get(i).cloned());
    let runs = |l: &LiveStep| {
        let run = model.ledger().and_then(|ledger| ledger.incident().runs.get(&l.run));
        run.is_some_and(|r| matches!(r.state(&l.step), StepState::Running { .. }))
    };
    let live = model.live.clone().filter(runs);
    let all = kept(model);
    let of_cursor = under.filter(|s| live.as_ref().is_none_or(|l| l.step != *s));
    if let Some(found) = of_cursor.and_then(|s| all.iter().rev().find(|(step, ..)| *step == s)) {
        return read(found);
    }
    if let Some(live) = live {
        let layer = Layer::Reader { title: format!("{} so far", live.step), lines: live.tail, scroll: 0 };
        model.screen.open(layer);
        return Vec::new();
    }
    match all.last() {
        Some(found) => read(found),
        None => {
            model.say("no step has written anything yet");
            Vec::new()
        }
    }
}

fn read((step, attempt, kept): &(StepId, u32, OutputRef)) -> Vec<Effect> {
    vec![Effect::ReadOutput { kept: kept.clone(), title: format!("output of {step}, attempt {attempt}") }]
}

/// `output STEP [ATTEMPT]`
///
/// # Errors
/// There is no such output.
pub(super) fn named(model: &Model, rest: &str) -> Result<Vec<Effect>, String> {
    let mut words = rest.split_whitespace();
    let step = words.next().ok_or("usage: output STEP [ATTEMPT]")?;
    let attempt = words.next().map(|n| n.parse::<u32>().map_err(|_| format!("`{n}` is no attempt"))).transpose()?;
    let fits = |(s, n, _): &&(StepId, u32, OutputRef)| s.as_str() == step && attempt.is_none_or(|a| a == *n);
    let all = kept(model);
    all.iter().rev().find(fits).map(read).ok_or_else(|| format!("no kept output of `{step}`; H shows the run so far"))
}

/// Opens the run as it went.
///
/// # Errors
/// There is no run.
pub(super) fn open_so_far(model: &mut Model) -> Result<Vec<Effect>, String> {
    let (Some(ledger), Some(run)) = (model.ledger(), run(model)) else {
        return Err("no runbook was followed in this incident".to_owned());
    };
    let book = model.pinned.get(&run.pinned.sha256);
    let before = model.taken_up.as_ref().map(|(_, before)| &**before).filter(|before| before.id == run.id);
    let mut lines = so_far::standing(ledger, run, book, (model.now, before));
    let from = format!("begun {} by {} on {} · {}", run.begun.hms(), run.by, run.pinned.host, run.pinned.path);
    lines.push(from);
    lines.extend(run.pinned.params.iter().map(|(name, value)| format!("  {name}={value}")));
    let newest = kept(model).last().map(|(step, attempt, _)| Picked::Output(step.clone(), *attempt));
    let summary = newest.unwrap_or_else(|| Picked::Output(StepId::from(""), 0));
    let mut rows = vec![(lines, summary)];
    let turns = so_far::turns(ledger, run, book);
    rows.extend(turns.into_iter().map(|(lines, step, attempt)| (lines, Picked::Output(step, attempt))));
    let title =
        format!("the run so far: {} r{} {} · enter: its output", run.runbook, run.pinned.revision, run.digest());
    model.screen.open(Layer::Pick(Pick { title, rows, chosen: 0 }));
    Ok(Vec::new())
}
