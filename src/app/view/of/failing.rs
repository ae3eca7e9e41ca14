//! FAILING: what is broken, since when, where, and how we know.

use std::collections::BTreeMap;

use crate::app::board::NodeView;
use crate::app::matter::Matter;
use crate::app::model::Model;
use crate::app::view::of::relapse::came_back;
use crate::app::view::tone::{Said, Tone};
use crate::domain::event::{AlertFired, NodeState, Scope};
use crate::domain::id::NodeId;
use crate::domain::observation::Family;
use crate::domain::signal::SignalId;
use crate::domain::time::{At, Span};
use crate::domain::verdict::{Plight, is_severe};

/// One fault of one or several nodes.
struct Fault {
    signal: String,
    nodes: Vec<NodeId>,
    why: String,
    since: Option<At>,
    state: NodeState,
    plight: Option<Plight>,
}

/// What fails of our own, then where the trouble is, then alerts; empty when nothing does.
pub(super) fn failing(model: &Model) -> Vec<Said> {
    matters(model).into_iter().map(|(_, said)| said).collect()
}

/// The lines of FAILING, each with what it is about, in the order of the screen.
#[must_use]
pub fn matters(model: &Model) -> Vec<(Matter, Said)> {
    let mut all: Vec<(Matter, Said)> = blind(model).into_iter().map(|said| (Matter::View, said)).collect();
    all.extend(came_back(model));
    let alerts = model.alerts();
    // An alert has a line of its own: that its source counts it, or counted it a moment ago, is no second fault.
    let counted = |f: &Fault| {
        let none = |id: &NodeId| count(model, id) == Some(0.0);
        let told = |id: &NodeId| none(id) || alerts.iter().any(|a| a.node == *id);
        f.signal == SignalId::ALERTS.name() && f.nodes.iter().all(told)
    };
    for fault in faults(model).into_iter().filter(|f| !counted(f)) {
        let said = tell(&fault, model.now);
        all.push((Matter::Fault { signal: fault.signal, nodes: fault.nodes, since: fault.since }, said));
    }
    all.extend(told(model.now, &alerts));
    let place = model.watch.judge.scope().scope;
    if !all.is_empty() || !matches!(place, Scope::Healthy | Scope::Unknown) {
        // "Is it only us?" must stand on the screen however much else fails: behind the first fault, where it is not.
        let first = all.iter().position(|(matter, _)| matches!(matter, Matter::Fault { .. }));
        let at = first.filter(|_| is_elsewhere(place)).map_or(all.len(), |first| first + 1);
        all.splice(at..at, scope(model).map(|said| (Matter::Scope, said)));
    }
    all.extend(damaged(model).map(|said| (Matter::Log, said)));
    all
}

/// From this age on of the newest observation our own pollers are what fails; they ask at least every 10 s.
const BLIND_AFTER: Span = Span::from_secs(20);

/// That we see nothing: then every other line says what was, not what is.
fn blind(model: &Model) -> Option<Said> {
    let heard = model.watch.heard.filter(|h| model.drill.is_none() && model.now.since(*h) > BLIND_AFTER);
    if let Some(heard) = heard {
        let long = model.now.elapsed_since(heard).words();
        return Some(
            Said::new(Tone::Bad, format!("OUR VIEW is stale: nothing was measured for {long}")).or("OUR VIEW is stale"),
        );
    }
    let views = model.watch.board.views(&model.watch.judge).filter(|v| v.spec.family.is_chain());
    let nodes: Vec<_> = views.collect();
    let lost = |v: &NodeView<'_>| v.failure.is_some() && matches!(v.state, NodeState::Stale | NodeState::Unknown);
    // One node that is silent is that node's matter; all of them at once, others' among them, are ours.
    let ours = nodes.len() > 1 && nodes.iter().any(|v| !v.spec.mine) && nodes.iter().all(lost);
    let since = nodes.iter().filter_map(|v| v.since).max().filter(|_| ours)?;
    let long = model.now.elapsed_since(since).words();
    let words = format!(
        "OUR VIEW is stale: none of {} nodes, ours and others', answers for {long}: our own link?",
        nodes.len()
    );
    Some(Said::new(Tone::Bad, words).or("OUR VIEW is stale"))
}

