//! The runbook pane: what is settled in a line, the step people are at in full, the next ones by title.

use crate::app::view::runbook::{RunbookView, StepRow};
use crate::domain::text;
use crate::ui::panes::role;
use crate::ui::panes::step::open_step;
use crate::ui::row::Row;
use crate::ui::theme::Role;

/// The pane's rows at this width.
pub(in crate::ui) fn runbook(view: &RunbookView, width: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    for hint in &view.hints {
        for (i, line) in text::wrap(hint.text.as_str(), width.saturating_sub(4)).into_iter().enumerate() {
            rows.push(Row::new().to(if i == 0 { 1 } else { 3 }).say(role(hint.tone), line));
        }
    }
    let places = view.steps.len().to_string().len();
    let mut i = 0;
    while let Some(step) = view.steps.get(i) {
        let settled = view.steps[i..].iter().take_while(|s| s.settled && s.sign == "✓").count();
        if settled > 1 {
            rows.push(
                Row::of(Role::Ok, "  ✓ ")
                    .say(Role::Quiet, format!("{}–{}", step.number, step.number + settled - 1))
                    .item(i),
            );
            i += settled;
            continue;
        }
        // Left out for one reason, by a decision or by one person at once: told once.
        let same = |s: &&StepRow| s.settled && s.sign == "–" && s.facts == step.facts && s.open.is_none();
        let left_out = view.steps[i..].iter().take_while(same).count();
        if left_out > 1 {
            let numbers = format!("{}–{}", step.number, step.number + left_out - 1);
            rows.push(Row::of(Role::Quiet, format!("  – {numbers} {}", step.facts)).item(i));
            i += left_out;
            continue;
        }
        rows.push(line(step, width, places).item(i));
        if let Some(open) = &step.open {
            rows.extend(open_step(open, width).into_iter().map(|r| r.item(i)));
        }
        i += 1;
    }
    for o in &view.overrides {
        for (i, line) in text::wrap(o.text.as_str(), width.saturating_sub(4)).into_iter().enumerate() {
            rows.push(Row::new().to(if i == 0 { 1 } else { 3 }).say(role(o.tone), line));
        }
    }
    rows
}

/// A long reason never takes the title's place: it has the right half of the row at most.
fn line(step: &StepRow, width: usize, places: usize) -> Row {
    let tone = role(step.tone);
    let title = if step.open.is_some() {
        Role::Title
    } else if step.settled {
        Role::Quiet
    } else {
        Role::Text
    };
    Row::of(tone, format!("  {} ", text::pad_right(step.sign, 1)))
        .say(title, format!("{:>places$} {}", step.number, step.title))
        .right(Role::Quiet, format!("{} ", step.facts.cut(width / 2).as_str()))
}
