//! What is wrong now, as a runbook's triggers ask for it: from the judge, the board and the log. Only reads.

use std::collections::{BTreeMap, BTreeSet};

use crate::app::model::Model;
use crate::domain::event::{NodeState, Scope};
use crate::domain::id::{NodeId, RunbookId};
use crate::domain::observation::Value;
use crate::domain::signal::SignalId;
use crate::domain::time::At;
use crate::domain::verdict::REACHABILITY;
use crate::runbook::suggest::{Ours, Situation, Suggestion, Symptom, suggest};
use crate::runbook::trigger::Cause;

/// How sure a symptom must be to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sure {
    /// Judged to be failing: for the console, which looks again and again.
    Judged,
    /// Out of a limit: for a single look, which can never see a run of samples.
    Seen,
}

/// The runbooks that fit what is wrong now, the best first.
#[must_use]
pub fn suggested(model: &Model, sure: Sure) -> Vec<Suggestion> {
    suggest(model.shelf.books(), &situation(model, sure))
}

fn situation(model: &Model, sure: Sure) -> Situation {
    let symptoms = symptoms(model, sure);
    if symptoms.is_empty() {
        return Situation::default();
    }
    let (mut running, mut done): (BTreeSet<RunbookId>, BTreeMap<RunbookId, At>) = Default::default();
    for run in model.ledger().iter().flat_map(|l| l.incident().runs.values()).filter(|_| model.is_in_incident()) {
        if run.is_done() {
            done.insert(run.runbook.clone(), run.begun);
        } else {
            running.insert(run.runbook.clone());
        }
    }
    Situation { ours: ours(model), symptoms, running, done }
}

fn ours(model: &Model) -> Vec<Ours> {
    let mine = model.watch.board.views(&model.watch.judge).filter(|v| v.spec.mine);
    mine.map(|v| {
        let version = v.get(SignalId::VERSION).and_then(|s| match s.value() {
            Value::Text(text) => Some(text.to_string()),
            Value::Number(_) => None,
        });
        Ours { id: v.spec.id.clone(), family: v.family(), network: v.spec.network.clone(), version }
    })
    .collect()
}

/// What is wrong, of each own node in turn, then alerts.
fn symptoms(model: &Model, sure: Sure) -> Vec<Symptom> {
    let judge = &model.watch.judge;
    let scope = judge.scope();
    let proved = !matches!(scope.scope, Scope::Healthy | Scope::Unknown);
    let mut found = Vec::new();
    for spec in model.watch.specs.iter().filter(|s| s.mine) {
        let Some(verdict) = judge.verdict(&spec.id) else { continue };
        let before = found.len();
        let mut add = |cause: Cause, says: String| found.push(Symptom { cause, node: Some(spec.id.clone()), says });
        if verdict.signal == REACHABILITY
            && verdict.state != NodeState::Warn
            && (verdict.since.is_some() || sure == Sure::Seen)
        {
            let why = verdict.why.first().map(String::as_str).unwrap_or_default();
            add(Cause::Reachability, format!("{}: {why}", spec.id));
        }
        let bad = |state: NodeState, judged: bool| match sure {
            // A scope that warnings alone have proved is failing too.
            Sure::Judged => judged && (state == NodeState::Bad || proved),
            Sure::Seen => true,
        };
        for reason in judge.reasons(&spec.id).into_iter().filter(|r| bad(r.state, r.judged)) {
            add(Cause::Signal(reason.signal), format!("{}: {}", spec.id, reason.why));
        }
        if found.len() == before {
            continue;
        }
        let mut add = |cause: Cause, says: String| found.push(Symptom { cause, node: Some(spec.id.clone()), says });
        if let Some(plight) = judge.plight(&spec.id, model.now) {
            add(Cause::Plight(plight), format!("{} is {}", spec.id, plight.as_str()));
        }
        if proved {
            let first = scope.evidence.first().map(|e| format!(": {e}")).unwrap_or_default();
            add(Cause::Scope(scope.scope), format!("{}{first}", scope.scope.as_str().to_uppercase()));
        }
    }
    found.extend(told(model));
    found
}

/// What the log or others say: alerts, and verdicts about nodes that are not watched from here.
fn told(model: &Model) -> Vec<Symptom> {
    let mut alerts = model.alerts();
    alerts.sort_by_key(|a| (a.since, &a.fingerprint));
    let mut found: Vec<Symptom> = alerts
        .into_iter()
        .map(|a| {
            let summary = if a.summary.is_empty() { String::new() } else { format!(": {}", a.summary) };
            Symptom { cause: Cause::Alert(a.name.clone()), node: None, says: format!("alert {}{summary}", a.name) }
        })
        .collect();
    let watched: BTreeSet<&NodeId> = model.watch.specs.iter().map(|s| &s.id).collect();
    let facts = model.ledger().filter(|_| model.is_in_incident()).map(|l| l.incident().failing()).into_iter().flatten();
    for ((node, signal), fact) in facts.filter(|((node, _), _)| !watched.contains(node)) {
        let cause = match SignalId::find(signal) {
            Some(id) => Cause::Signal(id),
            None if signal == REACHABILITY => Cause::Reachability,
            None => continue,
        };
        found.push(Symptom { cause, node: Some(node.clone()), says: format!("{node}: {}", fact.why) });
    }
    found
}
