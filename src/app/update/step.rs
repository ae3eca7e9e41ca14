//! The current step of the active run: what a key does to it, and what comes back from its command.

use crate::app::client;
use crate::app::effect::Effect;
use crate::app::footing::footing;
use crate::app::keymap::StepKey;
use crate::app::layer::{Confirm, Layer, Line, Then};
use crate::app::model::{LiveStep, Model};
use crate::app::msg::StepMsg;
use crate::app::update::{commands, keys, question};
use crate::domain::command::Command;
use crate::domain::event::{ApprovalGiven, RunEvent, StepFinished, StepKind, StepOutcome, StepSkipped, StepStarted};
use crate::domain::id::StepId;
use crate::domain::run::{Run, StepState};
use crate::domain::time::Span;
use crate::domain::watch::Secret;
use crate::runbook::approval;
use crate::runbook::model::{Runbook, Step};
use crate::runbook::next;
use crate::runbook::next::{Act, Demand};

/// An end collected later than this after it happened is recorded with the time it happened.
const LATE: Span = Span::from_secs(2);

/// What people are at: the run, its pinned text, the current step.
struct At<'a> {
    run: &'a Run,
    book: &'a Runbook,
    step: &'a Step,
}

fn at(model: &Model) -> Result<At<'_>, String> {
    let incident = model.case.as_ref().map(crate::app::case::Case::incident);
    let run = incident.and_then(|i| i.active_run()).ok_or("no runbook is being followed; b lists them")?;
    let book = model.pinned.get(&run.pinned.sha256).ok_or_else(|| {
        format!("the pinned text of {} (digest {}) is not at hand on this host", run.runbook, run.digest())
    })?;
    let id = run.current().ok_or("every step is done")?;
    let step = book.step(id).ok_or_else(|| format!("the pinned text has no step {id}"))?;
    Ok(At { run, book, step })
}

/// Does it, or shows why not.
pub(super) fn or_warn(model: &mut Model, act: impl FnOnce(&mut Model) -> Result<Vec<Effect>, String>) -> Vec<Effect> {
    act(model).unwrap_or_else(|why| {
        model.warn(why);
        Vec::new()
    })
}

pub(super) fn press(model: &mut Model, key: StepKey) -> Vec<Effect> {
    or_warn(model, |model| match key {
        StepKey::Go | StepKey::Retry => go(model),
        StepKey::Stop => stop(model),
        StepKey::Skip | StepKey::RollBack => {
            at(model)?;
            keys::palette(model, if key == StepKey::Skip { "step skip " } else { "step rollback " });
            Ok(Vec::new())
        }
    })
}

/// Looks once more at what the run rests on, where it was taken up here and that has not been done since.
fn look_again(model: &mut Model) -> Option<Result<Vec<Effect>, String>> {
    let here = at(model).ok()?;
    let (_, before) = model.taken_up.as_ref().filter(|(_, before)| before.id == here.run.id)?;
    let due = next::due_again(here.book, here.run, before);
    let step = due.first().and_then(|id| here.book.step(id))?;
    if here.run.running_step().is_some() {
        return None;
    }
    let started = next::begin(here.book, step, here.run, &model.me.user, &model.me.host);
    if footing(model, here.run) == next::Footing::Ours && client::stranger(model, here.book, step).is_none() {
        return Some(commands::give(model, Command::Run(vec![started.into()])));
    }
    let says = question::says(model, (here.run, here.book, step), &started, footing(model, here.run));
    open_confirm(model, says, None, Then::StartStep(Box::new(started)));
    Some(Ok(Vec::new()))
}

