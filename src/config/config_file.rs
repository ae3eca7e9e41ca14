//! config.toml: networks, nodes, limits, theme.

use std::path::Path;

use toml::de::DeTable;

use super::contract_table::contracts;
use super::limits::limits;
use super::log_table::logs;
use super::node_table::Seen;
use super::node_table::nodes;
use super::problem::Problem;
use super::problem::Report;
use super::query_table::queries;
use super::runbooks_table::runbooks;
use super::settings::Config;
use super::settings::UNNAMED_NETWORK;
use super::share_table::share;
use super::slo_table::slos;
use super::table::Table;
use super::webhook_table::webhooks;
use super::words;
use crate::keys::own::Named;

const KEYS: &[&str] = &[
    "network", "node", "discover", "theme", "limits", "key", "share", "query", "log", "webhook", "contract", "slo",
    "runbooks",
];
const NETWORK: &[&str] = &["id"];
/// Reads a configuration; `file` is only for messages and for relative names in it.
///
/// # Errors
/// Every problem of the text, in the order of lines.
pub fn parse_config(file: &Path, text: &str) -> Result<Config, Vec<Problem>> {
    let mut report = Report::new(file, text);
    let (document, faults) = DeTable::parse_recoverable(text);
    for fault in &faults {
        report.add(fault.span().map_or(0, |s| s.start), fault.message());
    }
    if !faults.is_empty() {
        return report.done(Config::default());
    }
    let top = Table::new(document.get_ref(), 0, "the configuration");
    top.only(&mut report, KEYS);
    let networks = networks(&mut report, &top);
    let mut seen = Seen::new();
    let mut nodes = nodes(&mut report, &top, &networks, &mut seen);
    let discover = top.flag(&mut report, "discover").map_or(nodes.is_empty(), |f| f.value);
    let contracts = contracts(&mut report, &top, &nodes, &mut seen);
    nodes.extend(contracts);
    nodes.extend(queries(&mut report, &top, &networks, &mut seen));
    nodes.extend(logs(&mut report, &top, &networks, &mut seen));
    nodes.extend(webhooks(&mut report, &top, &networks, &mut seen));
    let objectives = slos(&mut report, &top, &nodes, &mut seen);
    nodes.extend(objectives);
    let config = Config {
        discover,
        limits: limits(&mut report, &top),
        share: share(&mut report, &top),
        runbooks: runbooks(&mut report, &top),
        theme: top.text(&mut report, "theme").map(|t| t.value.to_owned()),
        key: own_key(&mut report, &top),
        networks,
        nodes,
    };
    report.done(config)
}

/// `key = "~/.ssh/id_ed25519.pub"`: a file (from the configuration's folder), a key's line, or a fingerprint.
fn own_key(report: &mut Report<'_>, top: &Table<'_>) -> Option<Named> {
    let found = top.text(report, "key")?;
    let named = Named::read(found.value, std::env::home_dir().as_deref(), report.folder());
    named.map_err(|why| report.add(found.at, why.to_string())).ok()
}

/// `network = "devnet"`, or several `[[network]]` with id.
fn networks(report: &mut Report<'_>, top: &Table<'_>) -> Vec<String> {
    let named: Vec<_> = if !top.has("network") {
        return vec![UNNAMED_NETWORK.to_owned()];
    } else if top.is_text("network") {
        top.text(report, "network").into_iter().collect()
    } else {
        let tables = top.tables(report, "network", "network = \"devnet\", or several [[network]] with id");
        let id = |t: &Table<'_>, report: &mut Report<'_>| t.only(report, NETWORK);
        tables.iter().for_each(|t| id(t, report));
        tables.iter().filter_map(|t| t.needed(report, "id", "\"devnet\"")).collect()
    };
    let mut networks: Vec<String> = Vec::new();
    for found in named {
        if let Err(why) = words::name(found.value) {
            report.add(found.at, why);
        } else if networks.iter().any(|n| n == found.value) {
            report.add(found.at, format!("network `{}` is named twice; each stands once", found.value));
        } else {
            networks.push(found.value.to_owned());
        }
    }
    networks
}