/// A log that is not whole: what it shows may not be all there is, and a declaration may be what is missing.
fn damaged(model: &Model) -> Option<Said> {
    let case = model.case.as_ref().filter(|c| !c.faults.is_empty())?;
    let places = match case.faults.len() {
        1 => "in one place".to_owned(),
        n => format!("in {n} places"),
    };
    let unknown = if case.incident().status.is_none() { "; whether it is open cannot be known" } else { "" };
    let words = format!("the log of {} is damaged {places}{unknown} · warroom verify {}", case.id, case.id);
    Some(Said::new(Tone::Bad, words).or("the log is damaged · warroom verify"))
}

/// How many alerts fire by the latest word of their source.
fn count(model: &Model, source: &NodeId) -> Option<f64> {
    let view = model.watch.board.view(source, &model.watch.judge)?;
    view.get(SignalId::ALERTS)?.value().number()
}

/// Names of alerts that are told one by one; of more, the oldest, and how many the others are.
const NAMES_TOLD: usize = 4;

/// Alerts by name, those that fire longest first: many of one name are one line.
fn told(now: At, alerts: &[&AlertFired]) -> Vec<(Matter, Said)> {
    let mut by_name: BTreeMap<&str, Vec<&AlertFired>> = BTreeMap::new();
    alerts.iter().for_each(|a| by_name.entry(&a.name).or_default().push(a));
    let mut named: Vec<(At, &str, Vec<&AlertFired>)> =
        by_name.into_iter().filter_map(|(name, of)| Some((of.iter().map(|a| a.since).min()?, name, of))).collect();
    named.sort_by_key(|(since, name, _)| (*since, *name));
    let more = named.len().saturating_sub(NAMES_TOLD);
    let mut lines: Vec<(Matter, Said)> = named
        .iter()
        .take(NAMES_TOLD)
        .map(|(since, name, of)| {
            let tone = if of.iter().any(|a| is_severe(&a.severity)) { Tone::Bad } else { Tone::Warn };
            let count = if of.len() > 1 { format!(" ({} of them)", of.len()) } else { String::new() };
            let summary = of.iter().map(|a| a.summary.as_str()).find(|s| !s.is_empty());
            let summary = summary.map(|s| format!(": {s}")).unwrap_or_default();
            let long = now.elapsed_since(*since).words();
            let said =
                Said::new(tone, format!("alert {name}{count} for {long}{summary}")).or(format!("alert {name}{count}"));
            (Matter::Alert((*name).to_owned()), said)
        })
        .collect();
    if let Some((_, name, _)) = named.get(NAMES_TOLD) {
        let s = if more == 1 { "" } else { "s" };
        lines.push((Matter::Alert((*name).to_owned()), Said::new(Tone::Warn, format!("and {more} more alert{s}"))));
    }
    lines
}

/// In an incident the line is never empty: that nothing fails is worth saying, and that is all it means.
pub(super) fn or_none(model: &Model, said: Vec<Said>) -> Vec<Said> {
    if !said.is_empty() {
        return said;
    }
    let watched = model.watch.specs.len();
    let text = if watched == 0 { "nothing is watched from here" } else { "nothing of ours fails now" };
    vec![Said::new(if watched == 0 { Tone::Unknown } else { Tone::Ok }, text)]
}

