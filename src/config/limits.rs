//! `[limits]`: any number of the judgement, by its own name. A limit that is not named keeps the built-in value.
//! Must not know what a limit means, only its range and that a warning comes before what it warns of.

use super::problem::Report;
use super::table::Table;
use crate::domain::verdict::Limits;

/// Largest limit: a day in seconds, more blocks or epochs than any rule looks at. A larger one is a slip.
const MAX_LIMIT: f64 = 86_400.0;

/// How one limit is set: its name and its place.
type Row<T> = (&'static str, fn(&mut Limits) -> &mut T);

macro_rules! rows {
    ($($name:ident),+ $(,)?) => { &[$((stringify!($name), |l| &mut l.$name)),+] };
}

const NUMBERS: &[Row<f64>] = rows![
    stay_s,
    silent_s,
    head_age_warn_slots,
    head_age_bad_slots,
    interval_warn_blocks,
    work_slow_blocks,
    head_age_floor_s,
    finality_warn_epochs,
    finality_bad_epochs,
    finality_warn_blocks,
    finality_bad_blocks,
    behind_warn,
    behind_bad,
    peers_warn,
    disk_warn_pct,
    disk_bad_pct,
    memory_warn_pct,
    cpu_warn_pct,
    fds_warn_pct,
    fds_bad_pct,
    clock_warn_ms,
    participation_warn_pct,
    participation_bad_pct,
    work_gap_warn_blocks,
    work_gap_bad_blocks,
    rounds_warn,
    rounds_bad,
    undecided_warn_s,
    undecided_bad_s,
    grandpa_warn_blocks,
    grandpa_bad_blocks,
    missed_warn,
    missed_bad,
    missed_proposals_warn,
    missed_proposals_bad,
    live_warn_pct,
    live_bad_pct,
    skip_warn_pct,
    skip_bad_pct,
    invalid_bad_blocks,
    catch_up_warn_s,
    catch_up_bad_s,
    scope_hold_s,
    peer_fresh_s,
];

const COUNTS: &[Row<u32>] = &[
    ("raise_after", |l| &mut l.raise_after),
    ("raise_after_host", |l| &mut l.raise_after_host),
    ("clear_after", |l| &mut l.clear_after),
    ("damped_clear", |l| &mut l.damped_clear),
];

/// Pairs where more is worse: the warning must stand below. The others (free disk, participation) run the other way.
const RISING: &[(&str, &str)] = &[
    ("head_age_warn_slots", "head_age_bad_slots"),
    ("finality_warn_epochs", "finality_bad_epochs"),
    ("finality_warn_blocks", "finality_bad_blocks"),
    ("behind_warn", "behind_bad"),
    ("fds_warn_pct", "fds_bad_pct"),
    ("work_gap_warn_blocks", "work_gap_bad_blocks"),
    ("rounds_warn", "rounds_bad"),
    ("undecided_warn_s", "undecided_bad_s"),
    ("grandpa_warn_blocks", "grandpa_bad_blocks"),
    ("missed_warn", "missed_bad"),
    ("missed_proposals_warn", "missed_proposals_bad"),
    ("skip_warn_pct", "skip_bad_pct"),
    ("catch_up_warn_s", "catch_up_bad_s"),
    ("disk_bad_pct", "disk_warn_pct"),
    ("participation_bad_pct", "participation_warn_pct"),
    ("live_bad_pct", "live_warn_pct"),
];

/// The built-in limits with what the file says put over them.
pub(super) fn limits(report: &mut Report<'_>, top: &Table<'_>) -> Limits {
    let mut limits = Limits::default();
    let Some(table) = top.table(report, "limits") else { return limits };
    let known: Vec<&str> = NUMBERS.iter().map(|(n, _)| *n).chain(COUNTS.iter().map(|(n, _)| *n)).collect();
    table.only(report, &known);
    for (name, place) in NUMBERS {
        let Some(found) = table.number(report, name) else { continue };
        let most = if name.ends_with("_pct") { 100.0 } else { MAX_LIMIT };
        if found.value < 0.0 || found.value > most {
            report.add(found.at, format!("`{name}` must be 0 to {most}"));
        }
        *place(&mut limits) = found.value;
    }
    for (name, place) in COUNTS {
        let Some(found) = table.whole(report, name) else { continue };
        match u32::try_from(found.value) {
            Ok(count @ 1..=1_000) => *place(&mut limits) = count,
            _ => report.add(found.at, format!("`{name}` must be 1 to 1000 samples")),
        }
    }
    for (low, high) in RISING {
        let value = |name: &str, limits: &mut Limits| {
            NUMBERS.iter().find(|(n, _)| *n == name).map_or(0.0, |(_, place)| *place(limits))
        };
        let (below, above) = (value(low, &mut limits), value(high, &mut limits));
        if below > above {
            report.add(table.at, format!("`{low}` is {below} and `{high}` is {above}; `{low}` must not be the larger"));
        }
    }
    limits
}
