//! One watched node: a quiet line when it is well; else its value, the reason, and the last half hour.

use std::collections::BTreeMap;

use crate::app::view::health::{Cell, Node, Trend};
use crate::app::view::tone::{Tone, sign};
use crate::domain::event::NodeState;
use crate::domain::text;
use crate::domain::time::Span;
use crate::ui::panes::role;
use crate::ui::row::Row;
use crate::ui::spark::spark;
use crate::ui::theme::Role;

/// Columns a node's name may take.
const NAME: usize = 16;
/// Columns of a history, at most and at least.
const SPARK: (usize, usize) = (40, 8);

/// How wide the columns are that all nodes share.
pub(super) struct Columns {
    name: usize,
    family: usize,
    values: BTreeMap<&'static str, usize>,
}

impl Columns {
    /// Wide enough for every node.
    pub(super) fn of(nodes: &[Node]) -> Self {
        let mut values = BTreeMap::new();
        for cell in nodes.iter().flat_map(|n| &n.cells) {
            let widest = values.entry(cell.label).or_insert(0);
            *widest = cell.value.width().max(*widest);
        }
        Self {
            name: nodes.iter().map(|n| n.id.width()).max().unwrap_or(0).min(NAME),
            family: nodes.iter().map(|n| n.family.len()).max().unwrap_or(0),
            values,
        }
    }

    /// Where a node's reasons and history begin.
    const fn indent(&self) -> usize {
        self.name + 3
    }
}

/// A node's rows.
pub(super) fn node(n: &Node, item: usize, columns: &Columns, width: usize, rows: &mut Vec<Row>) {
    let state = role(Tone::of(n.state));
    let well = n.state == NodeState::Ok;
    let text_role = if well { Role::Quiet } else { Role::Text };
    let mut row =
        Row::of(if well { Role::Quiet } else { state }, format!(" {}", text::pad_right(n.id.as_str(), columns.name)))
            .say(Role::Quiet, format!("  {} ", text::pad_right(n.family, columns.family)))
            .say(state, text::pad_right(sign(n.state), 2));
    let age = match n.age {
        None => "never".to_owned(),
        Some(0) => "now".to_owned(),
        Some(s) => Span::from_secs(s).words(),
    };
    let age = format!("{} ", text::pad_left(&age, 6));
    for c in &n.cells {
        let piece = cell(c, columns);
        if row.width() + text::width(&piece.0) + text::width(&piece.1) + age.len() + 1 > width {
            continue;
        }
        let value_role = if c.tone == Tone::Plain { text_role } else { role(c.tone) };
        row = row.say(Role::Quiet, piece.0).say(value_role, piece.1);
    }
    let age_role = if n.state == NodeState::Stale { Role::Unknown } else { Role::Quiet };
    rows.push(row.right(age_role, age).item(item));
    for why in &n.why {
        for line in text::wrap(why.as_str(), width.saturating_sub(columns.indent() + 1)) {
            rows.push(Row::new().to(columns.indent()).say(state, line).item(item));
        }
    }
    if let Some(t) = &n.trend {
        rows.push(trend(t, columns.indent(), width).item(item));
    }
}

/// Label and value; values of one label stand under one another.
fn cell(c: &Cell, columns: &Columns) -> (String, String) {
    let widest = columns.values.get(c.label).copied().unwrap_or(0);
    (format!(" {} ", c.label), format!("{} ", text::pad_left(c.value.as_str(), widest)))
}

/// `participation ▇▇▆▅▃▂ 61 %   58 … 99 %   02:43–03:14`
fn trend(t: &Trend, indent: usize, width: usize) -> Row {
    let axis = format!("{}–{} ", t.span.0.hm(), t.span.1.hm());
    let scale = format!("{} … {}", t.scale.0, t.scale.1);
    let fixed = indent + t.label.len() + t.now.width() + text::width(&scale) + axis.len() + 8;
    let room = width.saturating_sub(fixed).clamp(SPARK.1, SPARK.0);
    Row::new()
        .to(indent)
        .say(Role::Quiet, format!("{} ", t.label))
        .say(Role::Warn, spark(&t.points, t.span, room))
        .say(Role::Text, format!(" {}", t.now))
        .say(Role::Quiet, format!("   {scale}"))
        .right(Role::Quiet, axis)
}
