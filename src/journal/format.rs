//! From a raw line to an entry: the reading half of the format.
//! Must not know of files and of other lines; signatures keep their place and are not checked here.

use std::borrow::{Borrow, Cow};
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::domain::entry::{Disclosure, Entry, Rare, Rarely, Seal, Source};
use crate::domain::event::{ChainEvent, ChainOpened, Event};
use crate::domain::id::{EntryRef, PersonId, WriterId};
use crate::domain::time::At;
use crate::journal::chain::Hash;
use crate::journal::limits::{INTEGER_MAX, LINE_MAX};
use crate::journal::quick;
use crate::journal::seal::proof_at_reading;

/// Why a line is not one of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// No newline at its end.
    #[error("the line has no newline: it was cut off while it was written")]
    CutOff,
    /// Over [`LINE_MAX`].
    #[error("the line is longer than {LINE_MAX} bytes")]
    TooLong,
    /// Not text.
    #[error("the line is not UTF-8")]
    NotText,
    /// Not one JSON object with the keys of an entry.
    #[error("the line is not an entry: {0}")]
    NotAnEntry(String),
    /// A version of the format that is not ours.
    #[error("the line is of format version {0}, and this program knows version 1")]
    Version(u64),
}

/// What a line says has happened.
pub(super) enum Data<'a> {
    /// As it stands there.
    Json(&'a RawValue),
    /// Understood already.
    Event(Event),
}

/// A line taken apart, borrowing from its bytes.
pub(super) struct Envelope<'a> {
    pub seq: u64,
    pub at: At,
    pub writer: Cow<'a, str>,
    pub actor: Cow<'a, str>,
    pub source: Source,
    pub kind: Cow<'a, str>,
    pub disclosure: Disclosure,
    pub drill: bool,
    pub data: Data<'a>,
    /// The hash of the line before, as this line says.
    pub prev: Hash,
    /// Whether it carries a signature.
    pub signed: bool,
    /// What few lines have: an envelope is moved from hand to hand, and stays small.
    pub more: Option<Box<More<'a>>>,
}

/// What few lines have.
#[derive(Default, PartialEq)]
pub(super) struct More<'a> {
    pub clock: Option<At>,
    pub happened: Option<At>,
    pub amends: Option<EntryRef>,
    /// Heads of other chains, by writer.
    pub seen: Heads<'a>,
}

type Heads<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

impl<'a> More<'a> {
    pub(super) fn kept(self) -> Option<Box<More<'a>>> {
        (self != Self::default()).then(|| Box::new(self))
    }
}

/// A line as any JSON writer may have written it.
#[derive(Deserialize)]
struct Written<'a> {
    v: u64,
    seq: u64,
    at: At,
    #[serde(default)]
    clock: Option<At>,
    #[serde(borrow)]
    writer: Cow<'a, str>,
    #[serde(borrow)]
    actor: Cow<'a, str>,
    source: Source,
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(default)]
    happened: Option<At>,
    #[serde(default)]
    amends: Option<EntryRef>,
    #[serde(default)]
    disclosure: Disclosure,
    drill: bool,
    #[serde(borrow)]
    data: &'a RawValue,
    #[serde(default, borrow, deserialize_with = "heads")]
    seen: Heads<'a>,
    #[serde(borrow)]
    prev: Cow<'a, str>,
    #[serde(default, borrow)]
    sig: Option<Cow<'a, str>>,
}

impl<'a> Written<'a> {
    fn envelope(self) -> Result<Envelope<'a>, LineError> {
        let no_hash = || LineError::NotAnEntry("prev is not 64 lower-case hex digits".to_owned());
        let Self { clock, happened, amends, seen, .. } = self;
        Ok(Envelope {
            seq: self.seq,
            at: self.at,
            writer: self.writer,
            actor: self.actor,
            source: self.source,
            kind: self.kind,
            disclosure: self.disclosure,
            drill: self.drill,
            data: Data::Json(self.data),
            prev: Hash::parse(&self.prev).ok_or_else(no_hash)?,
            signed: self.sig.is_some(),
            more: More { clock, happened, amends, seen }.kept(),
        })
    }
}

/// By writer, in order; of a writer that is named twice the last head counts.
fn heads<'de, D: Deserializer<'de>, T: From<String>>(from: D) -> Result<Vec<(T, T)>, D::Error> {
    let heads = BTreeMap::<String, String>::deserialize(from)?;
    Ok(heads.into_iter().map(|(writer, hash)| (T::from(writer), T::from(hash))).collect())
}

/// Names that the lines of a log share: each is kept once, however many entries bear it.
#[derive(Default)]
pub(super) struct Names {
    writers: BTreeSet<WriterId>,
    actors: BTreeSet<PersonId>,
}

