//! What may be done now with a step, what it demands before it runs, and what follows from its end.
//! Pure: it reads a runbook and a run, and must not know who draws the answer or who runs the command.

use std::collections::BTreeMap;

use crate::domain::event::{
    Effect, OverrideAdded, OverrideUndone, RunEvent, StepFinished, StepKind, StepOutcome, StepSkipped, StepStarted,
};
use crate::domain::id::{PersonId, StepId};
use crate::domain::run::{Run, StepState};
use crate::runbook::expect::one_line;
use crate::runbook::model::{OnFail, Runbook, Step, Target};
use crate::runbook::place;

/// What a person may do with a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Run its command.
    Run,
    /// Run its command once more.
    Retry,
    /// Say what one sees (`ask`).
    Answer,
    /// Take one of its ways (`decide`).
    Choose,
    /// Say that it is read, done, met or sent.
    Confirm,
    /// Say yes as one of several people (`approve`, or the second person of a dangerous step).
    Approve,
    /// Leave it out, with a reason.
    Skip,
    /// End the command that runs.
    Cancel,
    /// Take back what was done, newest first.
    RollBack,
}

/// What must be given before a step runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Demand {
    /// Nothing: Enter runs it.
    None,
    /// A yes.
    Ask,
    /// This name, typed.
    TypeName(String),
    /// Somebody else's yes first: so many are missing.
    SecondPerson(u32),
}

/// Whether people here know a revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Footing {
    /// It is at hand here, was begun from what was at hand here, or somebody here trusts it.
    Ours,
    /// It came from elsewhere, with an import or a colleague's log: the author's word for what a step does is not taken.
    Elsewhere,
}

/// The current step and what may be done with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Which step.
    pub step: StepId,
    /// The likeliest act first.
    pub acts: Vec<Act>,
    /// What the first act demands.
    pub demand: Demand,
}

/// What `who` may do with the current step on `host`; `None` when the run is done or the runbook is another revision's
/// and lacks the step.
#[must_use]
pub fn offer(runbook: &Runbook, run: &Run, who: &PersonId, host: &str, footing: Footing) -> Option<Offer> {
    let id = run.current()?;
    let step = runbook.step(id)?;
    let demand = match demand(runbook, step, run, who, host) {
        Demand::None if footing == Footing::Elsewhere && step.kind.runs_command() => Demand::Ask,
        demand => demand,
    };
    let first = first_act(step, &demand);
    let mut acts = match run.state(id) {
        StepState::Running { .. } if step.kind.runs_command() => vec![Act::Cancel],
        StepState::Running { .. } | StepState::Pending => vec![first, Act::Skip],
        StepState::Ended { .. } if first == Act::Run => vec![Act::Retry, Act::Skip],
        StepState::Ended { .. } => vec![first, Act::Skip],
        StepState::Skipped { .. } => vec![first],
    };
    let stands = matches!(run.state(id), StepState::Ended { .. });
    if stands && can_roll_back(run, step) {
        acts.push(Act::RollBack);
    }
    Some(Offer { step: id.clone(), acts, demand })
}

/// Checks of the set-up that look once more because the run was taken up as `before` it stood: they had passed, and have not been
/// begun since. Told by attempts, never by a clock.
#[must_use]
pub fn due_again(runbook: &Runbook, run: &Run, before: &Run) -> Vec<StepId> {
    let stale = |step: &&Step| {
        let passed = run.ended(&step.id).is_some_and(|f| f.outcome == StepOutcome::Passed);
        step.again && passed && run.attempts.get(&step.id) == before.attempts.get(&step.id)
    };
    let due = runbook.steps.iter().filter(stale).map(|s| s.id.clone());
    if run.is_done() || run.rollback.is_some() { Vec::new() } else { due.collect() }
}

/// Whether there is anything that a step of this runbook takes back; a step that failed may have done half of its change.
#[must_use]
pub fn can_roll_back(run: &Run, step: &Step) -> bool {
    let half_done = step.undo.is_some() && run.attempts.contains_key(&step.id);
    run.rollback.is_none() && (half_done || !run.way_back().is_empty())
}

/// What is recorded when the run turns back at `step`: a change that it may have left half done counts as in place.
#[must_use]
pub fn roll_back(run: &Run, step: &Step, reason: &str) -> Vec<RunEvent> {
    let begun = run.attempts.contains_key(&step.id) && !run.overrides.contains_key(&step.id);
    let undo = step.undo.clone().filter(|_| begun);
    let half = undo.map(|undo| OverrideAdded { run: run.id.clone(), step: step.id.clone(), undo }.into());
    let (id, reason) = (step.id.clone(), reason.trim().to_owned());
    let turn = StepSkipped { run: run.id.clone(), step: id, reason, rolls_back: true };
    half.into_iter().chain([turn.into()]).collect()
}

