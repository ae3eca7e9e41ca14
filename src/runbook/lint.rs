//! What a runbook's author should hear before the night: nothing here stops a run by itself but what is an error.
//! Looks at one runbook as it is written; must not run anything.

use std::sync::LazyLock;

use regex_lite::Regex;

use crate::domain::event::Effect;
use crate::domain::event::StepKind;
use crate::domain::text::nearest;
use crate::runbook::finding::Finding;
use crate::runbook::model::Runbook;
use crate::runbook::model::Step;
use crate::runbook::shell_text::assigned;
use crate::runbook::shell_text::drops_protection;
use crate::runbook::shell_text::effect_of;
use crate::runbook::shell_text::readings;
use crate::runbook::trigger::Trigger;

/// Set for every command, besides the parameters.
const GIVEN: [&str; 8] = ["PATH", "HOME", "LANG", "TERM", "PWD", "WARROOM_HOME", "WARROOM_INCIDENT", "IFS"];

/// A value written out where a secret parameter belongs; `None` only if our own pattern were wrong.
static SECRET: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)(?:^|[^$\w{])(password|passwd|token|secret|api_?key|bearer)["']?\s*[=: ]\s*["']?[A-Za-z0-9+/_-]{8,}"#,
    )
    .ok()
});

/// Everything worth saying about a runbook, by line.
#[must_use]
pub fn lint(runbook: &Runbook) -> Vec<Finding> {
    let mut findings = Vec::new();
    if runbook.reviewed.is_none() {
        findings.push(Finding::warning(1, "nobody has reviewed it", "write `reviewed: 2026-11-21` when somebody has"));
    }
    if runbook.owner.is_empty() {
        findings.push(Finding::warning(1, "it has no owner", "write `owner: …`: who mends it when it is wrong"));
    }
    for (what, mend) in runbook.triggers.iter().filter_map(|t| Trigger::parse(t).err()) {
        findings.push(Finding::error(line_in(&runbook.text, "triggers:"), what, mend));
    }
    for param in &runbook.params {
        let used = runbook.steps.iter().any(|s| readings(&s.command).iter().any(|r| r.name == param.name));
        let set = runbook.steps.iter().any(|s| s.sets.as_deref() == Some(param.name.as_str()));
        let told = runbook.sheet.iter().any(|c| c.name == param.name);
        let place = runbook
            .steps
            .iter()
            .any(|s| s.host.as_deref().is_some_and(|h| h.strip_prefix('$') == Some(param.name.as_str())));
        if !used && !set && !told && !place {
            let what = format!("no step uses the parameter {}", param.name);
            findings.push(Finding::warning(1, what, "take it away, or use it as \"$name\""));
        }
    }
    for (i, step) in runbook.steps.iter().enumerate() {
        effects(step, &mut findings);
        if step.kind.runs_command() {
            variables(runbook, i, step, &mut findings);
        }
        let words = format!("{}\n{}", step.why, step.command);
        if SECRET.as_ref().and_then(|r| r.find(&words)).is_some_and(|m| !m.as_str().contains('$')) {
            let what = format!("step `{}` seems to hold a secret", step.id);
            findings.push(Finding::warning(step.line, what, "make it a parameter with `secret: true`"));
        }
        if step.why.is_empty() && step.kind != StepKind::Message {
            let what = format!("step `{}` does not say why", step.id);
            findings.push(Finding::warning(step.line, what, "write a sentence under the heading"));
        }
    }
    findings.sort_by_key(|f| (f.line, f.severity));
    findings
}

/// The line that begins so in the front matter, from 1.
fn line_in(text: &str, start: &str) -> u32 {
    let at = text.lines().position(|l| l.starts_with(start)).unwrap_or(0);
    u32::try_from(at).unwrap_or(0).saturating_add(1)
}

/// The effect a step is treated as having: the author's word, raised where the text belies it.
#[must_use]
pub fn raised(said: Effect, command: &str) -> Effect {
    effect_of(command).map_or(said, |(text, _)| said.max(text))
}

fn effects(step: &Step, findings: &mut Vec<Finding>) {
    let at = step.line;
    if !step.kind.runs_command() {
        return;
    }
    if let Some((effect, words)) = effect_of(&step.command).filter(|(e, _)| *e > step.said) {
        findings.push(Finding::error(
            at,
            format!("step `{}` says effect={}, but its text {words}", step.id, step.said.as_str()),
            format!("write effect={}; until then it is treated so", effect.as_str()),
        ));
    }
    if drops_protection(&step.command) {
        findings.push(Finding::error(
            at,
            format!("step `{}` takes away what keeps a key from signing twice", step.id),
            "move such files aside by hand, on a test network only, with the signer proved dead",
        ));
    }
    if step.effect != Effect::Read {
        if step.expect.is_none() && step.undo.is_none() && step.rollback.is_none() {
            let what =
                format!("step `{}` changes something, but says neither what to expect nor how to undo it", step.id);
            findings.push(Finding::warning(at, what, "write expect=\"…\", undo=step-id or rollback=step-id"));
        }
        if step.kind != StepKind::Run {
            let what = format!("step `{}` is a {} that changes something", step.id, step.kind.as_str());
            findings.push(Finding::warning(at, what, "a check may run again and again: make it kind=run"));
        }
    }
    if step.effect == Effect::Sign && step.kind != StepKind::Run {
        findings.push(Finding::error(
            at,
            format!(
                "step `{}` is a {} that lets a key sign: it runs again and again, and no guard before it",
                step.id,
                step.kind.as_str()
            ),
            "make it kind=run, with guards=\"…\"",
        ));
    } else if step.effect == Effect::Sign && step.guards.is_empty() {
        findings.push(Finding::error(
            at,
            format!("step `{}` lets a key sign, but nothing is proved first", step.id),
            "write guards=\"…\": checks that run again right before it; docs/guards.md has what to prove",
        ));
    }
    if matches!(step.effect, Effect::Destroy | Effect::Sign) && step.target.is_none() {
        let what = format!("step `{}` cannot be taken back, but names no target", step.id);
        findings.push(Finding::warning(at, what, "write target=name: it has to be typed before it runs"));
    }
}

fn variables(runbook: &Runbook, place: usize, step: &Step, findings: &mut Vec<Finding>) {
    let own = assigned(&step.command);
    for reading in readings(&step.command) {
        let name = reading.name.as_str();
        if own.contains(&name) || GIVEN.contains(&name) {
            continue;
        }
        let Some(param) = runbook.param(name) else {
            let near = nearest(name, runbook.params.iter().map(|p| p.name.as_str()));
            let mend = near.map_or_else(|| "declare it under `params:`".to_owned(), |n| format!("did you mean ${n}?"));
            findings.push(Finding::error(
                step.line,
                format!("step `{}` reads ${name}, which nobody sets", step.id),
                mend,
            ));
            continue;
        };
        if !reading.quoted {
            let what = format!("step `{}` reads ${name} without quotes", step.id);
            findings.push(Finding::warning(step.line, what, format!("write \"${name}\"")));
        }
        let set_at = runbook.steps.iter().position(|s| s.sets.as_deref() == Some(name));
        if param.default.is_none() && set_at.is_some_and(|at| at >= place) {
            let what = format!("step `{}` reads ${name} before a step has set it", step.id);
            findings.push(Finding::warning(step.line, what, "move the step that sets it forward"));
        }
    }
}
