//! What is stamped and not yet on the disk, and what is not yet told: the one shared state of a journal.
//! Must not touch the disk and must not read a clock.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::domain::entry::{Disclosure, Entry, NewEntry, Rare, Seal, Source};
use crate::domain::event::{ChainOpened, Continues};
use crate::domain::id::{IncidentId, PersonId, WriterId};
use crate::domain::time::At;
use crate::journal::chain::{Hash, Head};
use crate::journal::clock::HybridClock;
use crate::journal::encode::{EncodeError, Prepared};
use crate::journal::limits::{BATCH_BYTES_MAX, HELD_BYTES_MAX, HELD_MAX, SEEN_MAX};
use crate::journal::name;
use crate::journal::scan::{Links, Scan};
use crate::journal::seal::{LineSigner, proof_at_reading, sign_line};
use crate::journal::writer::{JournalEvent, Ticket};

/// Who writes, about what.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    pub incident: IncidentId,
    pub network: String,
    pub person: PersonId,
    pub host: String,
    pub machine: String,
    pub drill: bool,
}

/// The two chains of a writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Which {
    Main,
    Internal,
}

/// Where stamping stands in one chain.
struct Side {
    links: Links,
    /// The last head that this chain named of each other one.
    said: BTreeMap<WriterId, String>,
    continues: Option<Continues>,
}

/// A stamped line that is not on the disk yet.
struct Pending {
    ticket: Ticket,
    which: Which,
    what: Prepared,
    now: At,
    entry: Entry,
    line: String,
    /// The chain's own first line, made anew when the chain changes.
    opening: bool,
}

/// What one call of `append` brought.
struct Batch {
    entries: Vec<Entry>,
    /// Lines not on the disk yet.
    waiting: usize,
    told: bool,
    /// Somebody waits for the result.
    awaited: bool,
}

/// What is to be told, in order.
enum Tell {
    Batch(Ticket),
    Event(JournalEvent),
}

pub(super) struct Ledger {
    identity: Identity,
    clock: HybridClock,
    /// Signs each line when it gets its place; without it lines are unsigned.
    pub signer: Option<Arc<dyn LineSigner>>,
    sides: [Side; 2],
    /// Chains of ours that were left behind.
    left: Vec<WriterId>,
    observed: BTreeMap<WriterId, Head>,
    queue: VecDeque<Pending>,
    bytes: usize,
    batches: BTreeMap<Ticket, Batch>,
    tells: VecDeque<Tell>,
    tickets: u64,
    /// Why the disk does not take anything now.
    pub trouble: Option<String>,
    /// How often the disk failed, so that one who waits learns of it.
    pub failures: u64,
    pub closing: bool,
    /// What waits is not to be saved any more.
    pub giving_up: bool,
    /// Known at the end: no line stands in a file that is not known to be on the disk.
    pub nothing_left: bool,
    pub flusher_done: bool,
    pub teller_done: bool,
}

impl Ledger {
    pub(super) fn new(identity: Identity, writer: &WriterId, held: &[Option<Scan>; 2]) -> Self {
        let mut clock = HybridClock::default();
        let names = [writer.clone(), name::internal_name(writer)];
        let sides = [0, 1].map(|i| match &held[i] {
            Some(scan) => {
                scan.links.at.into_iter().for_each(|at| clock.observe(at));
                Side { links: scan.links.clone(), said: scan.seen.clone(), continues: None }
            }
            None => Side { links: Links::new(names[i].clone()), said: BTreeMap::new(), continues: None },
        });
        Self {
            identity,
            clock,
            signer: None,
            sides,
            left: Vec::new(),
            observed: BTreeMap::new(),
            queue: VecDeque::new(),
            bytes: 0,
            batches: BTreeMap::new(),
            tells: VecDeque::new(),
            tickets: 0,
            trouble: None,
            failures: 0,
            closing: false,
            giving_up: false,
            nothing_left: false,
            flusher_done: false,
            teller_done: false,
        }
    }

