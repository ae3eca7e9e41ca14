//! From a FAILING line to what proves it: the sentence, the values with age and source, the comparisons, and the raw replies.
//! Untrusted text is passed on as it is: the view makes it fit to be seen. Must not know how a reply is had.

use std::collections::{BTreeMap, BTreeSet};

use crate::app::board::NodeView;
use crate::app::detail;
use crate::app::matter::Matter;
use crate::app::model::Model;
use crate::app::msg::Recorder;
use crate::app::vote_grid;
use crate::domain::event::AlertFired;
use crate::domain::id::NodeId;
use crate::domain::observation::{Family, Value};
use crate::domain::raw::{RawReply, RawRound};
use crate::domain::signal::SignalId;
use crate::domain::subject::Subject;
use crate::domain::time::At;
use crate::domain::verdict::REACHABILITY;

/// Nodes whose raw replies are shown on one page: more than fit into anybody's head; the others have pages of their own.
const NODES: usize = 4;

/// A page: what stands there, and whose raw replies belong under it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Its title.
    pub title: String,
    /// Its lines.
    pub lines: Vec<String>,
    /// Nodes, each with the sources of the values that the verdict rests on.
    pub nodes: Vec<(NodeId, Vec<String>)>,
}

/// The page of one FAILING line, with the line itself at its head.
#[must_use]
pub fn page(model: &Model, matter: &Matter, line: &str) -> Page {
    let mut lines = vec![format!("as of {} UTC", model.now.hms()), format!("FAILING  {line}"), String::new()];
    let nodes = match matter {
        Matter::View => every_node(model, &mut lines),
        Matter::Fault { signal, nodes, since } => fault(model, signal, nodes, *since, &mut lines),
        Matter::Alert(name) => alert(model, name, &mut lines),
        Matter::Scope => compared(model),
        Matter::Log => {
            lines.extend(model.case.iter().flat_map(|c| &c.faults).map(|f| f.says.clone()));
            Vec::new()
        }
    };
    if !matches!(matter, Matter::Log) {
        lines.extend(detail::comparisons(model));
    }
    let title = format!("evidence: {}", name_of(matter));
    Page { title, lines, nodes: nodes.into_iter().take(NODES).collect() }
}

/// The page of one node: all that is known of it, and which calls its verdict rests on.
#[must_use]
pub fn node_page(model: &Model, row: usize) -> Option<Page> {
    let (title, lines) = detail::node(model, row)?;
    let spec = model.watch.specs.get(row);
    let nodes = spec.map(|s| (s.id.clone(), sources(model, &s.id))).into_iter().collect();
    Some(Page { title, lines, nodes })
}

fn name_of(matter: &Matter) -> String {
    match matter {
        Matter::View => "our own view".to_owned(),
        Matter::Fault { signal, .. } => signal.clone(),
        Matter::Alert(name) => format!("alert {name}"),
        Matter::Scope => "where the trouble is".to_owned(),
        Matter::Log => "the log".to_owned(),
    }
}

/// The sources of the values that this node's verdict rests on.
fn sources(model: &Model, node: &NodeId) -> Vec<String> {
    let Some(view) = model.watch.board.view(node, &model.watch.judge) else { return Vec::new() };
    let reasons = model.watch.judge.reasons(node);
    reasons
        .iter()
        .filter_map(|r| Some(view.get(r.signal)?.source().to_owned()))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}

fn with_sources(model: &Model, nodes: impl IntoIterator<Item = NodeId>) -> Vec<(NodeId, Vec<String>)> {
    nodes.into_iter().map(|id| (id.clone(), sources(model, &id))).collect()
}

fn fault(
    model: &Model,
    signal: &str,
    nodes: &[NodeId],
    since: Option<At>,
    lines: &mut Vec<String>,
) -> Vec<(NodeId, Vec<String>)> {
    if let Some(since) = since {
        lines.push(format!("first bad sample {} UTC, {} ago", since.hms(), model.now.elapsed_since(since).words()));
    }
    match SignalId::find(signal) {
        Some(id) => lines.push(format!("judged by {signal}: {}", id.row().meaning)),
        None if signal == REACHABILITY => lines.push("judged by whether it gives a usable answer".to_owned()),
        None => lines.push(format!("judged by {signal}")),
    }
    for node in nodes {
        lines.push(String::new());
        match model.watch.board.view(node, &model.watch.judge) {
            Some(view) => about(model, &view, lines),
            None => lines.push(format!("{node} is not watched from here: the log has its verdict")),
        }
    }
    let mut asked: Vec<NodeId> = Vec::new();
    for node in nodes {
        // An objective is reckoned from other lines: theirs are the replies.
        let spec = model.watch.specs.iter().find(|s| s.id == *node);
        match spec.and_then(|s| s.subject.as_deref()) {
            Some(Subject::Slo(objective, _)) => asked.extend(objective.nodes.iter().cloned()),
            _ => asked.push(node.clone()),
        }
    }
    with_sources(model, asked)
}

