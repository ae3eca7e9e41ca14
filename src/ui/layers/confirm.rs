//! A question before something is done: what exactly, where, under which digest; then yes or no, or a name to type.

use ratatui::layout::{Position, Rect};

use crate::app::view::layer::ConfirmView;
use crate::domain::text;
use crate::ui::layers::{input, place};
use crate::ui::row::Row;
use crate::ui::theme::Role;

/// The question's rows at this width; the line to type on, where there is one, is the last.
pub(super) fn rows(view: &ConfirmView, width: usize) -> Vec<Row> {
    let room = width.saturating_sub(2);
    let lines = view.says.iter().flat_map(|s| text::wrap(s.as_str(), room));
    let mut rows: Vec<Row> = lines.map(|l| Row::new().to(1).say(Role::Text, l)).collect();
    match &view.typed {
        None => {
            rows.push(Row::of(Role::Key, " y").say(Role::Hint, " yes   ").say(Role::Key, "n").say(Role::Hint, " no"))
        }
        Some((name, line)) => {
            rows.push(Row::of(Role::Due, format!(" type {name} and press enter")));
            rows.push(input(line, " > ", width).0);
        }
    }
    rows
}

/// Rows at the end that always stay: who and where, what is asked, the line to type on.
const ENDS: usize = 7;

/// What fits: where the command is longer than the screen its middle is left out, and that is said.
pub(super) fn fit(mut rows: Vec<Row>, height: usize) -> Vec<Row> {
    if rows.len() <= height {
        return rows;
    }
    let tail = rows.split_off(rows.len().saturating_sub(ENDS.min(height.saturating_sub(2))));
    let left_out = rows.len() + 1 + tail.len() - height.min(rows.len() + tail.len());
    rows.truncate(height.saturating_sub(tail.len() + 1));
    rows.push(Row::of(Role::Due, format!(" … {left_out} rows do not fit here: `: runbook read` shows all of it")));
    rows.extend(tail);
    rows
}

/// Where the cursor stands when a name is typed.
pub(super) fn cursor(view: &ConfirmView, body: Rect, rows: usize) -> Option<Position> {
    let (_, line) = view.typed.as_ref()?;
    let (_, column) = input(line, " > ", usize::from(body.width));
    place(body, column, rows.saturating_sub(1))
}