/// Most different names that are kept; a log with more of them (nobody writes one) has its later ones kept with each entry.
const NAMES_MAX: usize = 4096;

impl Names {
    fn shared<T: Ord + Clone + Borrow<str> + for<'a> From<&'a str>>(known: &mut BTreeSet<T>, name: &str) -> T {
        if let Some(known) = known.get(name) {
            return known.clone();
        }
        let new = T::from(name);
        if known.len() < NAMES_MAX {
            known.insert(new.clone());
        }
        new
    }
}

#[derive(Deserialize)]
struct Version {
    v: u64,
}

impl<'a> Envelope<'a> {
    /// Takes a raw line apart, its newline included; what it says has happened stays JSON.
    pub(super) fn read(raw: &'a [u8]) -> Result<Self, LineError> {
        Self::read_as(raw, false)
    }

    /// The same for whoever makes an entry of it: the event is read in the same pass.
    pub(super) fn read_whole(raw: &'a [u8]) -> Result<Self, LineError> {
        Self::read_as(raw, true)
    }

    #[inline]
    fn read_as(raw: &'a [u8], whole: bool) -> Result<Self, LineError> {
        if raw.len() > LINE_MAX {
            return Err(LineError::TooLong);
        }
        let Some(body) = raw.strip_suffix(b"\n") else { return Err(LineError::CutOff) };
        let text = std::str::from_utf8(body).map_err(|_| LineError::NotText)?;
        match quick::envelope(text, whole) {
            Some(envelope) if envelope.seq < INTEGER_MAX => Ok(envelope),
            _ => Self::read_general(text),
        }
    }

    /// A line that our own writer would have written otherwise, or that is none.
    pub(super) fn read_general(text: &'a str) -> Result<Self, LineError> {
        if !(text.starts_with('{') && text.ends_with('}')) {
            return Err(LineError::NotAnEntry("it does not begin with { and end with }".to_owned()));
        }
        let read = serde_json::from_str::<Written>(text);
        let version = match &read {
            Ok(written) => written.v,
            Err(_) => serde_json::from_str::<Version>(text).map_or(1, |version| version.v),
        };
        if version != 1 {
            return Err(LineError::Version(version));
        }
        let written = read.map_err(|e| LineError::NotAnEntry(e.to_string()))?;
        if written.seq >= INTEGER_MAX {
            return Err(LineError::NotAnEntry(format!("seq {} is not below 2^53", written.seq)));
        }
        written.envelope()
    }

    /// What a chain's first line says of all that follow; `None` when this is no such line.
    pub(super) fn opened(&self) -> Option<ChainOpened> {
        let event = match &self.data {
            Data::Json(data) => &Event::read(&self.kind, data),
            Data::Event(event) => event,
        };
        match event {
            Event::Chain(ChainEvent::Opened(opened)) if self.seq == 0 => Some((**opened).clone()),
            _ => None,
        }
    }

    /// The whole entry.
    pub(super) fn entry(self) -> Entry {
        self.entry_with(&mut Names::default())
    }

    /// The whole entry, its names shared with others of their kind.
    pub(super) fn entry_with(self, names: &mut Names) -> Entry {
        let event = match self.data {
            Data::Json(data) => Event::read(&self.kind, data),
            Data::Event(event) => event,
        };
        let proof = proof_at_reading(&event);
        let rare = match self.more {
            None if proof.is_none() => Rarely::default(),
            more => {
                let More { clock, happened, amends, seen } = more.map(|more| *more).unwrap_or_default();
                let seen = seen.into_iter().map(|(of, head)| (Names::shared(&mut names.writers, &of), head.into()));
                Rare { clock, happened, amends, seen: seen.collect(), proof }.into()
            }
        };
        Entry {
            seq: self.seq,
            at: self.at,
            writer: Names::shared(&mut names.writers, &self.writer),
            actor: Names::shared(&mut names.actors, &self.actor),
            source: self.source,
            disclosure: self.disclosure,
            drill: self.drill,
            event,
            seal: if self.signed { Seal::Unchecked } else { Seal::Unsigned },
            rare,
        }
    }
}

/// Whether a raw line is an entry of any version: what tells damage in the middle from a torn tail.
pub(super) fn looks_like_entry(raw: &[u8]) -> bool {
    raw.len() <= LINE_MAX && raw.strip_suffix(b"\n").is_some_and(|body| serde_json::from_slice::<Version>(body).is_ok())
}

/// Reads one raw line, its newline included: the entry and the hash it names as the line before.
///
/// # Errors
/// What the line is instead, in words.
pub fn parse_line(raw: &[u8]) -> Result<(Entry, Hash), LineError> {
    let envelope = Envelope::read_whole(raw)?;
    let prev = envelope.prev;
    Ok((envelope.entry(), prev))
}
