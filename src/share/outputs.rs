//! Which files under `outputs/` may leave with the chains: those that shared entries speak of, by their names; and whether bytes are
//! what such a name promises. Must not touch the disk.

use std::collections::BTreeMap;

use crate::domain::entry::{Disclosure, Entry};
use crate::domain::event::{Event, OutputRef, RunEvent};
use crate::domain::incident::Ledger;
use crate::journal::{Hash, is_shared_writer};

/// Longest line that stands in a cut output for what was left out of it.
const MARK_MAX: u64 = 128;

/// What shared entries say of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Named {
    /// Bytes that were kept of it, where an entry says that only head and tail were: its name is then the hash of the whole.
    pub cut: Option<u64>,
    /// Bytes of it, where an entry says so.
    pub size: Option<u64>,
}

impl Named {
    /// Whether these bytes may stand under that name. Of a cut file only the length can be told.
    pub(super) fn fits(&self, name: &str, bytes: &[u8]) -> bool {
        let long = |kept: u64| (kept..=kept.saturating_add(MARK_MAX)).contains(&(bytes.len() as u64));
        self.cut.is_some_and(long) || Hash::of(bytes).to_string() == name
    }
}

/// Whether others than our own organisation may read the entry.
pub(super) fn may_leave(entry: &Entry) -> bool {
    entry.disclosure != Disclosure::Internal && is_shared_writer(&entry.writer)
}

/// The files that entries which may leave, and were not struck, speak of; in the order of the entries.
pub(super) fn named(ledger: &Ledger) -> Vec<(String, Named)> {
    let mut all: Vec<(String, Named)> = Vec::new();
    let mut places = BTreeMap::new();
    for entry in ledger.entries().iter().filter(|e| may_leave(e)) {
        // A struck entry's own words may be in the chain when people asked for that; its output is left out all the same.
        let Some(entry) = ledger.effective(entry) else { continue };
        let (name, output) = match &entry.event {
            Event::Run(RunEvent::Started(run)) => (&run.sha256, None),
            Event::Run(RunEvent::StepFinished(step)) => match &step.output {
                Some(output) => (&output.sha256, Some(output)),
                None => continue,
            },
            _ => continue,
        };
        if !is_hash(name) {
            continue;
        }
        let place = *places.entry(name.clone()).or_insert_with(|| {
            all.push((name.clone(), Named::default()));
            all.len() - 1
        });
        if let (Some(output), Some((_, named))) = (output, all.get_mut(place)) {
            named.size = Some(output.kept);
            named.cut = cut(output).or(named.cut);
        }
    }
    all
}

fn cut(output: &OutputRef) -> Option<u64> {
    (output.kept < output.bytes).then_some(output.kept)
}

/// 64 lower-case hex digits.
pub(super) fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}
