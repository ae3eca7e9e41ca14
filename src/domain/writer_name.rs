//! Names of writers: `person@host`, `~2`, `+internal`, percent-encoding, and whose chain it is by its name.
//! Must not touch the disk.

use crate::domain::id::{PersonId, WriterId};

/// Longest person or host in a writer's name once encoded (file names end at 255 bytes); longer ones are cut there.
pub const NAME_MAX: usize = 64;

/// A person's or host's name as it stands in a writer's name: letters, digits, `.`, `_` and `-` as they are (no dot in front),
/// every other byte as `%XX`; cut at [`NAME_MAX`] bytes.
#[must_use]
pub fn encode_name(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for (i, byte) in name.bytes().enumerate() {
        let safe = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-') || byte == b'.' && i > 0;
        let piece = if safe { char::from(byte).to_string() } else { format!("%{byte:02X}") };
        if out.len() + piece.len() > NAME_MAX {
            break;
        }
        out.push_str(&piece);
    }
    if out.is_empty() { "nobody".to_owned() } else { out }
}

/// The name behind its encoded form, for people to read.
#[must_use]
pub fn decode_name(encoded: &str) -> String {
    let mut out = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = match tail {
            [a, b, ..] if *first == b'%' => {
                std::str::from_utf8(&[*a, *b]).ok().and_then(|h| u8::from_str_radix(h, 16).ok())
            }
            _ => None,
        };
        out.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Whose chain it is, by its name.
#[must_use]
pub fn person_of(writer: &WriterId) -> PersonId {
    PersonId::from(decode_name(encoded_person(writer)))
}

/// Whether a chain of this name is this person's.
#[must_use]
pub fn is_chain_of(writer: &WriterId, person: &str) -> bool {
    encoded_person(writer) == encode_name(person)
}

/// The person's part of a writer's name, as it stands there.
#[must_use]
pub fn encoded_person(writer: &WriterId) -> &str {
    writer.as_str().split_once('@').map_or(writer.as_str(), |(person, _)| person)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_is_its_persons_whatever_the_name_holds() {
        for person in ["alice", "../a b", "ü~+@%", &"x".repeat(200)] {
            let writer = WriterId::from(format!("{}@host~2+internal", encode_name(person)));
            assert!(is_chain_of(&writer, person), "{writer}");
            assert!(!is_chain_of(&writer, "bob"));
        }
        assert_eq!(person_of(&"%2E./a%20b@h".into()).as_str(), "../a b");
    }
}
