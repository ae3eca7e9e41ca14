//! The thread that tells the program what became of its entries, in order.
//! Must not touch the disk; may be held up by its listener, and holds up nobody.

use std::sync::PoisonError;

use crate::journal::flusher::Shared;
use crate::journal::limits::TELL_HELD_AFTER;
use crate::journal::writer::JournalEvent;

/// Tells until the journal is closed and everything is told.
pub(super) fn run(shared: &Shared, on_event: impl Fn(JournalEvent)) {
    while let Some(event) = next(shared) {
        on_event(event);
    }
    shared.lock().teller_done = true;
    shared.changed.notify_all();
}

fn next(shared: &Shared) -> Option<JournalEvent> {
    let ledger = shared.lock();
    let mut ledger = shared
        .changed
        .wait_while(ledger, |ledger| ledger.nothing_to_tell() && !ledger.flusher_done)
        .unwrap_or_else(PoisonError::into_inner);
    // A healthy disk answers well within this time, and then one event says it all.
    if !ledger.nothing_to_tell() {
        let waited = shared
            .changed
            .wait_timeout_while(ledger, TELL_HELD_AFTER, |ledger| !ledger.ready_to_tell() && !ledger.flusher_done);
        ledger = waited.unwrap_or_else(PoisonError::into_inner).0;
    }
    ledger.next_tell()
}
