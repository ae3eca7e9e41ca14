//! One chain's file as raw lines, for whoever carries chains from host to host: the longest valid prefix, its hashes, any line again.
//! Must not write, and must not make entries: what is carried are bytes.

use std::fs::{self, File};
use std::io::{self, BufReader, Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::domain::entry::Disclosure;
use crate::domain::id::{IncidentId, WriterId};
use crate::journal::chain::Hash;
use crate::journal::fault::Fault;
use crate::journal::format::{Envelope, LineError};
use crate::journal::limits::LINE_MAX;
use crate::journal::name;
use crate::journal::scan::{Break, Links, READINGS, Raw, describe, next_line, still_there};

/// Kinds that speak of files under `outputs/`, or take such words back.
const OUTPUT_KINDS: [&str; 4] = ["run.started", "step.finished", "entry.amended", "entry.struck"];

/// What a chain's first line says of all that follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The incident it belongs to.
    pub incident: IncidentId,
    /// Whether it is part of a drill.
    pub drill: bool,
}

/// A chain's raw lines as far as they are valid.
#[derive(Debug)]
pub struct Lines {
    path: PathBuf,
    links: Links,
    /// Where each line ends in the file.
    ends: Vec<u64>,
    /// Hash of each line.
    hashes: Vec<Hash>,
    opening: Option<Opening>,
    /// Device, inode, size and time of the last change when it was last read.
    seen: Option<(u64, u64, u64, i64, i64)>,
    broken: Option<Fault>,
    /// Lines that are marked as internal although the chain is a shared one.
    internal: Option<u64>,
    speaks: u64,
}

impl Lines {
    /// The chain of `writer` in an incident's folder; nothing is read yet.
    #[must_use]
    pub fn of(dir: &Path, writer: &WriterId) -> Self {
        Self::of_file(&name::file(dir, writer), writer)
    }

    /// The chain of `writer` in this file, wherever it lies.
    #[must_use]
    pub fn of_file(path: &Path, writer: &WriterId) -> Self {
        Self {
            path: path.to_owned(),
            links: Links::new(writer.clone()),
            ends: Vec::new(),
            hashes: Vec::new(),
            opening: None,
            seen: None,
            broken: None,
            internal: None,
            speaks: 0,
        }
    }

    /// Reads what is new, after making it durable: nobody is told of a line that a power cut could still take back.
    /// True when lines came or went. A file that is not there holds no lines.
    ///
    /// # Errors
    /// When the file cannot be read, or its disk cannot keep it.
    pub fn refresh(&mut self) -> io::Result<bool> {
        let file = match File::open(&self.path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(self.forget()),
            file => file?,
        };
        let meta = file.metadata()?;
        let seen = (meta.dev(), meta.ino(), meta.len(), meta.mtime(), meta.mtime_nsec());
        if self.seen == Some(seen) {
            return Ok(false);
        }
        let before = (self.next(), self.hashes.last().copied());
        let same = self.seen.is_some_and(|(dev, ino, ..)| (dev, ino) == (seen.0, seen.1));
        if !same || meta.len() < self.read_to() || self.broken.is_some() {
            self.forget();
        }
        file.sync_data()?;
        for _ in 0..READINGS {
            self.read(&file, meta.len())?;
            if self.last_still_there(&file)? {
                self.seen = Some(seen);
                break;
            }
            self.forget();
        }
        Ok(before != (self.next(), self.hashes.last().copied()))
    }

    fn forget(&mut self) -> bool {
        let had = self.next() > 0;
        *self = Self::of_file(&self.path, &self.links.writer.clone());
        had
    }

    fn last_still_there(&self, file: &File) -> io::Result<bool> {
        let Some((end, hash)) = self.ends.last().zip(self.hashes.last()) else { return Ok(true) };
        let start = self.ends.iter().rev().nth(1).copied().unwrap_or(0);
        still_there(file, start, usize::try_from(end - start).unwrap_or(LINE_MAX), *hash)
    }

    fn read_to(&self) -> u64 {
        self.ends.last().copied().unwrap_or(0)
    }

    /// Reads up to `size`: what came after that is not known to be durable.
    fn read(&mut self, mut file: &File, size: u64) -> io::Result<()> {
        let from = self.read_to();
        file.seek(SeekFrom::Start(from))?;
        let mut from = BufReader::with_capacity(LINE_MAX, file.take(size.saturating_sub(from)));
        let mut buffer = Vec::new();
        loop {
            match next_line(&mut from, &mut buffer)? {
                Raw::End => return Ok(()),
                Raw::TooLong(_) => {
                    self.stop(&Break::Line(LineError::TooLong));
                    return Ok(());
                }
                // Still being written, or torn; either way no line yet.
                Raw::Line if !buffer.ends_with(b"\n") => return Ok(()),
                Raw::Line => {}
            }
            let before = self.links.clone();
            match self.links.follow(&buffer) {
                Ok(line) => {
                    if line.disclosure == Disclosure::Internal {
                        self.internal.get_or_insert(line.seq + 1);
                    }
                    self.speaks += u64::from(OUTPUT_KINDS.contains(&line.kind.as_ref()));
                    if let Some(opened) = line.opened() {
                        self.opening = Some(Opening { incident: opened.incident, drill: line.drill });
                    }
                    self.ends.push(self.read_to() + buffer.len() as u64);
                    self.hashes.push(self.links.prev);
                }
                Err(why) => {
                    self.links = before;
                    self.stop(&why);
                    return Ok(());
                }
            }
        }
    }

