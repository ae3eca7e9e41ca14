//! What was expected of the players, held against the log: met, late, missed, spoiled. A pure function of both.

use crate::domain::entry::Entry;
use crate::domain::id::EntryRef;
use crate::domain::time::{At, Span};
use crate::drill::scenario::{Expectation, Scenario};

/// How one expectation came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Result {
    /// In time.
    Met(EntryRef),
    /// It came, too late by so much.
    Late(EntryRef, Span),
    /// It never came.
    Missed,
    /// Something happened that spoils it.
    Spoiled(EntryRef),
}

/// One expectation and how it came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scored {
    /// Its id.
    pub id: String,
    /// In words.
    pub text: String,
    /// How it came out.
    pub result: Result,
    /// Points earned: all, half when late, none.
    pub points: u32,
    /// Points to be had.
    pub of: u32,
}

/// Holds every expectation against the log (entries in the log's order).
#[must_use]
pub fn score(scenario: &Scenario, entries: &[Entry]) -> Vec<Scored> {
    scenario.expectations.iter().map(|e| scored(e, scenario.start, entries)).collect()
}

fn scored(expected: &Expectation, start: At, entries: &[Entry]) -> Scored {
    let result = result(expected, start, entries);
    let points = match &result {
        Result::Met(_) => expected.points,
        Result::Late(..) => expected.points / 2,
        Result::Missed | Result::Spoiled(_) => 0,
    };
    Scored { id: expected.id.clone(), text: expected.text.clone(), result, points, of: expected.points }
}

fn result(expected: &Expectation, start: At, entries: &[Entry]) -> Result {
    if let Some(spoiler) = expected.fail_if.as_ref().and_then(|p| entries.iter().find(|e| p.fits(e))) {
        return Result::Spoiled(spoiler.name());
    }
    let (from, rest) = match &expected.after {
        None => (start, entries),
        // The last time that what it waits for happened: recovery, not a first flicker.
        Some(after) => match entries.iter().rposition(|e| after.fits(e)) {
            Some(i) => (entries[i].recorded(), entries.get(i..).unwrap_or_default()),
            None => return Result::Missed,
        },
    };
    let Some(found) = rest.iter().find(|e| expected.pattern.fits(e)) else { return Result::Missed };
    let took = found.recorded().since(from);
    match expected.within {
        Some(within) if took > Span::from_secs(within) => {
            Result::Late(found.name(), Span::from_micros(took.micros() - Span::from_secs(within).micros()))
        }
        _ => Result::Met(found.name()),
    }
}
