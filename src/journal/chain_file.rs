//! One chain's file as its only writer holds it: lock, recovery of a torn tail, write and sync, and noticing that somebody else touched it.
//! Must not know what stands in the lines.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::domain::id::WriterId;
use crate::journal::chain::Head;
use crate::journal::disk::Disk;
use crate::journal::fault::Fault;
use crate::journal::name;
use crate::journal::scan::{Scan, scan};

/// Why a chain cannot be written by us.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unusable {
    #[error("{}: another process writes it", .0.display())]
    Locked(PathBuf),
    #[error("{0}")]
    Damaged(Fault),
    #[error("{}: it belongs to incident `{of}`", file.display())]
    Foreign { file: PathBuf, of: String },
    #[error("{}: it exists already", .0.display())]
    Exists(PathBuf),
    #[error("{}: {source}", file.display())]
    Io { file: PathBuf, source: io::Error },
}

/// Why a commit did not happen.
#[derive(Debug)]
pub(super) enum CommitError {
    /// Nothing is lost and the same may be tried again.
    Again(io::Error),
    /// This file can no longer be trusted; going on means a new chain.
    Poisoned(String),
}

/// A tail that was set aside.
#[derive(Clone, Debug)]
pub(super) struct Torn {
    pub aside: PathBuf,
    pub bytes: u64,
}

pub(super) struct ChainFile {
    pub writer: WriterId,
    path: PathBuf,
    /// `None` while nothing was ever to be written (an internal chain without entries).
    file: Option<File>,
    /// Bytes that are known to be on the disk.
    durable: u64,
    /// How far a failed attempt may have written beyond that.
    attempted: u64,
    /// The last line that is known to be on the disk.
    pub head: Option<Head>,
}

impl ChainFile {
    /// A chain whose file is made when the first line is to be written.
    pub(super) fn later(dir: &Path, writer: &WriterId) -> Self {
        let path = name::file(dir, writer);
        Self { writer: writer.clone(), path, file: None, durable: 0, attempted: 0, head: None }
    }

    /// A chain that must not exist yet.
    pub(super) fn fresh(dir: &Path, writer: &WriterId) -> Result<Self, Unusable> {
        let mut chain = Self::later(dir, writer);
        match chain.create() {
            Ok(()) => Ok(chain),
            Err(e) if matches!(e.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::WouldBlock) => {
                Err(Unusable::Exists(chain.path))
            }
            Err(source) => Err(Unusable::Io { file: chain.path, source }),
        }
    }

    /// Opens or creates a chain, takes its lock, reads it, and sets a torn tail aside.
    pub(super) fn open(dir: &Path, writer: &WriterId) -> Result<(Self, Scan, Option<Torn>), Unusable> {
        let mut chain = Self::later(dir, writer);
        let io = |path: &Path, source| Unusable::Io { file: path.to_owned(), source };
        if !chain.path.exists() {
            match chain.create() {
                // Somebody else made it just now, or took its lock before we did.
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Err(Unusable::Locked(chain.path)),
                Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(io(&chain.path, e)),
                _ => {}
            }
        }
        if chain.file.is_none() {
            let file = OpenOptions::new().read(true).write(true).open(&chain.path).map_err(|e| io(&chain.path, e))?;
            chain.lock(file)?;
        }
        let read = scan(&chain.path, writer, None).map_err(|e| io(&chain.path, e))?;
        if let Some(fault) = read.fault() {
            return Err(Unusable::Damaged(fault));
        }
        chain.head = read.links.head();
        chain.durable = read.valid;
        let torn = if read.torn() { Some(chain.set_aside(read.bytes).map_err(|e| io(&chain.path, e))?) } else { None };
        chain.attempted = chain.durable;
        Ok((chain, read, torn))
    }

