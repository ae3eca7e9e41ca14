//! Reads one chain's file line by line: the longest valid prefix, what broke it, and what follows the break.
//! Must not hold more than a line at once, and must not change anything.

use std::collections::BTreeMap;
use std::fs::{File, Metadata};
use std::io::{self, BufRead, BufReader, Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use crate::domain::entry::Entry;
use crate::domain::event::ChainOpened;
use crate::domain::id::WriterId;
use crate::domain::time::At;
use crate::journal::chain::{Hash, Head};
use crate::journal::fault::Fault;
use crate::journal::format::{Envelope, LineError, Names, looks_like_entry};
use crate::journal::limits::LINE_MAX;
use crate::journal::reader::CONFLICT_COPY;

/// Where a chain stands: what the next line must say.
#[derive(Clone, Debug)]
pub(super) struct Links {
    pub writer: WriterId,
    /// The next line's `seq`, and how many lines are behind.
    pub next: u64,
    /// The next line's `prev`.
    pub prev: Hash,
    /// Recorded time of the last line.
    pub at: Option<At>,
}

/// The same without whose chain it is: what changes from line to line.
#[derive(Clone, Copy)]
pub(super) struct Stand {
    next: u64,
    prev: Hash,
    at: Option<At>,
}

/// Why a line does not go on with its chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Break {
    Line(LineError),
    Writer(String),
    Seq {
        is: u64,
        due: u64,
    },
    /// The line before was changed: it is not the one that this was written after.
    Prev,
    /// This line was changed: it names another line before it, and the one after it names another line than this.
    Changed,
    First(String),
}

impl Links {
    pub(super) fn new(writer: WriterId) -> Self {
        Self { writer, next: 0, prev: Hash::ZERO, at: None }
    }

    /// Takes the next raw line, or says why it cannot be the next.
    pub(super) fn follow<'a>(&mut self, raw: &'a [u8]) -> Result<Envelope<'a>, Break> {
        self.take(raw, Envelope::read(raw))
    }

    /// The same for whoever makes an entry of it.
    pub(super) fn follow_whole<'a>(&mut self, raw: &'a [u8]) -> Result<Envelope<'a>, Break> {
        self.take(raw, Envelope::read_whole(raw))
    }

    #[inline]
    fn take<'a>(&mut self, raw: &[u8], line: Result<Envelope<'a>, LineError>) -> Result<Envelope<'a>, Break> {
        let line = line.map_err(Break::Line)?;
        if line.writer != self.writer.as_str() {
            return Err(Break::Writer(line.writer.into_owned()));
        }
        if line.seq != self.next {
            return Err(Break::Seq { is: line.seq, due: self.next });
        }
        if line.prev != self.prev {
            return Err(Break::Prev);
        }
        if line.seq == 0 && line.kind != "chain.opened" {
            return Err(Break::First(line.kind.into_owned()));
        }
        self.next += 1;
        self.prev = Hash::of(raw);
        self.at = Some(line.at);
        Ok(line)
    }

    pub(super) const fn stand(&self) -> Stand {
        Stand { next: self.next, prev: self.prev, at: self.at }
    }

    pub(super) fn go_back(&mut self, to: Stand) {
        (self.next, self.prev, self.at) = (to.next, to.prev, to.at);
    }

    /// The last line; `None` while there is none.
    pub(super) fn head(&self) -> Option<Head> {
        let seq = self.next.checked_sub(1)?;
        Some(Head { writer: self.writer.clone(), seq, at: self.at?, hash: self.prev })
    }
}

/// One raw line at most, bounded.
pub(super) enum Raw {
    /// In the buffer, with or without its newline.
    Line,
    /// Longer than [`LINE_MAX`]; skipped to its newline, so many bytes.
    TooLong(u64),
    End,
}

/// Reads the next raw line into `buffer`.
pub(super) fn next_line(from: &mut impl BufRead, buffer: &mut Vec<u8>) -> io::Result<Raw> {
    buffer.clear();
    let taken = from.take(LINE_MAX as u64 + 1).read_until(b'\n', buffer)?;
    if taken <= LINE_MAX {
        return Ok(if taken == 0 { Raw::End } else { Raw::Line });
    }
    let rest = if buffer.ends_with(b"\n") { 0 } else { from.skip_until(b'\n')? };
    buffer.clear();
    Ok(Raw::TooLong((taken + rest) as u64))
}

