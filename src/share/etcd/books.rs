//! All chains of this home between their files and etcd: what is here, what came, what is to be pushed next.
//! Touches files and never the network; belongs to one thread.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::domain::id::{IncidentId, WriterId};
use crate::domain::incident::Ledger;
use crate::journal::{list_incidents, load, shared_chains};
use crate::share::etcd::chain::Chain;
use crate::share::etcd::key::{self, Place};
use crate::share::etcd::saved::{Mark, Saved};
use crate::share::etcd::shelf::Spoken;
use crate::share::etcd::wire::{Change, Kv, bytes};

/// Most incidents that are taken over from etcd into one home. More are told and left out: somebody floods the prefix.
const NEW_MAX: usize = 256;

/// Most troubles that are told; the first ones matter most.
pub(super) const TROUBLES_MAX: usize = 8;

/// Lines on their way to etcd, with their keys.
pub(super) struct Push {
    pub incident: IncidentId,
    pub writer: WriterId,
    /// The last line's number and one more.
    pub upto: u64,
    pub pairs: Vec<(String, Vec<u8>)>,
}

/// One incident.
struct Book {
    dir: PathBuf,
    chains: BTreeMap<WriterId, Chain>,
    /// Whether etcd holds anything of it.
    there: bool,
    /// Whether its own log says that it is to be shared: it is open, and no drill; and the log's size when that was read.
    open: Option<(bool, u64)>,
}

impl Book {
    fn shared(&self) -> bool {
        self.there || self.open.is_some_and(|(open, _)| open)
    }
}

pub(super) struct Books {
    incidents: PathBuf,
    prefix: String,
    books: BTreeMap<IncidentId, Book>,
    /// Keys under the prefix that are none of ours.
    odd: u64,
    odd_key: Option<String>,
    new: usize,
    /// Which chain was pushed last, so that a busy one does not keep the others waiting.
    last: Option<(IncidentId, WriterId)>,
    folder: Option<String>,
}

impl Books {
    pub(super) fn new(incidents: &Path, prefix: &str) -> Self {
        Self {
            incidents: incidents.to_owned(),
            prefix: prefix.to_owned(),
            books: BTreeMap::new(),
            odd: 0,
            odd_key: None,
            new: 0,
            last: None,
            folder: None,
        }
    }

    /// Reads what changed on the disk.
    pub(super) fn look(&mut self) {
        let ids = match list_incidents(&self.incidents) {
            Ok(ids) => {
                self.folder = None;
                ids
            }
            Err(why) => {
                self.folder = Some(why.to_string());
                return;
            }
        };
        for id in ids {
            let dir = self.incidents.join(id.as_str());
            let book = self.books.entry(id.clone()).or_insert_with(|| Book::at(dir));
            book.look(&id);
        }
        for chain in self.books.values_mut().flat_map(|book| book.chains.values_mut()) {
            chain.write();
        }
    }

    /// Takes keys as they stand in etcd.
    pub(super) fn take(&mut self, kvs: Vec<Kv>) {
        let mut touched = Vec::new();
        for kv in kvs {
            if let Some(place) = self.place(&kv)
                && let Some(chain) = self.chain(&place)
            {
                match bytes(&kv.value) {
                    Some(raw) => chain.seen(place.seq, raw),
                    None => continue,
                }
                touched.push((place.incident, place.writer));
            }
        }
        touched.dedup();
        for (incident, writer) in touched {
            if let Some(chain) = self.books.get_mut(&incident).and_then(|book| book.chains.get_mut(&writer)) {
                chain.write();
            }
        }
    }

    /// Takes what a watch told.
    pub(super) fn change(&mut self, changes: Vec<Change>) -> u64 {
        let mut deleted = 0;
        let mut kvs = Vec::new();
        for change in changes {
            if !change.is_delete() {
                kvs.push(change.kv);
                continue;
            }
            self.take(std::mem::take(&mut kvs));
            let place = bytes(&change.kv.key).and_then(|key| key::parse(&self.prefix, &key));
            match place {
                Some(place) => {
                    deleted += 1;
                    if let Some(chain) =
                        self.books.get_mut(&place.incident).and_then(|b| b.chains.get_mut(&place.writer))
                    {
                        chain.deleted(place.seq);
                    }
                }
                None => self.odd = self.odd.saturating_sub(1),
            }
        }
        self.take(kvs);
        deleted
    }

