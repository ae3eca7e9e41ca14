//! The journal as the program uses it: open, append, observe, close. Appending never waits for the disk.
//! Must not know what the events mean, and must not read a clock of its own: each append takes its time from the given one.

use std::path::Path;
use std::sync::{Arc, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::domain::entry::{Disclosure, Entry, NewEntry, Source};
use crate::domain::event::LogRecovered;
use crate::domain::id::{IncidentId, PersonId, WriterId};
use crate::domain::time::{At, Clock};
use crate::journal::chain::Head;
use crate::journal::claim::{Claim, Wanted, claim};
use crate::journal::disk::{Disk, RealDisk};
use crate::journal::encode::{EncodeError, Prepared};
use crate::journal::flusher::{Flusher, Shared};
use crate::journal::ledger::{Identity, Ledger};
use crate::journal::limits::CLOSE_LIMIT;
use crate::journal::scan::Place;
use crate::journal::seal::LineSigner;
use crate::journal::teller;
use crate::journal::witness::Witness;

/// Who writes, about what.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// The incident, as its folder is named.
    pub incident: IncidentId,
    /// The network, as the configuration names it.
    pub network: String,
    /// The person whose chain it is.
    pub person: PersonId,
    /// The host it is written on.
    pub host: String,
    /// Tells this machine from another one of the same name: 4 letters or digits; empty where nobody knows.
    pub machine: String,
    /// Whether every line is part of a drill.
    pub drill: bool,
    /// What this host has seen of the incident's chains: one of ours that is shorter, gone or another one by now is not gone on
    /// with, for its next line would stand where another one stood. Empty where nobody kept it.
    pub known: Witness,
    /// Where the chains were left by whoever has just loaded the log ([`super::Loaded::places`]): one of ours whose file is still the
    /// same is not read again. Empty where nobody did.
    pub left: Vec<Place>,
}

/// One call of [`Journal::append`], to tell its answer from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub(super) u64);

/// Whether an entry survives a power cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// On the disk.
    Synced,
    /// Only in memory: shown as unsaved, written in order when the disk takes it.
    Held,
}

/// What became of entries, in order, told on a thread of its own.
#[derive(Clone, Debug, PartialEq)]
pub enum JournalEvent {
    /// Entries have their place (a chain's own `chain.opened` comes with the first).
    Appended {
        /// Of which call.
        ticket: Ticket,
        /// As they stand in the log.
        entries: Vec<Entry>,
        /// Whether they survive a power cut.
        durability: Durability,
    },
    /// Held entries of this chain up to this one are on the disk now.
    BecameDurable {
        /// Whose chain.
        writer: WriterId,
        /// The last one.
        up_to_seq: u64,
    },
    /// The chain could not be trusted any more, and a new one continues it. What was told of the old one after `kept` is void
    /// (all of it when `None`; likewise in the internal chain: whatever was told as held); `entries` are the same events in their new places.
    Continued {
        /// The old chain.
        from: WriterId,
        /// Its last valid line.
        kept: Option<u64>,
        /// The new one.
        to: WriterId,
        /// Those of the held entries that were told before.
        entries: Vec<Entry>,
    },
    /// Something people must know: a disk that does not take anything, a file that was touched.
    Trouble(String),
    /// Everything is on the disk again.
    TroubleOver,
}

impl JournalEvent {
    pub(super) const fn appended(ticket: Ticket, entries: Vec<Entry>, synced: bool) -> Self {
        let durability = if synced { Durability::Synced } else { Durability::Held };
        Self::Appended { ticket, entries, durability }
    }
}

/// Why a journal cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// No chain can be written.
    #[error("the log in {dir} cannot be written: {}; check the folder's owner and permissions and the disk's free space", why.join("; "))]
    NoChain {
        /// The incident's folder.
        dir: String,
        /// What was tried, and why it did not work.
        why: Vec<String>,
    },
    /// No thread could be started.
    #[error("no thread could be started for the log: {0}")]
    NoThread(String),
}

