//! config.toml: networks, nodes, limits, theme.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

use toml::de::DeTable;

use super::limits::limits;
use super::nearest::advice;
use super::problem::Problem;
use super::problem::Report;
use super::settings::Config;
use super::settings::UNNAMED_NETWORK;
use super::share_table::share;
use super::table::Table;
use super::words;
use crate::domain::observation::Family;
use crate::domain::watch::Auth;
use crate::domain::watch::HOST_ID;
use crate::domain::watch::NodeSpec;
use crate::domain::watch::split_credentials;
use crate::keys::own::Named;

/// Most nodes that one console watches. More is a problem: the screen, and one machine's sockets, end here.
pub const MAX_NODES: usize = 256;

const KEYS: &[&str] = &["network", "node", "discover", "theme", "limits", "key", "share"];
const NETWORK: &[&str] = &["id"];
const NODE: &[&str] = &["id", "family", "url", "metrics", "mine", "via", "network", "auth"];
const AUTH: &[&str] = &["cookie", "user", "password_file", "bearer_file"];

/// Families that a file may name; the host is always watched and needs no block.
const FAMILIES: &[Family] = &[
    Family::EthereumExecution,
    Family::EthereumBeacon,
    Family::Cometbft,
    Family::Substrate,
    Family::Solana,
    Family::Bitcoin,
    Family::Prometheus,
    Family::Alertmanager,
    Family::Json,
];

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
    let nodes = nodes(&mut report, &top, &networks);
    let discover = top.flag(&mut report, "discover").map_or(nodes.is_empty(), |f| f.value);
    let config = Config {
        discover,
        limits: limits(&mut report, &top),
        share: share(&mut report, &top),
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

fn nodes(report: &mut Report<'_>, top: &Table<'_>, networks: &[String]) -> Vec<NodeSpec> {
    let tables = top.tables(report, "node", "[[node]]");
    if let Some(first_too_many) = tables.get(MAX_NODES) {
        report.add(
            first_too_many.at,
            format!("more than {MAX_NODES} nodes; one console watches no more, start a second"),
        );
    }
    let mut seen = BTreeMap::new();
    tables.iter().filter_map(|table| node(report, table, networks, &mut seen)).collect()
}

fn node<'a>(
    report: &mut Report<'_>,
    table: &Table<'a>,
    networks: &[String],
    seen: &mut BTreeMap<&'a str, usize>,
) -> Option<NodeSpec> {
    table.only(report, NODE);
    let id = node_id(report, table, seen);
    let family = family(report, table);
    let url = address(report, table, "url", true);
    let metrics = address(report, table, "metrics", false).map(|(url, _)| url);
    let network = network_of(report, table, networks);
    let (mine, via) = (table.flag(report, "mine"), table.text(report, "via"));
    let named_auth = auth(report, table);
    let (url, url_auth) = url?;
    if named_auth != Auth::None && url_auth != Auth::None {
        report.add(table.at, "credentials in the url and in `auth`; keep one of them");
    }
    let mut spec = NodeSpec::new(id?, family?, &url, &network?);
    spec.metrics = metrics;
    spec.mine = mine.is_none_or(|m| m.value);
    spec.via = via.map(|v| v.value.to_owned());
    spec.auth = if named_auth == Auth::None { url_auth } else { named_auth };
    Some(spec)
}

fn node_id<'a>(report: &mut Report<'_>, table: &Table<'a>, seen: &mut BTreeMap<&'a str, usize>) -> Option<&'a str> {
    let id = table.needed(report, "id", "\"val-1\"")?;
    if let Err(why) = words::name(id.value) {
        report.add(id.at, why);
    }
    if id.value == HOST_ID {
        report.add(id.at, format!("`{HOST_ID}` is this machine, which is always watched; choose another id"));
    }
    if let Some(before) = seen.insert(id.value, id.at) {
        let (line, _) = report.place(before);
        report.add(id.at, format!("node `{}` is named twice, first in line {line}; each id stands once", id.value));
    }
    Some(id.value)
}

fn family(report: &mut Report<'_>, table: &Table<'_>) -> Option<Family> {
    let found = table.needed(report, "family", "\"ethereum-execution\"")?;
    let family = FAMILIES.iter().find(|f| f.as_str() == found.value);
    if family.is_none() {
        let known: Vec<&str> = FAMILIES.iter().map(|f| f.as_str()).collect();
        report.add(found.at, format!("unknown family `{}`; {}", found.value, advice(found.value, &known)));
    }
    family.copied()
}

/// A web address with its credentials taken out.
fn address(report: &mut Report<'_>, table: &Table<'_>, key: &str, needed: bool) -> Option<(String, Auth)> {
    let found =
        if needed { table.needed(report, key, "\"http://127.0.0.1:8545\"")? } else { table.text(report, key)? };
    if let Err(why) = words::web(found.value) {
        report.add(found.at, why);
        return None;
    }
    let (url, auth) = split_credentials(found.value);
    if !needed && auth != Auth::None {
        report.add(found.at, format!("`{key}` takes no credentials; only `url` does"));
    }
    Some((url, auth))
}

fn network_of(report: &mut Report<'_>, table: &Table<'_>, networks: &[String]) -> Option<String> {
    let Some(found) = table.text(report, "network") else {
        if networks.len() > 1 {
            report.add(
                table.at,
                format!("there are several networks; add `network = \"{}\"`", networks.join("\" or \"")),
            );
            return None;
        }
        return networks.first().cloned();
    };
    if !networks.iter().any(|n| n == found.value) {
        let known: Vec<&str> = networks.iter().map(String::as_str).collect();
        report.add(found.at, format!("no network `{}`; {}", found.value, advice(found.value, &known)));
    }
    Some(found.value.to_owned())
}

/// `{ cookie = FILE }`, `{ user = …, password_file = FILE }` or `{ bearer_file = FILE }`.
fn auth(report: &mut Report<'_>, table: &Table<'_>) -> Auth {
    let Some(auth) = table.table(report, "auth") else { return Auth::None };
    auth.only(report, AUTH);
    let folder: PathBuf = report.folder().to_path_buf();
    let mut file = |key: &str| auth.text(report, key).map(|f| words::file(&folder, f.value));
    let (cookie, bearer, password) = (file("cookie"), file("bearer_file"), file("password_file"));
    let user = auth.text(report, "user").map(|u| u.value.to_owned());
    match (cookie, bearer, user, password) {
        (Some(cookie), None, None, None) => Auth::CookieFile(cookie),
        (None, Some(bearer), None, None) => Auth::BearerFile(bearer),
        (None, None, Some(user), Some(file)) => Auth::PasswordFile { user, file },
        _ => {
            let forms = "{ cookie = FILE }, { user = \"…\", password_file = FILE } or { bearer_file = FILE }";
            report.add(auth.at, format!("`auth` must be one of {forms}"));
            Auth::None
        }
    }
}