/// What a chain's file holds.
pub(super) struct Scan {
    pub file: PathBuf,
    /// Where the valid prefix ends.
    pub links: Links,
    /// Bytes of the valid prefix.
    pub valid: u64,
    /// Bytes in all.
    pub bytes: u64,
    /// Line and reason where the prefix ends early.
    pub broken: Option<(u64, Break)>,
    /// Whether entries stand after the break: damage, not a torn tail.
    pub damaged: bool,
    /// Hash of every valid line, and after them of those behind the break that are entries.
    /// Not kept where nobody asks for more than one or two of them: they take 32 bytes a line.
    pub hashes: Option<Vec<Hash>>,
    last_hash: Option<Hash>,
    /// Device and number of the file that was read, and when it was last written to before that.
    identity: (u64, u64),
    changed: (i64, i64),
    pub opened: Option<ChainOpened>,
    /// The last head this chain named of each other one.
    pub seen: BTreeMap<WriterId, String>,
    names: Names,
}

/// Where a chain was left, for whoever goes on reading or writing it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The last line that was read.
    pub(super) head: Head,
    /// Bytes of it and those before it.
    pub(super) offset: u64,
    /// Device and number of the file.
    pub(super) identity: (u64, u64),
    /// When the file was last written to, as it was before it was read.
    changed: (i64, i64),
    /// The last head this chain named of each other one.
    seen: BTreeMap<WriterId, String>,
}

impl Place {
    /// Whether this is that file as it was, and nothing stands behind the place.
    pub(super) fn is_end_of(&self, meta: &Metadata) -> bool {
        (self.identity, self.changed, self.offset) == (identity(meta), changed(meta), meta.len())
    }
}

fn identity(meta: &Metadata) -> (u64, u64) {
    (meta.dev(), meta.ino())
}

fn changed(meta: &Metadata) -> (i64, i64) {
    (meta.mtime(), meta.mtime_nsec())
}

impl Scan {
    /// Where its valid prefix ends, for a file that ends there too.
    pub(super) fn place(&self) -> Option<Place> {
        let head = self.links.head().filter(|_| self.broken.is_none())?;
        let (identity, changed) = (self.identity, self.changed);
        Some(Place { head, offset: self.valid, identity, changed, seen: self.seen.clone() })
    }

    /// Of a file that holds no more than what was read up to there; what its first line said is not told again.
    pub(super) fn up_to(path: &Path, place: Place) -> Self {
        let Place { head, offset, identity, changed, seen } = place;
        let links = Links { writer: head.writer, next: head.seq + 1, prev: head.hash, at: Some(head.at) };
        Self { valid: offset, bytes: offset, identity, changed, seen, ..Self::begin(path, links, false) }
    }

    fn begin(path: &Path, links: Links, hashes: bool) -> Self {
        Self {
            file: path.to_owned(),
            links,
            valid: 0,
            bytes: 0,
            broken: None,
            damaged: false,
            hashes: hashes.then(Vec::new),
            last_hash: None,
            identity: (0, 0),
            changed: (0, 0),
            opened: None,
            seen: BTreeMap::new(),
            names: Names::default(),
        }
    }

    /// The hash of a line, read again where hashes were not kept.
    pub(super) fn hash(&self, seq: u64) -> Option<Hash> {
        match &self.hashes {
            Some(hashes) => hashes.get(usize::try_from(seq).ok()?).copied(),
            None => line_hash(&self.file, seq),
        }
    }

    fn note_hash(&mut self, hash: Hash) {
        self.last_hash = Some(hash);
        if let Some(hashes) = &mut self.hashes {
            hashes.push(hash);
        }
    }

    /// A torn tail: bytes after the valid prefix, and no entry among them.
    pub(super) fn torn(&self) -> bool {
        self.broken.is_some() && !self.damaged
    }

    /// The fault that ends the valid prefix, if it is one.
    pub(super) fn fault(&self) -> Option<Fault> {
        let (line, why) = self.broken.as_ref().filter(|_| self.damaged)?;
        let (line, what) = describe(*line, why, &self.links.writer);
        let mend = match why {
            Break::Writer(_) => CONFLICT_COPY,
            _ => {
                "nothing after the line before it is believed; compare with a colleague's copy, keep this file as it is"
            }
        };
        Some(Fault { file: self.file.clone(), line, what, mend: mend.to_owned() })
    }
}

