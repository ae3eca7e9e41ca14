//! What is kept over a restart in `state/share-etcd.json`: which cluster, how far its changes were read, what stands there. A mere
//! memory: without it, or with a wrong one, everything is read and compared again.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::share::etcd::standing::Standing;

/// Largest memory that is read: some hundred thousand chains. A larger one is as good as none.
const SAVED_MAX: u64 = 32 * 1024 * 1024;

/// A chain: so many lines stand in etcd as they stand here, the last with this hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    pub count: u64,
    pub hash: String,
}

/// The memory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Saved {
    /// Which keys.
    pub prefix: String,
    /// Which cluster, as text: JSON's numbers end at 2^53 for many readers.
    pub cluster: String,
    /// Changes up to this revision were taken.
    pub revision: u64,
    /// Keys that are none of ours.
    pub odd: u64,
    /// By `incident/writer`.
    pub chains: BTreeMap<String, Mark>,
}

const FILE: &str = "share-etcd.json";

impl Saved {
    pub(super) fn load(state: &Path, prefix: &str) -> Self {
        let mut text = String::new();
        let read = File::open(state.join(FILE)).and_then(|f| f.take(SAVED_MAX).read_to_string(&mut text));
        let saved: Option<Self> = read.ok().and_then(|_| serde_json::from_str(&text).ok());
        saved.filter(|s| s.prefix == prefix).unwrap_or_else(|| Self { prefix: prefix.to_owned(), ..Self::default() })
    }

    pub(super) fn store(&self, state: &Path) -> io::Result<()> {
        let text = serde_json::to_string(self).map_err(io::Error::other)?;
        replace(&state.join(FILE), text.as_bytes())
    }
}

/// Largest standing of another process that is read.
const STANDING_MAX: u64 = 64 * 1024;

/// Where the carrying process tells the others of this host how it stands.
const STANDING: &str = "share.json";

/// What the process that carries for this host said last.
pub(super) fn read_standing(state: &Path) -> io::Result<Standing> {
    let mut text = String::new();
    File::open(state.join(STANDING))?.take(STANDING_MAX).read_to_string(&mut text)?;
    serde_json::from_str(&text).map_err(io::Error::other)
}

/// Tells the other consoles of this host.
pub(super) fn write_standing(state: &Path, standing: &Standing) -> io::Result<()> {
    let text = serde_json::to_string(standing).map_err(io::Error::other)?;
    replace(&state.join(STANDING), text.as_bytes())
}

/// Replaces a small file of the state folder at once, for our account only; not made durable, for it may be lost.
fn replace(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let partial = file.with_extension("new");
    let mut options = File::options();
    options.create(true).write(true).truncate(true).mode(0o600);
    options.open(&partial)?.write_all(bytes)?;
    fs::rename(&partial, file)
}
