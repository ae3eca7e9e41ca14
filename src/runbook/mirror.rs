//! The mirror of a git repository of runbooks as it stands on this host: what was fetched last, who signed it, and its books.
//! Only reads; must not ask git or the network anything, so that it serves on a night without either.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::domain::time::At;
use crate::runbook::model::{FromGit, Origin, Runbook};
use crate::runbook::shelf::read_as;

/// The file that says what stands; a larger one is damaged. 500 runbooks with their tests take a quarter of it.
const MAX_STAND: u64 = 1024 * 1024;
/// Its name.
const STAND: &str = "stand.json";

/// Whose signature was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signer {
    /// As the list of signers names them.
    pub name: String,
    /// The key's fingerprint, `SHA256:…`.
    pub key: String,
}

/// What was fetched last and is in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stand {
    /// The repository's address.
    pub git: String,
    /// `branch main`, `tag v3`.
    pub reference: String,
    /// The folder in it; empty for its root.
    pub folder: String,
    /// The commit.
    pub commit: String,
    /// Who signed it.
    pub signer: Option<Signer>,
    /// Why nobody's signature counts, where none does.
    pub unsigned: String,
    /// When it was fetched.
    pub fetched: At,
    /// Each file, by its name in the mirror's folder: its SHA-256.
    pub files: BTreeMap<String, String>,
}

impl Stand {
    /// The signer, while their key is among those that count here now (fingerprints).
    ///
    /// # Errors
    /// Why nobody answers for it.
    pub fn vouched(&self, keys: &[String]) -> Result<&Signer, String> {
        match &self.signer {
            Some(signer) if keys.contains(&signer.key) => Ok(signer),
            Some(signer) => Err(format!("the key of {} ({}) counts here no more", signer.name, signer.key)),
            None => Err(self.unsigned.clone()),
        }
    }

    /// In one line: whence, which commit, whose signature, how old.
    #[must_use]
    pub fn says(&self, keys: &[String], now: At) -> String {
        let short: String = self.commit.chars().take(12).collect();
        let signed = match self.vouched(keys) {
            Ok(signer) => format!("signed by {}", signer.name),
            Err(why) => format!("NOT VERIFIED: {why}"),
        };
        let age = now.elapsed_since(self.fetched).words();
        format!("{}, {}, at {short}, {signed}, fetched {age} ago", self.git, self.reference)
    }
}

/// The folder of the state that holds it all.
#[derive(Clone, Debug)]
pub struct Mirror {
    folder: PathBuf,
}

impl Mirror {
    /// That of a state folder.
    #[must_use]
    pub fn of(state_dir: &Path) -> Self {
        Self { folder: state_dir.join("runbooks-git") }
    }

    /// Where it lies.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The bare repository.
    #[must_use]
    pub fn repository(&self) -> PathBuf {
        self.folder.join("repository")
    }

    /// The files of a commit.
    #[must_use]
    pub fn files_of(&self, commit: &str) -> PathBuf {
        self.folder.join(format!("at-{commit}"))
    }

    /// The file that says what stands.
    #[must_use]
    pub fn stand_file(&self) -> PathBuf {
        self.folder.join(STAND)
    }

    /// What stands; `None` where nothing was fetched yet.
    ///
    /// # Errors
    /// When it cannot be read, with its name and how to mend it.
    pub fn stand(&self) -> Result<Option<Stand>, String> {
        let file = self.stand_file();
        let mut text = String::new();
        match fs::File::open(&file) {
            Ok(open) => open.take(MAX_STAND).read_to_string(&mut text).map_err(|why| named(&file, &why))?,
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(why) => return Err(named(&file, &why)),
        };
        let stand: Stand = serde_json::from_str(&text).map_err(|why| named(&file, &why))?;
        let hex = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_hexdigit());
        if hex(&stand.commit) { Ok(Some(stand)) } else { Err(named(&file, &"its commit is none")) }
    }

    /// The books of what stands, and the faults of those that cannot be read. A file that is not what was fetched is a fault.
    #[must_use]
    pub fn books(&self, stand: &Stand, keys: &[String]) -> (Vec<Runbook>, Vec<String>) {
        let (mut books, mut faults) = (Vec::new(), Vec::new());
        let signer = stand.vouched(keys).ok().map(|s| s.name.clone());
        let folder = self.files_of(&stand.commit);
        for (name, sha256) in stand.files.iter().filter(|(n, _)| !n.contains('/')) {
            let at = if stand.folder.is_empty() { name.clone() } else { format!("{}/{name}", stand.folder) };
            let file = folder.join(name);
            let from = FromGit {
                name: format!("{}:{at}", stand.git),
                file: file.display().to_string(),
                signer: signer.clone(),
            };
            match read_as(&file, Origin::Git(Box::new(from))) {
                Ok(book) if book.sha256 == *sha256 => {
                    books.push(Runbook { commit: stand.commit.clone(), ..book });
                }
                Ok(_) => faults.push(format!(
                    "{}: is not what was fetched: somebody edited the mirror; warroom runbook fetch",
                    file.display()
                )),
                Err(fault) => faults.push(fault),
            }
        }
        (books, faults)
    }
}

fn named(file: &Path, why: &dyn std::fmt::Display) -> String {
    format!("{}: cannot be read: {why}; take it away, and run: warroom runbook fetch", file.display())
}
