//! Entries put into their place by hand, without a journal.

use warroom::domain::entry::{Entry, NewEntry, Rare, Seal};
use warroom::domain::time::At;

/// The entry as it stands in a chain.
pub fn place(new: NewEntry, writer: &str, seq: u64, at: At) -> Entry {
    Entry {
        seq,
        at,
        writer: writer.into(),
        actor: new.actor,
        source: new.source,
        disclosure: new.disclosure,
        drill: false,
        event: new.event,
        seal: Seal::Unsigned,
        rare: Rare { happened: new.happened, amends: new.amends, ..Rare::default() }.into(),
    }
}