    fn create(&mut self) -> io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        // A name survives a power cut once its folder is synced: the file's, and those of folders that are made here.
        let made = folder.ancestors().take_while(|f| !f.as_os_str().is_empty() && !f.is_dir());
        let mut to_sync = vec![folder.to_owned()];
        to_sync.extend(made.filter_map(Path::parent).map(Path::to_owned));
        fs::create_dir_all(folder)?;
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&self.path)?;
        file.try_lock().map_err(io::Error::from)?;
        let synced = to_sync.iter().filter(|f| !f.as_os_str().is_empty()).try_for_each(|f| File::open(f)?.sync_all());
        if synced.is_err() {
            // An empty file whose name may vanish is of no use; it is made again at the next try.
            let _ = fs::remove_file(&self.path);
        } else {
            self.file = Some(file);
        }
        synced
    }

    fn lock(&mut self, file: File) -> Result<(), Unusable> {
        let io = |source| Unusable::Io { file: self.path.clone(), source };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Unusable::Locked(self.path.clone())),
            Err(TryLockError::Error(e)) => return Err(io(e)),
        }
        // It may have been removed between opening and locking: then the lock is on a file that nobody sees.
        if !same_file(&file, &self.path).map_err(io)? {
            return Err(Unusable::Locked(self.path.clone()));
        }
        self.file = Some(file);
        Ok(())
    }

    /// Moves everything after the valid prefix to `<writer>.torn`; safe to be interrupted anywhere (the tail is copied before it is cut).
    fn set_aside(&mut self, end: u64) -> io::Result<Torn> {
        let Some(file) = self.file.as_mut() else { return Err(io::ErrorKind::NotFound.into()) };
        let aside = self.path.with_extension("torn");
        let bytes = end.saturating_sub(self.durable);
        file.seek(SeekFrom::Start(self.durable))?;
        let mut to = OpenOptions::new().create(true).append(true).open(&aside)?;
        io::copy(&mut (&*file).take(bytes), &mut to)?;
        to.flush()?;
        to.sync_all()?;
        if let Some(folder) = aside.parent() {
            File::open(folder)?.sync_all()?;
        }
        file.set_len(self.durable)?;
        file.sync_all()?;
        Ok(Torn { aside, bytes })
    }

    /// Writes lines after what is durable and makes them durable; `head` is the last of them.
    pub(super) fn commit(&mut self, disk: &mut dyn Disk, lines: &[u8], head: Head) -> Result<(), CommitError> {
        if self.file.is_none() {
            self.create().map_err(CommitError::Again)?;
        }
        self.check_untouched()?;
        let Some(file) = self.file.as_ref() else { return Err(CommitError::Again(io::ErrorKind::NotFound.into())) };
        let end = self.durable + lines.len() as u64;
        self.attempted = self.attempted.max(end);
        disk.write_at(file, lines, self.durable).map_err(CommitError::Again)?;
        if let Err(e) = disk.sync(file) {
            return Err(CommitError::Poisoned(format!(
                "{}: the disk did not take what was written ({e})",
                self.path.display()
            )));
        }
        self.durable = end;
        self.attempted = end;
        self.head = Some(head);
        Ok(())
    }

    /// Somebody may have removed the file, put another in its place, cut it or added to it.
    fn check_untouched(&self) -> Result<(), CommitError> {
        let Some(file) = &self.file else { return Ok(()) };
        let shown = self.path.display();
        match same_file(file, &self.path) {
            Ok(true) => {}
            Ok(false) => {
                return Err(CommitError::Poisoned(format!(
                    "{shown}: the file was removed or replaced by another process"
                )));
            }
            Err(e) => return Err(CommitError::Again(e)),
        }
        let size = file.metadata().map_err(CommitError::Again)?.len();
        if size < self.durable {
            return Err(CommitError::Poisoned(format!(
                "{shown}: the file was cut from {} to {size} bytes by another process",
                self.durable
            )));
        }
        if size > self.attempted {
            return Err(CommitError::Poisoned(format!(
                "{shown}: another process wrote {} bytes to the file",
                size - self.attempted
            )));
        }
        Ok(())
    }

    /// At the end: takes back what a failed attempt left behind, and removes a file that never got a line.
    pub(super) fn leave(&mut self) {
        if let Some(file) = self.file.take()
            && matches!(same_file(&file, &self.path), Ok(true))
        {
            // Best effort on a disk that may be failing: what stays is a torn tail or an empty file, which every reader understands.
            let size = file.metadata().map_or(0, |m| m.len());
            if (self.durable + 1..=self.attempted).contains(&size) {
                let _ = file.set_len(self.durable);
            }
            if self.durable == 0 && file.metadata().is_ok_and(|m| m.len() == 0) {
                let _ = fs::remove_file(&self.path);
            }
        }
    }
}

/// Whether the path still leads to this open file.
pub(super) fn same_file(file: &File, path: &Path) -> io::Result<bool> {
    let open = file.metadata()?;
    match fs::metadata(path) {
        Ok(named) => Ok((open.dev(), open.ino()) == (named.dev(), named.ino())),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(e) => Err(e),
    }
}