    pub(super) fn writer(&self) -> WriterId {
        self.sides[0].links.writer.clone()
    }

    pub(super) fn owns(&self, writer: &WriterId) -> bool {
        self.left.contains(writer) || self.sides.iter().any(|side| side.links.writer == *writer)
    }

    /// Whether our chains end where these heads say.
    pub(super) fn ends_at(&self, heads: &[Head]) -> bool {
        let known = |writer: &WriterId| heads.iter().find(|head| head.writer == *writer);
        self.sides.iter().all(|side| side.links.head().as_ref() == known(&side.links.writer))
    }

    /// The last line of our chains, the internal one too.
    pub(super) fn own_heads(&self) -> Vec<Head> {
        self.sides.iter().filter_map(|side| side.links.head()).collect()
    }

    pub(super) fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// The last line of every chain that may be shared; of ours, the last that has its place.
    pub(super) fn heads(&self) -> Vec<Head> {
        let links = &self.sides[0].links;
        let own = links.at.zip(links.next.checked_sub(1)).map(|(at, seq)| {
            let writer = links.writer.clone();
            Head { writer, seq, at, hash: links.prev }
        });
        self.observed.values().filter(|head| !name::is_internal(&head.writer)).cloned().chain(own).collect()
    }

    /// Takes note of other writers' heads; our own chains are left out.
    pub(super) fn observe(&mut self, heads: &[Head]) {
        for head in heads {
            self.clock.observe(head.at);
            if !self.owns(&head.writer) {
                let newer = self.observed.get(&head.writer).is_none_or(|known| known.seq < head.seq);
                if newer {
                    self.observed.insert(head.writer.clone(), head.clone());
                }
            }
        }
    }

    /// Why no more may be taken now.
    pub(super) fn full(&self, more: usize, bytes: usize) -> Option<String> {
        let over =
            self.queue.len() + more > HELD_MAX || self.bytes + bytes > HELD_BYTES_MAX || self.batches.len() >= HELD_MAX;
        let why = || self.trouble.clone().unwrap_or_else(|| "the disk does not keep up".to_owned());
        over.then(|| format!("{} entries already wait to be saved, no more fit: {}", self.queue.len(), why()))
    }

    /// Stamps a batch: from here on each entry has its place.
    pub(super) fn stamp(&mut self, batch: Vec<Prepared>, now: At, awaited: bool) -> Result<Ticket, EncodeError> {
        let opening = self.openings(&batch)?;
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        self.batches.insert(ticket, Batch { entries: Vec::new(), waiting: 0, told: false, awaited });
        self.tells.push_back(Tell::Batch(ticket));
        self.place_all(ticket, opening, now, true);
        self.place_all(ticket, batch, now, false);
        Ok(ticket)
    }

    /// The `chain.opened` of each chain that this batch begins.
    fn openings(&self, batch: &[Prepared]) -> Result<Vec<Prepared>, EncodeError> {
        let mut needed = Vec::new();
        for which in [Which::Main, Which::Internal] {
            let side = &self.sides[which as usize];
            if side.links.next == 0 && batch.iter().any(|p| which_of(&p.new) == which) {
                needed.push(Prepared::new(self.opening(which))?);
            }
        }
        Ok(needed)
    }

    fn opening(&self, which: Which) -> NewEntry {
        let opened = ChainOpened {
            incident: self.identity.incident.clone(),
            network: self.identity.network.clone(),
            host: self.identity.host.clone(),
            machine: self.identity.machine.clone(),
            continues: self.sides[which as usize].continues.clone(),
        };
        let mut new = NewEntry::human(&self.identity.person, opened);
        new.source = Source::Tool;
        if which == Which::Internal {
            new.disclosure = Disclosure::Internal;
        }
        new
    }

    fn place_all(&mut self, ticket: Ticket, all: Vec<Prepared>, now: At, opening: bool) {
        for what in all {
            self.place(ticket, what, now, opening);
        }
    }

