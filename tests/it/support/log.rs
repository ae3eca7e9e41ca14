//! Entries put into their place by hand, without a journal.

use std::collections::BTreeMap;

use warroom::domain::entry::{Entry, NewEntry};
use warroom::domain::time::At;

/// The entry as it stands in a chain.
pub fn place(new: NewEntry, writer: &str, seq: u64, at: At) -> Entry {
    Entry {
        seq,
        at,
        clock: None,
        writer: writer.into(),
        actor: new.actor,
        source: new.source,
        happened: new.happened,
        amends: new.amends,
        disclosure: new.disclosure,
        drill: false,
        event: new.event,
        seen: BTreeMap::new(),
        seal: warroom::domain::entry::Seal::Unsigned,
        proof: None,
    }
}
