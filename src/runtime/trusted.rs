//! Runbook revisions that this account trusts: begun from what was at hand here, or trusted by name. A line each, only added to.
//! Must not decide what trust is for; it never leaves the state folder.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Bytes that are read, some thousands of revisions; what stands behind them is asked for again.
const MAX_BYTES: u64 = 1024 * 1024;

/// The file.
#[derive(Clone, Debug)]
pub struct Trusted {
    file: PathBuf,
}

impl Trusted {
    /// That of a state folder.
    #[must_use]
    pub fn of(state_dir: &Path) -> Self {
        Self { file: state_dir.join("trusted-runbooks") }
    }

    /// The revisions, by SHA-256 (hex).
    ///
    /// # Errors
    /// When the file is there and cannot be read, with its name.
    pub fn read(&self) -> io::Result<BTreeSet<String>> {
        let mut text = Vec::new();
        match fs::File::open(&self.file) {
            Ok(file) => file.take(MAX_BYTES).read_to_end(&mut text).map_err(|why| self.named(&why))?,
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
            Err(why) => return Err(self.named(&why)),
        };
        let text = String::from_utf8_lossy(&text);
        let first = text.lines().filter_map(|line| line.split_whitespace().next());
        Ok(first.filter(|word| is_sha256(word)).map(str::to_owned).collect())
    }

    /// Adds a revision, with words for whoever reads the file; one that is there already is not added again.
    ///
    /// # Errors
    /// When it cannot be written, with its name.
    pub fn add(&self, sha256: &str, words: &str) -> io::Result<()> {
        if !is_sha256(sha256) || self.read()?.contains(sha256) {
            return Ok(());
        }
        let words: String = words.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let folder = self.file.parent().unwrap_or(Path::new("."));
        let added = fs::create_dir_all(folder).and_then(|()| {
            let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(&self.file)?;
            // One write, so that two consoles at once leave two whole lines.
            file.write_all(format!("{sha256} {words}\n").as_bytes())
        });
        added.map_err(|why| self.named(&why))
    }

    fn named(&self, why: &io::Error) -> io::Error {
        io::Error::new(why.kind(), format!("{}: {why}", self.file.display()))
    }
}

fn is_sha256(word: &str) -> bool {
    word.len() == 64 && word.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

#[cfg(test)]
mod tests {
    use super::Trusted;

    #[test]
    fn revisions_are_kept_once_and_nonsense_is_passed_over() {
        let dir = tempfile::tempdir().unwrap();
        let trusted = Trusted::of(&dir.path().join("state"));
        assert!(trusted.read().unwrap().is_empty());
        let sha = "ab".repeat(32);
        trusted.add(&sha, "look r1\nand more").unwrap();
        trusted.add(&sha, "look r1").unwrap();
        trusted.add("no digest", "x").unwrap();
        let text = std::fs::read_to_string(dir.path().join("state/trusted-runbooks")).unwrap();
        assert_eq!(text, format!("{sha} look r1 and more\n"));
        std::fs::write(dir.path().join("state/trusted-runbooks"), format!("torn\n\n{sha}")).unwrap();
        assert_eq!(trusted.read().unwrap().into_iter().collect::<Vec<_>>(), [sha]);
    }
}
