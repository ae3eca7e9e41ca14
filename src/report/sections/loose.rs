//! What is left: questions that the log itself leaves open, and what is to be done.

use crate::domain::entry::Entry;
use crate::domain::event::{StepOutcome, TaskOutcome};
use crate::domain::incident::REQUIRED_ROLES;
use crate::domain::run::StepState;
use crate::domain::time::Span;
use crate::report::markdown::{Page, cite, code, inline};
use crate::report::source::Source;

/// A stretch without any entry longer than this, while the incident was open, is a question.
const QUIET: Span = Span::from_mins(15);

pub(in crate::report) fn open_questions(page: &mut Page, source: &Source<'_>) {
    page.heading(2, "Open questions");
    let mut questions = milestones(source);
    questions.extend(people(source));
    questions.extend(matters(source));
    questions.extend(steps(source));
    questions.extend(gaps(source));
    if questions.is_empty() {
        page.item("The log leaves none; the prompts above are for people.");
    }
    for question in questions {
        page.item(&question);
    }
}

fn milestones(source: &Source<'_>) -> Vec<String> {
    let m = &source.incident().milestones;
    let mut open = Vec::new();
    let mut ask = |missing: bool, question: &str| {
        if missing {
            open.push(question.to_owned());
        }
    };
    ask(m.started.is_none(), "When did it begin? No bad sample and no word of the declarer says so.");
    ask(
        m.declared.is_some() && m.recovered.is_none(),
        "When was it over? No verdict of the log says that all cleared.",
    );
    ask(m.declared.is_some() && m.resolved.is_none(), "It was never called resolved.");
    let early = m.resolved.zip(m.recovered).is_some_and(|(resolved, recovered)| resolved < recovered);
    ask(early, "It was called resolved before the last failing verdict cleared: why?");
    open
}

fn people(source: &Source<'_>) -> Vec<String> {
    let incident = source.incident();
    let mut open: Vec<String> = REQUIRED_ROLES
        .iter()
        .filter(|role| incident.roles.get(**role).is_none_or(|r| r.past.is_empty()))
        .map(|role| format!("Nobody ever held the role {role}: was it missed?"))
        .collect();
    for (id, role) in &incident.roles {
        if let Some(offer) = &role.offer {
            open.push(format!(
                "{} was offered to {} at {} and never answered.",
                inline(id.as_str()),
                inline(offer.to.as_str()),
                offer.at.hms()
            ));
        }
    }
    open
}

fn matters(source: &Source<'_>) -> Vec<String> {
    let incident = source.incident();
    let mut open = Vec::new();
    for c in incident.concerns.iter().filter(|c| c.answer.is_none()) {
        open.push(format!(
            "The concern of {} was never answered: {} {}",
            inline(c.by.as_str()),
            inline(&c.text),
            cite(&c.id)
        ));
    }
    for d in incident.decisions.iter().filter(|d| d.made.is_none()) {
        open.push(format!("A proposal was never settled: {} {}", inline(&d.question), cite(&d.id)));
    }
    for t in &incident.tasks {
        match &t.answer {
            None => open.push(format!(
                "The task of {} was never answered: {} {}",
                inline(t.task.to.as_str()),
                inline(&t.task.text),
                cite(&t.id)
            )),
            Some((_, answer)) if answer.outcome == TaskOutcome::Failed => {
                open.push(format!("A task failed; what came of it? {} {}", inline(&t.task.text), cite(&t.id)));
            }
            Some(_) => {}
        }
    }
    for o in incident.standing_orders() {
        open.push(format!("A standing order was never lifted: {} {}", inline(&o.text), cite(&o.id)));
    }
    for h in &incident.hypotheses {
        if !h.judged.iter().any(|j| matches!(j.0.as_str(), "confirmed" | "refuted")) {
            open.push(format!("A hypothesis was neither confirmed nor refuted: {} {}", inline(&h.text), cite(&h.id)));
        }
    }
    open
}

fn steps(source: &Source<'_>) -> Vec<String> {
    let mut open = Vec::new();
    for run in source.incident().runs.values() {
        let book = inline(run.runbook.as_str());
        for (made, undo) in &run.overrides {
            open.push(format!(
                "A temporary change was never undone: step {} of {book}; step {} undoes it.",
                code(made.as_str()),
                code(undo.as_str())
            ));
        }
        for step in &run.pinned.steps {
            match run.state(step) {
                StepState::Running { .. } => {
                    open.push(format!("Step {} of {book} was begun and its end is not known.", code(step.as_str())));
                }
                StepState::Ended { finished, .. } if finished.outcome != StepOutcome::Passed => open.push(format!(
                    "Step {} of {book} ended {}: what was done about it?",
                    code(step.as_str()),
                    finished.outcome.as_str()
                )),
                _ => {}
            }
        }
        let (settled, all) = run.progress();
        if settled < all {
            open.push(format!("Runbook {book} was left after {settled} of {all} steps: why?"));
        }
    }
    open
}

/// Stretches of silence between declaration and resolution.
fn gaps(source: &Source<'_>) -> Vec<String> {
    let m = &source.incident().milestones;
    let Some(from) = m.declared else { return Vec::new() };
    let to = m.resolved.or_else(|| source.span().map(|(_, last)| last)).unwrap_or(from);
    let entries: Vec<&Entry> = source.happened().into_iter().filter(|e| (from..=to).contains(&e.when())).collect();
    entries
        .windows(2)
        .filter(|w| w[1].when().since(w[0].when()) > QUIET)
        .map(|w| {
            format!(
                "Nothing was recorded from {} {} to {} {} ({}): what happened then?",
                w[0].when().hms(),
                cite(&w[0].name()),
                w[1].when().hms(),
                cite(&w[1].name()),
                w[1].when().since(w[0].when()).words()
            )
        })
        .collect()
}

pub(in crate::report) fn actions(page: &mut Page, source: &Source<'_>) {
    page.heading(2, "Action items");
    let actions = &source.incident().actions;
    if actions.is_empty() {
        page.item("None in the log.");
        page.prompt("what is to be changed, by whom, by when; or why nothing is");
        return;
    }
    page.table(&["what", "type", "owner", "due", "state", "source"]);
    for a in actions {
        let owner = a.owner.as_ref().map_or_else(|| "_to be written_".to_owned(), |o| inline(o.as_str()));
        let due = if a.due.is_empty() { "_to be written_".to_owned() } else { inline(&a.due) };
        let state = match &a.closed {
            Some((at, how)) if how.is_empty() => format!("closed {}", at.date()),
            Some((at, how)) => format!("closed {}: {}", at.date(), inline(how)),
            None => "open".to_owned(),
        };
        let (kind, text) = kind(&a.text);
        page.row(&[inline(text), kind.to_owned(), owner, due, state, cite(&a.id)]);
    }
    page.gap();
}

/// The kinds of action items that reviews tell apart.
const KINDS: [&str; 5] = ["detect", "prevent", "mitigate", "process", "investigate"];

/// `detect: an alert for …` names its kind; without one it is left for people to say.
fn kind(text: &str) -> (&str, &str) {
    match text.split_once(':') {
        Some((kind, rest)) if KINDS.contains(&kind.trim()) => (kind.trim(), rest.trim()),
        _ => ("_to be written_", text),
    }
}
