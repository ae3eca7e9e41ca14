//! The step that people are at: how it stands and what is asked of them first, always in the same place; then why, the exact
//! command and where it runs, what else holds for it, expected against actual, what it wrote.

use crate::app::view::runbook::OpenStep;
use crate::domain::text;
use crate::domain::text::Shown;
use crate::ui::panes::compare::compare;
use crate::ui::panes::role;
use crate::ui::row::Row;
use crate::ui::theme::Role;

/// Where the step's own text begins.
pub(super) const INDENT: usize = 6;
/// Rows of explanation above a command; more is cut with `…`: the command itself must stay in sight.
const WHY_ROWS: usize = 3;
/// Rows of explanation where the words are the step itself: what a person is to do or to say.
const WORDS_ROWS: usize = 14;
/// Rows of a command in the pane; where more are left out it says so, and how to see them.
const COMMAND_ROWS: usize = 10;
/// Columns of the bar that tells how much of its time a running step has used.
const BAR: usize = 20;

/// Its rows at this width.
pub(super) fn open_step(step: &OpenStep, width: usize) -> Vec<Row> {
    let room = width.saturating_sub(INDENT + 1);
    let at = |role, text: &str| Row::new().to(INDENT).say(role, text);
    let mut rows: Vec<Row> = Vec::new();
    if !step.state.text.is_empty() {
        rows.extend(text::wrap(step.state.text.as_str(), room).iter().map(|l| at(role(step.state.tone), l)));
    }
    rows.extend(step.gone.map(|gone| bar(gone, room)));
    if !step.asks.text.is_empty() {
        for (i, line) in text::wrap(step.asks.text.as_str(), room.saturating_sub(2)).into_iter().enumerate() {
            let lead = if i == 0 { "→ " } else { "  " };
            rows.push(at(role(step.asks.tone), lead).say(role(step.asks.tone), line));
        }
    }
    for said in &step.taken_up {
        let lines = text::wrap(said.text.as_str(), room.saturating_sub(2));
        rows.extend(lines.iter().map(|l| at(role(said.tone), "¦ ").say(role(said.tone), l.as_str())));
    }
    rows.extend(why(step, room));
    rows.extend(command(step, room));
    let place = text::wrap(step.place.as_str(), room.saturating_sub(2));
    rows.extend(place.iter().filter(|l| !l.is_empty()).map(|l| at(Role::Quiet, "  ").say(Role::Text, l.as_str())));
    for term in &step.terms {
        rows.extend(text::wrap(term.text.as_str(), room).iter().map(|l| at(role(term.tone), l)));
    }
    rows.extend(step.choices.iter().map(|c| at(Role::Text, "  ").say(Role::Text, c.clone())));
    rows.extend(compare(step, width));
    for t in &step.tail {
        rows.push(at(Role::Quiet, "│ ").say(Role::Text, t.clone()));
    }
    rows
}

/// How much of its time is gone.
fn bar(gone: u16, room: usize) -> Row {
    let cells = BAR.min(room.saturating_sub(6)).max(1);
    let full = (usize::from(gone) * cells).div_ceil(1_000).min(cells);
    Row::new()
        .to(INDENT)
        .say(Role::Text, "▇".repeat(full))
        .say(Role::Quiet, "·".repeat(cells - full))
        .say(Role::Quiet, format!(" {} %", u32::from(gone) / 10))
}

/// The command as it is, broken where the pane ends and nowhere else: what is shown is what runs.
fn command(step: &OpenStep, room: usize) -> Vec<Row> {
    let room = room.saturating_sub(2).max(1);
    let mut rows = Vec::new();
    for (i, line) in step.command.iter().enumerate() {
        for (j, piece) in pieces(line, room).into_iter().enumerate() {
            let sign = match (step.is_draft, i, j) {
                (true, ..) => "“ ",
                (false, 0, 0) => "$ ",
                (false, _, 0) => "  ",
                (false, ..) => "↳ ",
            };
            let role = if step.is_draft { Role::Text } else { Role::Command };
            rows.push(Row::new().to(INDENT).say(Role::Quiet, sign).say(role, piece));
        }
    }
    let more = rows.len().saturating_sub(COMMAND_ROWS);
    if more > 0 {
        rows.truncate(COMMAND_ROWS);
        let words = format!("  … {more} more rows: `: runbook read` shows all of it");
        rows.push(Row::new().to(INDENT).say(Role::Due, words));
    }
    rows
}

/// A line in pieces of at most so many columns, each character kept.
fn pieces(line: &Shown, room: usize) -> Vec<String> {
    let (mut all, mut piece, mut used) = (Vec::new(), String::new(), 0);
    for (g, w) in text::graphemes(line.as_str()) {
        if used + w > room && used > 0 {
            all.push(std::mem::take(&mut piece));
            used = 0;
        }
        piece.push_str(g);
        used += w;
    }
    all.push(piece);
    all
}

/// The explanation; ordinary text where the words are the step itself.
fn why(step: &OpenStep, room: usize) -> Vec<Row> {
    let (role, most) = if step.command.is_empty() { (Role::Text, WORDS_ROWS) } else { (Role::Quiet, WHY_ROWS) };
    let lines: Vec<String> = step.why.iter().flat_map(|w| text::wrap(w.as_str(), room)).collect();
    let cut = lines.len() > most;
    let mut rows: Vec<Row> = lines.into_iter().take(most).map(|l| Row::new().to(INDENT).say(role, l)).collect();
    if cut && let Some(last) = rows.pop() {
        rows.push(if last.width() < room + INDENT { last.say(role, "…") } else { last });
    }
    rows
}
