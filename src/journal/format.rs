//! From a raw line to an entry: the reading half of the format.
//! Must not know of files and of other lines; signatures keep their place and are not checked here.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::domain::entry::{Disclosure, Entry, Rare, Seal, Source};
use crate::domain::event::Event;
use crate::domain::id::EntryRef;
use crate::domain::time::At;
use crate::journal::chain::Hash;
use crate::journal::limits::{INTEGER_MAX, LINE_MAX};
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

/// A line taken apart, borrowing from its bytes; the event is still JSON.
#[derive(Deserialize)]
pub(super) struct Envelope<'a> {
    v: u64,
    pub seq: u64,
    pub at: At,
    #[serde(default)]
    pub clock: Option<At>,
    #[serde(borrow)]
    pub writer: Cow<'a, str>,
    #[serde(borrow)]
    pub actor: Cow<'a, str>,
    pub source: Source,
    #[serde(borrow)]
    pub kind: Cow<'a, str>,
    #[serde(default)]
    pub happened: Option<At>,
    #[serde(default)]
    pub amends: Option<EntryRef>,
    #[serde(default)]
    pub disclosure: Disclosure,
    pub drill: bool,
    #[serde(borrow)]
    pub data: &'a RawValue,
    #[serde(default)]
    pub seen: BTreeMap<String, String>,
    #[serde(borrow)]
    prev: Cow<'a, str>,
    #[serde(default)]
    pub sig: Option<String>,
}

#[derive(Deserialize)]
struct Version {
    v: u64,
}

impl<'a> Envelope<'a> {
    /// Takes a raw line apart, its newline included.
    pub(super) fn read(raw: &'a [u8]) -> Result<Self, LineError> {
        if raw.len() > LINE_MAX {
            return Err(LineError::TooLong);
        }
        let Some(body) = raw.strip_suffix(b"\n") else { return Err(LineError::CutOff) };
        let text = std::str::from_utf8(body).map_err(|_| LineError::NotText)?;
        if !(text.starts_with('{') && text.ends_with('}')) {
            return Err(LineError::NotAnEntry("it does not begin with { and end with }".to_owned()));
        }
        let read = serde_json::from_str::<Self>(text);
        let version = match &read {
            Ok(envelope) => envelope.v,
            Err(_) => serde_json::from_str::<Version>(text).map_or(1, |version| version.v),
        };
        if version != 1 {
            return Err(LineError::Version(version));
        }
        let envelope = read.map_err(|e| LineError::NotAnEntry(e.to_string()))?;
        if envelope.seq >= INTEGER_MAX {
            return Err(LineError::NotAnEntry(format!("seq {} is not below 2^53", envelope.seq)));
        }
        if envelope.prev().is_none() {
            return Err(LineError::NotAnEntry("prev is not 64 lower-case hex digits".to_owned()));
        }
        Ok(envelope)
    }

    /// The hash of the line before, as this line says.
    pub(super) fn prev(&self) -> Option<Hash> {
        Hash::parse(&self.prev)
    }

    /// The whole entry.
    pub(super) fn entry(self) -> Entry {
        let event = Event::read(&self.kind, self.data);
        let proof = proof_at_reading(&event);
        Entry {
            seq: self.seq,
            at: self.at,
            writer: self.writer.as_ref().into(),
            actor: self.actor.as_ref().into(),
            source: self.source,
            disclosure: self.disclosure,
            drill: self.drill,
            event,
            seal: if self.sig.is_some() { Seal::Unchecked } else { Seal::Unsigned },
            rare: Rare {
                clock: self.clock,
                happened: self.happened,
                amends: self.amends,
                seen: self.seen.into_iter().map(|(writer, hash)| (writer.into(), hash)).collect(),
                proof,
            }
            .into(),
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
    let envelope = Envelope::read(raw)?;
    let prev = envelope.prev().unwrap_or(Hash::ZERO);
    Ok((envelope.entry(), prev))
}