pub(super) fn describe(line: u64, why: &Break, writer: &WriterId) -> (u64, String) {
    match why {
        Break::Line(e) => (line, e.to_string()),
        Break::Writer(w) => (line, format!("the line is of writer `{w}`, the file is `{writer}`'s")),
        Break::Seq { is, due } if is > due => {
            (line, format!("seq {is} stands where {due} is due: lines are missing before it"))
        }
        Break::Seq { is, due } => (line, format!("seq {is} stands where {due} is due: the line is repeated or moved")),
        Break::Prev if line <= 1 => {
            (line, "prev of the first line is not 64 zeros: lines are missing before it".to_owned())
        }
        Break::Prev => (
            line - 1,
            format!(
                "the line was changed: line {line} was written after another one (its prev is not this line's hash)"
            ),
        ),
        Break::Changed => {
            (line, "the line was changed: neither the line before it nor the one after it goes with it".to_owned())
        }
        Break::First(kind) => (line, format!("the first line is {kind}, and every chain begins with chain.opened")),
    }
}

/// Takes each entry of a valid prefix with its raw line.
pub(super) type OnEntry<'a> = &'a mut dyn FnMut(Entry, &[u8]);

/// Most readings of a file's end. Whoever opens its chain sets a torn tail aside and writes in its place, and a reader that has one
/// half of it from before and the other from after holds a line that never was. What is not certain after so many is left out.
pub(super) const READINGS: u32 = 4;

/// Reads a chain's file and hands over each line of its valid prefix, one line late: the last one may turn out to be changed.
/// Without anybody to take them, entries are not even made; `hashes` says whether each line's is kept.
///
/// # Errors
/// When the file cannot be read.
pub(super) fn scan(path: &Path, writer: &WriterId, hashes: bool, mut on: Option<OnEntry<'_>>) -> io::Result<Scan> {
    let file = File::open(path)?;
    let meta = file.metadata()?;
    let mut scan = Scan::begin(path, Links::new(writer.clone()), hashes);
    (scan.identity, scan.changed) = (identity(&meta), changed(&meta));
    for left in (0..READINGS).rev() {
        let before = file.metadata()?;
        let late = scan.read(&file, &mut on)?;
        let there = late.as_ref().map_or(Ok(true), |late| scan.still_there(&file, late))?;
        let moved = scan.damaged && left > 0 && !untouched(&before, &file.metadata()?);
        if there && !moved {
            scan.end(late, &mut on);
            break;
        }
        scan.take_back(late);
    }
    Ok(scan)
}

/// Whether the line of so many bytes at that place of a file is still the one with this hash.
pub(super) fn still_there(file: &File, at: u64, bytes: usize, hash: Hash) -> io::Result<bool> {
    let mut now = vec![0; bytes];
    match file.read_exact_at(&mut now, at) {
        Ok(()) => Ok(Hash::of(&now) == hash),
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(e) => Err(e),
    }
}

/// Whether nobody wrote to a file between two looks at it.
pub(super) fn untouched(before: &Metadata, after: &Metadata) -> bool {
    (changed(before), before.len()) == (changed(after), after.len())
}

/// The hash of one line of a file, an entry of whatever worth, counted from 0.
pub(super) fn line_hash(path: &Path, seq: u64) -> Option<Hash> {
    let mut from = BufReader::with_capacity(LINE_MAX, File::open(path).ok()?);
    let mut buffer = Vec::new();
    for _ in 0..seq {
        if matches!(next_line(&mut from, &mut buffer).ok()?, Raw::End) {
            return None;
        }
    }
    let line = next_line(&mut from, &mut buffer).ok()?;
    (matches!(line, Raw::Line) && looks_like_entry(&buffer)).then(|| Hash::of(&buffer))
}

/// A valid line that the next one may still show to be changed.
struct Late {
    entry: Option<Entry>,
    raw: Vec<u8>,
    before: Stand,
    /// The heads that it names.
    seen: Vec<(WriterId, String)>,
}

