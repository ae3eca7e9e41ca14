//! From an entry to its line: the writing half of the format, and what a new entry may not hold.
//! Must not know of files and of other lines.

use std::fmt::Write as _;

use crate::domain::entry::{Disclosure, Entry, NewEntry};
use crate::domain::text::is_forbidden;
use crate::domain::time::At;
use crate::journal::chain::Hash;
use crate::journal::limits::{ENVELOPE_ROOM, LINE_MAX, SEEN_MAX};
use crate::journal::strict;

/// Why a new entry cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// More than fits a line.
    #[error(
        "{kind} is too large for one entry: {bytes} bytes, {most} fit; shorten it, or keep the long text in a file and name it"
    )]
    TooLarge {
        /// The kind of the entry.
        kind: String,
        /// What it takes.
        bytes: usize,
        /// What would fit.
        most: usize,
    },
    /// Data that the format does not take.
    #[error("{kind} cannot be written: {why}")]
    Data {
        /// The kind of the entry.
        kind: String,
        /// What is wrong with it.
        why: String,
    },
}

/// A new entry whose data is known to fit.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    pub new: NewEntry,
    data: String,
}

impl Prepared {
    /// Checks an entry before anything of it is written.
    pub(super) fn new(new: NewEntry) -> Result<Self, EncodeError> {
        let data = data_of(&new)?;
        let bytes = data.len() + new.event.kind().len() + text(new.actor.as_str()).len();
        let bytes = bytes + new.amends.as_ref().map_or(0, |a| text(&a.to_string()).len());
        let most = LINE_MAX - ENVELOPE_ROOM;
        if bytes > most {
            return Err(EncodeError::TooLarge { kind: new.event.kind().to_owned(), bytes, most });
        }
        Ok(Self { new, data })
    }

    /// About what its line takes.
    pub(super) fn bytes(&self) -> usize {
        self.data.len() + 512
    }

    /// The line of `entry`, which was stamped from this.
    pub(super) fn line(&self, entry: &Entry, prev: &Hash) -> String {
        write_line(entry, &self.data, prev)
    }
}

fn data_of(new: &NewEntry) -> Result<String, EncodeError> {
    let kind = new.event.kind();
    let refuse = |why: String| EncodeError::Data { kind: kind.to_owned(), why };
    let data = new.event.data().map_err(|e| refuse(e.to_string()))?;
    strict::check(&data).map_err(refuse)?;
    match new.happened {
        Some(at) if !writable(at) => Err(refuse("`happened` is outside the years 0000 to 9999".to_owned())),
        _ => Ok(tidy(&data)),
    }
}

fn writable(at: At) -> bool {
    At::parse(&at.short()) == Some(at)
}

/// The line of an entry, newline included, unsigned.
///
/// # Errors
/// When the data is not what a log may hold, or the line is too long.
pub fn encode_line(entry: &Entry, prev: &Hash) -> Result<String, EncodeError> {
    let new = NewEntry {
        actor: entry.actor.clone(),
        source: entry.source,
        happened: entry.rare.happened,
        amends: entry.rare.amends.clone(),
        disclosure: entry.disclosure,
        event: entry.event.clone(),
    };
    let kind = entry.event.kind().to_owned();
    let line = write_line(entry, &data_of(&new)?, prev);
    if line.len() > LINE_MAX || entry.rare.seen.len() > SEEN_MAX {
        return Err(EncodeError::TooLarge { kind, bytes: line.len(), most: LINE_MAX });
    }
    Ok(line)
}

/// Keys in the order of the contract; writing into a `String` cannot fail, so the results say nothing.
fn write_line(entry: &Entry, data: &str, prev: &Hash) -> String {
    let mut out = String::with_capacity(data.len() + 512);
    let _ = write!(out, r#"{{"v":1,"seq":{},"at":"{}""#, entry.seq, entry.at);
    if let Some(clock) = entry.rare.clock {
        let _ = write!(out, r#","clock":"{clock}""#);
    }
    let _ = write!(out, r#","writer":{},"actor":{}"#, text(entry.writer.as_str()), text(entry.actor.as_str()));
    let _ = write!(out, r#","source":"{}","kind":{}"#, entry.source.as_str(), text(entry.event.kind()));
    if let Some(happened) = entry.rare.happened {
        let _ = write!(out, r#","happened":"{}""#, happened.short());
    }
    if let Some(amends) = &entry.rare.amends {
        let _ = write!(out, r#","amends":{}"#, text(&amends.to_string()));
    }
    if entry.disclosure != Disclosure::default() {
        let _ = write!(out, r#","disclosure":"{}""#, entry.disclosure.as_str());
    }
    let _ = write!(out, r#","drill":{},"data":{data}"#, entry.drill);
    for (i, (writer, hash)) in entry.rare.seen.iter().enumerate() {
        let open = if i == 0 { r#","seen":{"# } else { "," };
        let _ = write!(out, "{open}{}:{}", text(writer.as_str()), text(hash));
    }
    if !entry.rare.seen.is_empty() {
        out.push('}');
    }
    let _ = writeln!(out, r#","prev":"{prev}"}}"#);
    out
}

fn text(value: &str) -> String {
    // Names and kinds are plain nearly always: nothing in them is to be escaped.
    if value.bytes().all(|b| matches!(b, b' '..=b'~') && b != b'"' && b != b'\\') {
        return format!("\"{value}\"");
    }
    tidy(&serde_json::Value::from(value).to_string())
}

/// JSON on one line without spaces between its parts, with every character escaped that a terminal would act on or hide.
fn tidy(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let (mut inside, mut escaped) = (false, false);
    for c in json.chars() {
        match c {
            ' ' | '\t' | '\n' | '\r' if !inside => continue,
            '"' if !escaped => inside = !inside,
            _ => {}
        }
        escaped = inside && c == '\\' && !escaped;
        if is_forbidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}
