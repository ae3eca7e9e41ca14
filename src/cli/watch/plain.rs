//! The picture in lines for people and screen readers: whole at first, then only what changed. No symbols, no columns.

use crate::cli::watch::picture::NodeSaid;
use crate::cli::watch::picture::PeerSaid;
use crate::cli::watch::picture::Picture;

/// Signals that a line about a node carries, in this order, where it has them.
const SPOKEN: &[(&str, &str)] = &[
    ("chain.height", "height"),
    ("chain.finality_lag", "finality lag"),
    ("net.peers", "peers"),
    ("txpool.pending", "pending transactions"),
];

/// Everything.
#[must_use]
pub fn whole(now: &Picture) -> Vec<String> {
    let time = now.at.hms();
    let mut lines = vec![format!("{time} scope of {}: {}", now.network, scope(now))];
    lines.extend(strip(now).into_iter().map(|l| format!("{time} {l}")));
    lines.extend(now.nodes.iter().map(|n| format!("{time} {}", node(n))));
    lines.extend(now.peers.iter().map(|p| format!("{time} {}", peer(p))));
    lines
}

/// What is different from before.
#[must_use]
pub fn changes(before: &Picture, now: &Picture) -> Vec<String> {
    let (time, was, is) = (now.at.hms(), before.still(), now.still());
    let mut lines = Vec::new();
    if was.scope != is.scope {
        lines.push(format!("{time} scope of {}: {}", now.network, scope(now)));
    }
    if (&was.failing, &was.doing, &was.next) != (&is.failing, &is.doing, &is.next) {
        lines.extend(strip(now).into_iter().map(|l| format!("{time} {l}")));
    }
    for said in &now.nodes {
        let old = before.nodes.iter().find(|n| n.id == said.id);
        if old.is_none_or(|o| (o.state, bare(&o.why)) != (said.state, bare(&said.why))) {
            lines.push(format!("{time} {}", node(said)));
        }
    }
    for said in &now.peers {
        let old = before.peers.iter().find(|p| p.operator == said.operator);
        if old.is_none_or(|o| (o.trust, &o.summary) != (said.trust, &said.summary)) {
            lines.push(format!("{time} {}", peer(said)));
        }
    }
    lines
}

/// Reasons without their numbers: a lag that grows is the same reason.
fn bare(why: &[String]) -> Vec<String> {
    why.iter().map(|w| w.chars().filter(|c| !c.is_ascii_digit() && *c != '.').collect()).collect()
}

fn scope(now: &Picture) -> String {
    if now.scope.evidence.is_empty() {
        return now.scope.verdict.to_owned();
    }
    format!("{}: {}", now.scope.verdict, now.scope.evidence.join("; "))
}

fn strip(now: &Picture) -> Vec<String> {
    let rows = [("FAILING", &now.failing), ("DOING", &now.doing), ("NEXT", &now.next)];
    if rows.iter().all(|(_, said)| said.is_empty()) {
        return vec!["nothing of ours fails, no incident is open".to_owned()];
    }
    rows.iter()
        .filter(|(_, said)| !said.is_empty())
        .map(|(name, said)| format!("{name}: {}", said.join("; ")))
        .collect()
}

fn node(said: &NodeSaid) -> String {
    let own = if said.mine { "" } else { ", not ours" };
    let mut text = format!("node {} ({}{own}) is {}", said.id, said.family, said.state);
    if !said.why.is_empty() {
        text.push_str(&format!(": {}", said.why.join("; ")));
    }
    for (name, words) in SPOKEN {
        if let Some(signal) = said.signals.get(name) {
            text.push_str(&format!(", {words} {}", signal.value));
        }
    }
    text
}

fn peer(said: &PeerSaid) -> String {
    let mut text = format!("operator {} says ({}, {} s old): {}", said.operator, said.trust, said.age_s, said.summary);
    if !said.why.is_empty() {
        text.push_str(&format!("; not counted: {}", said.why));
    }
    text
}