/// Whatever the step waits for: run it, ask before it, take its answer, say yes.
fn go(model: &mut Model) -> Result<Vec<Effect>, String> {
    if let Some(looked) = look_again(model) {
        return looked;
    }
    let here = at(model)?;
    let offer = next::offer(here.book, here.run, &model.me.person, &model.me.host, footing(model, here.run))
        .ok_or("nothing can be done here")?;
    let started = next::begin(here.book, here.step, here.run, &model.me.user, &model.me.host);
    match (offer.acts.first(), offer.demand) {
        (Some(Act::Cancel), _) => stop(model),
        (Some(Act::Approve), _) => {
            let (run, step) = (here.run.id.clone(), here.step.id.clone());
            let busy = model.signing.awaited.as_ref().filter(|what| what.contains(&format!("your yes to {step}:")));
            if let Some(what) = busy {
                return Err(format!("a signature is awaited already {what}"));
            }
            let statement = statement(model, here.run, &here.step.id);
            approve(model, ApprovalGiven { run, step, statement, sig: String::new(), reason: String::new() })
        }
        (Some(Act::Answer | Act::Choose), _) => {
            keys::palette(model, "step answer ");
            Ok(Vec::new())
        }
        (Some(Act::Confirm), _) => {
            let finished = next::answer(here.book, here.run, here.step, "")?;
            let mut says = vec![here.step.title.clone()];
            says.push(format!("Say that this is done? It is recorded as {}.", model.me.person));
            open_confirm(model, says, None, Then::SettleStep(Box::new((started, finished))));
            Ok(Vec::new())
        }
        (_, Demand::SecondPerson(n)) => Err(format!("{n} more must say yes to this step first")),
        (_, demand) => begin(model, started, &demand),
    }
}

/// Begins the current step, or shows all of it and asks as it demands; for a step that is another client's, its name too.
fn begin(model: &mut Model, started: StepStarted, demand: &Demand) -> Result<Vec<Effect>, String> {
    let here = at(model)?;
    let stranger = client::stranger(model, here.book, here.step);
    let mut says = question::says(model, (here.run, here.book, here.step), &started, footing(model, here.run));
    let mut name = None;
    if let Demand::TypeName(target) = demand {
        says.push("This cannot be taken back.".to_owned());
        name = Some(target.clone());
    }
    if let Some((why, client)) = stranger {
        says.push(why);
        if name.is_none() {
            says.push(format!("Type {client} to go on all the same."));
            name = Some(client);
        }
    }
    if name.is_none() && *demand == Demand::None {
        return commands::give(model, Command::Run(vec![started.into()]));
    }
    open_confirm(model, says, name, Then::StartStep(Box::new(started)));
    Ok(Vec::new())
}

/// What one's own key is to sign for a yes.
fn statement(model: &Model, run: &Run, step: &StepId) -> String {
    let Some(case) = &model.case else { return String::new() };
    approval::statement(case.ledger.trust(), &case.id, &model.me.person, run, step, model.now)
}

fn open_confirm(model: &mut Model, says: Vec<String>, type_name: Option<String>, then: Then) {
    model.screen.open(Layer::Confirm(Confirm { says, type_name, input: Line::default(), then }));
}

/// A yes; the one that completes an approval step also ends it.
fn approve(model: &mut Model, given: ApprovalGiven) -> Result<Vec<Effect>, String> {
    let here = at(model)?;
    let events = approval::yes(here.book, here.run, given, &model.me.person, &model.me.user, &model.me.host)?;
    commands::give(model, Command::Run(events))
}

/// Takes the answer of an `ask` or `decide` step.
///
/// # Errors
/// Why it does not fit.
pub(super) fn answer(model: &mut Model, words: &str) -> Result<Vec<Effect>, String> {
    let here = at(model)?;
    if !matches!(here.step.kind, StepKind::Ask | StepKind::Decide | StepKind::Manual | StepKind::Confirm) {
        return Err(format!("step {} does not ask for an answer", here.step.id));
    }
    let started = next::begin(here.book, here.step, here.run, &model.me.user, &model.me.host);
    let finished = next::answer(here.book, here.run, here.step, words)?;
    settle(model, started, finished)
}

/// Both ends of a step at once, and what follows from it.
pub(super) fn settle(model: &mut Model, started: StepStarted, finished: StepFinished) -> Result<Vec<Effect>, String> {
    let here = at(model)?;
    let mut events: Vec<RunEvent> = Vec::new();
    if !matches!(here.run.state(&started.step), StepState::Running { .. }) {
        events.push(started.into());
    }
    events.push(finished.clone().into());
    events.extend(next::consequences(here.book, here.run, &finished));
    commands::give(model, Command::Run(events))
}

