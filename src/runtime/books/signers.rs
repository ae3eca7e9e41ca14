//! Whose signature on runbooks counts: the file that the configuration names, else the roster's people.
//! Must not verify anything.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Read as _;

use crate::config::{BooksSettings, load_roster};
use crate::domain::roster::Level;
use crate::journal::read_allowed_signers;
use crate::keys::Key;
use crate::runtime::paths::Paths;

/// The purpose that git signs for.
const NAMESPACE: &str = "git";
/// A longer list of signers is refused, 256 KiB: some thousand people.
const MAX_BYTES: u64 = 256 * 1024;

/// Whose signature counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signers {
    /// In OpenSSH's format.
    pub text: String,
    /// Fingerprints of their keys.
    pub keys: Vec<String>,
    /// Lines that do not count, with the reason.
    pub others: Vec<String>,
}

impl Signers {
    /// Those that the settings name.
    ///
    /// # Errors
    /// The file cannot be read, the roster is faulty, or nobody in it has a key.
    pub fn of(settings: &BooksSettings, paths: &Paths) -> Result<Self, String> {
        let (text, whence) = match &settings.signers {
            Some(file) => {
                let name = file.display().to_string();
                let mut text = String::new();
                let open = File::open(file).and_then(|f| f.take(MAX_BYTES + 1).read_to_string(&mut text));
                open.map_err(|why| format!("{name}: cannot be read: {why}"))?;
                if text.len() as u64 > MAX_BYTES {
                    return Err(format!("{name}: is larger than {} KiB", MAX_BYTES / 1024));
                }
                (text, name)
            }
            None => (from_roster(paths)?, "the roster".to_owned()),
        };
        let (counting, others) = read_allowed_signers(&text);
        let keys: Vec<String> = counting.iter().filter(|s| s.is_for(NAMESPACE)).map(|s| s.key.fingerprint()).collect();
        if keys.is_empty() {
            return Err(format!("{whence} names nobody whose signature on runbooks counts; add a key, or `signers`"));
        }
        let others = others.into_iter().map(|(line, why)| format!("{whence}:{line}: {why}")).collect();
        Ok(Self { text, keys, others })
    }
}

/// People who may do more than look; revoked keys do not count.
fn from_roster(paths: &Paths) -> Result<String, String> {
    let roster = load_roster(&paths.roster());
    if let Some(problem) = roster.problems.first() {
        return Err(problem.to_string());
    }
    let print = |line: &String| Key::parse(line).ok().map(|k| k.fingerprint());
    let revoked: Vec<String> = roster.value.revoked.iter().filter_map(print).collect();
    let mut text = String::new();
    for person in roster.value.people.iter().filter(|p| p.level > Level::Observer) {
        let name = person.name.as_str();
        let plain = !name.is_empty() && !name.contains(['"', ',', '*', '?', '!', '#', '\n', '\r']);
        for key in person.keys.iter().filter_map(|k| Key::parse(k).ok()).filter(|_| plain) {
            if !revoked.contains(&key.fingerprint()) {
                // Writing into a string cannot fail.
                let _ = writeln!(text, "\"{name}\" namespaces=\"{NAMESPACE}\" {}", key.line());
            }
        }
    }
    Ok(text)
}