/// Why entries were not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// One of them cannot be written at all; none was taken.
    #[error(transparent)]
    Refused(#[from] EncodeError),
    /// No more fit into memory while the disk does not take any.
    #[error("not recorded: {0}")]
    Full(String),
    /// They have their place but are not on the disk; they stay held and are tried again (only where one waits for it).
    #[error("not saved: {0}")]
    NotSaved(String),
    /// Given up: nothing of them is in the log, and nothing will be.
    #[error("not recorded: {0}; nothing of it is in the log: say it again when that is mended")]
    NotRecorded(String),
    /// Given up: the disk may have taken them all the same.
    #[error("it is NOT CERTAIN that this is recorded: {0}; look for it with `warroom log` before you say it again")]
    Uncertain(String),
}

/// The writer's end of an incident's log.
pub struct Journal {
    shared: Arc<Shared>,
    clock: Arc<dyn Clock>,
    threads: Vec<JoinHandle<()>>,
    /// Why it is not this person's first chain on this host, in sentences.
    second: Vec<String>,
}

impl Journal {
    /// Opens this person's chain in the incident's folder (made where missing) and starts the writing.
    /// Nothing is written before the first append, except the recovery of a torn tail.
    ///
    /// # Errors
    /// When no chain can be locked and written there.
    pub fn open(
        dir: &Path,
        options: OpenOptions,
        clock: Arc<dyn Clock>,
        on_event: impl Fn(JournalEvent) + Send + 'static,
    ) -> Result<Self, OpenError> {
        Self::open_on(dir, options, clock, Box::new(RealDisk), on_event)
    }

    /// [`Self::open`] on a given disk; everything that is written, named or made durable goes through it.
    ///
    /// # Errors
    /// When no chain can be locked and written there.
    pub fn open_on(
        dir: &Path,
        options: OpenOptions,
        clock: Arc<dyn Clock>,
        mut disk: Box<dyn Disk>,
        on_event: impl Fn(JournalEvent) + Send + 'static,
    ) -> Result<Self, OpenError> {
        let mut wanted = Wanted {
            dir: dir.to_owned(),
            incident: options.incident.clone(),
            person: options.person.as_str().to_owned(),
            host: options.host.clone(),
            machine: options.machine.clone(),
            mark: None,
            known: options.known.clone(),
            left: options.left.clone(),
        };
        let claim = claim(disk.as_mut(), &mut wanted)
            .map_err(|why| OpenError::NoChain { dir: dir.display().to_string(), why })?;
        let busy = claim.busy.iter().map(|name| format!("{name} is open in another console or verb of yours"));
        let second: Vec<String> = claim.passed.iter().cloned().chain(busy).collect();
        wanted.left = Vec::new();
        let ledger = begin(options, &claim, clock.now());
        let files = [claim.main, claim.internal];
        let shared = Arc::new(Shared::new(ledger));
        let mut journal = Self { shared: Arc::clone(&shared), clock, threads: Vec::new(), second };
        let flusher = Flusher { wanted, files, disk, retired: Vec::new(), continues: [None, None], nothing_left: true };
        let flusher_shared = Arc::clone(&shared);
        journal.spawn("journal-disk", move || flusher.run(&flusher_shared))?;
        journal.spawn("journal-tell", move || teller::run(&shared, on_event))?;
        Ok(journal)
    }

    fn spawn(&mut self, name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), OpenError> {
        let thread = thread::Builder::new().name(name.to_owned()).spawn(work);
        self.threads.push(thread.map_err(|e| OpenError::NoThread(e.to_string()))?);
        Ok(())
    }

    /// The chain that is written now (it changes with [`JournalEvent::Continued`]).
    #[must_use]
    pub fn writer(&self) -> WriterId {
        self.shared.lock().writer()
    }

    /// Why this is another chain than the person's first one on this host that is not continued: it is damaged, cut, or open
    /// elsewhere. Empty where it is the first.
    #[must_use]
    pub fn second(&self) -> &[String] {
        &self.second
    }

