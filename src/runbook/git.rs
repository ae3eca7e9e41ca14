//! The git commit that a folder's runbooks stand at. Asks the `git` on this host; a folder outside git, or no git, is no fault.
//! Must not change anything, and must not let a repository's own settings run anything.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;

/// A folder under git.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checkout {
    head: String,
    tracked: BTreeSet<String>,
    changed: BTreeSet<String>,
}

impl Checkout {
    /// Asks git about a folder; `None` where no folder above has a `.git`, or git does not answer.
    #[must_use]
    pub fn of(folder: &Path) -> Option<Self> {
        let full = folder.canonicalize().ok()?;
        full.ancestors().find(|d| d.join(".git").exists())?;
        let head = ask(&full, &["rev-parse", "--verify", "HEAD"])?.trim().to_owned();
        let names = |text: String| text.split('\0').filter(|n| !n.is_empty()).map(str::to_owned).collect();
        let tracked = names(ask(&full, &["ls-files", "-z"])?);
        let changed =
            names(ask(&full, &["diff", "--no-ext-diff", "--name-only", "--relative", "-z", "HEAD", "--", "."])?);
        Some(Self { head, tracked, changed })
    }

    /// The commit in which a file of this folder stands as it is on the disk; empty when it is new or edited.
    #[must_use]
    pub fn commit(&self, name: &str) -> &str {
        if self.tracked.contains(name) && !self.changed.contains(name) { &self.head } else { "" }
    }
}

fn ask(folder: &Path, question: &[&str]) -> Option<String> {
    let mut git = Command::new("git");
    git.arg("-C").arg(folder).args(["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"]).args(question);
    git.env("GIT_OPTIONAL_LOCKS", "0").stdin(Stdio::null()).stderr(Stdio::null());
    let answer = git.output().ok().filter(|o| o.status.success())?;
    String::from_utf8(answer.stdout).ok()
}