    /// The valid prefix ends here; where the line before turns out to be the changed one, one line earlier.
    fn stop(&mut self, why: &Break) {
        let (line, what) = describe(self.next() + 1, why, &self.links.writer);
        let mend = "nothing from there on is carried; compare with a colleague's copy, keep this file as it is";
        self.broken = Some(Fault { file: self.path.clone(), line, what, mend: mend.to_owned() });
        if matches!(why, Break::Prev) {
            self.ends.pop();
            self.hashes.pop();
        }
    }

    /// How many lines are valid, which is the `seq` of the next one.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.hashes.len() as u64
    }

    /// Bytes of the valid lines; `None` while there are none.
    #[must_use]
    pub fn valid_bytes(&self) -> Option<u64> {
        self.ends.last().copied()
    }

    /// The hash of a line.
    #[must_use]
    pub fn hash(&self, seq: u64) -> Option<Hash> {
        self.hashes.get(usize::try_from(seq).ok()?).copied()
    }

    /// What the first line says; `None` while there is none.
    #[must_use]
    pub const fn opening(&self) -> Option<&Opening> {
        self.opening.as_ref()
    }

    /// Why the valid lines end before the file does, where that is damage.
    #[must_use]
    pub const fn broken(&self) -> Option<&Fault> {
        self.broken.as_ref()
    }

    /// The first line (from 1) that is marked internal, which no shared chain may hold.
    #[must_use]
    pub const fn internal(&self) -> Option<u64> {
        self.internal
    }

    /// How many lines speak of files under `outputs/`, or take words back: while that does not change, the files that the chain speaks
    /// of do not change either.
    #[must_use]
    pub const fn speaks(&self) -> u64 {
        self.speaks
    }

    /// The first line at which two chains differ; `None` while one is the beginning of the other.
    #[must_use]
    pub fn fork(&self, other: &Self) -> Option<u64> {
        let common = self.hashes.len().min(other.hashes.len());
        let same = |n: usize| n == 0 || self.hashes[n - 1] == other.hashes[n - 1];
        if same(common) {
            return None;
        }
        // Each line names the one before it, so chains that differ once differ from there on.
        let (mut low, mut high) = (0, common);
        while low < high {
            let middle = (low + high).div_ceil(2);
            if same(middle) { low = middle } else { high = middle - 1 }
        }
        Some(low as u64)
    }

    /// Raw lines from `from` on, at most `lines` of them and `bytes` bytes (but one at least), read again and checked.
    ///
    /// # Errors
    /// When they cannot be read, or are no longer what they were.
    pub fn raw(&self, from: u64, lines: usize, bytes: usize) -> io::Result<Vec<Vec<u8>>> {
        let first = usize::try_from(from).unwrap_or(usize::MAX).min(self.ends.len());
        let start = if first == 0 { 0 } else { self.ends[first - 1] };
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(start))?;
        let mut read = BufReader::new(file);
        let (mut all, mut taken, mut at) = (Vec::new(), 0, start);
        for (end, hash) in self.ends.iter().zip(&self.hashes).skip(first).take(lines) {
            let size = usize::try_from(end - at).unwrap_or(LINE_MAX);
            if taken > 0 && taken + size > bytes {
                break;
            }
            let mut line = vec![0; size];
            read.read_exact(&mut line)?;
            if Hash::of(&line) != *hash {
                return Err(io::Error::other(format!("{}: the file changed while it was read", self.path.display())));
            }
            (at, taken) = (*end, taken + size);
            all.push(line);
        }
        Ok(all)
    }
}

/// The shared chains of an incident's folder, by the names of their files; internal ones are never among them.
#[must_use]
pub fn shared_chains(dir: &Path) -> Vec<WriterId> {
    let Ok(found) = fs::read_dir(dir.join("log")) else { return Vec::new() };
    let plain = found.flatten().filter(|f| f.file_type().is_ok_and(|t| t.is_file()));
    let named = plain.filter_map(|f| name::of_file(&f.path()));
    let mut writers: Vec<_> = named.filter(is_shared_writer).collect();
    writers.sort_unstable();
    writers
}

/// Whether this can be the name of a chain that may leave the organisation.
#[must_use]
pub fn is_shared_writer(writer: &WriterId) -> bool {
    name::is_writer(writer.as_str()) && writer.as_str().contains('@') && !name::is_internal(writer)
}

/// The writer and incident that a raw first line speaks of; `None` when it is no first line of a chain.
#[must_use]
pub fn opening_line(raw: &[u8]) -> Option<(WriterId, Opening)> {
    let line = Envelope::read(raw).ok()?;
    let opened = line.opened()?;
    Some((WriterId::new(&line.writer), Opening { incident: opened.incident, drill: line.drill }))
}
