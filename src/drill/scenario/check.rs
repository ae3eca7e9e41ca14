//! Small checks that every part of a scenario shares: times, numbers, curves, patterns, names.
//! Each notes what is wrong with its line and goes on.

use toml::Spanned;

use crate::config::Report;
use crate::config::advice;
use crate::drill::curve::{Curve, Mark, Mode};
use crate::drill::scenario::file::{CurveFile, Moment, PatternFile, SignalFile, Text, Whole};
use crate::drill::scenario::pattern::EventPattern;

/// Most keyframes of one curve; a longer one is a problem (a recorded incident has its own folder).
const MAX_POINTS: usize = 2_000;

/// Where a value stands.
pub(super) fn place<T>(value: &Spanned<T>) -> usize {
    value.span().start
}

/// Seconds of a written time.
pub(super) fn seconds(moment: &Moment) -> Option<i64> {
    match moment {
        Moment::Seconds(s) => Some(*s).filter(|s| *s >= 0),
        Moment::Clock(text) => {
            let parts: Vec<i64> = text.split(':').map(|p| p.parse().ok().filter(|n| *n >= 0)).collect::<Option<_>>()?;
            match parts.as_slice() {
                [m, s] if *s < 60 => m.checked_mul(60)?.checked_add(*s),
                [h, m, s] if *m < 60 && *s < 60 => h.checked_mul(3_600)?.checked_add(m * 60 + s),
                _ => None,
            }
        }
    }
}

/// A written time that must be one and not be after `length`.
pub(super) fn moment(report: &mut Report<'_>, value: &Spanned<Moment>, length: i64) -> i64 {
    match seconds(value.get_ref()) {
        Some(s) if s <= length => s,
        Some(s) => {
            report
                .add(place(value), format!("{s} s is after the scenario's end at {length} s; move it or the `length`"));
            0
        }
        None => {
            report.add(place(value), "this is no time; write whole seconds from the start, or \"8:30\"");
            0
        }
    }
}

/// A whole number in a range.
pub(super) fn whole(report: &mut Report<'_>, value: &Whole, name: &str, least: i64, most: i64) -> i64 {
    let found = *value.get_ref();
    if !(least..=most).contains(&found) {
        report.add(place(value), format!("`{name}` is {found}; it goes from {least} to {most}"));
    }
    found.clamp(least, most)
}

/// One of a few words.
pub(super) fn one_of<T>(report: &mut Report<'_>, value: &Text, known: &[(&str, T)]) -> Option<T>
where
    T: Clone,
{
    let word = value.get_ref().as_str();
    let found = known.iter().find(|(k, _)| *k == word).map(|(_, v)| v.clone());
    if found.is_none() {
        let words: Vec<&str> = known.iter().map(|(k, _)| *k).collect();
        report.add(place(value), format!("`{word}` is not known here; {}", advice(word, &words)));
    }
    found
}

/// A text that is an id: lower-case letters, digits and dashes.
pub(super) fn id(report: &mut Report<'_>, value: &Text, name: &str) -> String {
    let text = value.get_ref();
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if text.is_empty() || text.len() > 64 || !text.chars().all(fits) {
        report.add(place(value), format!("`{name}` is `{text}`; write 1 to 64 small letters, digits and dashes"));
    }
    text.clone()
}

/// A text that must not be empty.
pub(super) fn words(report: &mut Report<'_>, value: &Text, name: &str) -> String {
    if value.get_ref().trim().is_empty() {
        report.add(place(value), format!("`{name}` is empty; write something"));
    }
    value.get_ref().clone()
}

/// A name that another part of the scenario must have.
pub(super) fn known(report: &mut Report<'_>, value: &Text, what: &str, names: &[String]) {
    let word = value.get_ref();
    if names.iter().any(|n| n == word) {
        return;
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let advice = if names.is_empty() { "there is none in this scenario".to_owned() } else { advice(word, &names) };
    report.add(place(value), format!("there is no {what} `{word}`; {advice}"));
}

/// The parts of a curve, wherever they are written.
pub(super) struct CurveParts<'a> {
    points: &'a Spanned<Vec<(i64, f64)>>,
    noise: Option<&'a Spanned<f64>>,
    decimals: Option<&'a Whole>,
    mode: Option<&'a Text>,
    mark: &'a Text,
}

impl<'a> From<&'a CurveFile> for CurveParts<'a> {
    fn from(c: &'a CurveFile) -> Self {
        let (noise, decimals, mode) = (c.noise.as_ref(), c.decimals.as_ref(), c.mode.as_ref());
        Self { points: &c.points, noise, decimals, mode, mark: &c.mark }
    }
}

impl<'a> From<&'a SignalFile> for CurveParts<'a> {
    fn from(c: &'a SignalFile) -> Self {
        let (noise, decimals, mode) = (c.noise.as_ref(), c.decimals.as_ref(), c.mode.as_ref());
        Self { points: &c.points, noise, decimals, mode, mark: &c.mark }
    }
}

/// A curve; `number` keeps its draws apart from others.
pub(super) fn curve<'a>(report: &mut Report<'_>, parts: impl Into<CurveParts<'a>>, number: u64) -> Curve {
    let parts = parts.into();
    let points = parts.points.get_ref().clone();
    if points.is_empty() || points.len() > MAX_POINTS {
        report.add(
            place(parts.points),
            format!("`points` has {}; write 1 to {MAX_POINTS} of [seconds, value]", points.len()),
        );
    }
    if let Some(pair) = points.windows(2).find(|p| p[0].0 >= p[1].0) {
        report.add(place(parts.points), format!("seconds must rise: {} is followed by {}", pair[0].0, pair[1].0));
    }
    if points.iter().any(|(_, v)| !v.is_finite()) {
        report.add(place(parts.points), "a value is not a finite number");
    }
    let noise = parts.noise.map_or(0.0, |n| *n.get_ref());
    if let Some(n) = parts.noise.filter(|_| !noise.is_finite() || noise < 0.0) {
        report.add(place(n), "`noise` must be 0 or more: how far it goes to either side");
    }
    let decimals = parts.decimals.map_or(1, |d| whole(report, d, "decimals", 0, 6));
    let modes = [("linear", Mode::Linear), ("step", Mode::Step)];
    let mode = parts.mode.and_then(|m| one_of(report, m, &modes)).unwrap_or_default();
    let marks = [Mark::Sourced, Mark::Computed, Mark::Assumed].map(|m| (m.as_str(), m));
    let mark = one_of(report, parts.mark, &marks).unwrap_or(Mark::Assumed);
    Curve { points, noise, decimals: u32::try_from(decimals).unwrap_or(1), mode, mark, number }
}

/// A pattern; its kind must be one that the log knows.
pub(super) fn pattern(report: &mut Report<'_>, file: &PatternFile) -> EventPattern {
    let kind = file.kind.get_ref();
    let kinds = crate::domain::event::kinds();
    let fits = match kind.strip_suffix('*') {
        Some(beginning) => kinds.iter().any(|k| k.starts_with(beginning)),
        None => kinds.contains(&kind.as_str()),
    };
    if !fits {
        report.add(place(&file.kind), format!("there is no kind of entry `{kind}`; {}", advice(kind, &kinds)));
    }
    EventPattern {
        kind: kind.clone(),
        contains: file.contains.clone(),
        actor: file.actor.clone(),
        fields: file.fields.clone(),
    }
}
