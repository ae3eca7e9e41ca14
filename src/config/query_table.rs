//! `[[query]]`: PromQL queries to an existing Prometheus, each a line of the health pane with limits of its own.
//! Must not know PromQL: the server reads it.

use super::bounds_table::bounds;
use super::bounds_table::unit;
use super::bounds_table::worse;
use super::node_table::Seen;
use super::node_table::address;
use super::node_table::network_of;
use super::node_table::node_id;
use super::node_table::one_auth;
use super::problem::Report;
use super::table::Table;
use crate::domain::observation::Family;
use crate::domain::signal::SignalId;
use crate::domain::subject::QuerySpec;
use crate::domain::subject::Subject;
use crate::domain::watch::NodeSpec;

/// Most queries. Each is a request every five seconds to a server that others need as well.
const MAX_QUERIES: usize = 64;

/// Longest query, bytes; it travels in an address.
const MAX_EXPR: usize = 4_096;

const QUERY: &[&str] = &["id", "url", "expr", "unit", "worse", "warn", "bad", "empty", "network", "auth"];

/// Every query of the file, as a line to watch.
pub(super) fn queries<'a>(
    report: &mut Report<'_>,
    top: &Table<'a>,
    networks: &[String],
    seen: &mut Seen<'a>,
) -> Vec<NodeSpec> {
    let tables = top.tables(report, "query", "[[query]]");
    if let Some(first_too_many) = tables.get(MAX_QUERIES) {
        report.add(first_too_many.at, format!("more than {MAX_QUERIES} queries; make recording rules of some"));
    }
    tables.iter().filter_map(|table| query(report, table, networks, seen)).collect()
}

fn query<'a>(report: &mut Report<'_>, table: &Table<'a>, networks: &[String], seen: &mut Seen<'a>) -> Option<NodeSpec> {
    table.only(report, QUERY);
    let id = node_id(report, table, seen);
    let url = address(report, table, "url", true);
    let expr = table.needed(report, "expr", "\"sum(rate(errors_total[5m]))\"");
    if let Some(long) = expr.filter(|e| e.value.len() > MAX_EXPR) {
        report.add(long.at, format!("`expr` is over {MAX_EXPR} bytes; make a recording rule of it"));
    }
    let (worse, unit) = (worse(report, table), unit(report, table));
    let limits = bounds(report, table, (SignalId::QUERY_VALUE, worse, &unit), ("warn", "bad"));
    let empty = table.number(report, "empty").map(|n| n.value);
    let network = network_of(report, table, networks);
    let (url, auth) = one_auth(report, table, url)?;
    let mut spec = NodeSpec::new(id?, Family::Query, &url, &network?);
    spec.auth = auth;
    spec.subject = Some(Box::new(Subject::Query(QuerySpec { expr: expr?.value.to_owned(), worse, empty })));
    spec.bounds = vec![limits];
    Some(spec)
}
