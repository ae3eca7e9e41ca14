//! All that is known of one row, as lines to read. Untrusted text is passed on as it is: the view makes it fit to be seen.

use crate::app::model::Model;
use crate::app::view;
use crate::app::vote_grid;
use crate::domain::entry::Entry;
use crate::domain::event::Scope;
use crate::domain::observation::Value;
use crate::domain::run::StepState;

/// A title and the lines under it.
pub type Detail = (String, Vec<String>);

/// Every signal of the node in that row, with its source and age; then the operator in that row.
#[must_use]
pub fn node(model: &Model, row: usize) -> Option<Detail> {
    let nodes = model.watch.specs.len();
    if row >= nodes {
        return operator(model, row - nodes);
    }
    let view = model.watch.board.views(&model.watch.judge).nth(row)?;
    let mut lines = vec![format!("as of {} UTC", model.now.hms())];
    lines.push(format!("{} · {} · {}", view.spec.family.as_str(), view.spec.url, view.state.as_str()));
    lines.extend(view.why.iter().map(|w| format!("! {w}")));
    if view.spec.mine {
        lines.extend(comparisons(model));
    }
    if let Some(failure) = view.failure {
        lines.push(format!("last round: {failure}"));
    }
    if let Some((at, votes)) = view.votes {
        lines.push(String::new());
        lines.push(format!("votes, {} s old", model.now.elapsed_since(*at).secs()));
        lines.extend(vote_grid::lines(votes));
    }
    if !view.facts.is_empty() {
        lines.push(String::new());
        lines.extend(view.facts.iter().map(|f| format!("{:<16} {}", f.topic, f.text)));
    }
    lines.push(String::new());
    for signal in &view.signals {
        let row = signal.signal.row();
        let value = match signal.value() {
            Value::Number(n) => number(*n),
            Value::Text(t) => t.to_string(),
        };
        let (age, unit) = (signal.age(model.now).secs(), view.spec.unit(signal.signal));
        lines.push(format!("{:<24} {value:>16} {:<7} {age:>4} s  {}", row.name, unit, signal.source()));
        lines.push(format!("{:<24} {}", "", row.meaning));
    }
    Some((view.spec.id.to_string(), lines))
}

/// Where the trouble is with every comparison, how safety stands, and what cannot be undone; while there is any trouble.
#[must_use]
pub fn comparisons(model: &Model) -> Vec<String> {
    let judge = &model.watch.judge;
    let (verdict, safety) = (judge.scope(), judge.safety(model.now));
    if model.watch.specs.is_empty() || (verdict.scope == Scope::Healthy && safety.conflicts.is_empty()) {
        return Vec::new();
    }
    let mut lines = vec![String::new(), format!("scope {}", verdict.scope.as_str())];
    lines.extend(verdict.evidence.iter().map(|e| format!("  {e}")));
    lines.push(safety.sentence());
    lines.extend(safety.conflicts.iter().skip(1).map(|c| format!("  {c}")));
    lines.extend(judge.countdowns(model.now).into_iter().map(|c| c.text));
    lines.push(String::new());
    lines
}

fn operator(model: &Model, row: usize) -> Option<Detail> {
    let report = model.peers.get(row)?;
    Some((report.operator.to_string(), report.lines(model.now)))
}

