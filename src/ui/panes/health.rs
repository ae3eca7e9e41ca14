//! The health pane: scope, own nodes, other people's nodes, alerts, and apart from all that what operators report.

use crate::app::view::health::{Health, Peer};
use crate::app::view::tone::Said;
use crate::domain::text;
use crate::domain::time::Span;
use crate::ui::panes::node::{Columns, node};
use crate::ui::panes::role;
use crate::ui::row::Row;
use crate::ui::theme::Role;

/// Columns an operator's name may take.
const OPERATOR: usize = 14;

/// The pane's rows at this width.
pub(in crate::ui) fn health(view: &Health, width: usize) -> Vec<Row> {
    let mut rows: Vec<Row> = said(&view.scope, width);
    let columns = Columns::of(&view.nodes);
    let (own, others): (Vec<_>, Vec<_>) = view.nodes.iter().enumerate().partition(|(_, n)| n.mine);
    for (i, n) in own {
        node(n, i, &columns, width, &mut rows);
    }
    if !others.is_empty() {
        rows.push(Row::of(Role::Quiet, " not ours, watched from here"));
        for (i, n) in others {
            node(n, i, &columns, width, &mut rows);
        }
    }
    if !view.alerts.is_empty() {
        rows.extend(said(&view.alerts, width));
    }
    peers(view, &mut rows);
    if !view.hints.is_empty() {
        if !rows.is_empty() {
            rows.push(Row::new());
        }
        rows.extend(said(&view.hints, width));
    }
    rows
}

/// Sentences, wrapped, each on rows of its own.
fn said(sentences: &[Said], width: usize) -> Vec<Row> {
    let line = |s: &Said| {
        let role = role(s.tone);
        let lines = text::wrap(s.text.as_str(), width.saturating_sub(2));
        lines.into_iter().enumerate().map(move |(i, l)| Row::new().to(if i == 0 { 1 } else { 3 }).say(role, l))
    };
    sentences.iter().flat_map(line).collect()
}

fn peers(view: &Health, rows: &mut Vec<Row>) {
    if view.peers.is_empty() {
        return;
    }
    if !rows.is_empty() {
        rows.push(Row::new());
    }
    rows.push(Row::of(Role::Reported, " reported by operators").right(Role::Quiet, "stake     age "));
    let name = view.peers.iter().map(|p| p.operator.width()).max().unwrap_or(0).min(OPERATOR);
    for (i, p) in view.peers.iter().enumerate() {
        rows.push(peer(p, name).item(view.nodes.len() + i));
    }
}

fn peer(p: &Peer, name: usize) -> Row {
    let tone = role(p.tone);
    let age = text::pad_left(&Span::from_secs(p.age).words(), 7);
    let stake = text::pad_left(p.stake.as_str(), 7);
    let mut row = Row::of(tone, format!(" {}", text::pad_right(p.operator.as_str(), name))).to(name + 3);
    let said: Vec<&str> = [p.mark.as_str(), p.note.as_str()].into_iter().filter(|t| !t.is_empty()).collect();
    if !said.is_empty() {
        row = row.say(Role::Warn, format!("{}  ", said.join(", ")));
    }
    row = row.say(tone, p.says.clone());
    row.right(tone, stake).right(Role::Quiet, format!(" {age} "))
}
