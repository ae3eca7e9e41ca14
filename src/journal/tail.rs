//! One growing file of somebody else's chain: reads what is complete and new, and notices cuts and replacements.
//! Must not know of other chains.

use std::fs::{self, File};
use std::io::{self, BufReader, Seek as _, SeekFrom};
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use crate::domain::entry::{Entry, Seal};
use crate::domain::id::WriterId;
use crate::journal::chain::{Hash, Head};
use crate::journal::fault::Fault;
use crate::journal::format::{LineError, Names};
use crate::journal::limits::LINE_MAX;
use crate::journal::reader::CONFLICT_COPY;
use crate::journal::scan::{Break, Links, Place, Raw, Stand, describe, line_hash, next_line, still_there, untouched};
use crate::journal::seal::{self, bad_seal};

pub(super) struct Tail {
    path: PathBuf,
    links: Links,
    /// Bytes of the valid lines that were read.
    offset: u64,
    /// A line whose hash was asked for, and its hash.
    asked: Option<(u64, Hash)>,
    /// Lines before this one were handed over already (by us, or loaded before), and what the last of them was.
    handed: u64,
    last: Option<Hash>,
    /// The file as it was when it was last read.
    state: Option<State>,
    /// It is not the file that was read before: when it changes it is read from the start.
    again: bool,
    /// Something was wrong with it while somebody wrote to it.
    doubted: bool,
    /// What is wrong with it, as long as it is.
    standing: Option<Fault>,
    names: Names,
}

/// What changes when a file does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct State {
    file: (u64, u64),
    size: u64,
    changed: (i64, i64),
    /// Whether everything complete was read.
    whole: bool,
}

impl Tail {
    pub(super) fn new(path: PathBuf, writer: &WriterId, known: Option<&Head>) -> Self {
        let handed = known.map_or(0, |head| head.seq + 1);
        let last = known.map(|head| head.hash);
        Self {
            path,
            links: Links::new(writer.clone()),
            offset: 0,
            asked: None,
            handed,
            last,
            state: None,
            again: false,
            doubted: false,
            standing: None,
            names: Names::default(),
        }
    }

    pub(super) fn head(&self) -> Option<Head> {
        self.links.head()
    }

    /// Goes on where somebody else read up to, as long as it is the same file.
    pub(super) fn go_on(&mut self, place: &Place) {
        let head = &place.head;
        let writer = self.links.writer.clone();
        self.links = Links { writer, next: head.seq + 1, prev: head.hash, at: Some(head.at) };
        (self.offset, self.handed, self.last) = (place.offset, head.seq + 1, Some(head.hash));
        // Whatever its time is by now: it is looked at once more.
        self.state = Some(State { file: place.identity, size: place.offset, changed: (0, 0), whole: false });
    }

    /// The hash of a line that was read: seldom asked for, so it is read again rather than kept for each.
    pub(super) fn hash(&mut self, seq: u64) -> Option<Hash> {
        if seq >= self.links.next {
            return None;
        }
        if self.asked.is_none_or(|(asked, _)| asked != seq) {
            self.asked = line_hash(&self.path, seq).map(|hash| (seq, hash));
        }
        self.asked.map(|(_, hash)| hash)
    }

    /// The file as it was last read: another one when it changed.
    pub(super) const fn state(&self) -> Option<State> {
        self.state
    }

    /// What is wrong with the file as it was last read.
    pub(super) const fn standing(&self) -> Option<&Fault> {
        self.standing.as_ref()
    }

    /// Reads new complete lines, `most` at most, into `entries`, each with its signature checked; a fault for each signature that
    /// does not fit. That the file does not go on as it should is told by [`Tail::standing`].
    pub(super) fn read(&mut self, most: usize, entries: &mut Vec<Entry>) -> Vec<Fault> {
        let before = entries.len();
        match self.try_read(most, entries) {
            Ok(Looked::Unchanged) => {}
            Ok(Looked::Read) => self.standing = None,
            Err(trouble) => self.standing = self.explain(trouble).or_else(|| self.standing.take()),
        }
        let bad = entries[before..].iter().filter(|entry| entry.seal == Seal::Bad);
        bad.map(|entry| bad_seal(&self.path, entry.seq)).collect()
    }

    /// In words; a file that is not there is its folder's matter.
    fn explain(&mut self, trouble: Trouble) -> Option<Fault> {
        match trouble {
            Trouble::Io(e) if e.kind() == io::ErrorKind::NotFound => None,
            Trouble::Io(e) => {
                self.state = None;
                Some(self.fault(0, format!("it cannot be read ({e})")))
            }
            Trouble::Broken(why) => {
                let (line, what) = describe(self.links.next + 1, &why, &self.links.writer);
                let mend = matches!(why, Break::Writer(_)).then(|| CONFLICT_COPY.to_owned());
                let fault = self.fault(line, what);
                Some(Fault { mend: mend.unwrap_or(fault.mend), ..fault })
            }
            Trouble::Altered => {
                let (line, what) = describe(self.links.next + 2, &Break::Prev, &self.links.writer);
                Some(self.fault(line, what))
            }
            Trouble::Cut(lines) => {
                let what =
                    format!("the file ends at line {lines}, and {} were read before: the tail is missing", self.handed);
                Some(self.fault(lines + 1, what))
            }
            Trouble::Other => Some(self.fault(
                self.handed,
                "another file took its place, and this line is not the one that was read before".to_owned(),
            )),
        }
    }

    fn fault(&self, line: u64, what: String) -> Fault {
        let mend = "nothing more of it is taken over until the file is whole again; ask its writer".to_owned();
        Fault { file: self.path.clone(), line, what, mend }
    }

