//! Signatures of the open incident that nobody on this host has looked at yet: checked in the background, told as they are found.
//! Must not hold up the loop, and ends with the incident.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::app::case::Damage;
use crate::app::msg::{JournalMsg, Msg};
use crate::domain::entry::{Entry, Seal};
use crate::domain::id::IncidentId;
use crate::journal::{self, Fault, Loaded, Witness};
use crate::runtime::console::hands::Tools;

/// Ends the background check when it is dropped.
pub(super) struct SealHand {
    stop: Arc<AtomicBool>,
}

impl Drop for SealHand {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// What this host has seen of the log.
pub(super) fn witness(tools: &Tools, id: &IncidentId) -> Witness {
    Witness::load(&tools.paths.witness(id.as_str()))
}

/// A fault as the screen tells it.
pub(super) fn damage(fault: &Fault) -> Damage {
    Damage { file: fault.file_name(), says: fault.alarm(), lasting: fault.is_of_signature() }
}

/// The log read again, whole: after a chain was continued or lines became void.
pub(super) fn reread(tools: &Tools, folder: &Path) -> Vec<Entry> {
    let mut witness = Witness::load(&tools.paths.witness(&journal::name_of(folder)));
    journal::load_checked(folder, &mut witness, u64::MAX).entries
}

/// Begins to look at the rest, where there is one. What was seen is kept for the next process in any case.
pub(super) fn begin(tools: &Tools, id: &IncidentId, folder: &Path, loaded: &Loaded, witness: Witness) -> SealHand {
    let stop = Arc::new(AtomicBool::new(false));
    let file = tools.paths.witness(id.as_str());
    if loaded.entries.iter().any(|entry| entry.seal == Seal::Unchecked) {
        let (tools, folder, stopped) = (tools.clone(), folder.to_owned(), Arc::clone(&stop));
        let work = move || check(&tools, &folder, &file, &witness, &stopped);
        // Without a thread the signatures stay unchecked, which each entry says.
        drop(thread::Builder::new().name("journal-seals".to_owned()).spawn(work));
    } else {
        keep(&witness, &file, folder);
    }
    SealHand { stop }
}

fn check(tools: &Tools, folder: &Path, file: &Path, witness: &Witness, stopped: &AtomicBool) {
    let after = journal::check_rest(folder, witness, |found, faults| {
        tools.tell(Msg::Journal(JournalMsg::Sealed(found)));
        for fault in faults {
            tools.tell(Msg::Journal(JournalMsg::Fault(damage(&fault))));
        }
        !stopped.load(Ordering::Relaxed)
    });
    if !stopped.load(Ordering::Relaxed) {
        keep(&after, file, folder);
    }
}

fn keep(witness: &Witness, file: &Path, folder: &Path) {
    // What cannot be kept costs the next process time, and nothing else.
    drop(witness.keep(file, folder));
}
