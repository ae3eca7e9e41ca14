//! `[[node]]`: one watched endpoint each; and what the other watched things are written with as well: ids, addresses,
//! networks, credentials. Must not know what is asked of a node.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::nearest::advice;
use super::problem::Report;
use super::table::Table;
use super::words;
use crate::domain::observation::Family;
use crate::domain::validator::ValidatorName;
use crate::domain::watch::Auth;
use crate::domain::watch::HOST_ID;
use crate::domain::watch::NodeSpec;
use crate::domain::watch::split_credentials;

/// Most nodes that one console watches. More is a problem: the screen, and one machine's sockets, end here.
pub const MAX_NODES: usize = 256;

/// Most own validators of one node: what fits one question for their votes, and one glance. More is a problem.
pub const MAX_VALIDATORS: usize = 256;

const NODE: &[&str] = &["id", "family", "url", "metrics", "mine", "via", "network", "auth", "validators"];
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

/// Ids that stand already, each with its place: nodes, queries, logs and contracts share one list.
pub(super) type Seen<'a> = BTreeMap<&'a str, usize>;

/// Every node of the file.
pub(super) fn nodes<'a>(
    report: &mut Report<'_>,
    top: &Table<'a>,
    networks: &[String],
    seen: &mut Seen<'a>,
) -> Vec<NodeSpec> {
    let tables = top.tables(report, "node", "[[node]]");
    if let Some(first_too_many) = tables.get(MAX_NODES) {
        report.add(
            first_too_many.at,
            format!("more than {MAX_NODES} nodes; one console watches no more, start a second"),
        );
    }
    tables.iter().filter_map(|table| node(report, table, networks, seen)).collect()
}

fn node<'a>(report: &mut Report<'_>, table: &Table<'a>, networks: &[String], seen: &mut Seen<'a>) -> Option<NodeSpec> {
    table.only(report, NODE);
    let id = node_id(report, table, seen);
    let family = family(report, table);
    let url = address(report, table, "url", true);
    let metrics = address(report, table, "metrics", false).map(|(url, _)| url);
    let network = network_of(report, table, networks);
    let (mine, via) = (table.flag(report, "mine"), table.text(report, "via"));
    let validators = validators(report, table, family);
    let (url, auth) = one_auth(report, table, url)?;
    let mut spec = NodeSpec::new(id?, family?, &url, &network?);
    spec.validators = validators;
    spec.metrics = metrics;
    spec.mine = mine.is_none_or(|m| m.value);
    spec.via = via.map(|v| v.value.to_owned());
    spec.auth = auth;
    Some(spec)
}

/// `validators = ["1043", "0x93…"]`: indices and public keys, each once, on a beacon node.
fn validators(report: &mut Report<'_>, table: &Table<'_>, family: Option<Family>) -> Vec<ValidatorName> {
    let given = table.texts(report, "validators");
    let Some(first) = given.first() else { return Vec::new() };
    if family.is_some_and(|f| f != Family::EthereumBeacon) {
        report.add(
            first.at,
            "`validators` are looked for through a node of the family `ethereum-beacon` only; take them out here",
        );
    }
    if let Some(too_many) = given.get(MAX_VALIDATORS) {
        report
            .add(too_many.at, format!("more than {MAX_VALIDATORS} validators; name the rest on another node's block"));
    }
    let mut names = Vec::new();
    for found in given {
        match ValidatorName::parse(found.value) {
            Ok(name) if names.contains(&name) => {
                report.add(found.at, format!("`{name}` is named twice; each validator stands once"));
            }
            Ok(name) => names.push(name),
            Err(why) => report.add(found.at, format!("{why}; write \"1043\" or \"0x93…\"")),
        }
    }
    names
}

/// The address, and the credentials from it or from `auth`, whichever are given.
pub(super) fn one_auth(
    report: &mut Report<'_>,
    table: &Table<'_>,
    url: Option<(String, Auth)>,
) -> Option<(String, Auth)> {
    let named = auth(report, table);
    let (url, in_url) = url?;
    if named != Auth::None && in_url != Auth::None {
        report.add(table.at, "credentials in the url and in `auth`; keep one of them");
    }
    Some((url, if named == Auth::None { in_url } else { named }))
}

/// The line's id, which stands once.
pub(super) fn node_id<'a>(report: &mut Report<'_>, table: &Table<'a>, seen: &mut Seen<'a>) -> Option<&'a str> {
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
pub(super) fn address(report: &mut Report<'_>, table: &Table<'_>, key: &str, needed: bool) -> Option<(String, Auth)> {
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

/// The network that the line belongs to.
pub(super) fn network_of(report: &mut Report<'_>, table: &Table<'_>, networks: &[String]) -> Option<String> {
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
pub(super) fn auth(report: &mut Report<'_>, table: &Table<'_>) -> Auth {
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