    /// Tells our own chains, also those that were left behind, from others': what a [`super::Follower`] leaves out.
    pub fn owns(&self) -> impl Fn(&WriterId) -> bool + Send + 'static {
        let shared = Arc::clone(&self.shared);
        move |writer| shared.lock().owns(writer)
    }

    /// Signs every line that gets its place from now on, also those that wait and get a new one in a new chain; with `None` no
    /// more. Given before the first append, the chain is signed from its first line on.
    pub fn sign_with(&self, signer: Option<Arc<dyn LineSigner>>) {
        self.shared.lock().signer = signer;
    }

    /// Whether our own chains end where these heads say: then nothing was written to them since the heads were read.
    #[must_use]
    pub fn ends_at(&self, heads: &[Head]) -> bool {
        self.shared.lock().ends_at(heads)
    }

    /// Keeps in `witness` where our own chains end, so that the next process notices when one was cut. Not while entries wait.
    pub fn attest(&self, witness: &mut Witness) {
        let ledger = self.shared.lock();
        if ledger.waiting() == 0 {
            witness.wrote(&ledger.own_heads());
        }
    }

    /// How many entries are not on the disk yet.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.shared.lock().waiting()
    }

    /// Takes note of other writers' heads: what is appended from now on stands after them and names them.
    pub fn observe(&self, heads: &[Head]) {
        self.shared.lock().observe(heads);
    }

    /// The last line known of every chain that may be shared, ours included: what a checkpoint states.
    #[must_use]
    pub fn heads(&self) -> Vec<Head> {
        self.shared.lock().heads()
    }

    /// Gives entries their place and returns at once; what became of them comes as [`JournalEvent::Appended`].
    ///
    /// # Errors
    /// When one of them cannot be written at all, or too many wait for the disk already. Then none is taken.
    pub fn append(&self, entries: Vec<NewEntry>) -> Result<Ticket, AppendError> {
        self.take(entries, false)
    }

    /// Gives entries their place and waits until all are on the disk; returns them as they stand in the log, a `chain.opened`
    /// before them where the chain is new.
    ///
    /// # Errors
    /// As [`Self::append`], and when the disk fails or does not answer within `limit`: then they stay held and are tried again.
    pub fn append_and_wait(&self, entries: Vec<NewEntry>, limit: Duration) -> Result<Vec<Entry>, AppendError> {
        self.append_within(entries, limit)?.map_err(|(ticket, why)| {
            // They may be told like any others from now on; nobody waits for them here.
            drop(self.shared.lock().take_awaited(ticket));
            AppendError::NotSaved(why)
        })
    }

    /// The entries as they stand, or their ticket and why they are not on the disk.
    fn append_within(
        &self,
        entries: Vec<NewEntry>,
        limit: Duration,
    ) -> Result<Result<Vec<Entry>, (Ticket, String)>, AppendError> {
        let failures = self.shared.lock().failures;
        let ticket = self.take(entries, true)?;
        let open = |ledger: &mut Ledger| !ledger.is_durable(ticket) && ledger.failures == failures;
        let waited = self.shared.changed.wait_timeout_while(self.shared.lock(), limit, open);
        let mut ledger = waited.unwrap_or_else(PoisonError::into_inner).0;
        if ledger.is_durable(ticket) {
            return Ok(Ok(ledger.take_awaited(ticket)));
        }
        let late = || format!("the disk did not answer within {} s", limit.as_secs());
        Ok(Err((ticket, ledger.trouble.clone().unwrap_or_else(late))))
    }

    /// [`Self::append_and_wait`] for whoever ends after it: when the disk does not take the entries they are not tried again
    /// later, unseen, but taken back, and the answer says truthfully what became of them. Nothing more can be appended then.
    ///
    /// # Errors
    /// As [`Self::append`], and when the disk fails or does not answer within `limit` (closing may then take [`CLOSE_LIMIT`] more).
    pub fn append_or_give_up(&self, entries: Vec<NewEntry>, limit: Duration) -> Result<Vec<Entry>, AppendError> {
        let (ticket, why) = match self.append_within(entries, limit)? {
            Ok(entries) => return Ok(entries),
            Err(not_saved) => not_saved,
        };
        let mut ledger = self.shared.lock();
        (ledger.giving_up, ledger.closing) = (true, true);
        self.shared.changed.notify_all();
        let going = |ledger: &mut Ledger| !ledger.flusher_done;
        let waited = self.shared.changed.wait_timeout_while(ledger, CLOSE_LIMIT, going);
        let mut ledger = waited.unwrap_or_else(PoisonError::into_inner).0;
        if ledger.is_durable(ticket) {
            // It answered at last.
            return Ok(ledger.take_awaited(ticket));
        }
        let none = ledger.flusher_done && ledger.nothing_left && !ledger.is_begun(ticket);
        Err(if none { AppendError::NotRecorded(why) } else { AppendError::Uncertain(why) })
    }

    fn take(&self, entries: Vec<NewEntry>, awaited: bool) -> Result<Ticket, AppendError> {
        let prepared = entries.into_iter().map(Prepared::new).collect::<Result<Vec<_>, _>>()?;
        let now = self.clock.now();
        let mut ledger = self.shared.lock();
        if ledger.giving_up {
            return Err(AppendError::Full("the log was closed when the disk failed".to_owned()));
        }
        let bytes = prepared.iter().map(Prepared::bytes).sum();
        if let Some(why) = ledger.full(prepared.len(), bytes) {
            return Err(AppendError::Full(why));
        }
        let ticket = ledger.stamp(prepared, now, awaited)?;
        drop(ledger);
        self.shared.changed.notify_all();
        Ok(ticket)
    }
}

