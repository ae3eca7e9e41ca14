//! The git commit that a folder's runbooks stand at. Asks the `git` on this host; a folder outside git, or no git, is no fault.
//! Must not change anything, and must not let a repository's own settings run anything.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;

/// A folder under git.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checkout {
    head: String,
    /// The files of this folder that the commit has, and whether each stands as it has them.
    same: BTreeMap<String, bool>,
}

impl Checkout {
    /// Asks git about these files of a folder; `None` where no folder above has a `.git`, or git does not answer.
    #[must_use]
    pub fn of(folder: &Path, names: &[String]) -> Option<Self> {
        let full = folder.canonicalize().ok()?;
        full.ancestors().find(|d| d.join(".git").exists())?;
        let head = ask(&full, &["rev-parse", "--verify", "HEAD"])?.trim().to_owned();
        let listed = ask(&full, &["ls-tree", "-z", &head])?;
        let committed: BTreeMap<&str, &str> = listed.split('\0').filter_map(row).collect();
        let tracked: Vec<&str> = names.iter().map(String::as_str).filter(|n| committed.contains_key(n)).collect();
        // Without filters: one that the repository sets up would run. A file that a filter rewrites counts as edited.
        let mut question = vec!["hash-object", "--no-filters", "--"];
        question.extend(&tracked);
        let hashes = if tracked.is_empty() { String::new() } else { ask(&full, &question)? };
        let same = tracked.iter().zip(hashes.lines()).map(|(name, hash)| {
            let as_committed = committed.get(name).is_some_and(|c| *c == hash.trim());
            ((*name).to_owned(), as_committed)
        });
        Some(Self { same: same.collect(), head })
    }

    /// The commit that a file of this folder stands at, `-dirty` behind it when it was edited since; empty when the commit does
    /// not have it.
    #[must_use]
    pub fn commit(&self, name: &str) -> String {
        match self.same.get(name) {
            None => String::new(),
            Some(true) => self.head.clone(),
            Some(false) => format!("{}-dirty", self.head),
        }
    }
}

/// `100644 blob HASH<tab>NAME`: name and hash.
fn row(line: &str) -> Option<(&str, &str)> {
    let (facts, name) = line.split_once('\t')?;
    let mut facts = facts.split(' ').skip(1);
    (facts.next()? == "blob").then_some((name, facts.next()?))
}

fn ask(folder: &Path, question: &[&str]) -> Option<String> {
    let mut git = Command::new("git");
    git.arg("-C").arg(folder).args(["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"]).args(question);
    // A clone that lacks objects would ask its origin for them, by a program that its settings name.
    git.env("GIT_OPTIONAL_LOCKS", "0").env("GIT_NO_LAZY_FETCH", "1").stdin(Stdio::null()).stderr(Stdio::null());
    let answer = git.output().ok().filter(|o| o.status.success())?;
    String::from_utf8(answer.stdout).ok()
}
