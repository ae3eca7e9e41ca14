//! What is wrong with a sheet before people follow it: each value by itself, values against one another, and against
//! older incidents' sheets. Every rule here stands for a mistake that cost a real network time.

use crate::domain::run::short_digest;
use crate::domain::text::nearest;
use crate::runbook::finding::Finding;
use crate::runbook::model::Runbook;
use crate::runbook::sheet::model::Constant;
use crate::runbook::sheet::model::Sheet;

/// Words that stand where a value is still to come.
const STAND_INS: [&str; 7] = ["tbd", "tba", "todo", "???", "xxx", "n/a yet", "pending"];
/// Words that say the sheet is not to be followed yet.
const UNREADY: [&str; 7] =
    ["no consensus", "incomplete", "draft", "do not follow", "do not use", "not final", "work in progress"];

/// Everything wrong with a sheet for this runbook, by line. `older` are sheets of earlier incidents.
#[must_use]
pub fn lint(book: &Runbook, sheet: &Sheet, older: &[Sheet]) -> Vec<Finding> {
    let mut found = whole(book, sheet, older);
    for name in sheet.values.keys().filter(|n| book.sheet.iter().all(|c| c.name != **n)) {
        let near = nearest(name, book.sheet.iter().map(|c| c.name.as_str()));
        let mend = near.map_or_else(|| "take it away".to_owned(), |n| format!("did you mean {n}?"));
        found.push(Finding::error(sheet.line(name), format!("the runbook has no constant `{name}`"), mend));
    }
    for constant in &book.sheet {
        one(book, sheet, constant, older, &mut found);
    }
    found.sort_by_key(|f| f.line);
    found
}

fn whole(book: &Runbook, sheet: &Sheet, older: &[Sheet]) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut wrong = |key: &str, what: String, mend: &str| found.push(Finding::error(sheet.line(key), what, mend));
    if sheet.runbook != book.id {
        wrong("runbook", format!("it is a sheet of {}, not of {}", sheet.runbook, book.id), "take that runbook");
    }
    if sheet.says_go.trim().is_empty() {
        wrong("says-go", "nobody is named who says go".to_owned(), "name the person or body that does");
    }
    if sheet.incident.trim().is_empty() {
        wrong("incident", "it does not say for which incident it is".to_owned(), "write its date and what happened");
    } else if older.iter().any(|o| o.incident.trim() == sheet.incident.trim()) {
        let what =
            format!("another sheet is of `{}` as well: this one was copied, or there are two of one", sheet.incident);
        wrong("incident", what, "write this incident's own words; of each incident keep one sheet in the folder");
    }
    let said = format!("{}\n{}", sheet.note, sheet.incident).to_lowercase();
    if let Some(words) = UNREADY.iter().find(|w| said.contains(**w)) {
        wrong(
            "note",
            format!("it says `{words}` of itself"),
            "settle that first, or take the words away: readers stop there",
        );
    }
    if sheet.frozen.as_ref().is_some_and(|d| *d != sheet.digest()) {
        let what = format!("a value was edited after it was frozen: it is {} now", short_digest(&sheet.digest()));
        wrong(
            "digest",
            what,
            "set status = \"draft\", check it again, freeze it again, and tell everybody the new digest",
        );
    }
    found
}

fn one(book: &Runbook, sheet: &Sheet, constant: &Constant, older: &[Sheet], found: &mut Vec<Finding>) {
    let (name, at) = (&constant.name, sheet.line(&constant.name));
    let value = sheet.values.get(name).map_or("", |v| v.trim());
    let lower = value.to_lowercase();
    if value.is_empty() || STAND_INS.contains(&lower.as_str()) || value.starts_with('<') {
        let about = book.param(name).map_or("", |p| p.about.as_str());
        found.push(Finding::error(at, format!("{name} is missing"), format!("fill in: {about}")));
        return;
    }
    if let Some(Err(why)) = book.param(name).map(|p| p.check(value)) {
        found.push(Finding::error(at, why, "compare it with where it came from, character by character"));
    }
    for other in &constant.contains {
        let wanted = sheet.values.get(other).map_or("", |v| v.trim());
        if !wanted.is_empty() && !has_word(value, wanted) {
            let what = format!("{name} does not agree with {other}: `{wanted}` is not in it");
            found.push(Finding::error(at, what, "one of the two is wrong: ask where each came from"));
        }
    }
    if !constant.hosts.is_empty() && !constant.hosts.iter().any(|h| host_of(value) == h.as_str()) {
        let what = format!("{name} is on `{}`", host_of(value));
        found.push(Finding::error(at, what, format!("it must be on {}", constant.hosts.join(" or "))));
    }
    let same = older.iter().find(|o| constant.changes && o.values.get(name).map(|v| v.trim()) == Some(value));
    if let Some(old) = same {
        let what = format!("{name} is `{value}`, as in the sheet of {}: left over from there", old.incident);
        found.push(Finding::error(at, what, "take the value of this incident"));
    }
}

/// Whether `wanted` stands in `text` as a whole: 1.17.2 is not in 1.17.20.
fn has_word(text: &str, wanted: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric();
    text.match_indices(wanted).any(|(i, _)| {
        let before = text.get(..i).and_then(|t| t.chars().next_back());
        let after = text.get(i + wanted.len()..).and_then(|t| t.chars().next());
        // A `v` before a version is part of the way it is written.
        !before.is_some_and(|c| part(c) && !matches!(c, 'v' | 'V')) && !after.is_some_and(part)
    })
}

fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, r)| r);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit_once('@').map_or(host, |(_, h)| h);
    host.split(':').next().unwrap_or_default()
}

/// What changed between two sheets, a line each: for reading aloud to those who hold the older one.
#[must_use]
pub fn differences(older: &Sheet, sheet: &Sheet) -> Vec<String> {
    let names = older.values.keys().chain(sheet.values.keys());
    let names: std::collections::BTreeSet<&String> = names.collect();
    let shown = |s: &Sheet, n: &String| s.values.get(n).cloned().unwrap_or_else(|| "(none)".to_owned());
    let changed = names.into_iter().filter(|n| older.values.get(*n) != sheet.values.get(*n));
    changed.map(|n| format!("{n}: {} -> {}", shown(older, n), shown(sheet, n))).collect()
}