fn first_act(step: &Step, demand: &Demand) -> Act {
    match step.kind {
        _ if matches!(demand, Demand::SecondPerson(_)) => Act::Approve,
        StepKind::Check | StepKind::Run | StepKind::Wait => Act::Run,
        StepKind::Ask => Act::Answer,
        StepKind::Decide => Act::Choose,
        StepKind::Approve => Act::Approve,
        StepKind::Note | StepKind::Manual | StepKind::Confirm | StepKind::Barrier | StepKind::Message => Act::Confirm,
    }
}

/// What a step demands of `who` before it runs on `host`. A step whose last end is unknown may have done its work: it
/// never runs again without a yes, whatever its effect.
#[must_use]
pub fn demand(runbook: &Runbook, step: &Step, run: &Run, who: &PersonId, host: &str) -> Demand {
    let lost = run.ended(&step.id).is_some_and(|f| f.outcome == StepOutcome::Lost);
    if step.kind == StepKind::Approve {
        return match missing_approvals(step, run, who) {
            0 => Demand::None,
            n => Demand::SecondPerson(n),
        };
    }
    match step.effect {
        Effect::Read if lost => Demand::Ask,
        Effect::Read => Demand::None,
        Effect::Change if step.kind.runs_command() => Demand::Ask,
        Effect::Change => Demand::None,
        Effect::Destroy | Effect::Sign => match missing_approvals(step, run, who) {
            0 if step.kind.runs_command() => {
                let there = step.host.as_deref().and_then(|h| place::host(h, &values(runbook, run)).ok());
                Demand::TypeName(step.target.clone().or(there).unwrap_or_else(|| host.to_owned()))
            }
            0 => Demand::Ask,
            n => Demand::SecondPerson(n),
        },
    }
}

/// Yeses that a step needs from others than whoever asks for it, or runs it; none for most.
#[must_use]
pub fn needed(step: &Step) -> u32 {
    match (step.kind, step.effect) {
        (StepKind::Approve, _) => step.people.max(1),
        (_, Effect::Destroy | Effect::Sign) => step.people.saturating_sub(1),
        _ => 0,
    }
}

/// Yeses still missing. For an `approve` step everybody counts but whoever began the run (nobody approves what they
/// ask for themselves); for a dangerous step everybody but `who`, who runs it.
#[must_use]
pub fn missing_approvals(step: &Step, run: &Run, who: &PersonId) -> u32 {
    let needed = needed(step);
    let left_out = if step.kind == StepKind::Approve { &run.by } else { who };
    let given = run.approvals.get(&step.id).map_or(0, |yes| yes.keys().filter(|p| *p != left_out).count());
    needed.saturating_sub(u32::try_from(given).unwrap_or(u32::MAX))
}

/// The parameters as they stand: those of the run's start, and over them what passed steps have set. Both come from
/// the log, which others write too: a name that is not declared, or a value that does not fit its type, is left out.
#[must_use]
pub fn values(runbook: &Runbook, run: &Run) -> BTreeMap<String, String> {
    let given = run.pinned.params.iter();
    let set = runbook.steps.iter().filter_map(|step| {
        let end = run.ended(&step.id).filter(|f| f.outcome == StepOutcome::Passed && f.exit.unwrap_or(0) == 0)?;
        Some((step.sets.as_ref()?, &end.actual))
    });
    let mut values = BTreeMap::new();
    for (name, value) in given.chain(set) {
        if runbook.param(name).is_some_and(|p| p.check(value).is_ok()) {
            values.insert(name.clone(), value.clone());
        }
    }
    values
}

/// The entry that says a step begins; its attempt is the next one. Where the host's parameter has no value yet, the step's
/// own words stand for the host: such a command never begins.
#[must_use]
pub fn begin(runbook: &Runbook, step: &Step, run: &Run, user: &str, host: &str) -> StepStarted {
    let host_of = |words: &str| place::host(words, &values(runbook, run)).unwrap_or_else(|_| words.to_owned());
    let remote = step.host.as_deref().map(host_of);
    StepStarted {
        run: run.id.clone(),
        step: step.id.clone(),
        title: step.title.clone(),
        attempt: run.next_attempt(&step.id),
        kind: step.kind,
        effect: step.effect,
        command: if step.kind.runs_command() { step.command.clone() } else { String::new() },
        user: user.to_owned(),
        host: host.to_owned(),
        remote: remote.unwrap_or_default(),
    }
}

/// The end of a step that a person does or answers: `words` are the answer, the choice, or what was seen.
///
/// # Errors
/// Why the words do not fit: not one of the offered answers, or not of the type of the parameter it sets.
pub fn answer(runbook: &Runbook, run: &Run, step: &Step, words: &str) -> Result<StepFinished, String> {
    let words = words.trim();
    let actual = if step.choices.is_empty() { words.to_owned() } else { chosen(step, words)? };
    if step.kind == StepKind::Ask && actual.is_empty() {
        return Err(format!("step {} asks for an answer", step.id));
    }
    if let Some(param) = step.sets.as_ref().and_then(|name| runbook.param(name)) {
        param.check(&actual)?;
    }
    Ok(end(step, run, StepOutcome::Passed, &actual))
}

