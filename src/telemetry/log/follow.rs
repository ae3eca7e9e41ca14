//! Follows one file by its name: what is appended, through rename and create, copy and truncate, and absence. Bounded in
//! bytes for each look and in the length of a line. Must not know patterns.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// Bytes read at one look; more stay for the next one, two seconds later. A log that grows faster for long is skipped
/// ahead, and that is said.
pub const ROUND_BYTES: u64 = 4 * 1024 * 1024;

/// When more than this waits to be read, what lies before is skipped: the newest lines count in an outage.
const BACKLOG_BYTES: u64 = 64 * 1024 * 1024;

/// A longer line counts as one, and only its beginning is looked at.
pub const LINE_LIMIT: usize = 16 * 1024;

/// The first bytes of a file, by which a file that was truncated and has grown past where we were is told from one that
/// merely grew.
const HEAD: usize = 256;

/// Looks without a new byte after which a file that no longer has the name is let go: whoever writes it goes on writing
/// to it until told of the rotation.
const OLD_LOOKS: u32 = 15;

/// Files that no longer have the name and are still read; of more, the oldest is let go, and what it still had is said to be
/// skipped.
const OLD_FILES: usize = 4;

/// Said of a file that no longer has its name while no other one has it.
pub(super) const MOVED: &str = "moved away";

/// What one look found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Whole lines, without their ends, in order; bytes that are no UTF-8 are replaced.
    pub lines: Vec<String>,
    /// Bytes that were not looked at because too much waited.
    pub skipped: u64,
    /// What happened to the file since the look before, in a word or two.
    pub turned: Option<&'static str>,
}

/// A file that is followed.
#[derive(Debug)]
pub struct Follow {
    path: PathBuf,
    open: Option<Open>,
    /// Files that had the name before, the oldest first: still being written, or not yet read to their end.
    old: VecDeque<Open>,
    /// The file that was let go last: one that comes back is not read twice.
    gone: Option<Gone>,
    /// Whether it is known what was there when we began: that is not counted, later files are from their beginning.
    begun: bool,
}

/// How far a file was read that is no longer open.
#[derive(Debug)]
struct Gone {
    id: (u64, u64),
    at: u64,
    head: Vec<u8>,
}

#[derive(Debug)]
struct Open {
    file: File,
    /// Device and inode: a renamed file keeps them.
    id: (u64, u64),
    at: u64,
    head: Vec<u8>,
    /// Looks in a row that found nothing new.
    idle: u32,
    part: Vec<u8>,
    /// The rest of a line that was too long is passed over.
    passing: bool,
}

impl Follow {
    /// Of this file; nothing is opened yet.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_path_buf(), open: None, old: VecDeque::new(), gone: None, begun: false }
    }

    /// Reads what was appended since the last look. The first look of an existing file only finds its end.
    ///
    /// # Errors
    /// When the file is not there, is no regular file, or cannot be read. What was already open is read to its end first.
    pub fn look(&mut self) -> io::Result<Look> {
        let mut look = Look::default();
        let mut budget = ROUND_BYTES;
        self.read_old(&mut look, &mut budget);
        let named = std::fs::metadata(&self.path).map(|m| (m.dev(), m.ino()));
        if let Some(mut open) = self.open.take() {
            let read = open.truncated().and_then(|cut| {
                look.turned = cut.then_some("truncated");
                open.read(&mut look, &mut budget)
            });
            if let Err(why) = read {
                // The next look opens it anew, and goes on where this one stopped.
                self.gone = Some(open.gone());
                return if look.lines.is_empty() { Err(why) } else { Ok(look) };
            }
            // It may only be between two names.
            let moved = named.is_err() && open.idle < OLD_LOOKS;
            if moved || named.as_ref().is_ok_and(|id| *id == open.id) {
                look.turned = if moved { Some(MOVED) } else { look.turned };
                self.open = Some(open);
                return Ok(look);
            }
            look.turned = Some("rotated");
            self.put_aside(open, &mut look);
        }
        let opened = self.open_now(named, &mut look);
        let read = opened.and_then(|()| self.open.as_mut().map_or(Ok(()), |open| open.read(&mut look, &mut budget)));
        match read {
            Err(why) if look.lines.is_empty() => Err(why),
            _ => Ok(look),
        }
    }

    /// It no longer has the name; whoever writes it may not know yet.
    fn put_aside(&mut self, open: Open, look: &mut Look) {
        self.old.push_back(open);
        if self.old.len() > OLD_FILES
            && let Some(oldest) = self.old.pop_front()
        {
            self.let_go(oldest, look);
        }
    }

    /// What still came into the files that had the name before. One that cannot be read holds up none of the others.
    fn read_old(&mut self, look: &mut Look, budget: &mut u64) {
        for mut old in std::mem::take(&mut self.old) {
            match old.read(look, budget) {
                Ok(()) if old.idle < OLD_LOOKS => self.old.push_back(old),
                _ => self.let_go(old, look),
            }
        }
    }

    /// Its last line may have no end: nothing more comes. What was not read is said.
    fn let_go(&mut self, mut old: Open, look: &mut Look) {
        old.finish(look);
        look.skipped += old.file.metadata().map_or(0, |m| m.len().saturating_sub(old.at));
        self.gone = Some(old.gone());
    }

    fn open_now(&mut self, named: io::Result<(u64, u64)>, look: &mut Look) -> io::Result<()> {
        if let Ok(id) = &named
            && let Some(at) = self.old.iter().position(|old| old.id == *id)
        {
            // It has its name again.
            self.open = self.old.remove(at);
            return Ok(());
        }
        // A pipe with nobody at its other end must not hold us.
        let flags = rustix::fs::OFlags::NONBLOCK.bits();
        let flags = i32::try_from(flags).unwrap_or(0);
        let opened = std::fs::OpenOptions::new().read(true).custom_flags(flags).open(&self.path);
        // That it is not there is known as well; a file that may not be read may be full of old lines.
        self.begun |= opened.as_ref().is_err_and(|why| why.kind() == io::ErrorKind::NotFound);
        let mut file = opened?;
        let meta = file.metadata()?;
        if !meta.is_file() {
            return Err(io::Error::other("it is no regular file"));
        }
        let head = head_of(&mut file)?;
        let first = !self.begun;
        let id = (meta.dev(), meta.ino());
        let known = self.gone.take_if(|gone| gone.is(id, meta.len(), &head));
        let at = if first { meta.len() } else { known.map_or(0, |gone| gone.at) };
        if !first && look.turned.is_none() {
            look.turned = Some("appeared");
        }
        let mut open = Open { file, id, at, head, idle: 0, part: Vec::new(), passing: false };
        // Where we begin in the middle of a line, its rest is none.
        open.passing = at > 0 && open.byte_before(at)? != Some(b'\n');
        self.open = Some(open);
        self.begun = true;
        Ok(())
    }
}

