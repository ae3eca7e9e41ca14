//! How people name their key: a file, the line of a .pub file, or a fingerprint.

use std::path::Path;
use std::path::PathBuf;

use crate::keys::fault::KeyError;
use crate::keys::key::Key;

/// A key as somebody named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// A file: private, or public.
    File(PathBuf),
    /// `ssh-ed25519 AAAA…`
    Key(Key),
    /// `SHA256:…`, of a key in the agent.
    Fingerprint(String),
}

impl Named {
    /// Reads what stands in `WARROOM_KEY` or the configuration. A file's `~/` is `home`; a relative one is taken from `folder`.
    ///
    /// # Errors
    /// It is a key's line and not whole.
    pub fn read(text: &str, home: Option<&Path>, folder: &Path) -> Result<Self, KeyError> {
        let text = text.trim();
        if text.starts_with("SHA256:") {
            return Ok(Self::Fingerprint(text.to_owned()));
        }
        if text.contains(" AAAA") {
            return Key::parse(text).map(Self::Key);
        }
        let file = match (text.strip_prefix("~/"), home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => folder.join(text),
        };
        Ok(Self::File(file))
    }
}