    fn place(&mut self, kv: &Kv) -> Option<Place> {
        let raw = bytes(&kv.key).unwrap_or_default();
        let place = key::parse(&self.prefix, &raw);
        if place.is_none() {
            self.odd += 1;
            self.odd_key.get_or_insert_with(|| super::fault::short(&String::from_utf8_lossy(&raw)));
        }
        place
    }

    fn chain(&mut self, place: &Place) -> Option<&mut Chain> {
        let dir = self.incidents.join(place.incident.as_str());
        if !self.books.contains_key(&place.incident) && !dir.is_dir() {
            if self.new >= NEW_MAX {
                return None;
            }
            self.new += 1;
        }
        let book = self.books.entry(place.incident.clone()).or_insert_with(|| Book::at(dir));
        if !book.there {
            book.there = true;
            book.look(&place.incident);
        }
        let (dir, chains) = (&book.dir, &mut book.chains);
        Some(chains.entry(place.writer.clone()).or_insert_with(|| Chain::new(dir, &place.incident, &place.writer)))
    }

    /// The incidents that are carried, their folders, and what stays as it is while they speak of the same files.
    pub(super) fn shared(&self) -> impl Iterator<Item = (&IncidentId, &Path, Spoken)> {
        self.books.iter().filter(|(_, book)| book.shared()).map(|(id, book)| {
            let shared = book.chains.values().map(|chain| chain.lines.speaks()).sum();
            let internal = fs::read_dir(book.dir.join("internal")).into_iter().flatten().flatten();
            let internal = internal.filter_map(|file| Some(file.metadata().ok()?.len())).sum();
            (id, book.dir.as_path(), Spoken { shared, internal })
        })
    }

    /// What is to be pushed next; the chains take turns.
    pub(super) fn push(&mut self) -> Option<Push> {
        let shared = self.books.iter().filter(|(_, book)| book.shared());
        let all: Vec<_> =
            shared.flat_map(|(id, book)| book.chains.keys().map(move |w| (id.clone(), w.clone()))).collect();
        let after = self.last.as_ref().map_or(0, |last| all.iter().position(|one| one > last).unwrap_or(0));
        let turn = all.iter().cycle().skip(after).take(all.len());
        for (incident, writer) in turn {
            let chain = self.books.get(incident).and_then(|book| book.chains.get(writer));
            let Some((first, lines)) = chain.and_then(Chain::push) else { continue };
            let pairs = (first..).zip(lines).map(|(seq, raw)| (key::key(&self.prefix, incident, writer, seq), raw));
            let pairs: Vec<_> = pairs.collect();
            self.last = Some((incident.clone(), writer.clone()));
            let (incident, writer) = (incident.clone(), writer.clone());
            return Some(Push { incident, writer, upto: first + pairs.len() as u64, pairs });
        }
        None
    }

    /// etcd took them.
    pub(super) fn pushed(&mut self, push: &Push) {
        if let Some(book) = self.books.get_mut(&push.incident) {
            book.there = true;
            if let Some(chain) = book.chains.get_mut(&push.writer) {
                chain.pushed(push.upto);
            }
        }
    }

    /// Keys that were acknowledged and not seen since: from the first to before the second.
    pub(super) fn unseen(&self) -> Option<(Place, String, String)> {
        self.books.iter().flat_map(|(id, b)| b.chains.iter().map(move |(w, c)| (id, w, c))).find_map(
            |(id, writer, chain)| {
                let (from, to) = chain.unseen()?;
                let place = Place { incident: id.clone(), writer: writer.clone(), seq: from };
                Some((place, key::key(&self.prefix, id, writer, from), key::key(&self.prefix, id, writer, to)))
            },
        )
    }