    fn place(&mut self, ticket: Ticket, what: Prepared, now: At, opening: bool) {
        let which = which_of(&what.new);
        let (at, clock) = self.clock.stamp(now);
        let seen = self.news(which);
        let side = &mut self.sides[which as usize];
        let new = &what.new;
        let mut entry = Entry {
            seq: side.links.next,
            at,
            writer: side.links.writer.clone(),
            actor: new.actor.clone(),
            source: new.source,
            disclosure: new.disclosure,
            drill: self.identity.drill,
            event: new.event.clone(),
            seal: Seal::Unsigned,
            rare: Rare {
                clock,
                happened: new.happened,
                amends: new.amends.clone(),
                seen,
                proof: proof_at_reading(&new.event),
            }
            .into(),
        };
        let mut line = what.line(&entry, &side.links.prev);
        if let Some(signer) = &self.signer
            && let Some(signed) = sign_line(&line, signer.as_ref())
        {
            (line, entry.seal) = (signed, Seal::Good(signer.key()));
        }
        side.links.next += 1;
        side.links.prev = Hash::of(line.as_bytes());
        side.links.at = Some(at);
        self.bytes += line.len();
        if let Some(batch) = self.batches.get_mut(&ticket) {
            batch.entries.push(entry.clone());
            batch.waiting += 1;
        }
        self.queue.push_back(Pending { ticket, which, what, now, entry, line, opening });
    }

    /// Heads that this chain has not named yet. A shared chain names shared chains only.
    fn news(&mut self, which: Which) -> Vec<(WriterId, String)> {
        let side = &mut self.sides[which as usize];
        let mut news = Vec::new();
        for (writer, head) in &self.observed {
            let hash = head.hash.to_string();
            let fits = which == Which::Internal || !name::is_internal(writer);
            if fits && side.said.get(writer) != Some(&hash) && news.len() < SEEN_MAX {
                side.said.insert(writer.clone(), hash.clone());
                news.push((writer.clone(), hash));
            }
        }
        news
    }

    /// Lines of one chain that go to the disk together, and the last one's head; `first_alone` for a chain that is just begun.
    pub(super) fn next_lines(&self, which: Which, first_alone: bool) -> Option<(Vec<u8>, usize, Head)> {
        let (mut bytes, mut count, mut head) = (Vec::new(), 0, None);
        for pending in self.queue.iter().filter(|p| p.which == which) {
            if count > 0 && (first_alone || bytes.len() + pending.line.len() > BATCH_BYTES_MAX) {
                break;
            }
            bytes.extend_from_slice(pending.line.as_bytes());
            count += 1;
            head = Some(pending);
        }
        let last = head?;
        let hash = Hash::of(last.line.as_bytes());
        Some((bytes, count, Head { writer: last.entry.writer.clone(), seq: last.entry.seq, at: last.entry.at, hash }))
    }

    /// The first `count` waiting lines of a chain are on the disk.
    pub(super) fn durable(&mut self, which: Which, count: usize) {
        let mut left = count;
        let mut told_up_to = None;
        let (bytes, batches) = (&mut self.bytes, &mut self.batches);
        self.queue.retain(|pending| {
            if pending.which != which || left == 0 {
                return true;
            }
            left -= 1;
            *bytes = bytes.saturating_sub(pending.line.len());
            if let Some(batch) = batches.get_mut(&pending.ticket) {
                batch.waiting -= 1;
                if batch.told {
                    told_up_to = Some(pending.entry.name());
                }
            }
            false
        });
        if let Some(last) = told_up_to {
            self.tell(JournalEvent::BecameDurable { writer: last.writer, up_to_seq: last.seq });
        }
        self.batches.retain(|_, batch| batch.waiting > 0 || !batch.told || batch.awaited);
    }

