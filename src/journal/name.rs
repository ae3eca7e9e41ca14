//! Names of writers and their files: `person@host`, `~2`, `+internal`.
//! Must not touch the disk.

use std::path::{Path, PathBuf};

use crate::domain::id::WriterId;
use crate::domain::writer_name::encode_name;
use crate::journal::limits::WRITER_MAX;

/// Ending of a log's files.
pub(super) const ENDING: &str = "jsonl";

const INTERNAL: &str = "+internal";

/// The `n`-th writer of a person on a host: `alice@bastion` for 1, `alice@bastion~2` for 2.
#[must_use]
pub fn writer_name(person: &str, host: &str, n: u32) -> WriterId {
    let base = format!("{}@{}", encode_name(person), encode_name(host));
    WriterId::from(if n <= 1 { base } else { format!("{base}~{n}") })
}

/// [`writer_name`] where two machines bear the host's name: `alice@bastion-3f9c`.
pub(super) fn marked_name(person: &str, host: &str, mark: Option<&str>, n: u32) -> WriterId {
    let Some(mark) = mark else { return writer_name(person, host, n) };
    let base = format!("{}@{}-{}", encode_name(person), encode_name(host), encode_name(mark));
    WriterId::from(if n <= 1 { base } else { format!("{base}~{n}") })
}

/// Whether a chain was written on a host of this name (by its unmarked name).
pub(super) fn is_of_host(writer: &WriterId, host: &str) -> bool {
    let name = writer.as_str().strip_suffix(INTERNAL).unwrap_or(writer.as_str());
    let base = name.split_once('~').map_or(name, |(base, _)| base);
    base.rsplit_once('@').is_some_and(|(_, of)| of == encode_name(host))
}

/// The writer's second chain, for what stays inside the organisation.
#[must_use]
pub fn internal_name(writer: &WriterId) -> WriterId {
    WriterId::from(format!("{writer}{INTERNAL}"))
}

/// Whether a chain is one that stays inside the organisation.
pub(super) fn is_internal(writer: &WriterId) -> bool {
    writer.as_str().ends_with(INTERNAL)
}

/// Person and host of a writer, without `~n`, keeping `+internal`: two chains with the same are of one writer.
pub(super) fn same_hand(a: &WriterId, b: &WriterId) -> bool {
    fn base(name: &str) -> &str {
        let name = name.strip_suffix(INTERNAL).unwrap_or(name);
        name.split_once('~').map_or(name, |(base, _)| base)
    }
    is_internal(a) == is_internal(b) && base(a.as_str()) == base(b.as_str())
}

/// The folder of an incident that holds a writer's chain.
pub(super) fn folder(dir: &Path, writer: &WriterId) -> PathBuf {
    dir.join(if is_internal(writer) { "internal" } else { "log" })
}

/// The file of a writer's chain.
pub(super) fn file(dir: &Path, writer: &WriterId) -> PathBuf {
    folder(dir, writer).join(format!("{writer}.{ENDING}"))
}

/// Whether this can be a writer's name: what [`writer_name`] and [`internal_name`] make, from this program or another one.
pub(super) fn is_writer(name: &str) -> bool {
    let safe = |b: u8| b.is_ascii_alphanumeric() || b"._-%@~+".contains(&b);
    !name.starts_with('.') && name.len() <= WRITER_MAX && name.bytes().all(safe)
}

/// The writer that a chain's file belongs to; `None` for other files.
pub(super) fn of_file(path: &Path) -> Option<WriterId> {
    (path.extension()? == ENDING).then_some(())?;
    path.file_stem()?.to_str().filter(|stem| !stem.starts_with('.')).map(WriterId::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::writer_name::{NAME_MAX, decode_name};

    #[test]
    fn names_are_safe_and_readable_again() {
        assert_eq!(writer_name("alice", "bastion", 1).as_str(), "alice@bastion");
        assert_eq!(writer_name("alice", "bastion", 3).as_str(), "alice@bastion~3");
        assert_eq!(encode_name("../a b/ü~+@%"), "%2E./a%20b".replace('/', "%2F") + "%2F%C3%BC%7E%2B%40%25");
        assert_eq!(decode_name(&encode_name("../a b/ü~+@%")), "../a b/ü~+@%");
        assert!(encode_name(&"ü".repeat(200)).len() <= NAME_MAX);
        let internal = internal_name(&writer_name("alice", "bastion", 2));
        assert_eq!(internal.as_str(), "alice@bastion~2+internal");
        assert!(same_hand(&internal, &internal_name(&writer_name("alice", "bastion", 1))));
        assert!(!same_hand(&internal, &writer_name("alice", "bastion", 2)));
        assert!(!same_hand(&writer_name("bob", "bastion", 1), &writer_name("alice", "bastion", 2)));
    }
}
