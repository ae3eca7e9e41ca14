//! `[[log]]`: log files that are followed, the patterns of lines that count, and limits of their number.

use super::bounds_table::bounds;
use super::node_table::Seen;
use super::node_table::network_of;
use super::node_table::node_id;
use super::problem::Report;
use super::table::Found;
use super::table::Table;
use super::words;
use crate::domain::observation::Family;
use crate::domain::pattern::check_pattern;
use crate::domain::signal::SignalId;
use crate::domain::signal::Worse;
use crate::domain::subject::LogSpec;
use crate::domain::subject::Subject;
use crate::domain::watch::NodeSpec;

/// Most logs.
const MAX_LOGS: usize = 64;

/// Most patterns of one log, of each kind.
const MAX_PATTERNS: usize = 32;

const LOG: &[&str] = &["id", "file", "patterns", "ignore", "warn", "bad", "network"];

/// Every log of the file, as a line to watch.
pub(super) fn logs<'a>(
    report: &mut Report<'_>,
    top: &Table<'a>,
    networks: &[String],
    seen: &mut Seen<'a>,
) -> Vec<NodeSpec> {
    let tables = top.tables(report, "log", "[[log]]");
    if let Some(first_too_many) = tables.get(MAX_LOGS) {
        report.add(first_too_many.at, format!("more than {MAX_LOGS} logs; gather some of them in one file"));
    }
    tables.iter().filter_map(|table| log(report, table, networks, seen)).collect()
}

fn log<'a>(report: &mut Report<'_>, table: &Table<'a>, networks: &[String], seen: &mut Seen<'a>) -> Option<NodeSpec> {
    table.only(report, LOG);
    let id = node_id(report, table, seen);
    let file = table.needed(report, "file", "\"/var/log/node.log\"");
    let patterns = patterns(report, table, "patterns");
    if patterns.is_empty() && table.texts(report, "patterns").is_empty() {
        report.add(table.at, "[[log]] has no `patterns`; add `patterns = [\"ERROR\", \"panic\"]`");
    }
    let ignore = self::patterns(report, table, "ignore");
    let limits = bounds(report, table, (SignalId::LOG_MATCHES, Worse::Up, ""), ("warn", "bad"));
    let network = network_of(report, table, networks);
    let file = words::file(report.folder(), file?.value);
    let mut spec = NodeSpec::new(id?, Family::Log, "", &network?);
    spec.url = file.display().to_string();
    spec.subject = Some(Box::new(Subject::Log(LogSpec { file, patterns, ignore })));
    spec.bounds = vec![limits];
    Some(spec)
}

fn patterns(report: &mut Report<'_>, table: &Table<'_>, key: &str) -> Vec<String> {
    let named: Vec<Found<&str>> = table.texts(report, key);
    if let Some(first_too_many) = named.get(MAX_PATTERNS) {
        report.add(first_too_many.at, format!("more than {MAX_PATTERNS} patterns; join some with `|`"));
    }
    let mut patterns = Vec::new();
    for found in named {
        match check_pattern(found.value) {
            Ok(()) => patterns.push(found.value.to_owned()),
            Err(why) => report.add(found.at, why),
        }
    }
    patterns
}
