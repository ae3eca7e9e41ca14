//! What a question shows before a command runs: the exact command, account, host, folder, environment, limits, revision.
//! Must not decide whether it may run (`runbook::next`).

use crate::app::model::Model;
use crate::domain::event::{Effect, StepKind, StepStarted};
use crate::domain::run::Run;
use crate::runbook::model::{Runbook, Step};
use crate::runbook::next;
use crate::runbook::next::Footing;
use crate::runbook::place;

/// What is about to happen, exactly.
pub(super) fn says(
    model: &Model,
    (run, book, step): (&Run, &Runbook, &Step),
    started: &StepStarted,
    footing: Footing,
) -> Vec<String> {
    let effect = match started.effect {
        Effect::Destroy | Effect::Sign => started.effect.as_str().to_uppercase(),
        Effect::Read | Effect::Change => started.effect.as_str().to_owned(),
    };
    let mut lines = vec![format!("{} · {} · {effect}", started.title, started.kind.as_str())];
    lines.extend(step.guards.iter().map(|g| format!("first, again: {}; only when all of these pass:", g.id)));
    lines.extend(started.command.lines().enumerate().map(|(i, l)| format!("  {} {l}", if i == 0 { "$" } else { " " })));
    if let Some(host) = &step.host {
        let there = place::host(host, &next::values(book, run)).unwrap_or_else(|why| why);
        lines.push(format!("over ssh on {there}"));
    }
    let folder = Some(&model.around.folder).filter(|f| !f.is_empty() && step.host.is_none());
    let folder = folder.map(|f| format!(" in {f}")).unwrap_or_default();
    lines.push(format!("as {}@{}{folder} · runbook {} digest {}", started.user, started.host, book.id, book.digest()));
    if started.kind.runs_command() {
        lines.push(environment(model, run, book, step));
        let limit = if started.kind == StepKind::Wait { step.deadline } else { step.timeout };
        lines.push(format!("expected {} · ended after {}", step.expectation().in_words(), limit.words()));
    }
    if let Some(undo) = &step.undo {
        lines.push(format!("temporary: {undo} takes it back"));
    }
    if footing == Footing::Elsewhere {
        let digest = run.digest();
        lines.push(format!("This revision came from elsewhere. Read it; : runbook trust {digest} asks no more."));
    }
    lines
}

/// Every variable that the command sees; of a secret one its name alone.
fn environment(model: &Model, run: &Run, book: &Runbook, step: &Step) -> String {
    let mut env: Vec<String> = next::values(book, run).iter().map(|(name, value)| format!("{name}={value}")).collect();
    env.extend(book.params.iter().filter(|p| p.secret).map(|p| format!("{} (secret)", p.name)));
    if let Some(case) = &model.case {
        env.push(format!("WARROOM_INCIDENT={}", case.id));
    }
    if step.host.is_some() {
        env.push("and that account's own PATH and HOME".to_owned());
    } else {
        env.extend(model.around.env.iter().cloned());
    }
    format!("environment {}", env.join(" "))
}
