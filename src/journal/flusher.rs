//! The thread that owns the files: takes what is stamped, writes and syncs it in one go, tries again, goes on in new chains.
//! Must not call back into the program: a slow listener must never hold up the disk.

use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::Duration;

use crate::domain::event::Continues;
use crate::journal::chain_file::{ChainFile, CommitError};
use crate::journal::claim::{Wanted, claim_fresh};
use crate::journal::disk::Disk;
use crate::journal::ledger::{Ledger, Which};
use crate::journal::limits::{RETRY_CHAIN_MOST, RETRY_FIRST, RETRY_MOST};
use crate::journal::name;
use crate::journal::writer::JournalEvent;

/// The ledger, and the bell that rings at each change of it.
pub(super) struct Shared {
    ledger: Mutex<Ledger>,
    pub changed: Condvar,
}

impl Shared {
    pub(super) const fn new(ledger: Ledger) -> Self {
        Self { ledger: Mutex::new(ledger), changed: Condvar::new() }
    }

    /// A thread that panicked while it held the lock leaves a ledger that is still whole enough to save from.
    pub(super) fn lock(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

pub(super) struct Flusher {
    pub wanted: Wanted,
    pub files: [ChainFile; 2],
    pub disk: Box<dyn Disk>,
    /// Chains left behind; their locks are kept so that nobody takes them up before the new ones say that they continue them.
    pub retired: Vec<(usize, ChainFile)>,
    /// What a next chain would continue.
    pub continues: [Option<Continues>; 2],
    /// Whether no line stands in a file that is not known to be on the disk.
    pub nothing_left: bool,
}

/// Why what waits is not on the disk.
struct Failure {
    why: String,
    /// Trying again begins yet another chain, and there are not many names.
    costs_a_chain: bool,
}

impl Flusher {
    /// Works until the journal is closed.
    pub(super) fn run(mut self, shared: &Shared) {
        let mut pause: Option<Duration> = None;
        loop {
            let last_try = {
                let ledger = shared.lock();
                let ledger = match pause {
                    Some(pause) => wait_timeout(shared, ledger, pause),
                    None => wait_for_work(shared, ledger),
                };
                if ledger.giving_up || ledger.waiting() == 0 && ledger.closing {
                    break;
                }
                ledger.closing
            };
            match self.flush(shared) {
                Ok(()) => pause = None,
                Err(failure) => {
                    let most = if failure.costs_a_chain { RETRY_CHAIN_MOST } else { RETRY_MOST };
                    pause = Some(pause.map_or(RETRY_FIRST, |p| most.min(p * 2)));
                    self.report(shared, &failure.why, last_try);
                    if last_try {
                        break;
                    }
                }
            }
        }
        self.leave();
        let mut ledger = shared.lock();
        (ledger.flusher_done, ledger.nothing_left) = (true, self.nothing_left);
        shared.changed.notify_all();
    }

    /// Lets go of the files, so that whoever takes them up next finds nothing in them that may not be on the disk.
    fn leave(&mut self) {
        let disk = self.disk.as_mut();
        let mut clean = true;
        for file in &mut self.files {
            clean &= file.leave(disk);
        }
        // A chain that a new one continues keeps what it holds: it is void, and nobody takes it up.
        for (which, old) in &mut self.retired {
            let continued = self.files.get(*which).is_some_and(|new| new.head.is_some());
            clean &= continued || old.leave(disk);
        }
        self.nothing_left &= clean;
    }

    /// Puts everything that waits on the disk.
    fn flush(&mut self, shared: &Shared) -> Result<(), Failure> {
        let mut moved = false;
        while shared.lock().waiting() > 0 {
            match self.flush_once(shared) {
                Ok(()) => {}
                Err(CommitError::Again(e)) => return Err(Failure { why: e.to_string(), costs_a_chain: false }),
                Err(CommitError::Poisoned(why)) if moved => return Err(Failure { why, costs_a_chain: true }),
                Err(CommitError::Poisoned(why)) => {
                    moved = true;
                    self.go_on_elsewhere(shared, &why).map_err(|why| Failure { why, costs_a_chain: true })?;
                }
            }
        }
        let mut ledger = shared.lock();
        if ledger.trouble.take().is_some() {
            ledger.tell(JournalEvent::TroubleOver);
            shared.changed.notify_all();
        }
        Ok(())
    }

    fn flush_once(&mut self, shared: &Shared) -> Result<(), CommitError> {
        for which in [Which::Main, Which::Internal] {
            let file = &mut self.files[which as usize];
            // The first line of a new chain is made durable by itself, so that a chain that anybody continues has it.
            let next = shared.lock().next_lines(which, file.head.is_none());
            let Some((lines, count, head)) = next else { continue };
            let restored = file.commit(self.disk.as_mut(), &lines, head)?;
            let mut ledger = shared.lock();
            restored.into_iter().for_each(|what| ledger.tell(JournalEvent::Trouble(what)));
            ledger.durable(which, count);
            drop(ledger);
            shared.changed.notify_all();
        }
        Ok(())
    }

    fn go_on_elsewhere(&mut self, shared: &Shared, why: &str) -> Result<(), String> {
        let claim = claim_fresh(self.disk.as_mut(), &mut self.wanted)
            .map_err(|e| format!("{why}; going on in a new file failed too: {e}"))?;
        // A chain that never got a line on the disk is not worth continuing: the one before it is.
        for (file, continues) in self.files.iter().zip(&mut self.continues) {
            // Under a marked name it is another writer: what the old one held stands by itself.
            let same = name::same_hand(&claim.writer, &self.files[0].writer);
            if let Some(head) = file.head.as_ref().filter(|_| same) {
                *continues =
                    Some(Continues { writer: head.writer.clone(), seq: head.seq, head: head.hash.to_string() });
            }
        }
        let files = std::mem::replace(&mut self.files, [claim.main, claim.internal]);
        for (which, mut old) in files.into_iter().enumerate() {
            if old.head.is_some() {
                self.retired.push((which, old));
            } else {
                // Nothing in it is known to be on the disk: nobody may take it up as if it were.
                self.nothing_left &= old.leave(self.disk.as_mut());
            }
        }
        let mut ledger = shared.lock();
        ledger.tell(JournalEvent::Trouble(format!(
            "{why}; the log goes on as {}, nothing acknowledged is lost",
            claim.writer
        )));
        ledger.continue_as(&claim.writer, self.continues.clone());
        shared.changed.notify_all();
        Ok(())
    }

    fn report(&self, shared: &Shared, why: &str, last_try: bool) {
        let mut ledger = shared.lock();
        ledger.failures += 1;
        let waiting = ledger.waiting();
        let trouble = format!("the log cannot be saved ({}): {why}", self.files[0].writer);
        if ledger.trouble.as_ref() != Some(&trouble) || last_try {
            ledger.tell(JournalEvent::Trouble(if last_try {
                format!("{waiting} entries could not be saved before the end: {trouble}")
            } else {
                format!("{trouble}; entries are held in memory and written when the disk takes them")
            }));
        }
        ledger.trouble = Some(trouble);
        shared.changed.notify_all();
    }
}

fn wait_for_work<'a>(shared: &Shared, ledger: MutexGuard<'a, Ledger>) -> MutexGuard<'a, Ledger> {
    let idle = |ledger: &mut Ledger| ledger.waiting() == 0 && !ledger.closing;
    shared.changed.wait_while(ledger, idle).unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn wait_timeout<'a>(shared: &Shared, ledger: MutexGuard<'a, Ledger>, pause: Duration) -> MutexGuard<'a, Ledger> {
    let waited = shared.changed.wait_timeout_while(ledger, pause, |ledger| !ledger.closing);
    waited.unwrap_or_else(std::sync::PoisonError::into_inner).0
}
