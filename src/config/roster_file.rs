//! roster.toml: people, roles, keys, operators, escalation, the decision matrix.

use std::collections::BTreeMap;
use std::path::Path;

use sha2::Digest;
use sha2::Sha256;
use toml::de::DeTable;

use super::nearest::advice;
use super::problem::Problem;
use super::problem::Report;
use super::table::Found;
use super::table::Table;
use super::words;
use crate::domain::id::PersonId;
use crate::domain::incident::resolve_role;
use crate::domain::roster::Escalation;
use crate::domain::roster::Level;
use crate::domain::roster::MAX_STAKE;
use crate::domain::roster::MatrixRow;
use crate::domain::roster::Operator;
use crate::domain::roster::OwnRole;
use crate::domain::roster::Person;
use crate::domain::roster::Roster;
use crate::domain::roster::Signatures;
use crate::domain::roster::StatusSource;
use crate::keys::Key;

const KEYS: &[&str] = &["person", "operator", "role", "escalation", "matrix", "signatures", "revoked"];
const PERSON: &[&str] = &["name", "keys", "roles_allowed", "level", "contact", "timezone"];
const OPERATOR: &[&str] =
    &["name", "stake", "keys", "status", "contact", "answers_within", "constraints", "via", "network"];
const ROLE: &[&str] = &["id", "title", "instructions", "required"];
const ESCALATION: &[&str] = &["id", "people", "ack_within"];
const MATRIX: &[&str] = &["incident", "body", "approvals", "deadline", "stakeholders", "review_by"];

/// Reads a roster; `file` is only for messages and for relative names in it.
///
/// # Errors
/// Every problem of the text, in the order of lines.
pub fn parse_roster(file: &Path, text: &str) -> Result<Roster, Vec<Problem>> {
    let mut report = Report::new(file, text);
    let (document, faults) = DeTable::parse_recoverable(text);
    for fault in &faults {
        report.add(fault.span().map_or(0, |s| s.start), fault.message());
    }
    if !faults.is_empty() {
        return report.done(Roster::default());
    }
    let top = Table::new(document.get_ref(), 0, "the roster");
    top.only(&mut report, KEYS);
    let roster = Roster {
        sha256: Sha256::digest(text.as_bytes()).iter().map(|b| format!("{b:02x}")).collect(),
        people: people(&mut report, &top),
        operators: operators(&mut report, &top),
        roles: top.tables(&mut report, "role", "[[role]]").iter().filter_map(|t| role(&mut report, t)).collect(),
        escalations: escalations(&mut report, &top),
        matrix: top.tables(&mut report, "matrix", "[[matrix]]").iter().filter_map(|t| row(&mut report, t)).collect(),
        signatures: signatures(&mut report, &top),
        revoked: revoked(&mut report, &top),
    };
    report.done(roster)
}

fn signatures(report: &mut Report<'_>, top: &Table<'_>) -> Signatures {
    let names = Signatures::ALL.map(Signatures::as_str);
    choice(report, top, "signatures", &names).map(|i| Signatures::ALL[i]).unwrap_or_default()
}

/// Keys that count no more. They may well stand at a person too: then that key is out, the person is not.
fn revoked(report: &mut Report<'_>, top: &Table<'_>) -> Vec<String> {
    key_list(report, top, "revoked", &mut BTreeMap::new())
}

fn people(report: &mut Report<'_>, top: &Table<'_>) -> Vec<Person> {
    let (mut seen, mut key_owners) = (BTreeMap::new(), BTreeMap::new());
    let mut people = Vec::new();
    for table in top.tables(report, "person", "[[person]]") {
        table.only(report, PERSON);
        let Some(name) = unique_name(report, &table, "name", "\"alice\"", &mut seen) else { continue };
        let levels = Level::ALL.map(Level::as_str);
        people.push(Person {
            name: name.into(),
            keys: key_list(report, &table, "keys", &mut key_owners),
            roles_allowed: table.texts(report, "roles_allowed").iter().map(|r| resolve_role(r.value)).collect(),
            level: choice(report, &table, "level", &levels).map(|i| Level::ALL[i]).unwrap_or_default(),
            contact: plain(report, &table, "contact"),
            timezone: plain(report, &table, "timezone"),
        });
    }
    people
}

fn operators(report: &mut Report<'_>, top: &Table<'_>) -> Vec<Operator> {
    let (mut seen, mut key_owners) = (BTreeMap::new(), BTreeMap::new());
    let mut operators = Vec::new();
    for table in top.tables(report, "operator", "[[operator]]") {
        table.only(report, OPERATOR);
        let Some(name) = unique_name(report, &table, "name", "\"northstake\"", &mut seen) else { continue };
        operators.push(Operator {
            name: name.into(),
            stake: stake(report, &table),
            keys: key_list(report, &table, "keys", &mut key_owners),
            status: status(report, &table),
            contact: plain(report, &table, "contact"),
            answers_within: parsed(report, &table, "answers_within", words::span),
            constraints: table.texts(report, "constraints").iter().map(|c| c.value.to_owned()).collect(),
            via: table.text(report, "via").map(|v| v.value.to_owned()),
            network: table.text(report, "network").map(|n| n.value.to_owned()),
        });
    }
    operators
}

