//! Limits that a line sets for itself: `warn`, `bad`, `worse`, `unit`. Must not know what the value means.

use super::nearest::advice;
use super::problem::Report;
use super::table::Table;
use crate::domain::signal::SignalId;
use crate::domain::signal::Worse;
use crate::domain::subject::Bounds;

/// Longest unit: it stands behind every number of its line.
const MAX_UNIT: usize = 12;

/// `worse = "up"` or `"down"`; up when nothing is said.
pub(super) fn worse(report: &mut Report<'_>, table: &Table<'_>) -> Worse {
    let Some(found) = table.text(report, "worse") else { return Worse::Up };
    match found.value {
        "up" => Worse::Up,
        "down" => Worse::Down,
        other => {
            report.add(found.at, format!("`worse` is `{other}`; {}", advice(other, &["up", "down"])));
            Worse::Up
        }
    }
}

/// `unit = "s"`: at most a few characters that can be shown.
pub(super) fn unit(report: &mut Report<'_>, table: &Table<'_>) -> String {
    let Some(found) = table.text(report, "unit") else { return String::new() };
    let shown = found.value.chars().all(|c| !crate::domain::text::is_forbidden(c));
    if !shown || found.value.chars().count() > MAX_UNIT {
        report.add(found.at, format!("`unit` has at most {MAX_UNIT} characters that can be shown, as in \"s\""));
        return String::new();
    }
    found.value.trim().to_owned()
}

/// Both limits of one signal under these keys. Bounds without limits are kept for their unit.
pub(super) fn bounds(
    report: &mut Report<'_>,
    table: &Table<'_>,
    (signal, worse, unit): (SignalId, Worse, &str),
    (warn_key, bad_key): (&str, &str),
) -> Bounds {
    let warn = table.number(report, warn_key).map(|n| n.value);
    let bad = table.number(report, bad_key);
    if let (Some(warn), Some(bad)) = (warn, bad) {
        let order = if worse == Worse::Down { warn < bad.value } else { warn > bad.value };
        if order {
            let (says, least) = if worse == Worse::Down { ("below", "least") } else { ("above", "largest") };
            report.add(
                bad.at,
                format!(
                    "`{warn_key}` is {warn} and `{bad_key}` is {}; it warns {says} the first, so `{bad_key}` must be the {least}",
                    bad.value
                ),
            );
        }
    }
    Bounds { signal, worse, warn, bad: bad.map(|b| b.value), unit: unit.to_owned() }
}