/// A node in its own words: every rule that it is out of, with the value, its age and its source.
fn about(model: &Model, view: &NodeView<'_>, lines: &mut Vec<String>) {
    let spec = view.spec;
    lines.push(format!("{} · {} · {} · {}", spec.id, spec.family.as_str(), spec.url, view.state.as_str()));
    let reasons = model.watch.judge.reasons(&spec.id);
    if reasons.is_empty() {
        lines.extend(view.why.iter().map(|w| format!("  ! {w}")));
    }
    for reason in &reasons {
        lines.push(format!("  ! {}", reason.why));
        let judged = if reason.judged { "judged" } else { "not yet judged" };
        lines.push(format!("    {} · {judged} · since {} UTC", reason.signal.name(), reason.since.hms()));
        if let Some(seen) = view.get(reason.signal) {
            let value = match seen.value() {
                Value::Number(n) => detail::number(*n),
                Value::Text(text) => text.to_string(),
            };
            let unit = spec.unit(reason.signal);
            let gap = if unit.is_empty() { "" } else { " " };
            lines.push(format!("    {value}{gap}{unit}, {} s old, from {}", seen.age(model.now).secs(), seen.source()));
        }
    }
    if let Some(failure) = view.failure {
        lines.push(format!("  last round: {failure}"));
    }
    if let Some((at, votes)) = view.votes {
        lines.push(format!("  votes, {} s old", model.now.elapsed_since(*at).secs()));
        lines.extend(vote_grid::lines(votes).into_iter().map(|l| format!("  {l}")));
    }
    lines.extend(view.facts.iter().map(|f| format!("  {:<16} {}", f.topic, f.text)));
}

fn alert(model: &Model, name: &str, lines: &mut Vec<String>) -> Vec<(NodeId, Vec<String>)> {
    let mut told: Vec<&AlertFired> = model.alerts().into_iter().filter(|a| a.name == name).collect();
    told.sort_by_key(|a| a.since);
    for a in &told {
        let severity = if a.severity.is_empty() { "no severity" } else { &a.severity };
        lines.push(format!("{} ({severity}) since {} UTC, told by {}", a.name, a.since.hms(), a.node));
        lines.push(format!("  {}", a.summary));
        lines.push(format!("  fingerprint {}", a.fingerprint));
    }
    let nodes: BTreeSet<NodeId> = told.into_iter().map(|a| a.node.clone()).collect();
    let source = |id: &NodeId| {
        let view = model.watch.board.view(id, &model.watch.judge)?;
        Some(view.get(SignalId::ALERTS)?.source().to_owned())
    };
    nodes.into_iter().map(|id| (id.clone(), source(&id).into_iter().collect())).collect()
}

/// The nodes of a comparison: our own that fail, then those of others.
fn compared(model: &Model) -> Vec<(NodeId, Vec<String>)> {
    let failing: Vec<NodeId> = model.watch.judge.failing().into_iter().map(|f| f.node).collect();
    let others = model.watch.specs.iter().filter(|s| !s.mine && s.family.is_chain()).map(|s| s.id.clone());
    let half = failing.into_iter().take(NODES / 2);
    with_sources(model, half.chain(others))
}

fn every_node(model: &Model, lines: &mut Vec<String>) -> Vec<(NodeId, Vec<String>)> {
    for view in model.watch.board.views(&model.watch.judge) {
        let heard =
            view.heard.map_or_else(|| "never".to_owned(), |at| format!("{} ago", model.now.elapsed_since(at).words()));
        let why = view.failure.map(|f| format!(": {f}")).unwrap_or_default();
        lines.push(format!("{:<16} heard {heard}{why}", view.spec.id.as_str()));
    }
    with_sources(model, model.watch.specs.iter().map(|s| s.id.clone()))
}

/// The raw replies of one node as lines: first those that the verdict rests on.
#[must_use]
pub fn replies(model: &Model, node: &NodeId, sources: &[String], round: Option<&RawRound>) -> Vec<String> {
    let mut lines = vec![String::new()];
    let Some(round) = round.filter(|r| !r.replies.is_empty()) else {
        lines.push(format!("{RAW} of {node}: none here. {}", why_none(model, node)));
        return lines;
    };
    let age = model.now.elapsed_since(round.asked).secs();
    lines.push(format!("{RAW} of {node}, asked at {} UTC, {age} s ago", round.asked.hms()));
    let proves = |reply: &&RawReply| sources.iter().any(|s| reply.is_of(s));
    let (proof, others): (Vec<&RawReply>, Vec<&RawReply>) = round.replies.iter().partition(proves);
    let both = !proof.is_empty() && !others.is_empty();
    if !proof.is_empty() {
        lines.push(format!("the call that proved it ({}):", sources.join("; ")));
    }
    proof.into_iter().for_each(|r| add(r, &mut lines));
    if both {
        lines.push("the other calls of that round:".to_owned());
    }
    others.into_iter().for_each(|r| add(r, &mut lines));
    if round.left_out > 0 {
        lines.push(format!("  and {} more requests", round.left_out));
    }
    lines
}

fn add(reply: &RawReply, lines: &mut Vec<String>) {
    lines.push(format!("  {}", reply.request));
    lines.extend(reply.lines.iter().map(|l| format!("    {l}")));
}

/// Why there is no raw reply: who has it, or that nobody was asked.
fn why_none(model: &Model, node: &NodeId) -> String {
    let spec = model.watch.specs.iter().find(|s| s.id == *node);
    let posted = spec.is_some_and(|s| matches!(s.subject.as_deref(), Some(Subject::Webhook(_))));
    if model.drill.is_some() {
        return "In a drill the values come from its scenario: no node is asked.".to_owned();
    }
    match spec.map(|s| s.family) {
        None => "It is not watched from here.".to_owned(),
        Some(_) if model.watch.recorder == Recorder::Theirs => {
            "Another console of this host polls: its own page has them.".to_owned()
        }
        Some(Family::Alertmanager) if posted => "Nobody is asked: alerts are posted to us, as told above.".to_owned(),
        Some(Family::Slo) => "Nobody is asked: it is reckoned from the lines it names.".to_owned(),
        Some(_) => "No round has ended yet.".to_owned(),
    }
}

/// Above the raw replies of a node.
pub const RAW: &str = "raw replies";

/// Whose replies the page that is read still waits for, each with the sources its verdict rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Awaited {
    /// The page's title.
    pub title: String,
    /// Nodes that have not answered.
    pub nodes: BTreeMap<NodeId, Vec<String>>,
}