impl Gone {
    /// Whether that is the same file, as far as we had read it: a number alone may be a new file's.
    fn is(&self, id: (u64, u64), length: u64, head: &[u8]) -> bool {
        let told = self.head.len() as u64 >= self.at.min(HEAD as u64);
        self.id == id && self.at <= length && told && head.starts_with(&self.head)
    }
}

fn head_of(file: &mut File) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(0))?;
    let mut head = Vec::new();
    file.take(HEAD as u64).read_to_end(&mut head)?;
    Ok(head)
}

impl Open {
    /// Whether the file was emptied since; then reading begins anew.
    fn truncated(&mut self) -> io::Result<bool> {
        let shorter = self.file.metadata()?.len() < self.at;
        let head = head_of(&mut self.file)?;
        let other = !head.starts_with(&self.head);
        self.head = head;
        if shorter || other {
            self.at = 0;
            self.part.clear();
            self.passing = false;
        }
        Ok(shorter || other)
    }

    fn byte_before(&mut self, at: u64) -> io::Result<Option<u8>> {
        self.file.seek(SeekFrom::Start(at - 1))?;
        let mut byte = [0];
        Ok((self.file.read(&mut byte)? == 1).then_some(byte[0]))
    }

    fn read(&mut self, look: &mut Look, budget: &mut u64) -> io::Result<()> {
        let waiting = self.file.metadata()?.len().saturating_sub(self.at);
        if waiting > BACKLOG_BYTES {
            let skip = waiting - ROUND_BYTES;
            look.skipped += skip;
            self.at += skip;
            self.part.clear();
            self.passing = true;
        }
        self.file.seek(SeekFrom::Start(self.at))?;
        let mut bytes = Vec::new();
        let read = (&self.file).take(*budget).read_to_end(&mut bytes)? as u64;
        self.at += read;
        *budget -= read;
        // A look without budget found nothing out.
        self.idle = if read > 0 { 0 } else { self.idle.saturating_add(u32::from(waiting == 0)) };
        for piece in bytes.split_inclusive(|b| *b == b'\n') {
            self.piece(piece, look);
        }
        Ok(())
    }

    /// A line, or a part of one.
    fn piece(&mut self, piece: &[u8], look: &mut Look) {
        let (text, ends) = piece.strip_suffix(b"\n").map_or((piece, false), |t| (t, true));
        if !self.passing {
            let room = LINE_LIMIT.saturating_sub(self.part.len());
            self.part.extend_from_slice(&text[..text.len().min(room)]);
            if text.len() > room {
                // Its beginning is what counts; the rest is passed over.
                self.finish(look);
                self.passing = true;
            }
        }
        if ends {
            if !self.passing {
                self.line(look);
            }
            self.passing = false;
        }
    }

    fn line(&mut self, look: &mut Look) {
        let text = self.part.strip_suffix(b"\r").unwrap_or(&self.part);
        look.lines.push(String::from_utf8_lossy(text).into_owned());
        self.part.clear();
    }

    fn gone(mut self) -> Gone {
        // It may have been shorter when its head was read.
        let head = head_of(&mut self.file).unwrap_or(self.head);
        Gone { id: self.id, at: self.at, head }
    }

    fn finish(&mut self, look: &mut Look) {
        if !self.part.is_empty() {
            self.line(look);
        }
    }
}
