//! One chain's file as its only writer holds it: lock, recovery of a torn tail, write and sync, and noticing that somebody else touched it.
//! Must not know what stands in the lines.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use crate::domain::id::WriterId;
use crate::journal::chain::Head;
use crate::journal::checked::gone;
use crate::journal::disk::{Disk, make_folders, sync_names};
use crate::journal::fault::Fault;
use crate::journal::name;
use crate::journal::scan::{Place, Scan, scan};
use crate::journal::witness::Witness;

/// Why a chain cannot be written by us.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unusable {
    #[error("{}: another process writes it", .0.display())]
    Locked(PathBuf),
    #[error("{0}")]
    Damaged(Fault),
    #[error("{}: it belongs to incident `{of}`", file.display())]
    Foreign { file: PathBuf, of: String },
    #[error("{}: it is of another machine named `{host}`; give the two different host names", file.display())]
    Twin { file: PathBuf, host: String },
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
    /// A sync failed: what was written since the one before is on the disk or not, and nobody can find out.
    poisoned: bool,
}

/// Most copies of replaced files that are kept of one chain; later ones are told as not kept.
const KEPT_MAX: u32 = 9;

/// So much is copied at once.
const PIECE: usize = 64 * 1024;

impl ChainFile {
    /// A chain whose file is made when the first line is to be written.
    pub(super) fn later(dir: &Path, writer: &WriterId) -> Self {
        let path = name::file(dir, writer);
        Self { writer: writer.clone(), path, file: None, durable: 0, attempted: 0, head: None, poisoned: false }
    }

    /// A chain that must not exist yet.
    pub(super) fn fresh(disk: &mut dyn Disk, dir: &Path, writer: &WriterId) -> Result<Self, Unusable> {
        let mut chain = Self::later(dir, writer);
        match chain.create(disk) {
            Ok(()) => Ok(chain),
            Err(e) if matches!(e.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::WouldBlock) => {
                Err(Unusable::Exists(chain.path))
            }
            Err(source) => Err(Unusable::Io { file: chain.path, source }),
        }
    }

    /// Opens or creates a chain, takes its lock, reads it, and sets a torn tail aside; not one that is less than what is `known` of it.
    /// A file that is still as it was when it was `left` is not read again.
    pub(super) fn open(
        disk: &mut dyn Disk,
        dir: &Path,
        writer: &WriterId,
        known: &Witness,
        left: Option<&Place>,
    ) -> Result<(Self, Scan, Option<Torn>), Unusable> {
        let mut chain = Self::later(dir, writer);
        let io = |path: &Path, source| Unusable::Io { file: path.to_owned(), source };
        if !chain.path.exists() {
            if known.of(writer).is_some() {
                return Err(Unusable::Damaged(gone(dir, writer)));
            }
            match chain.create(disk) {
                // Somebody else made it just now, or took its lock before we did.
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Err(Unusable::Locked(chain.path)),
                Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(io(&chain.path, e)),
                _ => {}
            }
        }
        let found = chain.file.is_none();
        if found {
            let file = disk.open(&chain.path).map_err(|e| io(&chain.path, e))?;
            chain.lock(disk, file)?;
        }
        let read = chain.read(left).map_err(|e| io(&chain.path, e))?;
        if let Some(fault) = read.fault().or_else(|| known.objection(&read)) {
            return Err(Unusable::Damaged(fault));
        }
        chain.head = read.links.head();
        chain.durable = read.valid;
        if found && read.valid == 0 {
            // Whoever made it died, or failed, before its first line: perhaps also before its name was safe.
            sync_names(disk, chain.folder(), 0).map_err(|e| io(&chain.path, e))?;
        }
        let torn =
            if read.torn() { Some(chain.set_aside(disk, read.bytes).map_err(|e| io(&chain.path, e))?) } else { None };
        chain.attempted = chain.durable;
        Ok((chain, read, torn))
    }

