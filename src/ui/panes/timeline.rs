//! The timeline pane: time, who, what; newest first.

use crate::app::view::timeline::{EntryRow, Timeline};
use crate::app::view::tone::Tone;
use crate::domain::text;
use crate::ui::panes::role;
use crate::ui::row::Row;
use crate::ui::theme::Role;

/// Columns a name may take.
const WHO: usize = 10;
/// From this width on, the entry's own name is shown, which `amend` and `strike` take.
const NAMES_FROM: usize = 100;

/// The pane's rows at this width. The first row is the item `view.skipped`.
pub(in crate::ui) fn timeline(view: &Timeline, width: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    if let Some(said) = &view.said {
        rows.push(Row::of(Role::Label, " said  ").say(role(said.tone), said.text.clone()));
    }
    if let Some(hint) = &view.hint {
        for line in text::wrap(hint.text.as_str(), width.saturating_sub(2)) {
            rows.push(Row::new().to(1).say(role(hint.tone), line));
        }
    }
    let who = view.rows.iter().map(|r| r.who.width()).max().unwrap_or(0).min(WHO);
    for (i, r) in view.rows.iter().enumerate() {
        rows.extend(entry(r, who, width).into_iter().map(|row| row.item(view.skipped + i)));
    }
    rows
}

/// One entry, on two rows where one is not enough; the rest is in its details.
fn entry(r: &EntryRow, who: usize, width: usize) -> Vec<Row> {
    let mark = if r.unread { "•" } else { " " };
    let mut row = Row::of(Role::New, mark)
        .say(Role::Quiet, format!("{} ", r.time))
        .say(if r.tone == Tone::Quiet { Role::Quiet } else { Role::Text }, text::pad_right(r.who.as_str(), who))
        .say(Role::Text, "  ");
    let indent = row.width();
    if let Some(how) = r.corrected {
        row = row.say(Role::Warn, format!("{how} "));
    }
    let what = if r.corrected == Some("struck") { Role::Struck } else { role(r.tone) };
    if width >= NAMES_FROM {
        return vec![row.say(what, r.text.clone()).right(Role::Quiet, format!("{} ", r.name))];
    }
    let room = width.saturating_sub(row.width());
    let mut lines = text::wrap(r.text.as_str(), room).into_iter();
    let first = row.say(what, lines.next().unwrap_or_default());
    let rest: Vec<String> = lines.collect();
    if rest.is_empty() {
        return vec![first];
    }
    vec![first, Row::new().to(indent).say(what, rest.join(" "))]
}
