//! Which console tells a step's end, where several of one host look after it: the one that holds the lock. A console
//! that dies in between lets go of it, and the next one tells: an end is never left untold.

use std::fs::File;
use std::fs::OpenOptions;
use std::fs::TryLockError;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Locked by whoever tells.
const TELLER: &str = "teller";

/// The right to tell an end; keep it until the end is in the log.
#[derive(Debug)]
pub struct Claim {
    _lock: File,
}

/// Claims an attempt's end; `None` while another process holds it.
///
/// # Errors
/// When the lock cannot be made.
pub fn claim(dir: &Path) -> io::Result<Option<Claim>> {
    let mut options = OpenOptions::new();
    let file = options.read(true).write(true).create(true).truncate(false).mode(0o600).open(dir.join(TELLER))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Claim { _lock: file })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(why)) => Err(why),
    }
}
