//! A text to read: a step's output, an entry, a node's signals. Long lines are wrapped, none is hidden.

use crate::domain::text::{self, Shown};
use crate::ui::row::Row;
use crate::ui::theme::Role;

/// The text's rows at this width; a line that is set in stays set in, with what is wrapped of it.
pub(super) fn rows(lines: &[Shown], width: usize) -> Vec<Row> {
    lines.iter().flat_map(|l| line(l.as_str(), width.saturating_sub(2))).collect()
}

fn line(line: &str, room: usize) -> Vec<Row> {
    let text = line.trim_start_matches(' ');
    let lead = (line.len() - text.len()).min(room / 2);
    text::wrap(text, room - lead).into_iter().map(|l| Row::new().to(1 + lead).say(Role::Text, l)).collect()
}
