//! Captured command output, kept under its own SHA-256: what is read back is what was stored, or an error.
//! Must not know which step it came from.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::domain::event::OutputRef;
use crate::journal::chain::Hash;
use crate::journal::disk::{RealDisk, make_folders, sync_names};

/// Most bytes of one output that are kept; whoever captures cuts there and says so. More is refused.
pub const OUTPUT_MAX: usize = 4 * 1024 * 1024;

/// Why an output is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// Not a hash, so no file of ours.
    #[error("`{0}` is not a SHA-256 in 64 lower-case hex digits")]
    NotAHash(String),
    /// Over [`OUTPUT_MAX`].
    #[error("an output of {0} bytes is too large to keep; {OUTPUT_MAX} fit")]
    TooLarge(u64),
    /// The bytes are not those that were stored.
    #[error("{}: the file was changed: it is not what its name says; take it from a colleague's copy", .0.display())]
    Changed(PathBuf),
    /// The disk.
    #[error("{}: {source}", file.display())]
    Io {
        /// Which file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Stores an output in the incident's folder, durably, and returns its name: the SHA-256 of these bytes.
///
/// # Errors
/// When it is too large or the disk does not take it.
pub fn store_output(dir: &Path, bytes: &[u8]) -> Result<Hash, OutputError> {
    if bytes.len() > OUTPUT_MAX {
        return Err(OutputError::TooLarge(bytes.len() as u64));
    }
    let hash = Hash::of(bytes);
    let folder = dir.join("outputs");
    let path = folder.join(hash.to_string());
    if load_output(dir, &hash.to_string()).is_ok() {
        // Whoever put it there may have died before its name was safe.
        let named = sync_names(&mut RealDisk, &folder, 0);
        return named.map(|()| hash).map_err(|source| OutputError::Io { file: path, source });
    }
    let partial = folder.join(format!(".{hash}.{}", std::process::id()));
    let write = || -> io::Result<()> {
        let made = make_folders(&mut RealDisk, &folder)?;
        let mut file = File::create(&partial)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&partial, &path)?;
        sync_names(&mut RealDisk, &folder, made)
    };
    write().map_err(|source| {
        // What was half written is of no use to anybody; that removing it may fail too changes nothing.
        let _ = fs::remove_file(&partial);
        OutputError::Io { file: path.clone(), source }
    })?;
    Ok(hash)
}

/// Reads what was kept of a step's output. One that was kept whole is checked against its name; of one that was cut
/// only head and tail are there, and its name is the hash of all that came out.
///
/// # Errors
/// As [`load_output`].
pub fn load_kept(dir: &Path, kept: &OutputRef) -> Result<Vec<u8>, OutputError> {
    match load_output(dir, &kept.sha256) {
        Err(OutputError::Changed(path)) if kept.kept < kept.bytes => {
            fs::read(&path).map_err(|source| OutputError::Io { file: path, source })
        }
        other => other,
    }
}

/// Reads an output back by its name and checks it.
///
/// # Errors
/// When it is not there, cannot be read, or is not what its name says.
pub fn load_output(dir: &Path, sha256: &str) -> Result<Vec<u8>, OutputError> {
    let Some(hash) = Hash::parse(sha256) else { return Err(OutputError::NotAHash(sha256.to_owned())) };
    let path = dir.join("outputs").join(sha256);
    let io = |source| OutputError::Io { file: path.clone(), source };
    let size = fs::metadata(&path).map_err(io)?.len();
    if size > OUTPUT_MAX as u64 {
        return Err(OutputError::TooLarge(size));
    }
    let bytes = fs::read(&path).map_err(io)?;
    if Hash::of(&bytes) == hash { Ok(bytes) } else { Err(OutputError::Changed(path)) }
}
