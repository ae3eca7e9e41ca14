//! Expected against actual: side by side where there is room, else one under the other; what differs is marked with signs
//! of its own, read without any colour.

use crate::app::view::runbook::OpenStep;
use crate::domain::text;
use crate::domain::text::Shown;
use crate::ui::panes::step::INDENT;
use crate::ui::row::Row;
use crate::ui::theme::Role;

/// From this width on, expected and actual stand side by side.
const BESIDE_FROM: usize = 70;
/// Columns of the labels `expected` and `came`, their sign and the space behind.
const LABEL: usize = 11;
/// Columns that stay before the difference, when what comes before it is cut away.
const BEFORE: usize = 8;

/// Its rows at this width.
pub(super) fn compare(step: &OpenStep, width: usize) -> Vec<Row> {
    let room = width.saturating_sub(INDENT + 1);
    let half = room / 2;
    let wide = LABEL + step.expected.width() < half && step.actual.width() < half.saturating_sub(LABEL);
    let mut rows = match (step.expected.is_empty(), step.actual.is_empty()) {
        (true, true) => return Vec::new(),
        (false, true) => part("expected", "", &step.expected, Role::Text, room),
        (true, false) => part("came", sign(step), &step.actual, Role::Text, room),
        _ if step.differs.columns.is_some() => marked(step, room),
        _ if width >= BESIDE_FROM && wide => vec![beside(step, half)],
        _ => {
            let mut rows = part("expected", "", &step.expected, Role::Text, room);
            rows.extend(part("came", sign(step), &step.actual, came(step), room));
            rows
        }
    };
    if !step.differs.says.is_empty() {
        rows.extend(part("differs", "!", &step.differs.says, Role::Bad, room));
    }
    rows
}

const fn sign(step: &OpenStep) -> &'static str {
    match step.agrees {
        Some(true) => "=",
        Some(false) => "≠",
        None => "",
    }
}

const fn came(step: &OpenStep) -> Role {
    if matches!(step.agrees, Some(false)) { Role::Bad } else { Role::Text }
}

/// `expected    words`, `came      ≠ words`: the words stand under one another, and wrap under themselves.
fn part(label: &str, sign: &str, words: &Shown, role: Role, room: usize) -> Vec<Row> {
    let lines = text::wrap(words.as_str(), room.saturating_sub(LABEL).max(1));
    let lead = |i: usize| if i == 0 { head(label, sign) } else { Row::new().to(INDENT + LABEL) };
    lines.into_iter().enumerate().map(|(i, line)| lead(i).say(role, line)).collect()
}

fn head(label: &str, sign: &str) -> Row {
    let role = match sign {
        "" | "=" => Role::Quiet,
        _ => Role::Bad,
    };
    Row::new()
        .to(INDENT)
        .say(Role::Quiet, text::pad_right(label, LABEL - 2))
        .say(role, format!("{} ", text::pad_right(sign, 1)))
}

fn beside(step: &OpenStep, half: usize) -> Row {
    head("expected", "")
        .say(Role::Text, step.expected.clone())
        .to(INDENT + half)
        .say(Role::Quiet, "came  ")
        .say(if sign(step) == "=" { Role::Quiet } else { Role::Bad }, format!("{} ", text::pad_right(sign(step), 1)))
        .say(came(step), step.actual.clone())
}

/// Two texts, one under the other, and `^` under each column that differs; what stands before is cut where it must be.
fn marked(step: &OpenStep, room: usize) -> Vec<Row> {
    let (alike, missing, extra) = step.differs.columns.unwrap_or_default();
    let room = room.saturating_sub(LABEL).max(BEFORE + 2);
    let far = alike + missing.max(extra).max(1) > room;
    let skip = if far { alike.saturating_sub(BEFORE) } else { 0 };
    let cut = |words: &Shown| window(words.as_str(), skip, room);
    let under = |n: usize| {
        let from = alike - skip + usize::from(skip > 0);
        Row::new().to(INDENT + LABEL + from).say(Role::Bad, "^".repeat(n.max(1).min(room.saturating_sub(from).max(1))))
    };
    let mut rows = vec![head("expected", "").say(Role::Text, cut(&step.expected))];
    if missing > 0 {
        rows.push(under(missing));
    }
    rows.push(head("came", sign(step)).say(Role::Text, cut(&step.actual)));
    if extra > 0 {
        rows.push(under(extra));
    }
    rows
}

/// What is left of a text behind so many columns, with `…` where its beginning is gone, cut to fit.
fn window(words: &str, skip: usize, room: usize) -> String {
    if skip == 0 {
        return text::truncate(words, room).into_owned();
    }
    let mut gone = 0;
    let rest: String = text::graphemes(words)
        .skip_while(|(_, w)| {
            let leaves = gone < skip;
            gone += *w;
            leaves
        })
        .map(|(g, _)| g)
        .collect();
    text::truncate(&format!("…{rest}"), room).into_owned()
}
