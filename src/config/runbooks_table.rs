//! `[runbooks]`: the git repository that runbooks come from, and whose signature counts.
//! Must not ask it anything.

use std::path::Path;

use super::problem::Report;
use super::settings::{BookReference, BooksSettings};
use super::table::{Found, Table};
use super::words;
use crate::domain::text::is_forbidden;

/// Longest name of a branch, tag or folder, in bytes. It stands in a command line and on screens; a longer one is a problem.
const MAX_REFERENCE: usize = 128;
/// Longest address, in bytes. A longer one is a problem.
const MAX_ADDRESS: usize = 1024;

const RUNBOOKS: &[&str] = &["git", "branch", "tag", "folder", "signers"];

/// The repository, where one is named.
pub(super) fn runbooks(report: &mut Report<'_>, top: &Table<'_>) -> Option<BooksSettings> {
    let table = top.table(report, "runbooks")?;
    table.only(report, RUNBOOKS);
    let git = table.needed(report, "git", "\"https://git.example.org/ops/runbooks.git\"");
    let git = git.and_then(|g| address(report, &g));
    let (branch, tag) = (table.text(report, "branch"), table.text(report, "tag"));
    if branch.is_some() && tag.is_some() {
        report.add(table.at, "`branch` and `tag` exclude each other; give one of them");
    }
    let mut named = |found: &Found<&str>| plain(report, found, "a branch or tag").then(|| found.value.to_owned());
    let reference = match (&tag, &branch) {
        (Some(tag), _) => named(tag).map(BookReference::Tag),
        (None, Some(branch)) => named(branch).map(BookReference::Branch),
        (None, None) => Some(BookReference::Branch("main".to_owned())),
    };
    let folder = table.text(report, "folder").filter(|f| plain(report, f, "a folder of the repository"));
    let signers = table.text(report, "signers").map(|f| words::file(report.folder(), f.value));
    Some(BooksSettings {
        git: git?,
        reference: reference?,
        folder: folder.map(|f| f.value.to_owned()).unwrap_or_default(),
        signers,
    })
}

/// An address that git's own transports take, or a folder of this host; nothing that git would run.
fn address(report: &mut Report<'_>, found: &Found<&str>) -> Option<String> {
    let text = found.value;
    let strange = |c: char| c.is_whitespace() || is_forbidden(c);
    let why = if text.is_empty() || text.len() > MAX_ADDRESS || text.starts_with('-') || text.contains(strange) {
        "is no address; write https://…, ssh://…, person@host:path or a path"
    } else if let Some((scheme, rest)) = text.split_once("://") {
        let login = rest.split('/').next().and_then(|a| a.rsplit_once('@')).map_or("", |(login, _)| login);
        match scheme {
            "https" | "http" if !login.is_empty() => "holds credentials; use ssh, or a repository that can be read",
            "ssh" if login.contains(':') => "holds a password; use a key",
            "https" | "http" | "ssh" if !rest.starts_with('/') => return Some(text.to_owned()),
            _ => "has a scheme that is not fetched; write https://, ssh://, person@host:path or a path",
        }
    } else if text.contains("::") {
        "names a program of git's; write https://…, ssh://…, person@host:path or a path"
    } else if text.split_once(':').is_some_and(|(host, _)| !host.contains('/')) {
        // person@host:path, as ssh has it.
        return Some(text.to_owned());
    } else {
        return Some(words::file(report.folder(), text).display().to_string());
    };
    report.add(found.at, format!("`git` {why}"));
    None
}

/// A name that git takes as one, and that is no option, no revision's grammar and no way out of a folder.
fn plain(report: &mut Report<'_>, found: &Found<&str>, what: &str) -> bool {
    let text = found.value;
    let fits = text.chars().all(|c| c.is_ascii_alphanumeric() || "._/-".contains(c));
    let edges = text.starts_with(['-', '/', '.']) || text.ends_with(['/', '.']) || Path::new(text).is_absolute();
    let good = fits && !edges && !text.is_empty() && text.len() <= MAX_REFERENCE;
    let good = good && !text.contains("..") && !text.contains("//") && !text.contains("/.");
    if !good {
        report.add(found.at, format!("`{}` is not {what}: letters, digits, `._-` and `/` within", text.escape_debug()));
    }
    good
}
