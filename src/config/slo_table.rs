//! `[[slo]]`: how much of the time a signal must be good; the rest is an error budget.

use super::nearest::advice;
use super::node_table::Seen;
use super::node_table::node_id;
use super::problem::Report;
use super::table::Table;
use super::words;
use crate::domain::id::NodeId;
use crate::domain::observation::Family;
use crate::domain::signal::CATALOGUE;
use crate::domain::signal::SignalId;
use crate::domain::slo::Good;
use crate::domain::slo::SloSpec;
use crate::domain::subject::Subject;
use crate::domain::time::Span;
use crate::domain::watch::HOST_ID;
use crate::domain::watch::NodeSpec;

/// Most objectives; each is a line of the pane.
const MAX_SLOS: usize = 32;

/// The shortest and the longest window, days: shorter ones have no budget worth the name, longer ones are not kept.
const DAYS: (i64, i64) = (1, 30);

/// The least and the most that may be promised, %.
const OBJECTIVE: (f64, f64) = (50.0, 99.999);

const SLO: &[&str] = &["id", "signal", "nodes", "at_most", "at_least", "objective", "window"];

/// Every objective of the file, as a line to watch.
pub(super) fn slos<'a>(
    report: &mut Report<'_>,
    top: &Table<'a>,
    lines: &[NodeSpec],
    seen: &mut Seen<'a>,
) -> Vec<NodeSpec> {
    let tables = top.tables(report, "slo", "[[slo]]");
    if let Some(first_too_many) = tables.get(MAX_SLOS) {
        report.add(first_too_many.at, format!("more than {MAX_SLOS} objectives; one may be of several nodes"));
    }
    tables.iter().filter_map(|table| slo(report, table, lines, seen)).collect()
}

fn slo<'a>(report: &mut Report<'_>, table: &Table<'a>, lines: &[NodeSpec], seen: &mut Seen<'a>) -> Option<NodeSpec> {
    table.only(report, SLO);
    let id = node_id(report, table, seen);
    let signal = signal(report, table);
    let nodes = nodes(report, table, lines);
    let good = good(report, table);
    let objective_pct = objective(report, table);
    let window = window(report, table);
    let network = nodes.first().and_then(|n| lines.iter().find(|l| l.id == *n)).or(lines.first());
    let network = network.map(|l| l.network.clone()).unwrap_or_default();
    let mut line = NodeSpec::new(id?, Family::Slo, "", &network);
    let spec = SloSpec { signal: signal?, nodes, good: good?, objective_pct: objective_pct?, window: window? };
    line.subject = Some(Box::new(Subject::Slo(spec, None)));
    Some(line)
}

fn signal(report: &mut Report<'_>, table: &Table<'_>) -> Option<SignalId> {
    let found = table.needed(report, "signal", "\"chain.head_age_s\"")?;
    let signal = SignalId::find(found.value);
    if signal.is_none() {
        let known: Vec<&str> = CATALOGUE.iter().map(|s| s.name).collect();
        report.add(found.at, format!("unknown signal `{}`; {}", found.value, advice(found.value, &known)));
    }
    signal
}

fn nodes(report: &mut Report<'_>, table: &Table<'_>, lines: &[NodeSpec]) -> Vec<NodeId> {
    let named = table.texts(report, "nodes");
    if named.is_empty() {
        report.add(table.at, "[[slo]] has no `nodes`; add `nodes = [\"val-1\"]`, the ids of lines above");
    }
    let known: Vec<&str> = lines.iter().map(|l| l.id.as_str()).chain([HOST_ID]).collect();
    let mut nodes = Vec::new();
    for found in named {
        if known.contains(&found.value) {
            nodes.push(NodeId::new(found.value));
        } else {
            report.add(found.at, format!("nothing is called `{}`; {}", found.value, advice(found.value, &known)));
        }
    }
    nodes
}

fn good(report: &mut Report<'_>, table: &Table<'_>) -> Option<Good> {
    match (table.number(report, "at_most"), table.number(report, "at_least")) {
        (Some(most), None) => Some(Good::AtMost(most.value)),
        (None, Some(least)) => Some(Good::AtLeast(least.value)),
        _ => {
            report.add(table.at, "[[slo]] needs either `at_most` or `at_least`: when a value is good");
            None
        }
    }
}

fn objective(report: &mut Report<'_>, table: &Table<'_>) -> Option<f64> {
    if !table.has("objective") {
        report.add(table.at, "[[slo]] has no `objective`; add `objective = 99.5`, the good part of the time in %");
    }
    let found = table.number(report, "objective")?;
    let (least, most) = OBJECTIVE;
    if !(least..=most).contains(&found.value) {
        report.add(found.at, format!("`objective` must be {least} to {most} %"));
        return None;
    }
    Some(found.value)
}

fn window(report: &mut Report<'_>, table: &Table<'_>) -> Option<Span> {
    let found = table.needed(report, "window", "\"30d\"")?;
    let days = |n: i64| Span::from_mins(n * 24 * 60);
    match words::span(found.value) {
        Ok(span) if span >= days(DAYS.0) && span <= days(DAYS.1) => return Some(span),
        Ok(_) => report.add(found.at, format!("`window` must be {} to {} days, as in \"30d\"", DAYS.0, DAYS.1)),
        Err(why) => report.add(found.at, why),
    }
    None
}
