//! The step that people are at: the exact command and where it runs, expected beside actual, what is asked of whom.

use crate::app::footing::footing;
use crate::app::model::Model;
use crate::app::view::runbook::OpenStep;
use crate::app::view::tone::{Said, Tone};
use crate::domain::event::{Effect, StepFinished, StepKind};
use crate::domain::id::StepId;
use crate::domain::run::{Run, StepState};
use crate::domain::text::Shown;
use crate::domain::time::Span;
use crate::runbook::model::{Runbook, Step};
use crate::runbook::next::{self, Act, Demand};
use crate::runbook::place::host as host_of;

/// The last lines of a running command's output that the pane shows.
const TAIL: usize = 5;

/// `check · read · at most 20 s · 2 people`
pub(super) fn facts(step: &Step) -> String {
    let mut parts = vec![step.kind.as_str().to_owned()];
    if step.kind.runs_command() {
        parts.push(match step.effect {
            Effect::Read => "reads".to_owned(),
            Effect::Change => "changes".to_owned(),
            Effect::Destroy => "DESTROYS".to_owned(),
            Effect::Sign => "SIGNS".to_owned(),
        });
        let limit = if step.kind == StepKind::Wait { step.deadline } else { step.timeout };
        parts.push(format!("at most {}", limit.words()));
    }
    parts.extend(step.role.as_ref().map(ToString::to_string));
    if step.people > 1 {
        parts.push(format!("{} people", step.people));
    }
    parts.join(" · ")
}

/// All of the step.
pub(super) fn open(model: &Model, run: &Run, book: Option<&Runbook>, step: Option<&Step>, id: &StepId) -> OpenStep {
    let (Some(book), Some(step)) = (book, step) else {
        let text = format!("the pinned text (digest {}) is not at hand on this host", run.digest());
        return OpenStep { state: Said::new(Tone::Unknown, text), ..OpenStep::default() };
    };
    let state = run.state(id);
    let ended: Option<&StepFinished> = match state {
        StepState::Ended { finished, .. } => Some(finished),
        _ => None,
    };
    let live = model.live.as_ref().filter(|l| l.step == *id && l.run == run.id);
    let tail = live.map(|l| l.tail.iter().rev().take(TAIL).rev().map(|t| Shown::line(t)).collect());
    OpenStep {
        why: paragraphs(&step.why),
        command: Shown::lines(step.command.trim_end()),
        place: if step.kind.runs_command() { place(model, run, book, step, state) } else { Shown::default() },
        expected: if step.kind.runs_command() { step.expectation().in_words().into() } else { Shown::default() },
        actual: ended.map(|f| Shown::line(&f.actual)).unwrap_or_default(),
        state: said(model, state),
        tail: tail.unwrap_or_default(),
        asks: asks(model, run, book, step),
    }
}

/// Markdown paragraphs as single lines.
fn paragraphs(text: &str) -> Vec<Shown> {
    let join = |p: &str| p.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    text.split("\n\n").map(join).filter(|p| !p.is_empty()).map(Shown::from).collect()
}

/// Who it runs as, where, and with which values of the parameters it names.
fn place(model: &Model, run: &Run, book: &Runbook, step: &Step, state: &StepState) -> Shown {
    let (user, host) = match state {
        StepState::Running { started, .. } => (started.user.as_str(), started.host.as_str()),
        _ => (model.me.user.as_str(), model.me.host.as_str()),
    };
    let values = next::values(book, run).into_iter().filter(|(name, _)| step.command.contains(name.as_str()));
    let values: Vec<String> = values.map(|(name, value)| format!("{name}={value}")).collect();
    let with = if values.is_empty() { String::new() } else { format!(" · {}", values.join(" ")) };
    let there = match step.host.as_deref().map(|h| host_of(h, &next::values(book, run))) {
        None => String::new(),
        Some(Ok(there)) => format!(" · over ssh on {there}"),
        Some(Err(why)) => format!(" · over ssh: {why}"),
    };
    let guards: Vec<&str> = step.guards.iter().map(|g| g.id.as_str()).collect();
    let first = if guards.is_empty() { String::new() } else { format!(" · first again: {}", guards.join(", ")) };
    format!("as {user}@{host}{there}{first}{with}").into()
}

fn said(model: &Model, state: &StepState) -> Said {
    match state {
        StepState::Running { since, by, .. } => {
            Said::new(Tone::Plain, format!("runs for {}, begun by {by}", model.now.elapsed_since(*since).clock()))
        }
        StepState::Ended { finished, by, .. } if !state.is_settled() => {
            let exit = finished.exit.map(|e| format!(", exit {e}")).unwrap_or_default();
            let took = Span::from_millis(i64::try_from(finished.took_ms).unwrap_or(i64::MAX));
            let took = format!("{:.1} s", took.as_secs_f64());
            Said::new(
                Tone::Bad,
                format!("{}{exit}, after {took}, attempt {}, {by}", finished.outcome.as_str(), finished.attempt),
            )
        }
        _ => Said::default(),
    }
}

/// What is asked of whoever sits here, with the keys.
fn asks(model: &Model, run: &Run, book: &Runbook, step: &Step) -> Said {
    let Some(offer) = next::offer(book, run, &model.me.person, &model.me.host, footing(model, run)) else {
        return Said::default();
    };
    let first = match (offer.acts.first(), &offer.demand) {
        (_, Demand::SecondPerson(n)) => format!("{n} more must say yes first"),
        (Some(Act::Run), Demand::None) => "enter runs it".to_owned(),
        (Some(Act::Run), _) => "enter shows all of it and asks before it runs".to_owned(),
        (Some(Act::Retry), _) => "r runs it once more".to_owned(),
        (Some(Act::Answer | Act::Choose), _) if !step.choices.is_empty() => {
            let labels: Vec<&str> = step.choices.iter().map(|c| c.label.as_str()).collect();
            format!("enter, then one of: {}", labels.join(" / "))
        }
        (Some(Act::Answer | Act::Choose), _) => "enter, then the answer".to_owned(),
        (Some(Act::Confirm), _) => "do it, then enter says so".to_owned(),
        (Some(Act::Approve), _) => {
            format!("enter says yes; {} missing", next::missing_approvals(step, run, &model.me.person))
        }
        (Some(Act::Cancel), _) => "x stops it".to_owned(),
        (Some(Act::Skip) | None, _) => String::new(),
    };
    let mut parts: Vec<&str> = Some(first.as_str()).filter(|f| !f.is_empty()).into_iter().collect();
    if offer.acts.contains(&Act::Skip) {
        parts.push("s skips it, with a reason");
    }
    if matches!(run.state(&step.id), StepState::Ended { finished, .. } if finished.output.is_some()) {
        parts.push("o shows what it wrote");
    }
    Said::new(Tone::Due, parts.join(" · "))
}
