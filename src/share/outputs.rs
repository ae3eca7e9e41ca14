//! Which files under `outputs/` may leave with the chains: those that shared entries speak of, by their names; and whether bytes are
//! what such a name promises. Must not touch the files themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::domain::entry::{Disclosure, Entry};
use crate::domain::event::{Event, OutputRef, RunEvent};
use crate::domain::incident::Ledger;
use crate::journal::{self, Hash, is_shared_writer};

/// Longest line that stands in a cut output for what was left out of it.
const MARK_MAX: u64 = 128;

/// What shared entries say of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Named {
    /// Whether an entry says that the file is whole: then its name is the hash of its bytes, whatever others say.
    whole: bool,
    /// Bytes that were kept of it, where entries say that only head and tail were: its name is then the hash of all that came out.
    cut: BTreeSet<u64>,
    /// Bytes of it, where an entry says so.
    pub size: Option<u64>,
}

impl Named {
    /// Whether these bytes may stand under that name. Of a cut file only the length can be told.
    pub(super) fn fits(&self, name: &str, bytes: &[u8]) -> bool {
        let long = |kept: &u64| (*kept..=kept.saturating_add(MARK_MAX)).contains(&(bytes.len() as u64));
        !self.whole && self.cut.iter().any(long) || Hash::of(bytes).to_string() == name
    }

    fn add(&mut self, output: Option<&OutputRef>) {
        match output {
            Some(output) if output.kept < output.bytes => drop(self.cut.insert(output.kept)),
            _ => self.whole = true,
        }
        self.size = output.map(|output| output.kept).or(self.size);
    }
}

/// Whether others than our own organisation may read the entry.
#[must_use]
pub fn may_leave(entry: &Entry) -> bool {
    entry.disclosure != Disclosure::Internal && is_shared_writer(&entry.writer)
}

/// The log of an incident's folder, with the signatures of all entries looked at that speak of files: a forged one opens no way.
pub(super) fn ledger_of(dir: &Path) -> Ledger {
    let speaks = |entry: &Entry| entry.rare.amends.is_some() || spoken_of(&entry.event).is_some();
    Ledger::of(journal::load_looking(dir, speaks).entries)
}

/// The name of the file that an event speaks of, and what it says of it when it is a step's output.
fn spoken_of(event: &Event) -> Option<(&String, Option<&OutputRef>)> {
    match event {
        Event::Run(RunEvent::Started(run)) => Some((&run.sha256, None)),
        Event::Run(RunEvent::StepFinished(step)) => step.output.as_ref().map(|output| (&output.sha256, Some(output))),
        _ => None,
    }
}

/// The files that entries which may leave, were not struck, and count, speak of; in the order of the entries.
pub(super) fn named(ledger: &Ledger) -> Vec<(String, Named)> {
    let mut all: Vec<(String, Named)> = Vec::new();
    let mut places = BTreeMap::new();
    let counts = |entry: &&Entry| may_leave(entry) && !ledger.incident().no_effect.contains_key(&entry.name());
    for entry in ledger.entries().iter().filter(counts) {
        // A struck entry's own words may be in the chain when people asked for that; its output is left out all the same.
        let Some(entry) = ledger.effective(entry) else { continue };
        let Some((name, output)) = spoken_of(&entry.event).filter(|(name, _)| is_hash(name)) else { continue };
        let place = *places.entry(name.clone()).or_insert_with(|| {
            all.push((name.clone(), Named::default()));
            all.len() - 1
        });
        if let Some((_, named)) = all.get_mut(place) {
            named.add(output);
        }
    }
    all
}

/// 64 lower-case hex digits.
pub(super) fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}
