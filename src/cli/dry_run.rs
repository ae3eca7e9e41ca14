//! A runbook as it would run, without running it: each step's exact command, account, host, folder and environment.
//! Records nothing and needs no incident.

use std::collections::BTreeMap;

use crate::cli::context::Context;
use crate::cli::outcome::CliError;
use crate::domain::event::StepKind;
use crate::domain::id::IncidentId;
use crate::runbook::model::{Keep, OnFail, Runbook, Step, Target};
use crate::runbook::params::bind;
use crate::runbook::place;
use crate::runtime::console::{host_name, user_name};
use crate::runtime::steps::surroundings;
use crate::runtime::supervisor::{StepSpec, Surroundings};

/// Shows every step.
///
/// # Errors
/// Parameters that do not fit, or no home is known.
pub fn show(context: &mut Context, book: &Runbook, given: &BTreeMap<String, String>) -> Result<(), CliError> {
    let missing: Vec<&str> = book.params.iter().map(|p| p.name.as_str()).collect();
    // What is not given is shown as not given: a dry run is for looking before one knows.
    let values = bind(&book.params, given, &missing).map_err(|faults| CliError::Usage(faults.join("\n")))?;
    let incident = context.global.incident.clone().unwrap_or_else(|| "(the open incident)".to_owned());
    let around = surroundings(&context.paths()?, IncidentId::from(incident));
    context.out.line(&format!("{} r{}  digest {}  {}", book.id, book.revision, book.digest(), book.title));
    context.out.line(&format!("in {}, nothing runs, nothing is recorded", around.cwd.display()));
    for (i, step) in book.steps.iter().enumerate() {
        one(context, book, (i, step), &values, &around);
    }
    Ok(())
}

fn one(
    context: &mut Context,
    book: &Runbook,
    (i, step): (usize, &Step),
    values: &BTreeMap<String, String>,
    around: &Surroundings,
) {
    let mut say = |text: String| context.out.line(&text);
    say(String::new());
    if book.is_off_the_way(&step.id) {
        say("only when rolled back:".to_owned());
    }
    say(format!("{}. {}  {{#{}}}  {} {}", i + 1, step.title, step.id, step.kind.as_str(), step.effect.as_str()));
    if !step.kind.runs_command() {
        for choice in &step.choices {
            let to = choice.target.as_ref().map(|t| match t {
                Target::Step(id) => format!(" -> {id}"),
                Target::End => " -> end".to_owned(),
            });
            say(format!("   | {}{}", choice.label, to.unwrap_or_default()));
        }
        return;
    }
    let spec = StepSpec::new(step, (&"dry-run".into(), 1), values, &book.secrets(), around.clone());
    let at = match step.host.as_deref().map(|h| place::host(h, values)) {
        None => format!("{}@{}", user_name(), host_name()),
        Some(Ok(there)) => format!("over ssh {} -- {there}", place::SSH_OPTIONS.join(" ")),
        Some(Err(why)) => format!("over ssh: {why}"),
    };
    say(format!("   {at}"));
    for guard in &spec.guards {
        say(format!("   first, again: {}; only when it passes:", guard.step));
    }
    for (name, value) in environment(book, step, &spec) {
        say(format!("   {name}={value}"));
    }
    step.command.lines().for_each(|l| say(format!("   $ {l}")));
    say(format!("   expected  {} · {}", step.expectation().in_words(), limits(step)));
}

/// All of it that is the same for each step is shown with the first; the rest where a step reads it.
fn environment(book: &Runbook, step: &Step, spec: &StepSpec) -> Vec<(String, String)> {
    let mut env: BTreeMap<String, String> = spec.environment();
    for param in &book.params {
        let stand_in = match (param.secret, book.steps.iter().find(|s| s.sets.as_ref() == Some(&param.name))) {
            (true, _) => "(secret, asked for)".to_owned(),
            (_, Some(setter)) => format!("(set by step {})", setter.id),
            _ => "(not given)".to_owned(),
        };
        env.entry(param.name.clone()).or_insert(stand_in);
    }
    let is_param = |name: &String| book.param(name).is_some();
    let read =
        |name: &String| step.command.contains(&format!("${name}")) || step.command.contains(&format!("${{{name}"));
    let first = book.steps.iter().find(|s| s.kind.runs_command()).is_some_and(|s| s.id == step.id);
    env.into_iter().filter(|(n, _)| if is_param(n) { read(n) } else { first }).collect()
}

fn limits(step: &Step) -> String {
    let mut parts = vec![format!("at most {}", step.timeout.words())];
    if step.kind == StepKind::Wait {
        parts.push(format!("every {}, until {}", step.every.words(), step.deadline.words()));
    }
    if step.keep == Keep::Never {
        parts.push("output kept nowhere".to_owned());
    }
    if step.on_fail == OnFail::Continue {
        parts.push("goes on when it fails".to_owned());
    }
    parts.join(" · ")
}