/// Faults of own nodes, those of one kind together; verdicts of the log about nodes that are not watched from here.
fn faults(model: &Model) -> Vec<Fault> {
    let mut by_kind: BTreeMap<String, Fault> = BTreeMap::new();
    let mut add = |signal: &str, node: &NodeId, why: &str, since: Option<At>, state: NodeState| {
        let key = if signal == "reachability" { format!("{signal} {why}") } else { signal.to_owned() };
        let fault = by_kind.entry(key).or_insert_with(|| Fault {
            signal: signal.to_owned(),
            nodes: Vec::new(),
            why: why.to_owned(),
            since,
            state,
            plight: None,
        });
        fault.nodes.push(node.clone());
        fault.since = match (fault.since, since) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    };
    for f in model.watch.judge.failing() {
        let why = f.text.strip_prefix(&format!("{}: ", f.node)).unwrap_or(&f.text);
        add(&f.signal, &f.node, why, f.since, f.state);
    }
    // A scope that is proved by warnings alone: the warnings are what fails.
    let scope = model.watch.judge.scope().scope;
    if model.watch.judge.failing().is_empty() && !matches!(scope, Scope::Healthy | Scope::Unknown) {
        for spec in model.watch.specs.iter().filter(|s| s.mine) {
            if let Some(v) = model.watch.judge.verdict(&spec.id).filter(|v| v.state == NodeState::Warn) {
                let why = v.why.first().map(String::as_str).unwrap_or_default();
                add(&v.signal, &spec.id, why, v.since, v.state);
            }
        }
    }
    let facts = model.ledger().map(|l| l.incident().failing()).into_iter().flatten();
    for ((node, signal), fact) in facts {
        if !model.watch.specs.iter().any(|s| s.id == *node) {
            add(signal, node, &fact.why, Some(fact.since), fact.state);
        }
    }
    let mut faults: Vec<Fault> = by_kind.into_values().collect();
    for fault in &mut faults {
        fault.plight = fault.nodes.first().and_then(|n| model.watch.judge.plight(n, model.now));
    }
    // Where the trouble is not ours, our own machine comes last, however long it has been busy: people look for the network first.
    let is_machine = |id: &NodeId| model.watch.specs.iter().any(|s| s.id == *id && s.family == Family::Host);
    faults.sort_by_key(|f| (is_elsewhere(scope) && f.nodes.iter().all(is_machine), f.since, f.nodes.len()));
    faults
}

/// Whether the trouble is proved not to be ours alone.
const fn is_elsewhere(scope: Scope) -> bool {
    !matches!(scope, Scope::Local | Scope::Healthy | Scope::Unknown)
}

fn tell(fault: &Fault, now: At) -> Said {
    let who = match fault.nodes.as_slice() {
        [] => String::new(),
        [one] => one.to_string(),
        [a, b] => format!("{a}, {b}"),
        [a, rest @ ..] => format!("{a} and {} more", rest.len()),
    };
    let long = fault.since.map(|s| format!(" for {}", now.elapsed_since(s).words())).unwrap_or_default();
    let core = fault.why.split(';').next().unwrap_or(&fault.why);
    let more = fault.why.get(core.len()..).unwrap_or_default();
    let tone = Tone::of(fault.state);
    let who = fault.plight.map_or_else(|| who.clone(), |p| format!("{who} {}", p.as_str()));
    Said::new(tone, format!("{who}: {core}{long}{more}")).or(format!("{who}: {core}{long}"))
}

/// Where the trouble is, with the first comparison that proves it.
fn scope(model: &Model) -> Option<Said> {
    let verdict = model.watch.judge.scope();
    let evidence = verdict.evidence.join("; ");
    let name = verdict.scope.as_str().to_uppercase();
    match verdict.scope {
        Scope::Healthy => None,
        Scope::Unknown if model.watch.specs.is_empty() => None,
        Scope::Unknown => Some(Said::new(Tone::Unknown, format!("scope {evidence}")).or("scope unknown")),
        Scope::Fork | Scope::Partition | Scope::ClientMinority => {
            // The first comparison names both sides; the pane and the log have the others.
            let first = verdict.evidence.first().cloned().unwrap_or_default();
            let short = first.split(": ").next().unwrap_or_default().to_owned();
            Some(Said::new(Tone::Bad, format!("{name}: {first}")).or(format!("{name}: {short}")))
        }
        _ if evidence.is_empty() => Some(Said::new(Tone::Bad, name)),
        _ => Some(Said::new(Tone::Bad, format!("{name}: {evidence}")).or(name)),
    }
}
