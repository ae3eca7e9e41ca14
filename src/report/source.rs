//! What a draft is made from: the log as one audience may read it, corrected, struck entries out, in the order in which
//! things happened. Must not know how a draft looks.

use std::borrow::Cow;

use crate::domain::entry::Entry;
use crate::domain::event::{Event, RecordEvent};
use crate::domain::id::EntryRef;
use crate::domain::incident::{Incident, Ledger};
use crate::domain::time::At;
use crate::report::audience::Audience;

/// The log of one incident for one audience.
pub(super) struct Source<'a> {
    pub audience: Audience,
    /// Kept output by its hash.
    pub output: &'a dyn Fn(&str) -> Option<String>,
    /// The entries as they count, in the log's order.
    pub entries: Vec<Entry>,
    /// How many were struck out.
    pub struck: usize,
    /// How many this audience may not read.
    pub withheld: usize,
    ledger: Ledger,
}

impl<'a> Source<'a> {
    pub(super) fn new(ledger: &Ledger, audience: Audience, output: &'a dyn Fn(&str) -> Option<String>) -> Self {
        let all = ledger.entries();
        let readable: Vec<Entry> = all.iter().filter(|e| may_read(ledger, audience, e)).cloned().collect();
        let withheld = all.len() - readable.len();
        let ledger = Ledger::of(readable);
        let entries: Vec<Entry> =
            ledger.entries().iter().filter_map(|e| ledger.effective(e).map(Cow::into_owned)).collect();
        let struck = ledger.entries().len() - entries.len();
        Self { audience, output, entries, struck, withheld, ledger }
    }

    pub(super) const fn incident(&self) -> &Incident {
        self.ledger.incident()
    }

    /// The entries in the order in which things happened.
    pub(super) fn happened(&self) -> Vec<&Entry> {
        let mut entries: Vec<&Entry> = self.entries.iter().collect();
        entries.sort_by_key(|e| (e.when(), e.place()));
        entries
    }

    /// An entry before it was corrected, where it was.
    pub(super) fn before_correction(&self, id: &EntryRef) -> Option<(&Entry, &EntryRef)> {
        let correction = self.ledger.correction(id).filter(|c| !c.struck && c.text.is_some())?;
        let entry = self.ledger.entries().iter().find(|e| e.name() == *id)?;
        Some((entry, correction.by.as_ref()?))
    }

    /// The first entry that fits.
    pub(super) fn find(&self, fits: impl Fn(&Event) -> bool) -> Option<&Entry> {
        self.entries.iter().find(|e| fits(&e.event))
    }

    /// The entry of this kind at that moment, as a citation; empty when there is none.
    pub(super) fn cite_when(&self, at: At, kind: &str) -> String {
        let found = self.entries.iter().find(|e| e.when() == at && e.event.kind() == kind);
        found.map(|e| crate::report::markdown::cite(&e.name())).unwrap_or_default()
    }

    /// When the log begins and ends.
    pub(super) fn span(&self) -> Option<(At, At)> {
        Some((self.entries.iter().map(Entry::when).min()?, self.entries.iter().map(Entry::when).max()?))
    }
}

/// A correction is as secret as what it corrects: its words may repeat the old ones.
fn may_read(ledger: &Ledger, audience: Audience, entry: &Entry) -> bool {
    let corrects = matches!(entry.event, Event::Record(RecordEvent::Amended(_) | RecordEvent::Struck(_)));
    let target = entry.rare.amends.as_ref().filter(|_| corrects);
    let target = target.and_then(|id| ledger.entries().iter().find(|e| e.name() == *id));
    let strikes = matches!(entry.event, Event::Record(RecordEvent::Struck(_)));
    match target {
        // What is struck stays struck for everybody.
        Some(target) if strikes => audience.may_read(target),
        Some(target) => audience.may_read(entry) && audience.may_read(target),
        None => audience.may_read(entry),
    }
}
