//! FAILING: what is broken, since when, where, and how we know.

use std::collections::BTreeMap;

use crate::app::board::NodeView;
use crate::app::model::Model;
use crate::app::view::tone::{Said, Tone};
use crate::domain::event::{AlertFired, Event, HealthEvent, NodeState, Scope};
use crate::domain::time::{At, Span};
use crate::domain::verdict::Plight;

/// One fault of one or several nodes.
struct Fault {
    nodes: Vec<String>,
    why: String,
    since: Option<At>,
    state: NodeState,
    plight: Option<Plight>,
}

/// What fails of our own, then where the trouble is, then alerts; empty when nothing does.
pub(super) fn failing(model: &Model) -> Vec<Said> {
    let mut said: Vec<Said> = blind(model).into_iter().collect();
    said.extend(faults(model).into_iter().map(|f| tell(&f, model.now)));
    for alert in alerts(model) {
        let for_how_long = model.now.elapsed_since(alert.since).words();
        said.push(
            Said::new(Tone::Warn, format!("alert {} for {for_how_long}", alert.name))
                .or(format!("alert {}", alert.name)),
        );
    }
    if !said.is_empty() || !matches!(model.watch.judge.scope().scope, Scope::Healthy | Scope::Unknown) {
        said.extend(scope(model));
    }
    said.extend(damaged(model));
    said
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

/// Alerts that fire: those of the log, and before there is one those that were told here.
fn alerts(model: &Model) -> Vec<&AlertFired> {
    if let Some(ledger) = model.ledger().filter(|l| l.incident().status.is_some()) {
        return ledger.incident().alerts.values().map(|fact| &fact.alert).collect();
    }
    let told = model.watch.said.values().filter_map(|event| match event {
        Event::Health(HealthEvent::Fired(alert)) => Some(&**alert),
        _ => None,
    });
    told.collect()
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
    let mut add = |signal: &str, node: &str, why: &str, since: Option<At>, state: NodeState| {
        let key = if signal == "reachability" { format!("{signal} {why}") } else { signal.to_owned() };
        let fault = by_kind.entry(key).or_insert_with(|| Fault {
            nodes: Vec::new(),
            why: why.to_owned(),
            since,
            state,
            plight: None,
        });
        fault.nodes.push(node.to_owned());
        fault.since = match (fault.since, since) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    };
    for f in model.watch.judge.failing() {
        let why = f.text.strip_prefix(&format!("{}: ", f.node)).unwrap_or(&f.text);
        add(&f.signal, f.node.as_str(), why, f.since, f.state);
    }
    // A scope that is proved by warnings alone: the warnings are what fails.
    let scope = model.watch.judge.scope().scope;
    if model.watch.judge.failing().is_empty() && !matches!(scope, Scope::Healthy | Scope::Unknown) {
        for spec in model.watch.specs.iter().filter(|s| s.mine) {
            if let Some(v) = model.watch.judge.verdict(&spec.id).filter(|v| v.state == NodeState::Warn) {
                let why = v.why.first().map(String::as_str).unwrap_or_default();
                add(&v.signal, spec.id.as_str(), why, v.since, v.state);
            }
        }
    }
    let facts = model.ledger().map(|l| l.incident().failing()).into_iter().flatten();
    for ((node, signal), fact) in facts {
        if !model.watch.specs.iter().any(|s| s.id == *node) {
            add(signal, node.as_str(), &fact.why, Some(fact.since), fact.state);
        }
    }
    let mut faults: Vec<Fault> = by_kind.into_values().collect();
    for fault in &mut faults {
        let first = fault.nodes.first().map(|n| n.as_str().into());
        fault.plight = first.and_then(|n| model.watch.judge.plight(&n, model.now));
    }
    faults.sort_by_key(|f| (f.since, f.nodes.len()));
    faults
}

fn tell(fault: &Fault, now: At) -> Said {
    let who = match fault.nodes.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
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
