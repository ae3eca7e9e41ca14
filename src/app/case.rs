//! The incident that is open in this console: its ledger, and how its entries stand with the disk.
//! Must not know files; the journal tells it through messages.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::domain::entry::Entry;
use crate::domain::id::{EntryRef, IncidentId, WriterId};
use crate::domain::incident::{Incident, Keyring, Ledger};
use crate::domain::time::At;

/// At most this many faults of other people's chains are kept, more than a follower tells; the screen names the first ones.
const MAX_FAULTS: usize = 1_000;

/// Something wrong with a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The name of its file: what is mended is known by it.
    pub file: String,
    /// What, and what to do.
    pub says: String,
    /// It is about one line's signature, and stays whatever else of the file is mended.
    pub lasting: bool,
}

/// An open incident.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its id.
    pub id: IncidentId,
    /// Every entry and what they fold to.
    pub ledger: Ledger,
    /// Our own chain.
    pub writer: WriterId,
    /// Our entries that are not on the disk yet.
    pub held: BTreeSet<EntryRef>,
    /// What is wrong with our disk, while something is.
    pub trouble: Option<String>,
    /// What is wrong with chains, while it is.
    pub faults: Vec<Damage>,
    /// Entries up to here have been looked at.
    pub read_to: At,
    /// When each chain last spoke, for "here:".
    pub heard: BTreeMap<WriterId, At>,
}

impl Case {
    /// An incident with what its log holds at opening; all of it counts as read.
    #[must_use]
    pub fn new(id: IncidentId, writer: WriterId, entries: Vec<Entry>, anchor: Option<Keyring>) -> Self {
        let ledger = Ledger::anchored(entries, anchor);
        let read_to = ledger.entries().last().map(|e| e.at).unwrap_or_default();
        let mut case = Self {
            id,
            ledger,
            writer,
            held: BTreeSet::new(),
            trouble: None,
            faults: Vec::new(),
            read_to,
            heard: BTreeMap::new(),
        };
        for entry in case.ledger.entries() {
            case.heard.insert(entry.writer.clone(), entry.at);
        }
        case
    }

    /// The folded state.
    #[must_use]
    pub const fn incident(&self) -> &Incident {
        self.ledger.incident()
    }

    /// Takes entries in, from any writer.
    pub fn take(&mut self, entries: Vec<Entry>) {
        for entry in &entries {
            let last = self.heard.entry(entry.writer.clone()).or_insert(entry.at);
            *last = (*last).max(entry.at);
        }
        self.ledger.extend(entries);
    }

    /// Notes a fault of a chain, once.
    pub fn note_fault(&mut self, fault: Damage) {
        if self.faults.len() < MAX_FAULTS && !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    /// This is wrong no more.
    pub fn over(&mut self, fault: &Damage) {
        self.faults.retain(|f| f != fault);
    }

    /// A file is whole again, but for single lines whose signatures do not fit; true when something was wrong with it.
    pub fn mended(&mut self, file: &str) -> bool {
        let before = self.faults.len();
        self.faults.retain(|fault| fault.lasting || fault.file != file);
        self.faults.len() < before
    }

    /// Entries of others that nobody here has looked at.
    #[must_use]
    pub fn unread(&self) -> usize {
        let fresh = self.ledger.entries().iter().rev().take_while(|e| e.at > self.read_to);
        fresh.filter(|e| e.writer != self.writer).count()
    }

    /// Everything so far has been looked at.
    pub fn mark_read(&mut self) {
        self.read_to = self.ledger.entries().last().map_or(self.read_to, |e| e.at);
    }

    /// An entry by its name.
    #[must_use]
    pub fn entry(&self, id: &EntryRef) -> Option<&Entry> {
        self.ledger.entries().iter().find(|e| e.seq == id.seq && e.writer == id.writer)
    }
}
