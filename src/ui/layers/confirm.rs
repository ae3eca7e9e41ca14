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
            rows.push(Row::of(Role::Due, format!(" this cannot be taken back: type {name} and press enter")));
            rows.push(input(line, " > ", width).0);
        }
    }
    rows
}

/// Where the cursor stands when a name is typed.
pub(super) fn cursor(view: &ConfirmView, body: Rect, rows: usize) -> Option<Position> {
    let (_, line) = view.typed.as_ref()?;
    let (_, column) = input(line, " > ", usize::from(body.width));
    place(body, column, rows.saturating_sub(1))
}