impl Scan {
    /// Reads from the end of the valid prefix to that of the file; the last valid line is still to be kept.
    fn read(&mut self, file: &File, on: &mut Option<OnEntry<'_>>) -> io::Result<Option<Late>> {
        let mut from = BufReader::with_capacity(LINE_MAX, file);
        from.seek(SeekFrom::Start(self.valid))?;
        self.bytes = self.valid;
        let mut buffer = Vec::new();
        let mut late: Option<Late> = None;
        for line in self.links.next + 1.. {
            match next_line(&mut from, &mut buffer)? {
                Raw::End => break,
                Raw::TooLong(bytes) => {
                    self.bytes += bytes;
                    self.broken.get_or_insert((line, Break::Line(LineError::TooLong)));
                    continue;
                }
                Raw::Line => self.bytes += buffer.len() as u64,
            }
            if self.broken.is_some() {
                self.behind_the_break(line, &buffer);
            } else {
                self.take(line, &mut buffer, &mut late, on);
            }
        }
        Ok(late)
    }

    fn still_there(&self, file: &File, late: &Late) -> io::Result<bool> {
        still_there(file, self.valid, late.raw.len(), self.links.prev)
    }

    /// What becomes of the last valid line.
    fn end(&mut self, late: Option<Late>, on: &mut Option<OnEntry<'_>>) {
        match (late, &self.broken) {
            // It is not what the next one was written after: it ends the valid prefix, one line earlier.
            (Some(late), Some((_, Break::Prev))) => self.go_back(late.before),
            (Some(late), _) => drop(self.keep(late, on)),
            (None, _) => {}
        }
    }

    /// Forgets the last line and all behind it: they changed while they were read.
    fn take_back(&mut self, late: Option<Late>) {
        if let Some(late) = late {
            self.go_back(late.before);
        }
        if let Some(hashes) = &mut self.hashes {
            hashes.truncate(usize::try_from(self.links.next).unwrap_or(usize::MAX));
        }
        self.last_hash = self.links.next.checked_sub(1).map(|_| self.links.prev);
        (self.broken, self.damaged, self.bytes) = (None, false, self.valid);
    }

    fn go_back(&mut self, to: Stand) {
        self.links.go_back(to);
        self.opened = self.opened.take().filter(|_| self.links.next > 0);
    }

    /// The next line, as long as nothing broke.
    fn take(&mut self, line: u64, buffer: &mut Vec<u8>, late: &mut Option<Late>, on: &mut Option<OnEntry<'_>>) {
        let before = self.links.stand();
        let followed = if on.is_some() { self.links.follow_whole(buffer) } else { self.links.follow(buffer) };
        match followed {
            Ok(envelope) => {
                self.note_hash(self.links.prev);
                let seen = envelope.more.iter().flat_map(|more| &more.seen);
                let seen = seen.map(|(writer, hash)| (WriterId::new(writer), hash.to_string())).collect();
                if envelope.seq == 0 {
                    self.opened = envelope.opened();
                }
                let entry = on.is_some().then(|| envelope.entry_with(&mut self.names));
                // The line's buffer is kept, and that of the line before it is used again.
                let spare = late.take().map_or_else(Vec::new, |late| self.keep(late, on));
                *late = Some(Late { entry, raw: std::mem::replace(buffer, spare), before, seen });
            }
            Err(why) => {
                self.broken = Some((line, why));
                self.damaged = looks_like_entry(buffer);
                if self.damaged {
                    self.note_hash(Hash::of(buffer));
                }
            }
        }
    }

    /// A line after the break: whether it is an entry, and where it is the very next one, which of the two before it was changed.
    fn behind_the_break(&mut self, line: u64, raw: &[u8]) {
        let entry = looks_like_entry(raw);
        if let Some((at, why @ Break::Prev)) = &mut self.broken
            && line == *at + 1
            && let Ok(next) = Envelope::read(raw)
            && Some(next.prev) != self.last_hash
        {
            *why = Break::Changed;
        }
        self.damaged |= entry;
        if entry {
            self.note_hash(Hash::of(raw));
        }
    }

    /// Counts a line as valid and hands it over; gives its buffer back.
    fn keep(&mut self, late: Late, on: &mut Option<OnEntry<'_>>) -> Vec<u8> {
        self.valid += late.raw.len() as u64;
        self.seen.extend(late.seen);
        if let (Some(on), Some(entry)) = (on, late.entry) {
            on(entry, &late.raw);
        }
        late.raw
    }
}