fn stake(report: &mut Report<'_>, table: &Table<'_>) -> u64 {
    let Some(found) = table.whole(report, "stake") else { return 0 };
    match u64::try_from(found.value) {
        Ok(stake) if stake <= MAX_STAKE => stake,
        _ => {
            report.add(found.at, format!("stake must be 0 to {MAX_STAKE} (2^53 - 1); use a larger unit"));
            0
        }
    }
}

fn status(report: &mut Report<'_>, table: &Table<'_>) -> Option<StatusSource> {
    let found = table.text(report, "status")?;
    if !found.value.contains("://") {
        return Some(StatusSource::File(words::file(report.folder(), found.value)));
    }
    if let Err(why) = words::web(found.value) {
        report.add(found.at, why);
    }
    Some(StatusSource::Url(found.value.to_owned()))
}

fn role(report: &mut Report<'_>, table: &Table<'_>) -> Option<OwnRole> {
    table.only(report, ROLE);
    let id = table.needed(report, "id", "\"bridge-guardian\"")?;
    if let Err(why) = words::name(id.value) {
        report.add(id.at, why);
    }
    Some(OwnRole {
        id: id.value.into(),
        title: table.text(report, "title").map_or_else(|| id.value.to_owned(), |t| t.value.to_owned()),
        instructions: plain(report, table, "instructions"),
        required: table.flag(report, "required").is_some_and(|f| f.value),
    })
}

fn escalations(report: &mut Report<'_>, top: &Table<'_>) -> Vec<Escalation> {
    let mut seen = BTreeMap::new();
    let mut paths = Vec::new();
    for table in top.tables(report, "escalation", "[[escalation]]") {
        table.only(report, ESCALATION);
        let id = unique_name(report, &table, "id", "\"on-call\"", &mut seen);
        table.needed(report, "ack_within", "\"5m\"");
        let ack_within = parsed(report, &table, "ack_within", words::span);
        let people: Vec<PersonId> = table.texts(report, "people").iter().map(|p| p.value.into()).collect();
        if people.is_empty() {
            report.add(table.at, "an [[escalation]] calls nobody; add `people = [\"alice\", \"bob\"]`, in order");
        }
        if let (Some(id), Some(ack_within)) = (id, ack_within) {
            paths.push(Escalation { id: id.to_owned(), people, ack_within });
        }
    }
    paths
}

fn row(report: &mut Report<'_>, table: &Table<'_>) -> Option<MatrixRow> {
    table.only(report, MATRIX);
    let incident = table.needed(report, "incident", "\"finality-stall\"");
    let body = table.needed(report, "body", "\"incident-commander\"");
    let approvals = parsed(report, table, "approvals", words::quorum);
    let deadline = parsed(report, table, "deadline", words::span);
    let stakeholders = table.texts(report, "stakeholders").iter().map(|s| s.value.to_owned()).collect();
    let review_by = plain(report, table, "review_by");
    let (incident, body) = (incident?.value.to_owned(), body?.value.to_owned());
    Some(MatrixRow { incident, body, approvals, deadline, stakeholders, review_by })
}

/// A name that is needed, fits, and was not used before.
fn unique_name<'a>(
    report: &mut Report<'_>,
    table: &Table<'a>,
    key: &str,
    example: &str,
    seen: &mut BTreeMap<&'a str, usize>,
) -> Option<&'a str> {
    let found = table.needed(report, key, example)?;
    if let Err(why) = words::name(found.value) {
        report.add(found.at, why);
    }
    if let Some(before) = seen.insert(found.value, found.at) {
        let (line, _) = report.place(before);
        report.add(found.at, format!("`{}` is named twice, first in line {line}; each name stands once", found.value));
    }
    Some(found.value)
}

/// Keys that are keys, and that nobody else has: one key under two names would count twice.
fn key_list<'a>(
    report: &mut Report<'_>,
    table: &Table<'a>,
    name: &str,
    owners: &mut BTreeMap<Key, Found<&'a str>>,
) -> Vec<String> {
    let mut keys = Vec::new();
    for found in table.texts(report, name) {
        let key = match Key::parse(found.value) {
            Ok(key) => key,
            Err(why) => {
                report.add(found.at, why.to_string());
                continue;
            }
        };
        let line = key.line().to_string();
        if let Some(before) = owners.insert(key, found) {
            let (line, _) = report.place(before.at);
            report.add(found.at, format!("this key stands already in line {line}; a key belongs to one name, once"));
        }
        keys.push(line);
    }
    keys
}

fn plain(report: &mut Report<'_>, table: &Table<'_>, key: &str) -> String {
    table.text(report, key).map(|t| t.value.to_owned()).unwrap_or_default()
}

fn parsed<T>(
    report: &mut Report<'_>,
    table: &Table<'_>,
    key: &str,
    read: impl Fn(&str) -> Result<T, String>,
) -> Option<T> {
    let found = table.text(report, key)?;
    read(found.value).map_err(|why| report.add(found.at, why)).ok()
}

/// Which of the words it is.
fn choice(report: &mut Report<'_>, table: &Table<'_>, key: &str, words: &[&str]) -> Option<usize> {
    let found = table.text(report, key)?;
    let at = words.iter().position(|w| *w == found.value);
    if at.is_none() {
        report.add(found.at, format!("`{key}` cannot be `{}`; {}", found.value, advice(found.value, words)));
    }
    at
}
