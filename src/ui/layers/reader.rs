//! A text to read: a step's output, an entry, a node's signals. Long lines are wrapped, none is hidden; lines that have the
//! words that are looked for are marked by a sign.

use crate::domain::text::{self, Shown};
use crate::ui::row::Row;
use crate::ui::theme::Role;

/// The text's rows at this width; a line that is set in stays set in, with what is wrapped of it.
pub(super) fn rows(lines: &[Shown], sought: &str, width: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    for line in lines {
        let found = !sought.is_empty() && line.as_str().to_lowercase().contains(sought);
        let (lead, parts) = text::wrap_set_in(line.as_str(), width.saturating_sub(2));
        for (i, part) in parts.into_iter().enumerate() {
            let row = if found && i == 0 { Row::of(Role::Match, "▸") } else { Row::new().to(1) };
            let row = if lead > 0 { row.say(Role::Text, " ".repeat(lead)) } else { row };
            rows.push(row.say(if found { Role::Match } else { Role::Text }, part));
        }
    }
    rows
}
