//! Which roster is in force where, from the pinned ones alone: corrections are judged by it before anything is folded.

use std::collections::BTreeMap;

use crate::domain::entry::Entry;
use crate::domain::event::{ChainEvent, Event, RosterPinned};
use crate::domain::id::WriterId;
use crate::domain::incident::Trust;
use crate::domain::time::At;

/// The rosters of a log in its order.
#[derive(Clone, Debug, Default)]
pub struct Rosters {
    pinned: BTreeMap<(At, WriterId, u64), RosterPinned>,
}

impl Rosters {
    /// Takes note of an entry that pins a roster; of others not.
    pub fn note(&mut self, entry: &Entry) {
        if let Event::Chain(ChainEvent::Pinned(roster)) = &entry.event {
            self.pinned.insert((entry.at, entry.writer.clone(), entry.seq), (**roster).clone());
        }
    }

    /// The roster in force where an entry stands; one that its author could not pin does not count.
    #[must_use]
    pub fn before(&self, entry: &Entry, trust: &Trust) -> Option<&RosterPinned> {
        let place = entry.place();
        let earlier = self.pinned.iter().take_while(|((at, writer, seq), _)| (*at, writer, *seq) < place);
        earlier.filter(|((_, writer, seq), _)| !trust.refuses(writer, *seq)).map(|(_, roster)| roster).last()
    }
}
