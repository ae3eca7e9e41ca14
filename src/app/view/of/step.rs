//! The step that people are at: the exact command and where it runs, expected against actual, what it wrote.

use crate::app::model::Model;
use crate::app::view::of::{asks, resume};
use crate::app::view::runbook::{Differs, OpenStep};
use crate::app::view::tone::{Said, Tone};
use crate::domain::event::{Effect, StepFinished, StepKind};
use crate::domain::id::StepId;
use crate::domain::run::{Run, StepState};
use crate::domain::text::{Shown, width};
use crate::runbook::compare::{Difference, Texts, difference};
use crate::runbook::model::{Runbook, Step, Target};
use crate::runbook::next;
use crate::runbook::place::host as host_of;

/// The last lines of a command's output that the pane shows.
const TAIL: usize = 5;

/// `check · reads · at most 20 s · 2 people`
pub(super) fn facts(step: &Step) -> String {
    let mut parts = vec![step.kind.as_str().to_owned()];
    let runs = step.kind.runs_command();
    if runs || step.kind == StepKind::Manual && step.effect != Effect::Read {
        parts.push(match step.effect {
            Effect::Read => "reads".to_owned(),
            Effect::Change => "changes".to_owned(),
            Effect::Destroy => "DESTROYS".to_owned(),
            Effect::Sign => "SIGNS".to_owned(),
        });
    }
    if runs {
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
    let runs = step.kind.runs_command();
    let found = ended.filter(|_| runs).and_then(|end| difference(&step.expectation(), end)).unwrap_or_default();
    let texts = found.texts.as_ref();
    let expected = texts.map_or_else(|| step.expectation().in_words().into(), |t| Shown::line(&t.expected));
    let live = model.live.as_ref().filter(|l| l.step == *id && l.run == run.id && *state != StepState::Pending);
    let tail = live.map(|l| l.tail.iter().rev().take(TAIL).rev().map(|t| Shown::line(t)).collect());
    OpenStep {
        state: asks::state(model, step, state),
        asks: asks::asks(model, run, book, step),
        taken_up: resume::resume(model, run),
        gone: asks::gone(model, step, state),
        why: paragraphs(&step.why),
        command: Shown::lines(step.command.trim_end()),
        is_draft: step.kind == StepKind::Message,
        place: place(model, run, book, step, state),
        terms: asks::terms(model, run, book, step),
        choices: choices(book, step),
        expected: if runs { expected } else { Shown::default() },
        actual: ended.map(|f| Shown::line(&f.actual)).unwrap_or_default(),
        agrees: ended.filter(|_| runs).map(|f| f.outcome == crate::domain::event::StepOutcome::Passed),
        differs: differs(&found),
        tail: tail.unwrap_or_default(),
    }
}

/// What differs, in columns of what is shown: a sign that is escaped takes more of them than it has characters.
fn differs(found: &Difference) -> Differs {
    let columns = |t: &Texts| {
        let wide = |text: &str, n: usize| width(Shown::line(&text.chars().take(n).collect::<String>()).as_str());
        let part = |text: &str, n: usize| wide(text, t.alike + n).saturating_sub(wide(text, t.alike));
        (wide(&t.expected, t.alike), part(&t.expected, t.missing), part(&t.actual, t.extra))
    };
    Differs { says: Shown::line(&found.says), columns: found.texts.as_ref().map(columns) }
}

/// `1 It hangs → restart`
fn choices(book: &Runbook, step: &Step) -> Vec<Shown> {
    let place = |id: &StepId| book.steps.iter().position(|s| s.id == *id).map_or(0, |i| i + 1);
    let row = |(i, choice): (usize, &crate::runbook::model::Choice)| {
        let leads = match &choice.target {
            Some(Target::Step(id)) => format!("  → {} {id}", place(id)),
            Some(Target::End) => "  → the end of this run".to_owned(),
            None => String::new(),
        };
        format!("{} {}{leads}", i + 1, choice.label).into()
    };
    step.choices.iter().enumerate().map(row).collect()
}

/// Markdown paragraphs as single lines.
fn paragraphs(text: &str) -> Vec<Shown> {
    let join = |p: &str| p.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    text.split("\n\n").map(join).filter(|p| !p.is_empty()).map(Shown::from).collect()
}

/// Who it runs as, where, and with which values of the parameters it names; whom a message is for.
fn place(model: &Model, run: &Run, book: &Runbook, step: &Step, state: &StepState) -> Shown {
    if let Some(to) = step.to.as_ref().filter(|_| step.kind == StepKind::Message) {
        return format!("to {to}").into();
    }
    if !step.kind.runs_command() {
        return Shown::default();
    }
    let (user, host) = match state {
        StepState::Running { started, .. } => (started.user.as_str(), started.host.as_str()),
        _ => (model.me.user.as_str(), model.me.host.as_str()),
    };
    let here = host == model.me.host && step.host.is_none();
    let folder = Some(&model.around.folder).filter(|f| here && !f.is_empty());
    let folder = folder.map(|f| format!(" in {f}")).unwrap_or_default();
    let values = next::values(book, run).into_iter().filter(|(name, _)| step.command.contains(name.as_str()));
    let values: Vec<String> = values.map(|(name, value)| format!("{name}={value}")).collect();
    let with = if values.is_empty() { String::new() } else { format!(" · {}", values.join(" ")) };
    let there = match step.host.as_deref().map(|h| host_of(h, &next::values(book, run))) {
        None => String::new(),
        Some(Ok(there)) => format!(" · over ssh on {there}"),
        Some(Err(why)) => format!(" · over ssh: {why}"),
    };
    format!("as {user}@{host}{folder}{there}{with}").into()
}