/// The whole entry: times, writer, words.
#[must_use]
pub fn entry(model: &Model, entry: &Entry) -> Detail {
    let mut lines = vec![
        format!("kind       {}", entry.event.kind()),
        format!("entry      {}", entry.name()),
        format!("recorded   {}", entry.at),
    ];
    if let Some(happened) = entry.rare.happened {
        lines.push(format!("happened   {happened}"));
    }
    if let Some(clock) = entry.rare.clock {
        lines.push(format!("wall clock {clock} (differs from the log's time)"));
    }
    lines.push(format!("actor      {} ({})", entry.actor, entry.source.as_str()));
    lines.push(format!("disclosure {}", entry.disclosure.as_str()));
    if let Some(amends) = &entry.rare.amends {
        lines.push(format!("amends     {amends}"));
    }
    let ledger = model.ledger();
    if let Some(ledger) = ledger {
        lines.push(format!("signature  {}", ledger.standing(entry).says()));
    }
    if let Some(why) = ledger.and_then(|l| l.incident().no_effect.get(&entry.name())) {
        lines.push(format!("no effect, because {why}"));
    }
    if let Some(correction) = ledger.and_then(|l| l.correction(&entry.name())) {
        let by = correction.by.as_ref().map(ToString::to_string).unwrap_or_default();
        lines.push(if correction.struck { format!("struck by {by}") } else { format!("corrected by {by}") });
        lines.extend(correction.text.iter().map(|t| format!("now reads  {t}")));
    }
    lines.push(String::new());
    match entry.event.data() {
        Ok(data) => lines.extend(pretty(&data)),
        Err(fault) => lines.push(format!("its data cannot be written as JSON: {fault}")),
    }
    (entry.event.kind().to_owned(), lines)
}

fn pretty(data: &str) -> Vec<String> {
    let value: Result<serde_json::Value, _> = serde_json::from_str(data);
    let text = value.ok().and_then(|v| serde_json::to_string_pretty(&v).ok());
    text.as_deref().unwrap_or(data).lines().map(str::to_owned).collect()
}

/// Who held the role in that row, and what is on offer.
#[must_use]
pub fn role(model: &Model, row: usize) -> Option<Detail> {
    let roles = view::roles(model);
    let Some(id) = roles.get(row) else { return task(model, row - roles.len()) };
    let role = model.ledger()?.incident().roles.get(id);
    let mut lines = Vec::new();
    for (person, from, to) in role.iter().flat_map(|r| &r.past) {
        let to = to.map_or_else(|| "now".to_owned(), |t| t.hms());
        lines.push(format!("{person}  {} – {to}", from.hms()));
    }
    if let Some(offer) = role.and_then(|r| r.offer.as_ref()) {
        lines.push(format!("offered by {} to {} at {}", offer.from, offer.to, offer.at.hms()));
        lines.extend(offer.briefing.lines().map(|l| format!("  {l}")));
    }
    if lines.is_empty() {
        lines.push("nobody has held it".to_owned());
    }
    Some((id.to_string(), lines))
}

/// The open task in that row, with the words that answer it.
fn task(model: &Model, row: usize) -> Option<Detail> {
    let task = model.ledger()?.incident().open_tasks().nth(row)?;
    let lines = vec![
        task.task.text.clone(),
        format!("given by {} at {}, due {}", task.by, task.at.hms(), task.due().hms()),
        format!("answer it: task answer {} done", task.id),
    ];
    Some((format!("task of {}", task.task.to), lines))
}

/// The active run, step by step.
#[must_use]
pub fn run(model: &Model) -> Option<Detail> {
    let run = model.ledger()?.incident().active_run()?;
    let mut lines = vec![
        format!("{} r{} digest {}", run.runbook, run.pinned.revision, run.digest()),
        format!("from {} on {}", run.pinned.path, run.pinned.host),
    ];
    lines.extend(run.pinned.params.iter().map(|(name, value)| format!("  {name}={value}")));
    for id in &run.pinned.steps {
        lines.push(match run.state(id) {
            StepState::Pending => format!("  {id}"),
            StepState::Running { since, by, .. } => format!("▸ {id}  {by} since {}", since.hms()),
            StepState::Ended { at, by, finished } => {
                format!("{} {id}  {} {by} {}", mark(finished.outcome), finished.outcome.as_str(), at.hms())
            }
            StepState::Skipped { at, by, reason } => format!("- {id}  skipped by {by} {}: {reason}", at.hms()),
        });
    }
    Some((run.pinned.title.clone(), lines))
}

const fn mark(outcome: crate::domain::event::StepOutcome) -> &'static str {
    match outcome {
        crate::domain::event::StepOutcome::Passed => "✓",
        _ => "✗",
    }
}

/// A number as people read it: whole where it is whole.
#[must_use]
pub fn number(n: f64) -> String {
    if n.fract() == 0.0 { format!("{n:.0}") } else { format!("{n:.2}") }
}