    /// They were looked for; answers how many are not there although they were acknowledged.
    pub(super) fn looked_for(&mut self, place: &Place) -> u64 {
        let chain = self.books.get_mut(&place.incident).and_then(|book| book.chains.get_mut(&place.writer));
        chain.map_or(0, Chain::looked_for)
    }

    /// Lines here that are not known to be in etcd.
    pub(super) fn waiting(&self) -> u64 {
        self.books.values().filter(|b| b.shared()).flat_map(|b| b.chains.values()).map(Chain::waiting).sum()
    }

    /// Keys that should be under the prefix.
    pub(super) fn keys(&self) -> u64 {
        self.odd + self.books.values().flat_map(|b| b.chains.values()).map(Chain::keys).sum::<u64>()
    }

    /// Nothing is known of etcd any more: another cluster, or the same one from an older copy.
    pub(super) fn forget(&mut self) {
        (self.odd, self.odd_key) = (0, None);
        self.books.values_mut().flat_map(|b| b.chains.values_mut()).for_each(Chain::forget);
    }

    /// What people should know, the first ones.
    pub(super) fn troubles(&self) -> Vec<String> {
        let chains = self.books.values().flat_map(|b| b.chains.values()).filter_map(Chain::trouble);
        let folder = self.folder.clone();
        let flood = (self.new >= NEW_MAX)
            .then(|| format!("etcd holds more than {NEW_MAX} incidents that are new here; the others are left out"));
        folder.into_iter().chain(chains).chain(flood).take(TROUBLES_MAX).collect()
    }

    /// A key that is none of ours, and how many there are.
    pub(super) fn odd(&self) -> Option<(u64, &str)> {
        Some((self.odd, self.odd_key.as_deref()?)).filter(|(odd, _)| *odd > 0)
    }

    /// What may be kept over a restart.
    pub(super) fn save(&self, into: &mut Saved) {
        into.odd = self.odd;
        into.chains.clear();
        for (id, book) in &self.books {
            for (writer, chain) in &book.chains {
                if let Some((count, hash)) = chain.mark() {
                    into.chains.insert(format!("{id}/{writer}"), Mark { count, hash: hash.to_string() });
                }
            }
        }
    }

    /// Takes up what was kept; what does not fit the files any more is compared anew. False when something does not fit.
    pub(super) fn restore(&mut self, from: &Saved) -> bool {
        self.odd = from.odd;
        from.chains.iter().all(|(name, mark)| {
            let Some((id, writer)) = name.split_once('/') else { return false };
            let (incident, writer) = (IncidentId::new(id), WriterId::new(writer));
            let Some(chain) = self.chain(&Place { incident, writer, seq: 0 }) else { return false };
            chain.restore(mark.count, &mark.hash);
            chain.keys() == mark.count
        })
    }
}

impl Book {
    fn at(dir: PathBuf) -> Self {
        Self { dir, chains: BTreeMap::new(), there: false, open: None }
    }

    fn look(&mut self, id: &IncidentId) {
        let writers = shared_chains(&self.dir);
        if !self.there && !self.is_open(&writers) {
            return;
        }
        for writer in writers {
            self.chains.entry(writer.clone()).or_insert_with(|| Chain::new(&self.dir, id, &writer)).look();
        }
    }

    /// Whether the log says that people work on it, and that it is no drill; until it does it is read again when its size changes.
    fn is_open(&mut self, writers: &[WriterId]) -> bool {
        let size = |w: &WriterId| fs::metadata(self.dir.join("log").join(format!("{w}.jsonl"))).map_or(0, |m| m.len());
        let size: u64 = writers.iter().map(size).sum();
        // What was open once is carried as long as we run, its closing words too; nobody folds a log for each of its entries.
        if let Some((open, before)) = self.open
            && (open || before == size)
        {
            return open;
        }
        let ledger = Ledger::of(load(&self.dir).entries);
        let incident = ledger.incident();
        let open = !writers.is_empty() && incident.is_open() && !incident.drill;
        self.open = Some((open, size));
        open
    }
}