impl Drop for Journal {
    /// Saves what waits, tells what is to be told, and ends; a disk or a listener that hangs is left behind after [`CLOSE_LIMIT`].
    fn drop(&mut self) {
        let mut ledger = self.shared.lock();
        ledger.closing = true;
        self.shared.changed.notify_all();
        let ended = |ledger: &mut Ledger| !(ledger.giving_up || ledger.flusher_done && ledger.teller_done);
        let waited = self.shared.changed.wait_timeout_while(ledger, CLOSE_LIMIT, ended);
        let (ledger, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        let ended = !waited.timed_out() && ledger.flusher_done && ledger.teller_done;
        drop(ledger);
        if ended {
            // A thread that panicked has told so already; there is nobody left to tell.
            self.threads.drain(..).for_each(|thread| drop(thread.join()));
        }
    }
}

fn begin(options: OpenOptions, claim: &Claim, now: At) -> Ledger {
    let identity = Identity {
        incident: options.incident,
        network: options.network,
        person: options.person.clone(),
        host: options.host,
        machine: options.machine,
        drill: options.drill,
    };
    let mut ledger = Ledger::new(identity, &claim.writer, &claim.held);
    for why in &claim.passed {
        ledger.tell(JournalEvent::Trouble(format!(
            "{why}; it is left as it is, and {} is written instead",
            claim.writer
        )));
    }
    for (torn, disclosure) in claim.torn.iter().zip([Disclosure::default(), Disclosure::Internal]) {
        let Some(torn) = torn else { continue };
        let file = torn.aside.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        ledger.tell(JournalEvent::Trouble(format!(
            "the log ended in a torn line: {} bytes that were never acknowledged were moved to {}",
            torn.bytes,
            torn.aside.display()
        )));
        let mut new = NewEntry::human(&options.person, LogRecovered { torn: file, bytes: torn.bytes });
        (new.source, new.disclosure) = (Source::Tool, disclosure);
        if let Ok(prepared) = Prepared::new(new) {
            // It fits by its size; stamping it refuses nothing else.
            let _ = ledger.stamp(vec![prepared], now, false);
        }
    }
    ledger
}
