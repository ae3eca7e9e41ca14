//! What a source keeps in the state folder over restarts: read bounded, written aside and put in place, so that a reader
//! never sees half of it. Disposable. Must not know what is kept.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Largest file that is read: thirty days of an objective take some ten kilobytes, 256 alerts with long texts some hundred.
const FILE_LIMIT: u64 = 1024 * 1024;

/// What was kept; `None` where nothing was.
///
/// # Errors
/// Which file cannot be used, and why.
pub(super) fn load<T: DeserializeOwned>(file: &Path) -> Result<Option<T>, String> {
    let words = |why: &dyn std::fmt::Display| format!("{}: {why}", file.display());
    let opened = match fs::File::open(file) {
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(|why| words(&why))?,
    };
    let mut bytes = Vec::new();
    opened.take(FILE_LIMIT + 1).read_to_end(&mut bytes).map_err(|why| words(&why))?;
    if bytes.len() as u64 > FILE_LIMIT {
        return Err(words(&"it is over 1 MiB"));
    }
    serde_json::from_slice(&bytes).map(Some).map_err(|why| words(&why))
}

/// Keeps it, for this user alone.
///
/// # Errors
/// Which file cannot be written, and why.
pub(super) fn save<T: Serialize>(file: &Path, kept: &T) -> Result<(), String> {
    let words = |why: &dyn std::fmt::Display| format!("{}: {why}", file.display());
    let text = serde_json::to_vec(kept).map_err(|why| words(&why))?;
    let partial = file.with_extension("partial");
    let write = || {
        file.parent().map_or(Ok(()), fs::create_dir_all)?;
        let mut open = fs::OpenOptions::new();
        open.write(true).create(true).truncate(true).mode(0o600).open(&partial)?.write_all(&text)?;
        fs::rename(&partial, file)
    };
    write().map_err(|why: std::io::Error| words(&why))
}
