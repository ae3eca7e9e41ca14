//! A folder of one's own for what is unpacked, gone afterwards; what a killed process left behind is cleared away.
//! Must not know what is put into it.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use crate::share::fault::ShareError;

/// Most of these folders at once; then the next one is refused. Each belongs to a process that runs now.
const AT_ONCE_MAX: u32 = 1000;

/// An empty folder, readable by its owner alone; locked while it is used and removed when it is dropped.
#[derive(Debug)]
pub(super) struct Scratch {
    path: PathBuf,
    _lock: File,
}

impl Scratch {
    /// Makes one in `parent`, whose name begins with `kind`. Numbers of processes name nothing here: in a container each has the same.
    pub(super) fn new(parent: &Path, kind: &str) -> Result<Self, ShareError> {
        fs::create_dir_all(parent).map_err(ShareError::io(parent))?;
        // One after the other, so that none takes a folder for left behind that is not locked yet. Where the file system knows no
        // locks nothing is taken for left behind.
        let turn = File::open(parent).map_err(ShareError::io(parent))?;
        let _turn = turn.lock();
        clear(parent, kind);
        for n in 0..AT_ONCE_MAX {
            let path = parent.join(format!("{kind}{n}"));
            match fs::DirBuilder::new().mode(0o700).create(&path) {
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
                made => {
                    made.map_err(ShareError::io(&path))?;
                    let lock = File::open(&path).map_err(ShareError::io(&path))?;
                    let _locked = lock.try_lock();
                    return Ok(Self { path, _lock: lock });
                }
            }
        }
        let full =
            io::Error::other(format!("{AT_ONCE_MAX} folders {kind}… are here already; remove those that nobody uses"));
        Err(ShareError::io(parent)(full))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays behind is a hidden folder that nothing reads, and the next one clears it away.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Removes those whose process is gone.
fn clear(parent: &Path, kind: &str) {
    for found in fs::read_dir(parent).into_iter().flatten().flatten() {
        let ours = found.file_name().to_string_lossy().starts_with(kind) && found.file_type().is_ok_and(|t| t.is_dir());
        let unused = || File::open(found.path()).is_ok_and(|folder| folder.try_lock().is_ok());
        if ours && unused() {
            // One that stays is in nobody's way: another name is taken.
            let _ = fs::remove_dir_all(found.path());
        }
    }
}
