//! A sheet's file: TOML, small, every key known. Freezing rewrites two lines of it and nothing else.
//! Must not judge the values.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize;

use crate::domain::text::is_forbidden;
use crate::runbook::finding::Finding;
use crate::runbook::model::Runbook;
use crate::runbook::sheet::model::Sheet;

/// A larger file is refused: a sheet is a page.
pub const MAX_SHEET_BYTES: usize = 64 << 10;
/// Keys of the sheet itself, by which its lines are found: no constant may be called so.
pub const HEAD_KEYS: [&str; 5] = ["runbook", "incident", "note", "status", "digest"];
/// The version of the format that this program reads.
const FORMAT: u32 = 1;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Raw {
    warroom_sheet: u32,
    runbook: String,
    #[serde(default)]
    incident: String,
    #[serde(default)]
    says_go: String,
    #[serde(default)]
    note: String,
    status: String,
    #[serde(default)]
    digest: String,
    constants: BTreeMap<String, String>,
}

/// Reads a sheet.
///
/// # Errors
/// What is wrong with the text, and where.
pub fn read(bytes: &[u8]) -> Result<Sheet, Finding> {
    if bytes.len() > MAX_SHEET_BYTES {
        return Err(Finding::error(1, format!("it is larger than {MAX_SHEET_BYTES} bytes"), "keep only the constants"));
    }
    let text = str::from_utf8(bytes).map_err(|_| Finding::error(1, "it is not UTF-8", "save it as UTF-8"))?;
    if let Some((row, c)) = hidden(text) {
        return Err(Finding::error(row, format!("the hidden character {}", c.escape_unicode()), "take it away"));
    }
    let raw: Raw = toml::from_str(text).map_err(|why| {
        let before = text.get(..why.span().map_or(0, |s| s.start)).unwrap_or_default();
        let line = u32::try_from(1 + before.matches('\n').count()).unwrap_or(1);
        Finding::error(line, why.message().to_owned(), "see docs/sheets.md; every value stands in quotes")
    })?;
    let lines = lines(text);
    let at = |key: &str| lines.get(key).copied().unwrap_or(1);
    if raw.warroom_sheet != FORMAT {
        return Err(Finding::error(at("warroom-sheet"), "this format is not known here", "write warroom-sheet = 1"));
    }
    let frozen = match raw.status.as_str() {
        "draft" => None,
        "frozen" => Some(raw.digest),
        _ => return Err(Finding::error(at("status"), "`status` is neither draft nor frozen", "write \"draft\"")),
    };
    Ok(Sheet {
        runbook: raw.runbook.into(),
        incident: raw.incident,
        says_go: raw.says_go,
        note: raw.note,
        frozen,
        values: raw.constants,
        lines,
    })
}

fn hidden(text: &str) -> Option<(u32, char)> {
    let found = |line: &str| line.chars().find(|c| is_forbidden(*c) && *c != '\t');
    (1..).zip(text.lines()).find_map(|(row, line)| Some((row, found(line)?)))
}

/// The line of each key, from 1.
fn lines(text: &str) -> BTreeMap<String, u32> {
    let key = |line: &str| line.split_once('=').map(|(k, _)| k.trim().to_owned());
    (1..).zip(text.lines()).filter_map(|(row, line)| Some((key(line)?, row))).collect()
}

/// A sheet to fill in, with what is asked of each constant.
#[must_use]
pub fn blank(book: &Runbook) -> String {
    let mut text = format!(
        "# The constants of `{}`. Fill in every value, then: warroom runbook sheet lint FILE, and freeze FILE.\nwarroom-sheet = {FORMAT}\nrunbook = \"{}\"\nincident = \"\"\nsays-go = \"\"\nnote = \"\"\nstatus = \"draft\"\n\n[constants]\n",
        book.title, book.id
    );
    for constant in &book.sheet {
        let param = book.param(&constant.name);
        let about = param.map_or("", |p| p.about.as_str());
        let kind = param.map_or("string", |p| p.kind.as_str());
        // Writing into a string cannot fail.
        let _ = writeln!(text, "# {about} ({kind}{})\n{} = \"\"", asked(constant), constant.name);
    }
    text
}

fn asked(constant: &crate::runbook::sheet::model::Constant) -> String {
    let mut asked = String::new();
    if constant.changes {
        asked.push_str(", new in each incident");
    }
    for other in &constant.contains {
        let _ = write!(asked, ", holds {other}");
    }
    if !constant.hosts.is_empty() {
        let _ = write!(asked, ", on {}", constant.hosts.join(" or "));
    }
    asked
}

/// The same text, frozen.
#[must_use]
pub fn frozen(text: &str, digest: &str) -> String {
    let mut done = String::with_capacity(text.len() + 100);
    // Only the head is rewritten: what stands in a table is a constant.
    let mut head = true;
    for line in text.split_inclusive('\n') {
        head &= !line.trim_start().starts_with('[');
        let key = line.split_once('=').map_or("", |(k, _)| k.trim());
        match key {
            _ if !head => done.push_str(line),
            "digest" => {}
            "status" => {
                let _ = write!(done, "status = \"frozen\"\ndigest = \"{digest}\"\n");
            }
            _ => done.push_str(line),
        }
    }
    done
}
