//! Everything that a log asks of a disk when it writes, so that tests can bring one that fails or loses its power.
//! Must not know what the bytes mean.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// Writes, names, locks and makes durable. What is not overridden does what the operating system does.
pub trait Disk: Send {
    /// Writes all of `bytes` at `offset`; an interrupted write is taken up again.
    ///
    /// # Errors
    /// When any of them may not have been written.
    fn write_at(&mut self, file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
        file.write_all_at(bytes, offset)
    }

    /// Makes what was written survive a power cut.
    ///
    /// # Errors
    /// When it may not; asking again proves nothing (the pages are marked clean).
    fn sync(&mut self, file: &File) -> io::Result<()> {
        file.sync_data()
    }

    /// Makes the names in a folder survive a power cut: a new file is not there after one otherwise, however well it was synced.
    ///
    /// # Errors
    /// When they may not.
    fn sync_folder(&mut self, folder: &Path) -> io::Result<()> {
        uninterrupted(|| File::open(folder)?.sync_all())
    }

    /// Makes one folder.
    ///
    /// # Errors
    /// When it is there already, or the one above it is not.
    fn make_folder(&mut self, folder: &Path) -> io::Result<()> {
        uninterrupted(|| fs::create_dir(folder))
    }

    /// Makes a file that must not be there yet, for reading and writing.
    ///
    /// # Errors
    /// When it is there already, or cannot be made.
    fn create(&mut self, path: &Path) -> io::Result<File> {
        uninterrupted(|| OpenOptions::new().read(true).write(true).create_new(true).open(path))
    }

    /// Opens a file for reading and writing.
    ///
    /// # Errors
    /// When it is not there, or may not be written.
    fn open(&mut self, path: &Path) -> io::Result<File> {
        uninterrupted(|| OpenOptions::new().read(true).write(true).open(path))
    }

    /// Takes the file's lock, or says at once that somebody else has it.
    ///
    /// # Errors
    /// When somebody else has it, or it cannot be taken.
    fn lock(&mut self, file: &File) -> Result<(), TryLockError> {
        loop {
            match file.try_lock() {
                Err(TryLockError::Error(e)) if e.kind() == io::ErrorKind::Interrupted => {}
                other => return other,
            }
        }
    }

    /// Cuts a file to so many bytes.
    ///
    /// # Errors
    /// When it may not be cut.
    fn cut(&mut self, file: &File, bytes: u64) -> io::Result<()> {
        uninterrupted(|| file.set_len(bytes))
    }

    /// Removes a file's name.
    ///
    /// # Errors
    /// When it cannot be removed.
    fn remove(&mut self, path: &Path) -> io::Result<()> {
        uninterrupted(|| fs::remove_file(path))
    }
}

/// The operating system's.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealDisk;

impl Disk for RealDisk {}

/// A signal in the middle of a call is no failure: it is made again.
fn uninterrupted<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}

/// So many folders are synced when a log's file is made: `log`, the incident's, `incidents`, and the home that holds them.
const FOLDERS_SYNCED: usize = 4;

/// The first of them that need not be ours: one above the incident that we may not even read was made, and synced, by others.
const FOLDERS_OWN: usize = 2;

/// Makes a folder and what is missing above it; answers how many were missing. Their names are synced by [`sync_names`].
///
/// # Errors
/// When one cannot be made.
pub(super) fn make_folders(disk: &mut dyn Disk, folder: &Path) -> io::Result<usize> {
    let missing: Vec<_> = folder.ancestors().take_while(|f| !f.as_os_str().is_empty() && !f.is_dir()).collect();
    for folder in missing.iter().rev() {
        match disk.make_folder(folder) {
            // Somebody else made it just now.
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => {}
            made => made?,
        }
    }
    Ok(missing.len())
}

/// Syncs a folder and those above it, whoever made them: another process may have died, or failed, before it got to that.
/// `made` says how many of them were made just now: so many more are synced.
///
/// # Errors
/// When one cannot be synced.
pub(super) fn sync_names(disk: &mut dyn Disk, folder: &Path, made: usize) -> io::Result<()> {
    let folders = folder.ancestors().filter(|f| !f.as_os_str().is_empty()).take(FOLDERS_SYNCED + made);
    for (above, folder) in folders.enumerate() {
        match disk.sync_folder(folder) {
            Err(e) if e.kind() == io::ErrorKind::PermissionDenied && above >= FOLDERS_OWN + made => {}
            synced => synced?,
        }
    }
    Ok(())
}
