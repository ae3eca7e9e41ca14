//! Keys of entries: `<prefix>/<incident>/<writer>/<seq>`, `seq` in sixteen digits so that a range comes in the chain's order.
//! Must not speak to anybody.

use crate::domain::id::{IncidentId, WriterId};
use crate::journal::{INTEGER_MAX, is_incident_id, is_shared_writer};

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

/// The first key and the one behind the last of everything under the prefix.
pub(super) fn all(prefix: &str) -> (String, String) {
    // `0` is the character behind `/`.
    (format!("{prefix}/"), format!("{prefix}0"))
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
}
