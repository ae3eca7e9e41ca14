//! Keys of entries: `<prefix>/<incident>/<writer>/<seq>`, `seq` in sixteen digits so that a range comes in the chain's order; and of
//! files beside them.
//! Must not speak to anybody.

use crate::domain::id::{IncidentId, WriterId};
use crate::journal::{INTEGER_MAX, is_incident_id, is_shared_writer};
use crate::share::outputs::is_hash;

/// Digits of `seq`: 2^53 has sixteen.
const DIGITS: usize = 16;

/// An entry's place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub incident: IncidentId,
    pub writer: WriterId,
    pub seq: u64,
}

/// The key of an entry.
pub(super) fn key(prefix: &str, incident: &IncidentId, writer: &WriterId, seq: u64) -> String {
    format!("{prefix}/{incident}/{writer}/{seq:0DIGITS$}")
}

/// What a key names; `None` for one that is not ours, of an internal chain, or not written as we write it.
pub(super) fn parse(prefix: &str, key: &[u8]) -> Option<Place> {
    let key = std::str::from_utf8(key).ok()?.strip_prefix(prefix)?.strip_prefix('/')?;
    let mut parts = key.split('/');
    let (incident, writer, seq) = (parts.next()?, parts.next()?, parts.next()?);
    let whole = parts.next().is_none() && seq.len() == DIGITS && seq.bytes().all(|b| b.is_ascii_digit());
    let (writer, seq) = (WriterId::new(writer), seq.parse().ok()?);
    let fits = whole && seq < INTEGER_MAX && is_incident_id(incident) && is_shared_writer(&writer);
    fits.then(|| Place { incident: IncidentId::new(incident), writer, seq })
}

/// The first key and the one behind the last of all entries under the prefix. Files are not among them: `~` comes after every letter
/// that an incident may begin with, so whoever reads and watches entries is not held up by files.
pub(super) fn entries(prefix: &str) -> (String, String) {
    (format!("{prefix}/"), format!("{prefix}/~"))
}

/// A piece of a file under `outputs/`: the file's name there, into how many pieces it was cut, and which one this is, from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub incident: IncidentId,
    pub name: String,
    pub of: u32,
    pub part: u32,
}

/// Where all files are.
const OUTPUTS: &str = "~outputs";

impl Part {
    /// The key of a piece: `<prefix>/~outputs/<incident>/<sha256>/<pieces>-<piece>`.
    pub(super) fn key(&self, prefix: &str) -> String {
        let Self { incident, name, of, part } = self;
        format!("{prefix}/{OUTPUTS}/{incident}/{name}/{of:02}-{part:02}")
    }

    /// What a key names; `None` for one that is not written as we write it.
    pub(super) fn parse(prefix: &str, key: &[u8]) -> Option<Self> {
        let key = std::str::from_utf8(key).ok()?.strip_prefix(prefix)?.strip_prefix('/')?;
        let mut parts = key.strip_prefix(OUTPUTS)?.strip_prefix('/')?.split('/');
        let (incident, name, piece) = (parts.next()?, parts.next()?, parts.next()?);
        let (of, part) = piece.split_once('-')?;
        let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten();
        let (of, part): (u32, u32) = (number(of)?, number(part)?);
        let found = Self { incident: IncidentId::new(incident), name: name.to_owned(), of, part };
        let fits = parts.next().is_none() && part < of && is_incident_id(incident) && is_hash(name);
        (fits && found.key(prefix).ends_with(key)).then_some(found)
    }
}

/// The first key and the one behind the last of an incident's files.
pub(super) fn outputs(prefix: &str, incident: &IncidentId) -> (String, String) {
    // `0` is the character behind `/`.
    (format!("{prefix}/{OUTPUTS}/{incident}/"), format!("{prefix}/{OUTPUTS}/{incident}0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_back_and_nothing_else_is() {
        let (incident, writer) = (IncidentId::new("2026-11-21-x"), WriterId::new("alice@val-1~2"));
        for seq in [0, 9, 10, INTEGER_MAX - 1] {
            let key = key("/w", &incident, &writer, seq);
            let place = Place { incident: incident.clone(), writer: writer.clone(), seq };
            assert_eq!(parse("/w", key.as_bytes()), Some(place), "{key}");
        }
        for bad in [
            "/w/2026-11-21-x/alice@val-1/7",
            "/w/2026-11-21-x/alice@val-1/00000000000000007",
            "/w/2026-11-21-x/alice@val-1/+000000000000007",
            "/w/2026-11-21-x/alice@val-1+internal/0000000000000007",
            "/w/2026-11-21-x/alice/0000000000000007",
            "/w/../alice@val-1/0000000000000007",
            "/w/x/../0000000000000007",
            "/w/x/alice@val-1/0000000000000007/x",
            "/wx/x/alice@val-1/0000000000000007",
            "/w/x/alice@val-1/9007199254740992",
        ] {
            assert_eq!(parse("/w", bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn a_piece_of_a_file_is_read_back_and_stands_apart_from_entries() {
        let name = "0123456789abcdef".repeat(4);
        let part = Part { incident: IncidentId::new("2026-11-21-x"), name: name.clone(), of: 16, part: 3 };
        let key = part.key("/w");
        assert_eq!(Part::parse("/w", key.as_bytes()), Some(part.clone()), "{key}");
        assert_eq!(parse("/w", key.as_bytes()), None);
        let (from, to) = entries("/w");
        assert!(key >= to && super::key("/w", &part.incident, &WriterId::new("~z@~"), 0) < to && from < to);
        let (from, to) = outputs("/w", &part.incident);
        assert!(from < key && key < to);
        for bad in ["16-16", "1-0", "+1-00", "01-00/x", "01-0", "0100", ""] {
            let key = format!("/w/~outputs/2026-11-21-x/{name}/{bad}");
            assert_eq!(Part::parse("/w", key.as_bytes()), None, "{key}");
        }
        let other = format!("/w/~outputs/2026-11-21-x/{}/01-00", name.to_uppercase());
        assert_eq!(Part::parse("/w", other.as_bytes()), None);
    }
}
