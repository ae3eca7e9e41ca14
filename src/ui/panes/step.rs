//! The step that people are at: why, the exact command and where it runs, expected beside actual, what is asked of them.

use crate::app::view::runbook::OpenStep;
use crate::domain::text;
use crate::ui::panes::role;
use crate::ui::row::Row;
use crate::ui::theme::Role;

/// Where the step's own text begins.
const INDENT: usize = 6;
/// Rows of explanation above a command; more is cut with `…`: the command itself must stay in sight.
const WHY_ROWS: usize = 3;
/// Rows of explanation where the words are the step itself: what a person is to do or to say.
const WORDS_ROWS: usize = 14;
/// Rows of a command in the pane.
const COMMAND_ROWS: usize = 8;
/// From this width on, expected and actual stand side by side.
const BESIDE_FROM: usize = 70;

/// Its rows at this width.
pub(super) fn open_step(step: &OpenStep, width: usize) -> Vec<Row> {
    let room = width.saturating_sub(INDENT + 1);
    let at = |role, text: &str| Row::new().to(INDENT).say(role, text);
    let mut rows: Vec<Row> = Vec::new();
    rows.extend(why(step, room));
    for (i, c) in step.command.iter().take(COMMAND_ROWS).enumerate() {
        let sign = if i == 0 { "$ " } else { "  " };
        rows.push(at(Role::Quiet, sign).say(Role::Command, c.clone()));
    }
    if step.command.len() > COMMAND_ROWS {
        rows.push(at(
            Role::Quiet,
            &format!("  … {} more lines: enter shows all before it runs", step.command.len() - COMMAND_ROWS),
        ));
    }
    if !step.place.is_empty() {
        rows.push(at(Role::Quiet, "  ").say(Role::Text, step.place.clone()));
    }
    compare(step, width, &mut rows);
    for t in &step.tail {
        rows.push(at(Role::Quiet, "│ ").say(Role::Text, t.clone()));
    }
    if !step.state.text.is_empty() {
        rows.push(at(role(step.state.tone), step.state.text.as_str()));
    }
    if !step.asks.text.is_empty() {
        for line in text::wrap(step.asks.text.as_str(), room) {
            rows.push(at(role(step.asks.tone), &line));
        }
    }
    rows
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

/// Expected against actual: side by side where there is room, else one under the other.
fn compare(step: &OpenStep, width: usize, rows: &mut Vec<Row>) {
    let expected = |text: &str| Row::new().to(INDENT).say(Role::Quiet, "expected  ").say(Role::Text, text);
    match (step.expected.is_empty(), step.actual.is_empty()) {
        (true, true) => {}
        (false, true) => rows.push(expected(step.expected.as_str())),
        (true, false) => {
            rows.push(Row::new().to(INDENT).say(Role::Quiet, "came      ").say(Role::Text, step.actual.clone()))
        }
        (false, false) if width >= BESIDE_FROM => {
            let half = (width - INDENT) / 2;
            let left = step.expected.cut(half.saturating_sub(12));
            rows.push(
                expected(left.as_str())
                    .to(INDENT + half)
                    .say(Role::Quiet, "came  ")
                    .say(Role::Text, step.actual.clone()),
            );
        }
        (false, false) => {
            rows.push(expected(step.expected.as_str()));
            rows.push(Row::new().to(INDENT).say(Role::Quiet, "came      ").say(Role::Text, step.actual.clone()));
        }
    }
}
