//! Files that may be lost: written whole or not at all, whoever else writes them now, and never synced.
//! Must not know what is in them.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// There as a whole or not at all. It is not synced: a power cut costs what it saved.
///
/// # Errors
/// When the disk does not take it; then the old file stands.
pub(super) fn write_whole(file: &Path, text: &[u8]) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let who = (std::process::id(), std::thread::current().id());
    let temporary = file.with_extension(format!("{who:?}"));
    let mut out = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    let written = out.write_all(text).and_then(|()| fs::rename(&temporary, file));
    if written.is_err() {
        // Best effort on a disk that is full: half a file under another name is read by nobody.
        drop(fs::remove_file(&temporary));
    }
    written
}
