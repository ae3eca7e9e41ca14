//! Limits that somebody set for one line (a query, a log, a contract): the same rule for all of them.
//! Must not know what is behind the value.

use super::hold::Level;
use super::rules::{Finding, Mark, Pace, grade};
use super::sentence::number;
use super::track::Track;
use crate::domain::observation::{Answer, LAST_LINE};
use crate::domain::subject::Bounds;

/// How much of the last matching line goes into the sentence; the closer look has more.
const LINE_LIMIT: usize = 120;

/// A finding for each set limit that this answer has a value for.
pub(super) fn findings<'a>(track: &'a Track, answer: &'a Answer) -> impl Iterator<Item = Finding> + 'a {
    track.spec.bounds.iter().filter_map(|bounds| finding(bounds, answer))
}

fn finding(bounds: &Bounds, answer: &Answer) -> Option<Finding> {
    let reading = answer.readings.iter().find(|r| r.signal == bounds.signal)?;
    let value = reading.value.number()?;
    let (warn, bad) = (bounds.beyond(value, bounds.warn), bounds.beyond(value, bounds.bad));
    let limit = if bad { bounds.bad } else { bounds.warn.or(bounds.bad) }?;
    let row = bounds.signal.row();
    let unit = if bounds.unit.is_empty() { row.unit } else { &bounds.unit };
    let gap = if unit.is_empty() { "" } else { " " };
    let mut why = format!("{} {}{gap}{unit}; limit {}{gap}{unit}", row.short, exact(value), exact(limit));
    let level = grade(warn, bad);
    if level != Level::Ok
        && let Some(line) = answer.facts.iter().find(|f| f.topic == LAST_LINE)
    {
        why.push_str("; the last: ");
        why.extend(line.text.chars().take(LINE_LIMIT));
    }
    Some(Finding { signal: bounds.signal, level, why, mark: Mark::None, pace: Pace::Usual })
}

/// A number of unknown size as a reader needs it: `1,204`, `14.2`, `0.25`, `0.0031`.
#[must_use]
pub fn exact(value: f64) -> String {
    if !value.is_finite() || value.abs() >= 100.0 || value.fract() == 0.0 {
        return number(value);
    }
    let text = if value.abs() < 0.1 { format!("{value:.4}") } else { format!("{value:.2}") };
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if matches!(text, "0" | "-0") { format!("{value:.1e}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::exact;

    #[test]
    fn small_numbers_stay_themselves() {
        assert_eq!(exact(1204.7), "1,205");
        assert_eq!(exact(14.25), "14.25");
        assert_eq!(exact(0.25), "0.25");
        assert_eq!(exact(0.0031), "0.0031");
        assert_eq!(exact(0.000_002), "2.0e-6");
        assert_eq!(exact(3.0), "3");
        assert_eq!(exact(-0.5), "-0.5");
    }
}