    fn try_read(&mut self, most: usize, entries: &mut Vec<Entry>) -> Result<Looked, Trouble> {
        let meta = fs::metadata(&self.path)?;
        let (file, changed) = ((meta.dev(), meta.ino()), (meta.mtime(), meta.mtime_nsec()));
        let state = State { file, size: meta.len(), changed, whole: true };
        if self.state == Some(state) || most == 0 {
            return Ok(Looked::Unchanged);
        }
        let same = self.state.is_some_and(|before| before.file == file);
        if !same || self.again || meta.len() < self.offset {
            // A copy that was put in its place (as rsync does) is read from the start and must begin with the same lines.
            self.links = Links::new(self.links.writer.clone());
            (self.offset, self.again) = (0, false);
            self.asked = None;
        }
        self.state = Some(state);
        let file = File::open(&self.path)?;
        let before = file.metadata()?;
        let whole = match self.read_lines(&file, most, entries) {
            // Somebody wrote while it was read: what is wrong is wrong at the next look too, or was never so.
            Err(Trouble::Broken(_) | Trouble::Altered)
                if !self.doubted && self.standing.is_none() && !untouched(&before, &file.metadata()?) =>
            {
                self.doubted = true;
                false
            }
            read => {
                self.doubted = false;
                read?
            }
        };
        self.state = Some(State { whole, ..state });
        if whole && self.links.next < self.handed {
            return Err(Trouble::Cut(self.links.next));
        }
        Ok(Looked::Read)
    }

    /// True when everything complete was read. Lines are handed over one late: the last may turn out to be changed.
    fn read_lines(&mut self, file: &File, most: usize, entries: &mut Vec<Entry>) -> Result<bool, Trouble> {
        let mut from = BufReader::with_capacity(LINE_MAX, file);
        from.seek(SeekFrom::Start(self.offset))?;
        let (mut buffer, mut late): (Vec<u8>, Option<Late>) = (Vec::new(), None);
        let mut left = most;
        loop {
            match next_line(&mut from, &mut buffer) {
                Ok(Raw::Line) if buffer.ends_with(b"\n") => {}
                // The end, or a line that is still being written.
                Ok(Raw::Line | Raw::End) => return Ok(self.hand_over_the_last(late, file, entries)?),
                Ok(Raw::TooLong(_)) => {
                    self.hand_over(late, entries);
                    return Err(Trouble::Broken(Break::Line(LineError::TooLong)));
                }
                Err(why) => {
                    self.hand_over(late, entries);
                    return Err(Trouble::Io(why));
                }
            }
            let before = (self.links.stand(), self.offset);
            let envelope = match self.links.follow_whole(&buffer) {
                Ok(envelope) => envelope,
                // It was written after another line than the one before: that one was changed, and goes to nobody.
                Err(Break::Prev) if late.is_some() => {
                    if let Some(late) = late {
                        self.go_back(late.before);
                    }
                    return Err(Trouble::Altered);
                }
                Err(why) => {
                    self.hand_over(late, entries);
                    return Err(Trouble::Broken(why));
                }
            };
            if late.is_some() {
                self.hand_over(late.take(), entries);
                left = left.saturating_sub(1);
                if left == 0 {
                    self.go_back(before);
                    return Ok(false);
                }
            }
            self.offset += buffer.len() as u64;
            if envelope.seq + 1 == self.handed && self.last.is_some_and(|last| last != self.links.prev) {
                self.again = true;
                return Err(Trouble::Other);
            }
            if envelope.seq >= self.handed {
                let mut entry = envelope.entry_with(&mut self.names);
                if entry.seal.is_signed() {
                    entry.seal = seal::check(&buffer);
                }
                late = Some(Late { entry, hash: self.links.prev, before });
            }
        }
    }

    /// Hands over the last line there is, unless it is one no more: a torn tail was set aside and written over while it was read, and
    /// half of it was read from before, half from after. Then it is read once more.
    fn hand_over_the_last(&mut self, late: Option<Late>, file: &File, entries: &mut Vec<Entry>) -> io::Result<bool> {
        if let Some(Late { hash, before, .. }) = &late {
            let bytes = usize::try_from(self.offset.saturating_sub(before.1)).unwrap_or(LINE_MAX);
            if !still_there(file, before.1, bytes, *hash)? {
                self.go_back(*before);
                return Ok(false);
            }
        }
        Ok(self.hand_over(late, entries))
    }

    /// Hands over a line that nothing speaks against; always true.
    fn hand_over(&mut self, late: Option<Late>, entries: &mut Vec<Entry>) -> bool {
        if let Some(late) = late {
            (self.handed, self.last) = (late.entry.seq + 1, Some(late.hash));
            entries.push(late.entry);
        }
        true
    }

    fn go_back(&mut self, (stand, offset): (Stand, u64)) {
        self.links.go_back(stand);
        self.offset = offset;
    }
}

/// A line that was read and not handed over yet.
struct Late {
    entry: Entry,
    hash: Hash,
    /// Where we stood before it.
    before: (Stand, u64),
}

enum Looked {
    /// It is as it was, or nothing more was wanted.
    Unchanged,
    /// What it holds now follows what was read before.
    Read,
}

enum Trouble {
    Io(io::Error),
    Broken(Break),
    /// The next line was written after another one than this.
    Altered,
    /// Ends before what was handed over; so many lines are there.
    Cut(u64),
    /// Not the file that was handed over.
    Other,
}

impl From<io::Error> for Trouble {
    fn from(e: io::Error) -> Self {
        Self::Io(e)
    }
}
