//! Who records on this host: whoever holds the lock. The kernel lets go of it when its process ends, however that ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

/// The lock is ours while this lives.
#[derive(Debug)]
pub struct RecorderLock {
    /// Closing it lets go of the lock.
    _file: File,
}

impl RecorderLock {
    /// Tries to become the recorder; `None` when another console is.
    ///
    /// # Errors
    /// When the state folder cannot be written.
    pub fn try_take(state: &Path) -> io::Result<Option<Self>> {
        std::fs::create_dir_all(state)?;
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(state.join("recorder.lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(why)) => Err(why),
        }
    }
}

/// The state folder, held open: a socket in it is named through the descriptor, for a socket's own path
/// must stay under 108 bytes however deep the home is.
#[derive(Debug)]
pub struct SocketFolder {
    folder: File,
}

impl SocketFolder {
    /// Opens the state folder.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(state: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(state)?;
        Ok(Self { folder: File::open(state)? })
    }

    /// The recorder's socket.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        PathBuf::from(format!("/proc/self/fd/{}/recorder.sock", self.folder.as_raw_fd()))
    }
}
