//! The title line, what is pinned under it, and FAILING / DOING / NEXT: on every screen, at every size.

use crate::app::view::head::Head;
use crate::app::view::strip::Strip;
use crate::app::view::tone::{Said, Tone};
use crate::domain::text::{self, Shown};
use crate::ui::panes::role;
use crate::ui::row::Row;
use crate::ui::theme::Role;

/// Columns of the title below which the clock is left out.
const LEAST_TITLE: usize = 9;
/// Between sentences of one line.
const DOT: &str = " · ";
/// Below this width, continuation rows are not indented under the first word.
const INDENT_FROM: usize = 50;

/// Title, pinned lines and the three answers, one row each: for screens with panes.
pub(super) fn rows(head: &Head, strip: &Strip, width: usize) -> Vec<Row> {
    let mut rows = vec![title(head, width)];
    rows.extend(pinned(head));
    if let Some(quiet) = &strip.quiet {
        rows.push(Row::new().to(1).say(role(quiet.tone), quiet.text.clone()));
        return rows;
    }
    for (label, said) in [("FAILING", &strip.failing), ("DOING", &strip.doing), ("NEXT", &strip.next)] {
        rows.push(line(label, said, width));
    }
    rows
}

/// The same wrapped over all rows there are: for screens without panes. Every answer keeps a row of its own, and rows
/// that are left over go round, so that one long answer does not hide the others.
pub(super) fn wrapped(head: &Head, strip: &Strip, width: usize, height: usize) -> Vec<Row> {
    let mut rows = vec![title(head, width)];
    rows.extend(pinned(head));
    rows.truncate(height.saturating_sub(3).max(1));
    let mut left = height.saturating_sub(rows.len());
    let full = answers(strip, width, false);
    let fits = full.iter().map(Vec::len).sum::<usize>() <= left;
    let answers = if fits { full } else { answers(strip, width, true) };
    let mut takes = vec![0; answers.len()];
    while left > 0 && takes.iter().zip(&answers).any(|(t, a)| *t < a.len()) {
        for (take, answer) in takes.iter_mut().zip(&answers) {
            if *take < answer.len() && left > 0 {
                *take += 1;
                left -= 1;
            }
        }
    }
    for (take, answer) in takes.into_iter().zip(answers) {
        let cut = take < answer.len();
        rows.extend(answer.into_iter().take(take));
        if cut && take > 0 {
            mark_cut(&mut rows, width);
        }
    }
    rows
}

/// Says that an answer goes on.
fn mark_cut(rows: &mut Vec<Row>, width: usize) {
    if let Some(last) = rows.pop() {
        rows.push(if last.width() < width { last.say(Role::Quiet, "…") } else { last });
    }
}

/// The answers as paragraphs, in full or in short.
fn answers(strip: &Strip, width: usize, brief: bool) -> Vec<Vec<Row>> {
    if let Some(quiet) = &strip.quiet {
        return vec![paragraph("", std::slice::from_ref(quiet), width, brief)];
    }
    let all = [("FAILING", &strip.failing), ("DOING", &strip.doing), ("NEXT", &strip.next)];
    all.into_iter().map(|(label, said)| paragraph(label, said, width, brief)).collect()
}

/// The first line: facts in full, then in short from the last one on, then without the last ones; never cut in the middle.
/// Where even the title has no room, the clock goes first; the mark of a drill never does.
fn title(head: &Head, width: usize) -> Row {
    let drill = || match head.drill.is_empty() {
        true => Row::new(),
        false => Row::new().right(Role::Drill, format!(" {} ", head.drill)),
    };
    let with_clock = drill().right(Role::Title, format!("  {} ", head.clock));
    let end = if with_clock.full_width() + LEAST_TITLE > width { drill() } else { with_clock };
    let for_title = width.saturating_sub(end.full_width() + 1);
    let start = end.to(1).say(Role::Title, head.title.cut(for_title));
    if start.full_width() >= width {
        return start;
    }
    let room = width - start.full_width();
    let mut forms: Vec<&Shown> = head.facts.iter().map(|f| &f.text).collect();
    let wanted = |forms: &[&Shown]| forms.iter().map(|f| f.width() + 2).sum::<usize>();
    for i in (0..forms.len()).rev() {
        if wanted(&forms) > room {
            forms[i] = head.facts[i].brief();
        }
    }
    while wanted(&forms) > room {
        forms.pop();
    }
    forms
        .iter()
        .zip(&head.facts)
        .fold(start, |row, (form, fact)| row.say(Role::Text, "  ").say(role(fact.tone), (*form).clone()))
}

fn pinned(head: &Head) -> Vec<Row> {
    let alarm = |a: &Said| Row::of(Role::Unsaved, format!(" {} ", a.text));
    let order = |o: &Said| Row::of(Role::Order, format!(" ORDER  {} ", o.text));
    head.alarms.iter().map(alarm).chain(head.orders.iter().map(order)).collect()
}

/// One answer in one row: sentences in full, in short from the last one on when they must be, cut when even that is too long.
fn line(label: &str, said: &[Said], width: usize) -> Row {
    let mut row = label_of(label, said);
    let room = width.saturating_sub(row.width() + 1);
    let mut forms: Vec<&Shown> = said.iter().map(|s| &s.text).collect();
    let wanted = |forms: &[&Shown]| forms.iter().map(|f| f.width() + text::width(DOT)).sum::<usize>();
    for i in (0..forms.len()).rev() {
        if wanted(&forms) > room + text::width(DOT) {
            forms[i] = said[i].brief();
        }
    }
    for (i, (form, s)) in forms.iter().zip(said).enumerate() {
        if i > 0 {
            row = row.say(Role::Quiet, DOT);
        }
        row = row.say(role(s.tone), (*form).clone());
    }
    row
}

/// One answer over several rows. Sentences keep their tone, so a row may hold several.
fn paragraph(label: &str, said: &[Said], width: usize, brief: bool) -> Vec<Row> {
    let indent = if label.is_empty() {
        1
    } else if width < INDENT_FROM {
        3
    } else {
        10
    };
    let mut row = if label.is_empty() { Row::new().to(1) } else { label_of(label, said) };
    let mut rows = Vec::new();
    for (i, s) in said.iter().enumerate() {
        let form = if brief { s.brief() } else { &s.text };
        let words = if i > 0 { format!("· {form}") } else { form.to_string() };
        for word in words.split(' ') {
            let at = row.width();
            if at > indent && at + text::width(word) + 1 > width {
                rows.push(std::mem::replace(&mut row, Row::new().to(indent)));
            }
            row = row.say(role(s.tone), Shown::from(format!("{word} ")));
        }
    }
    rows.push(row);
    rows
}

fn label_of(label: &str, said: &[Said]) -> Row {
    let worst = said.iter().any(|s| matches!(s.tone, Tone::Bad | Tone::Due));
    let label_role = if worst { Role::Label } else { Role::Quiet };
    Row::new().to(1).say(label_role, text::pad_right(label, 9))
}
