//! How the step that people are at stands, what is asked of whoever sits here, and what else holds for it: whose yes is
//! missing, what it waits for, a wrong host.

use crate::app::client;
use crate::app::footing::footing;
use crate::app::model::Model;
use crate::app::view::of::resume;
use crate::app::view::tone::{Said, Tone};
use crate::domain::event::{StepKind, StepOutcome};
use crate::domain::incident::short_role;
use crate::domain::run::{Run, StepState};
use crate::domain::time::{At, Span};
use crate::runbook::model::{Runbook, Step};
use crate::runbook::next::{self, Act, Demand};

/// The longest that an attempt, or a waiting, may take.
const fn limit(step: &Step) -> Span {
    if matches!(step.kind, StepKind::Wait) { step.deadline } else { step.timeout }
}

/// How it stands; empty before it began.
pub(super) fn state(model: &Model, step: &Step, state: &StepState) -> Said {
    match state {
        StepState::Running { since, by, started } => {
            let gone = model.now.elapsed_since(*since);
            let left = limit(step).micros() - gone.micros();
            let left = match (step.kind.runs_command(), left) {
                (false, _) => String::new(),
                (true, 1..) => format!(" of {} at most, {} left", limit(step).clock(), Span::from_micros(left).clock()),
                (true, _) => format!(" of {} at most: it is being ended", limit(step).clock()),
            };
            let attempt = attempt(started.attempt);
            Said::new(Tone::Plain, format!("runs for {}{left}{attempt} · begun by {by}@{}", gone.clock(), started.host))
        }
        StepState::Ended { finished, by, .. } if !state.is_settled() => {
            let exit = finished.exit.map(|e| format!(", exit {e}")).unwrap_or_default();
            let took = Span::from_millis(i64::try_from(finished.took_ms).unwrap_or(i64::MAX));
            let took = if step.kind.runs_command() && finished.took_ms > 0 {
                format!(" after {:.1} s", took.as_secs_f64())
            } else {
                String::new()
            };
            let word = finished.outcome.as_str().to_uppercase();
            let attempt = attempt(finished.attempt);
            let tone = if finished.outcome == StepOutcome::Lost { Tone::Unknown } else { Tone::Bad };
            Said::new(tone, format!("✗ {word}{exit}{took}{attempt} · {by}"))
        }
        _ => Said::default(),
    }
}

fn attempt(n: u32) -> String {
    if n > 1 { format!(", attempt {n}") } else { String::new() }
}

/// How much of its time is gone, in thousandths.
pub(super) fn gone(model: &Model, step: &Step, state: &StepState) -> Option<u16> {
    let StepState::Running { since, .. } = state else { return None };
    let (gone, all) = (model.now.elapsed_since(*since).millis(), limit(step).millis());
    let parts = gone.saturating_mul(1_000) / all.max(1);
    step.kind.runs_command().then(|| u16::try_from(parts.clamp(0, 1_000)).unwrap_or(1_000))
}

/// What is asked of whoever sits here, with the keys.
pub(super) fn asks(model: &Model, run: &Run, book: &Runbook, step: &Step) -> Said {
    let Some(offer) = next::offer(book, run, &model.me.person, &model.me.host, footing(model, run)) else {
        return Said::default();
    };
    let again = resume::due(model, run);
    if let Some(id) = again.first().filter(|_| run.running_step().is_none()) {
        return Said::new(Tone::Due, format!("enter looks at the set-up once more first: {id}"));
    }
    let first = match (offer.acts.first(), &offer.demand) {
        (_, Demand::SecondPerson(n)) if *n > 0 && !may_say_yes(model, run, step) => {
            format!("wait: {n} more must say yes first")
        }
        (_, Demand::SecondPerson(n)) if step.kind == StepKind::Approve => {
            format!("enter says yes as {}; {n} missing", model.me.person)
        }
        (_, Demand::SecondPerson(_)) => format!("enter says yes as {}; then somebody else may run it", model.me.person),
        (Some(Act::Run), Demand::None) => "enter runs it".to_owned(),
        (Some(Act::Run), Demand::TypeName(name)) => format!("enter shows all of it; then {name} must be typed"),
        (Some(Act::Run), _) => "enter shows all of it and asks before it runs".to_owned(),
        (Some(Act::Retry), _) => "r runs it once more".to_owned(),
        (Some(Act::Answer | Act::Choose), _) if !step.choices.is_empty() => {
            "enter, then one of the answers below or its number".to_owned()
        }
        (Some(Act::Answer | Act::Choose), _) => "enter, then the answer".to_owned(),
        (Some(Act::Confirm), _) => match step.kind {
            StepKind::Note => "read it; enter goes on",
            StepKind::Message => "send it; enter says that it is sent",
            StepKind::Barrier => "enter says that it is met",
            StepKind::Confirm => "enter confirms it",
            _ => "do it, then enter says so",
        }
        .to_owned(),
        (Some(Act::Approve), _) => "enter says yes".to_owned(),
        (Some(Act::Cancel), _) => "x stops it".to_owned(),
        (Some(Act::Skip | Act::RollBack) | None, _) => String::new(),
    };
    let mut parts: Vec<&str> = Some(first.as_str()).filter(|f| !f.is_empty()).into_iter().collect();
    if offer.acts.contains(&Act::Skip) {
        parts.push("s skips it");
    }
    if offer.acts.contains(&Act::RollBack) {
        parts.push("u rolls back");
    }
    if matches!(run.state(&step.id), StepState::Ended { finished, .. } if finished.output.is_some()) {
        parts.push("o shows what it wrote");
    }
    Said::new(Tone::Due, parts.join(" · "))
}

