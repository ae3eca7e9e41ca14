//! The runbooks and tests of a commit, written out as files: plain files of one folder, bounded, whole or not at all.
//! Must not judge whose they are.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use crate::journal::Hash;
use crate::runbook::case::MAX_CASE_BYTES;
use crate::runbook::parse::MAX_FILE_BYTES;
use crate::runtime::books::git_call::Git;

/// More files than this are refused: 500 runbooks with three tests each.
const MAX_FILES: usize = 2_000;

/// Writes them into a new folder; each by its name in it, with its SHA-256.
///
/// # Errors
/// What is wrong with the repository, or with the disk.
pub(super) fn extract(git: &Git, commit: &str, folder: &str, to: &Path) -> Result<BTreeMap<String, String>, String> {
    let tree = if folder.is_empty() { commit.to_owned() } else { format!("{commit}:{folder}") };
    let listed = git.ask(&["ls-tree", "-r", "-l", "-z", "--full-tree", &tree]);
    let listed = listed.map_err(|why| format!("the folder `{folder}` of {commit} cannot be listed: {why}"))?;
    let listed = String::from_utf8_lossy(&listed.out).into_owned();
    let wanted: Vec<(&str, &str, usize)> = listed.split('\0').filter_map(row).filter(|(n, ..)| is_ours(n)).collect();
    if wanted.len() > MAX_FILES {
        return Err(format!("it holds {} runbooks and tests; {MAX_FILES} at most", wanted.len()));
    }
    if !wanted.iter().any(|(name, ..)| !name.contains('/')) {
        return Err(format!("its folder `{folder}` holds no runbook (*.md)"));
    }
    let mut files = BTreeMap::new();
    make(to).map_err(|why| disk(to, &why))?;
    for (name, object, size) in wanted {
        let most = if name.contains('/') { MAX_CASE_BYTES } else { MAX_FILE_BYTES };
        if size > most {
            return Err(format!("{name} has {size} bytes; {most} at most"));
        }
        let bytes = git.ask(&["cat-file", "blob", object])?.out;
        let file = to.join(name);
        let written = file.parent().map_or(Ok(()), make).and_then(|()| fs::write(&file, &bytes));
        written.map_err(|why| disk(&file, &why))?;
        files.insert(name.to_owned(), Hash::of(&bytes).to_string());
    }
    Ok(files)
}

fn make(folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn disk(file: &Path, why: &io::Error) -> String {
    format!("{}: cannot be written: {why}", file.display())
}

/// `100644 blob HASH    SIZE<tab>NAME` of a plain file.
fn row(line: &str) -> Option<(&str, &str, usize)> {
    let (facts, name) = line.split_once('\t')?;
    let mut facts = facts.split_ascii_whitespace();
    // A link (120000) could lead anywhere.
    if !matches!(facts.next()?, "100644" | "100755") || facts.next()? != "blob" {
        return None;
    }
    Some((name, facts.next()?, facts.next()?.parse().ok()?))
}

/// A runbook at the top, or a test in the folder of one.
fn is_ours(name: &str) -> bool {
    let plain = |n: &str| !n.starts_with('.') && n.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    match name.split_once('/') {
        None => plain(name) && name.ends_with(".md"),
        Some((folder, file)) => plain(folder) && folder.ends_with(".test") && plain(file) && file.ends_with(".toml"),
    }
}

#[cfg(test)]
mod tests {
    use super::{is_ours, row};

    #[test]
    fn only_plain_runbooks_and_their_tests_are_taken() {
        for good in ["stall.md", "stall.test/good.toml"] {
            assert!(is_ours(good), "{good}");
        }
        for bad in [".hidden.md", "a/b.md", "x.toml", "../x.md", "a.test/../x.toml", "a.test/b/c.toml", "a b.md"] {
            assert!(!is_ours(bad), "{bad}");
        }
        assert_eq!(row("100644 blob ab12     7\tx.md"), Some(("x.md", "ab12", 7)));
        assert_eq!(row("120000 blob ab12     7\tx.md"), None);
        assert_eq!(row("160000 commit ab12     -\tx.md"), None);
    }
}
