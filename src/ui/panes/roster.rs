//! The roster pane: roles with holder and time, tasks with what is left, and who is here.

use crate::app::view::roster::{RoleRow, Roster, TaskRow};
use crate::domain::text;
use crate::ui::panes::role;
use crate::ui::row::Row;
use crate::ui::theme::Role;

/// The pane's rows at this width.
pub(in crate::ui) fn roster(view: &Roster, width: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    let name = view.roles.iter().map(|r| r.name.width()).max().unwrap_or(0).min(width / 2);
    for (i, r) in view.roles.iter().enumerate() {
        rows.push(one(r, name).item(i));
        if !r.offer.is_empty() {
            rows.push(Row::new().to(3).say(Role::Due, r.offer.clone()).item(i));
        }
    }
    let base = view.roles.len();
    rows.extend(view.tasks.iter().enumerate().map(|(i, t)| task(t).item(base + i)));
    if !view.here.is_empty() {
        let names: Vec<&str> = view.here.iter().map(crate::domain::text::Shown::as_str).collect();
        rows.push(Row::of(Role::Quiet, " here  ").say(Role::Text, names.join(", ")));
    }
    if let Some(hint) = &view.hint {
        for line in text::wrap(hint.as_str(), width.saturating_sub(2)) {
            rows.push(Row::new().to(1).say(Role::Quiet, line));
        }
    }
    rows
}

fn one(r: &RoleRow, name: usize) -> Row {
    Row::of(Role::Quiet, format!(" {}", text::pad_right(r.name.as_str(), name)))
        .say(Role::Text, "  ")
        .say(role(r.tone), r.holder.clone())
        .right(Role::Quiet, format!("{} ", r.since))
}

fn task(t: &TaskRow) -> Row {
    Row::of(Role::Text, format!(" {}: ", t.who))
        .say(Role::Text, t.text.clone())
        .right(role(t.tone), format!("{} ", t.left))
}