/// Whether the yes of whoever sits here would count.
fn may_say_yes(model: &Model, run: &Run, step: &Step) -> bool {
    let me = &model.me.person;
    let asks = step.kind == StepKind::Approve && run.by == *me;
    !asks && run.approvals.get(&step.id).is_none_or(|given| !given.contains_key(me))
}

/// What else holds for the step.
pub(super) fn terms(model: &Model, run: &Run, book: &Runbook, step: &Step) -> Vec<Said> {
    let mut terms = Vec::new();
    let busy = matches!(run.state(&step.id), StepState::Running { .. });
    if let Some((why, _)) = client::stranger(model, book, step).filter(|_| !busy) {
        terms.push(Said::new(Tone::Bad, why));
    }
    terms.extend(yeses(model, run, step));
    if let Some(role) = &step.role {
        let holders = model.ledger().map(|l| l.incident().holders(role.as_str())).unwrap_or_default();
        let names: Vec<&str> = holders.iter().map(|p| p.as_str()).collect();
        terms.push(if names.is_empty() {
            Said::new(Tone::Due, format!("{}: nobody holds that role (a gives it)", short_role(role)))
        } else {
            Said::new(Tone::Plain, format!("{}: {}", short_role(role), names.join(", ")))
        });
    }
    terms.extend(step.when.as_ref().map(|when| barrier(when, model.now)));
    if step.kind == StepKind::Wait {
        terms.push(Said::new(Tone::Plain, format!("tries every {} until it passes", step.every.words())));
    }
    if !step.guards.is_empty() {
        let guards: Vec<&str> = step.guards.iter().map(|g| g.id.as_str()).collect();
        terms.push(Said::new(
            Tone::Plain,
            format!("first, again: {}; it begins only when they pass", guards.join(", ")),
        ));
    }
    if let Some(undo) = &step.undo {
        terms.push(Said::new(Tone::Plain, format!("temporary: {undo} takes it back, and closing waits for that")));
    }
    if let Some(back) = &step.rollback {
        terms.push(Said::new(Tone::Plain, format!("when the run is rolled back, {back} takes it back")));
    }
    terms
}

/// Who has said yes, and who is missing.
fn yeses(model: &Model, run: &Run, step: &Step) -> Option<Said> {
    let needed = next::needed(step);
    let missing = next::missing_approvals(step, run, &model.me.person);
    let given: Vec<&str> =
        run.approvals.get(&step.id).into_iter().flatten().map(|(person, _)| person.as_str()).collect();
    if needed == 0 {
        return None;
    }
    let given = if given.is_empty() { "nobody yet".to_owned() } else { given.join(", ") };
    let whom = match (&step.role, step.kind) {
        (Some(role), _) => format!("who holds {}", short_role(role)),
        (None, StepKind::Approve) => format!("anybody but {}, who began the run", run.by),
        (None, _) => "somebody else than who runs it".to_owned(),
    };
    Some(if missing == 0 {
        Said::new(Tone::Ok, format!("yes from {given}: {needed} of {needed}"))
    } else {
        let have = needed.saturating_sub(missing);
        Said::new(Tone::Due, format!("yes from {given}: {have} of {needed}; missing {missing}: {whom}"))
    })
}

/// What a barrier waits for, with the time that is left where it is a time.
fn barrier(when: &str, now: At) -> Said {
    let time = At::parse(when).or_else(|| At::parse(&when.replacen('Z', ":00Z", 1)));
    match time.map(|at| (at.since(now), at)) {
        Some((left, _)) if left.micros() > 0 => Said::new(Tone::Due, format!("waits for {when}: in {}", left.clock())),
        Some((_, at)) => {
            Said::new(Tone::Plain, format!("waits for {when}: that was {} ago", now.elapsed_since(at).words()))
        }
        None => Said::new(Tone::Due, format!("waits for {when}")),
    }
}