    /// Takes up a chain again that is known to hold `durable` bytes and to end with `head`; `None` when it holds others by now.
    pub(super) fn go_on(
        disk: &mut dyn Disk,
        dir: &Path,
        writer: &WriterId,
        durable: u64,
        head: Option<Head>,
    ) -> Result<Option<Self>, Unusable> {
        let mut chain = Self::later(dir, writer);
        let io = |path: &Path, source| Unusable::Io { file: path.to_owned(), source };
        let file = disk.open(&chain.path).map_err(|e| io(&chain.path, e))?;
        chain.lock(disk, file)?;
        let meta = chain.file.as_ref().map(File::metadata).transpose().map_err(|e| io(&chain.path, e))?;
        if meta.is_none_or(|meta| meta.len() != durable) {
            return Ok(None);
        }
        (chain.durable, chain.attempted, chain.head) = (durable, durable, head);
        Ok(Some(chain))
    }

    /// What the locked file holds.
    fn read(&self, left: Option<&Place>) -> io::Result<Scan> {
        let meta = self.file.as_ref().map(File::metadata).transpose()?;
        match left.filter(|place| meta.is_some_and(|meta| place.is_end_of(&meta))) {
            Some(place) => Ok(Scan::up_to(&self.path, place.clone())),
            None => scan(&self.path, &self.writer, false, None),
        }
    }

    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    fn create(&mut self, disk: &mut dyn Disk) -> io::Result<()> {
        let made = make_folders(disk, self.folder())?;
        let file = disk.create(&self.path)?;
        let ready = disk.lock(&file).map_err(io::Error::from).and_then(|()| sync_names(disk, self.folder(), made));
        match ready {
            Ok(()) => self.file = Some(file),
            // It is another process's now.
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Err(e),
            // An empty file whose name may vanish is of no use; it is made again at the next try.
            Err(e) => {
                let _ = disk.remove(&self.path);
                return Err(e);
            }
        }
        Ok(())
    }