/// The end of a step that a person could not do or will not confirm, with the reason.
#[must_use]
pub fn refuse(run: &Run, step: &Step, reason: &str) -> StepFinished {
    end(step, run, StepOutcome::Failed, &one_line(reason))
}

fn end(step: &Step, run: &Run, outcome: StepOutcome, actual: &str) -> StepFinished {
    let attempt = match run.state(&step.id) {
        StepState::Running { started, .. } => started.attempt,
        _ => run.next_attempt(&step.id),
    };
    let expected = match step.kind {
        StepKind::Ask => "an answer",
        StepKind::Decide => "a choice",
        StepKind::Approve => "approval",
        StepKind::Confirm | StepKind::Barrier => "confirmed",
        _ => "done",
    };
    StepFinished {
        run: run.id.clone(),
        step: step.id.clone(),
        attempt,
        outcome,
        exit: None,
        expected: expected.to_owned(),
        actual: if actual.is_empty() { expected.to_owned() } else { actual.to_owned() },
        took_ms: 0,
        output: None,
    }
}

/// A choice by its words (any case) or by its number from 1.
fn chosen(step: &Step, words: &str) -> Result<String, String> {
    let by_number = words.parse::<usize>().ok().and_then(|n| step.choices.get(n.checked_sub(1)?));
    let by_words = step.choices.iter().find(|c| c.label.eq_ignore_ascii_case(words));
    by_words.or(by_number).map(|c| c.label.clone()).ok_or_else(|| {
        let offered: Vec<&str> = step.choices.iter().map(|c| c.label.as_str()).collect();
        format!("step {} offers: {}", step.id, offered.join(" · "))
    })
}

/// What follows from a step's end, to be appended right after it: a temporary change opened or closed, steps left out
/// by a decision or by `on_fail=continue`. `run` is the run before or after the end was folded in, either will do.
#[must_use]
pub fn consequences(runbook: &Runbook, run: &Run, end: &StepFinished) -> Vec<RunEvent> {
    let Some(step) = runbook.step(&end.step) else { return Vec::new() };
    let id = || run.id.clone();
    if end.outcome != StepOutcome::Passed {
        if step.on_fail == OnFail::Continue && end.outcome != StepOutcome::Cancelled {
            let reason = format!("{}; the runbook goes on without it", end.outcome.as_str());
            return vec![StepSkipped { run: id(), step: step.id.clone(), reason, rolls_back: false }.into()];
        }
        return Vec::new();
    }
    let mut events = Vec::new();
    for made in run.overrides.iter().filter(|(_, undo)| **undo == step.id).map(|(made, _)| made) {
        events.push(OverrideUndone { run: id(), step: made.clone() }.into());
    }
    if let Some(undo) = step.undo.clone().filter(|_| !run.overrides.contains_key(&step.id)) {
        events.push(OverrideAdded { run: id(), step: step.id.clone(), undo }.into());
    }
    events.extend(left_out(runbook, run, step, &end.actual));
    events
}

/// The steps between a decision and where it leads.
fn left_out(runbook: &Runbook, run: &Run, step: &Step, choice: &str) -> Vec<RunEvent> {
    let taken = step.choices.iter().find(|c| c.label == choice);
    let Some(target) = taken.and_then(|c| c.target.as_ref()) else { return Vec::new() };
    let place = |id: &StepId| runbook.steps.iter().position(|s| s.id == *id);
    let from = place(&step.id).map_or(runbook.steps.len(), |i| i + 1);
    let to = match target {
        Target::Step(id) => place(id).unwrap_or(from),
        Target::End => runbook.steps.len(),
    };
    let between = runbook.steps.get(from..to).unwrap_or_default();
    between
        .iter()
        .filter(|s| matches!(run.state(&s.id), StepState::Pending | StepState::Ended { .. }))
        .filter(|s| !run.state(&s.id).is_settled() && !run.is_off_the_way(&s.id))
        .map(|s| {
            let reason = format!("{} decided: {choice}", step.id);
            StepSkipped { run: run.id.clone(), step: s.id.clone(), reason, rolls_back: false }.into()
        })
        .collect()
}

/// Whether a live client's own name for itself (`Lodestar/v1.5.1`) is one that is wanted (`lodestar`); an empty list
/// or `any` wants every one.
#[must_use]
pub fn client_fits(wanted: &[String], live: &str) -> bool {
    let live = live.to_ascii_lowercase();
    wanted.is_empty() || wanted.iter().any(|w| w == "any" || live.starts_with(&w.to_ascii_lowercase()))
}
