//! `[[contract]]`: contracts on EVM chains, what of them is counted and read, and limits of it.

use super::bounds_table::bounds;
use super::bounds_table::unit;
use super::bounds_table::worse;
use super::nearest::advice;
use super::node_table::Seen;
use super::node_table::node_id;
use super::problem::Report;
use super::table::Found;
use super::table::Table;
use crate::domain::observation::Family;
use crate::domain::signal::SignalId;
use crate::domain::signal::Worse;
use crate::domain::subject::ContractSpec;
use crate::domain::subject::ContractValue;
use crate::domain::subject::Subject;
use crate::domain::watch::NodeSpec;

/// Most contracts: each looks through every block once.
const MAX_CONTRACTS: usize = 32;

/// Most functions, and most events, of one contract.
const MAX_NAMES: usize = 32;

/// Longest signature.
const MAX_SIGNATURE: usize = 256;

/// Most decimal places; a word of 32 bytes has no more.
const MAX_DECIMALS: i64 = 77;

const CONTRACT: &[&str] = &[
    "id",
    "node",
    "address",
    "functions",
    "events",
    "value",
    "decimals",
    "unit",
    "worse",
    "warn",
    "bad",
    "calls_warn",
    "calls_bad",
    "failed_warn_pct",
    "failed_bad_pct",
    "events_warn",
    "events_bad",
];

/// Every contract of the file, as a line to watch; asked for at the nodes that the file names.
pub(super) fn contracts<'a>(
    report: &mut Report<'_>,
    top: &Table<'a>,
    nodes: &[NodeSpec],
    seen: &mut Seen<'a>,
) -> Vec<NodeSpec> {
    let tables = top.tables(report, "contract", "[[contract]]");
    if let Some(first_too_many) = tables.get(MAX_CONTRACTS) {
        report.add(first_too_many.at, format!("more than {MAX_CONTRACTS} contracts; start a second console for some"));
    }
    tables.iter().filter_map(|table| contract(report, table, nodes, seen)).collect()
}

fn contract<'a>(
    report: &mut Report<'_>,
    table: &Table<'a>,
    nodes: &[NodeSpec],
    seen: &mut Seen<'a>,
) -> Option<NodeSpec> {
    table.only(report, CONTRACT);
    let id = node_id(report, table, seen);
    let node = node(report, table, nodes);
    let address = address(report, table);
    let functions = signatures(report, table, "functions");
    let events = signatures(report, table, "events");
    let value = value(report, table);
    let decimals = decimals(report, table);
    let (worse, unit) = (worse(report, table), unit(report, table));
    let mut limit = |signal, worse, unit, keys| bounds(report, table, (signal, worse, unit), keys);
    let limits = vec![
        limit(SignalId::CONTRACT_VALUE, worse, &unit, ("warn", "bad")),
        limit(SignalId::CONTRACT_FAILED, Worse::Up, "", ("failed_warn_pct", "failed_bad_pct")),
        limit(SignalId::CONTRACT_CALLS, Worse::Up, "", ("calls_warn", "calls_bad")),
        limit(SignalId::CONTRACT_EVENTS, Worse::Up, "", ("events_warn", "events_bad")),
    ];
    let node = node?;
    let spec = ContractSpec { address: address?, functions, events, value, decimals };
    let mut line = NodeSpec::new(id?, Family::Contract, &node.url, &node.network);
    line.auth = node.auth.clone();
    line.via.clone_from(&node.via);
    line.subject = Some(Box::new(Subject::Contract(spec)));
    line.bounds = limits;
    Some(line)
}

fn node<'n>(report: &mut Report<'_>, table: &Table<'_>, nodes: &'n [NodeSpec]) -> Option<&'n NodeSpec> {
    let found = table.needed(report, "node", "\"val-1\", the id of an ethereum-execution node")?;
    let fit: Vec<&NodeSpec> = nodes.iter().filter(|n| n.family == Family::EthereumExecution).collect();
    let node = fit.iter().find(|n| n.id.as_str() == found.value).copied();
    if node.is_none() {
        let known: Vec<&str> = fit.iter().map(|n| n.id.as_str()).collect();
        let hint = if known.is_empty() { "there is none yet".to_owned() } else { advice(found.value, &known) };
        report.add(found.at, format!("`{}` is no [[node]] of the family ethereum-execution; {hint}", found.value));
    }
    node
}

fn address(report: &mut Report<'_>, table: &Table<'_>) -> Option<String> {
    let found = table.needed(report, "address", "\"0x…\", forty hex digits")?;
    let digits = found.value.strip_prefix("0x").unwrap_or_default();
    if digits.len() != 40 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        report.add(found.at, "`address` must be 0x and forty hex digits");
        return None;
    }
    Some(found.value.to_ascii_lowercase())
}

fn signatures(report: &mut Report<'_>, table: &Table<'_>, key: &str) -> Vec<String> {
    let named = table.texts(report, key);
    if let Some(first_too_many) = named.get(MAX_NAMES) {
        report.add(first_too_many.at, format!("more than {MAX_NAMES} {key}; name those that tell most"));
    }
    named.into_iter().filter_map(|found| signature(report, found)).collect()
}

/// `transfer(address,uint256)`: as it is hashed, so without names, blanks and short forms.
fn signature(report: &mut Report<'_>, found: Found<&str>) -> Option<String> {
    let text = found.value;
    let parts = text.strip_suffix(')').and_then(|t| t.split_once('('));
    let fits = parts.is_some_and(|(name, types)| {
        let named = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_$".contains(&b));
        named && types.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"(),[]".contains(&b))
    });
    if !fits || text.len() > MAX_SIGNATURE {
        let form = "write name and types without blanks and names, as in \"transfer(address,uint256)\"";
        report.add(found.at, format!("`{text}` is no signature; {form}"));
        return None;
    }
    let types = parts.map(|(_, types)| types).unwrap_or_default();
    let short = types.split([',', '(', ')', '[']).find(|t| matches!(*t, "uint" | "int" | "byte"));
    if let Some(short) = short {
        let whole = if short == "byte" { "bytes1".to_owned() } else { format!("{short}256") };
        report.add(found.at, format!("`{short}` in `{text}` is a short form that is not hashed; write `{whole}`"));
        return None;
    }
    Some(text.to_owned())
}

/// `balance`, `slot 0x0` or `totalSupply()`.
fn value(report: &mut Report<'_>, table: &Table<'_>) -> Option<ContractValue> {
    let found = table.text(report, "value")?;
    if found.value == "balance" {
        return Some(ContractValue::Balance);
    }
    if let Some(slot) = found.value.strip_prefix("slot ") {
        let digits = slot.trim().strip_prefix("0x").unwrap_or_default();
        let fits = (1..=64).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit());
        if !fits {
            report.add(found.at, "a slot is 0x and at most 64 hex digits, as in \"slot 0x0\"");
        }
        return fits.then(|| ContractValue::Slot(slot.trim().to_owned()));
    }
    if !found.value.ends_with("()") {
        let forms = "\"balance\", \"slot 0x0\", or a function without parameters, \"totalSupply()\"";
        report.add(found.at, format!("`value` must be {forms}"));
        return None;
    }
    signature(report, found).map(ContractValue::Call)
}

fn decimals(report: &mut Report<'_>, table: &Table<'_>) -> u32 {
    let Some(found) = table.whole(report, "decimals") else { return 0 };
    if !(0..=MAX_DECIMALS).contains(&found.value) {
        report.add(found.at, format!("`decimals` must be 0 to {MAX_DECIMALS}"));
    }
    u32::try_from(found.value).unwrap_or(0)
}