    /// Goes on in new chains under `to`: everything that waits gets a new place there.
    pub(super) fn continue_as(&mut self, to: &WriterId, continues: [Option<Continues>; 2]) {
        let from = self.writer();
        let kept = continues[0].as_ref().map(|c| c.seq);
        for ((side, continues), name) in self.sides.iter_mut().zip(continues).zip([to.clone(), name::internal_name(to)])
        {
            let old = std::mem::replace(&mut side.links, Links::new(name));
            self.left.push(old.writer);
            (side.said, side.continues) = (BTreeMap::new(), continues);
        }
        self.bytes = 0;
        let moved = std::mem::take(&mut self.queue);
        for pending in &moved {
            if let Some(batch) = self.batches.get_mut(&pending.ticket) {
                batch.entries.retain(|e| (&e.writer, e.seq) != (&pending.entry.writer, pending.entry.seq));
                batch.waiting -= 1;
            }
        }
        for pending in moved.into_iter().filter(|p| !p.opening) {
            if let Ok(opening) = self.openings(std::slice::from_ref(&pending.what)) {
                self.place_all(pending.ticket, opening, pending.now, true);
            }
            self.place(pending.ticket, pending.what, pending.now, false);
        }
        let told = |p: &&Pending| self.batches.get(&p.ticket).is_none_or(|batch| batch.told);
        let entries = self.queue.iter().filter(told).map(|p| p.entry.clone()).collect();
        self.tell(JournalEvent::Continued { from, kept, to: to.clone(), entries });
    }

    pub(super) fn tell(&mut self, event: JournalEvent) {
        self.tells.push_back(Tell::Event(event));
    }

    /// Whether the next thing to tell may be told now: a batch waits a little for the disk.
    pub(super) fn ready_to_tell(&self) -> bool {
        match self.tells.front() {
            None => false,
            Some(Tell::Event(_)) => true,
            Some(Tell::Batch(ticket)) => {
                self.trouble.is_some() || self.batches.get(ticket).is_none_or(|batch| batch.waiting == 0)
            }
        }
    }

    pub(super) fn nothing_to_tell(&self) -> bool {
        self.tells.is_empty()
    }

    /// The next thing to tell, as it stands now.
    pub(super) fn next_tell(&mut self) -> Option<JournalEvent> {
        match self.tells.pop_front()? {
            Tell::Event(event) => Some(event),
            Tell::Batch(ticket) => {
                let batch = self.batches.get_mut(&ticket)?;
                batch.told = true;
                let (entries, synced, awaited) = (batch.entries.clone(), batch.waiting == 0, batch.awaited);
                if synced && !awaited {
                    self.batches.remove(&ticket);
                }
                Some(JournalEvent::appended(ticket, entries, synced))
            }
        }
    }

    /// Whether everything of a ticket is on the disk.
    pub(super) fn is_durable(&self, ticket: Ticket) -> bool {
        self.batches.get(&ticket).is_none_or(|batch| batch.waiting == 0)
    }

    /// Whether some of a ticket is on the disk already, a chain's own first line not counted.
    pub(super) fn is_begun(&self, ticket: Ticket) -> bool {
        let Some(batch) = self.batches.get(&ticket) else { return true };
        let own = batch.entries.iter().filter(|e| e.event.kind() != "chain.opened").count();
        own > self.queue.iter().filter(|p| p.ticket == ticket && !p.opening).count()
    }

    /// Ends waiting for a ticket: its entries as they stand.
    pub(super) fn take_awaited(&mut self, ticket: Ticket) -> Vec<Entry> {
        let Some(batch) = self.batches.get_mut(&ticket) else { return Vec::new() };
        batch.awaited = false;
        let entries = batch.entries.clone();
        if batch.told && batch.waiting == 0 {
            self.batches.remove(&ticket);
        }
        entries
    }
}

fn which_of(new: &NewEntry) -> Which {
    if new.disclosure == Disclosure::Internal { Which::Internal } else { Which::Main }
}