/// Leaves the current step out.
///
/// # Errors
/// Why not.
pub(super) fn skip(model: &mut Model, reason: &str) -> Result<Vec<Effect>, String> {
    let here = at(model)?;
    let skipped = StepSkipped {
        run: here.run.id.clone(),
        step: here.step.id.clone(),
        reason: reason.to_owned(),
        rolls_back: false,
    };
    commands::give(model, Command::Run(vec![skipped.into()]))
}

/// Turns the run back: what was done is taken back, newest first.
///
/// # Errors
/// Why not.
pub(super) fn roll_back(model: &mut Model, reason: &str) -> Result<Vec<Effect>, String> {
    let here = at(model)?;
    commands::give(model, Command::Run(next::roll_back(here.run, here.step, reason)))
}

fn stop(model: &mut Model) -> Result<Vec<Effect>, String> {
    let here = at(model)?;
    let StepState::Running { started, .. } = here.run.state(&here.step.id) else {
        return Err("no command is running".to_owned());
    };
    if started.host != model.me.host {
        return Err(format!("it runs on {}; stop it there", started.host));
    }
    let (run, step, attempt) = (started.run.clone(), started.step.clone(), started.attempt);
    let says = vec![format!("Stop `{}`? Its output so far stays.", started.title)];
    open_confirm(model, says, None, Then::StopStep(run, step, attempt));
    Ok(Vec::new())
}

/// A start that has come back from the journal: now, and only now, its command runs.
pub(super) fn run_started(model: &Model, started: &StepStarted) -> Option<Effect> {
    if !started.kind.runs_command() || started.host != model.me.host {
        return None;
    }
    let case = model.case.as_ref()?;
    let run = case.incident().runs.get(&started.run)?;
    let book = model.pinned.get(&run.pinned.sha256)?;
    let step = book.step(&started.step)?;
    let env: Vec<(String, String)> = next::values(book, run).into_iter().collect();
    let secrets = model.secrets.iter().filter(|((id, _), _)| *id == run.id);
    let secrets = secrets.map(|((_, name), value)| (name.clone(), Secret::new(value))).collect();
    let (started, step, runbook) = (Box::new(started.clone()), Box::new(step.clone()), run.runbook.clone());
    Some(Effect::StartStep { started, runbook, step, env, secrets })
}

pub(super) fn take(model: &mut Model, msg: StepMsg) -> Vec<Effect> {
    match msg {
        StepMsg::Output { run, step, tail } => {
            model.live = Some(LiveStep { run, step, tail });
            Vec::new()
        }
        StepMsg::Ended { finished, at } => or_warn(model, |m| ended(m, *finished, at)),
        StepMsg::Lost { run, step, attempt, why } => {
            model.warn(why.clone());
            let finished = StepFinished {
                run,
                step,
                attempt,
                outcome: StepOutcome::Lost,
                exit: None,
                expected: String::new(),
                actual: why,
                took_ms: 0,
                output: None,
            };
            or_warn(model, |m| commands::give(m, Command::Run(vec![finished.into()])))
        }
        StepMsg::Kept { title, lines } => {
            model.screen.open(Layer::Reader { title, lines, scroll: 0 });
            Vec::new()
        }
    }
}

/// A command ended; what follows from its end is appended with it.
fn ended(model: &mut Model, finished: StepFinished, at: crate::domain::time::At) -> Result<Vec<Effect>, String> {
    // What a failed command wrote last is why: it stays in sight until it runs again.
    let settled = finished.outcome == StepOutcome::Passed;
    model.live = model.live.take().filter(|l| !settled || l.step != finished.step);
    let incident = model.case.as_ref().map(crate::app::case::Case::incident);
    let run = incident.and_then(|i| i.runs.get(&finished.run)).ok_or_else(|| unknown(&finished.step))?;
    let mut events = vec![RunEvent::from(finished.clone())];
    if let Some(book) = model.pinned.get(&run.pinned.sha256) {
        events.extend(next::consequences(book, run, &finished));
    }
    let late = model.now.since(at) > LATE && at != crate::domain::time::At::default();
    commands::give_happened(model, Command::Run(events), late.then_some(at))
}

fn unknown(step: &StepId) -> String {
    format!("step {step} ended, but its run is not at hand here")
}