    fn lock(&mut self, disk: &mut dyn Disk, file: File) -> Result<(), Unusable> {
        let io = |source| Unusable::Io { file: self.path.clone(), source };
        match disk.lock(&file) {
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
    fn set_aside(&mut self, disk: &mut dyn Disk, end: u64) -> io::Result<Torn> {
        let Some(file) = self.file.as_ref() else { return Err(io::ErrorKind::NotFound.into()) };
        let aside = self.path.with_extension("torn");
        let bytes = end.saturating_sub(self.durable);
        let to = if aside.exists() { disk.open(&aside)? } else { disk.create(&aside)? };
        let start = to.metadata()?.len();
        move_piecewise(disk, (file, self.durable), (&to, start), bytes)?;
        disk.sync(&to)?;
        disk.sync_folder(self.folder())?;
        disk.cut(file, self.durable)?;
        disk.sync(file)?;
        Ok(Torn { aside, bytes })
    }

    /// Writes lines after what is durable and makes them durable; `head` is the last of them. Answers what people should know.
    pub(super) fn commit(
        &mut self,
        disk: &mut dyn Disk,
        lines: &[u8],
        head: Head,
    ) -> Result<Option<String>, CommitError> {
        if self.file.is_none() {
            self.create(disk).map_err(CommitError::Again)?;
        }
        let restored = self.check_untouched(disk)?;
        let Some(file) = self.file.as_ref() else { return Err(CommitError::Again(io::ErrorKind::NotFound.into())) };
        let end = self.durable + lines.len() as u64;
        self.attempted = self.attempted.max(end);
        disk.write_at(file, lines, self.durable).map_err(CommitError::Again)?;
        if let Err(e) = disk.sync(file) {
            self.poisoned = true;
            return Err(CommitError::Poisoned(format!(
                "{}: the disk did not take what was written ({e})",
                self.path.display()
            )));
        }
        self.durable = end;
        self.attempted = end;
        self.head = Some(head);
        Ok(restored)
    }

    /// Somebody may have removed the file, put another in its place, cut it or added to it. One that was removed is written
    /// again, for we still hold it open: then the answer says so.
    fn check_untouched(&mut self, disk: &mut dyn Disk) -> Result<Option<String>, CommitError> {
        let Some(file) = &self.file else { return Ok(None) };
        let shown = self.path.display();
        if !same_file(file, &self.path).map_err(CommitError::Again)? {
            if !self.path.exists() {
                return self.write_again(disk).map(Some);
            }
            let kept = match self.keep_copy(disk) {
                Ok(kept) => format!("what stood in it is kept in {}", kept.display()),
                Err(e) => format!("what stood in it could not be kept ({e})"),
            };
            return Err(CommitError::Poisoned(format!("{shown}: the file was replaced by another process; {kept}")));
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
        Ok(None)
    }

    /// Makes the removed file once more, with everything that is known to be on the disk.
    fn write_again(&mut self, disk: &mut dyn Disk) -> Result<String, CommitError> {
        let shown = self.path.display().to_string();
        let Some(old) = self.file.take() else { return Err(CommitError::Again(io::ErrorKind::NotFound.into())) };
        let written = self
            .create(disk)
            .and_then(|()| self.file.as_ref().map_or(Ok(()), |new| copy(disk, &old, new, self.durable)));
        match written {
            Ok(()) => {
                self.attempted = self.durable;
                Ok(format!("{shown}: the file was removed by another process; it was written again, nothing is lost"))
            }
            Err(e) => {
                if self.file.replace(old).is_some() {
                    // Half a copy must not be taken for the chain.
                    let _ = disk.remove(&self.path);
                }
                Err(CommitError::Again(e))
            }
        }
    }

    /// Keeps what is known to be on the disk in a file beside the one that took its place.
    fn keep_copy(&self, disk: &mut dyn Disk) -> io::Result<PathBuf> {
        let Some(file) = &self.file else { return Err(io::ErrorKind::NotFound.into()) };
        let mut last = io::Error::from(io::ErrorKind::AlreadyExists);
        for n in 1..=KEPT_MAX {
            let path = self.path.with_extension(if n == 1 { "kept".to_owned() } else { format!("kept-{n}") });
            match disk.create(&path) {
                Ok(to) => {
                    copy(disk, file, &to, self.durable)?;
                    disk.sync_folder(self.folder())?;
                    return Ok(path);
                }
                Err(e) => last = e,
            }
        }
        Err(last)
    }

    /// At the end: takes back what a failed attempt left behind, and removes a file that never got a line. Answers whether
    /// certainly no line stands, or stood, in the file but those that are known to be on the disk.
    pub(super) fn leave(&mut self, disk: &mut dyn Disk) -> bool {
        let Some(file) = self.file.take() else { return true };
        if !matches!(same_file(&file, &self.path), Ok(true)) {
            // Another file by now; what we wrote to the old one nobody can read.
            return true;
        }
        let Ok(size) = file.metadata().map(|m| m.len()) else { return false };
        let over = (self.durable + 1..=self.attempted).contains(&size);
        let lines = if over { whole_lines(&file, self.durable, size).ok() } else { Some(0) };
        // After a failed sync nothing of it may be taken up by the next process as if it were on the disk. Otherwise a
        // line that was written whole stays, for others may have read it, and only the piece behind it goes.
        let keep = if self.poisoned { self.durable } else { self.durable + lines.unwrap_or(0) };
        // Best effort on a disk that may be failing: what stays is a torn tail or an empty file, which every reader understands.
        let cut = !over || disk.cut(&file, keep).is_ok();
        if self.durable == 0 && file.metadata().is_ok_and(|m| m.len() == 0) {
            let _ = disk.remove(&self.path);
        }
        lines == Some(0) && (cut || !self.poisoned)
    }
}

/// Copies the first so many bytes of a file and makes them durable.
fn copy(disk: &mut dyn Disk, from: &File, to: &File, bytes: u64) -> io::Result<()> {
    move_piecewise(disk, (from, 0), (to, 0), bytes)?;
    disk.sync(to)
}

fn move_piecewise(
    disk: &mut dyn Disk,
    (from, at): (&File, u64),
    (to, start): (&File, u64),
    bytes: u64,
) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    let mut done = 0;
    while done < bytes {
        let want = usize::try_from(bytes - done).unwrap_or(PIECE).min(PIECE);
        let got = from.read_at(&mut piece[..want], at + done)?;
        if got == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        disk.write_at(to, &piece[..got], start + done)?;
        done += got as u64;
    }
    Ok(())
}

/// Bytes of the whole lines between two places of a file.
fn whole_lines(file: &File, from: u64, to: u64) -> io::Result<u64> {
    let mut bytes = vec![0; usize::try_from(to.saturating_sub(from)).map_err(io::Error::other)?];
    file.read_exact_at(&mut bytes, from)?;
    Ok(bytes.iter().rposition(|b| *b == b'\n').map_or(0, |last| last as u64 + 1))
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
