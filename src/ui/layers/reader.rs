//! A text to read: a step's output, an entry, a node's signals. Long lines are wrapped, none is hidden.

use crate::domain::text::{self, Shown};
use crate::ui::row::Row;
use crate::ui::theme::Role;

/// The text's rows at this width.
pub(super) fn rows(lines: &[Shown], width: usize) -> Vec<Row> {
    let room = width.saturating_sub(2);
    lines.iter().flat_map(|l| text::wrap(l.as_str(), room)).map(|l| Row::new().to(1).say(Role::Text, l)).collect()
}
