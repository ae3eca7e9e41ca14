//! Follows other writers' chains as they grow: a watcher wakes it, a poll stands underneath, only complete and valid lines pass.
//! Must not write, and must not deliver our own chains: those come from the journal.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};

use crate::domain::entry::Entry;
use crate::domain::event::{ChainEvent, Continues, Event};
use crate::domain::id::WriterId;
use crate::journal::chain::Head;
use crate::journal::checked::gone;
use crate::journal::fault::Fault;
use crate::journal::forks;
use crate::journal::limits::CLOSE_LIMIT;
use crate::journal::name;
use crate::journal::reader::{Loaded, chain_files};
use crate::journal::scan::Place;
use crate::journal::scan::scan;
use crate::journal::tail::Tail;
use crate::journal::witness::Witness;

/// How often files are looked at although nothing woke us (network file systems do not wake anybody).
pub const POLL_WATCHED: Duration = Duration::from_secs(1);

/// How often files are looked at where the system gives us no watcher.
pub const POLL_UNWATCHED: Duration = Duration::from_millis(200);

/// Most entries handed over at once; the others follow at once.
pub const FOLLOW_BATCH_MAX: usize = 512;

/// A file that is not there at so many looks in a row is told as gone; a second or three.
const MISSED_MOST: u32 = 3;

/// Most faults told by one follower; a folder with more is beyond following, and `verify` lists them all.
const FAULTS_TOLD_MAX: usize = 256;

/// What came from other writers.
#[derive(Clone, Debug, PartialEq)]
pub enum Followed {
    /// New entries, in the total order among themselves, and the new head of each chain they are of (for [`super::Journal::observe`]).
    Entries {
        /// The entries.
        entries: Vec<Entry>,
        /// The heads.
        heads: Vec<Head>,
    },
    /// A later chain of the same writer continues this one: entries after `after` are void, also those handed over before.
    Voided {
        /// The older chain.
        writer: WriterId,
        /// Its last valid line.
        after: u64,
    },
    /// Something is wrong with a file; nothing more of it is handed over until it is mended.
    Fault(Fault),
    /// This is wrong no more, and something else is, or still is, with its file.
    Over(Fault),
    /// Nothing is wrong with this file any more, but for signatures of single lines.
    Mended(PathBuf),
}

/// Follows until it is dropped.
pub struct Follower {
    stop: Arc<AtomicBool>,
    wake: SyncSender<()>,
    /// Closed when the thread ends.
    ended: Receiver<()>,
    thread: Option<JoinHandle<()>>,
}

impl Follower {
    /// Follows the chains of an incident's folder from the `known` heads on (those of [`super::load`]; without them from the
    /// beginning). `own` says which chains are our own ([`super::Journal::owns`]). `on` is called on a thread of its own and may block.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn start(
        dir: &Path,
        known: &[Head],
        own: impl Fn(&WriterId) -> bool + Send + 'static,
        on: impl Fn(Followed) + Send + 'static,
    ) -> std::io::Result<Self> {
        let known = known.iter().map(|head| (head.writer.clone(), head.clone())).collect();
        Self::spawn(Following::new(dir, known), own, on)
    }

    /// The same, going on where [`super::load`] left each chain: what it read is not read again. What contradicts `witness` is held
    /// against it anew whenever its file changes.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn go_on(
        dir: &Path,
        loaded: &Loaded,
        witness: &Witness,
        own: impl Fn(&WriterId) -> bool + Send + 'static,
        on: impl Fn(Followed) + Send + 'static,
    ) -> std::io::Result<Self> {
        let known = loaded.heads.iter().map(|head| (head.writer.clone(), head.clone())).collect();
        let places = loaded.places.iter().map(|place| (place.head.writer.clone(), place.clone())).collect();
        let files: BTreeSet<PathBuf> = loaded.faults.iter().map(|fault| fault.file.clone()).collect();
        let (there, missing) = files.into_iter().partition(|file| file.exists());
        let doubts = Doubts::of(dir, &there, witness);
        Self::spawn(Following { places, missing, doubts, ..Following::new(dir, known) }, own, on)
    }

    fn spawn(
        following: Following,
        own: impl Fn(&WriterId) -> bool + Send + 'static,
        on: impl Fn(Followed) + Send + 'static,
    ) -> std::io::Result<Self> {
        // One waiting wake-up is as good as many: everything is looked at each time.
        let (wake, woken) = sync_channel(1);
        let watch = Watch::new(&following.dir, wake.clone());
        let thread = thread::Builder::new().name("journal-follow".to_owned());
        let (ends, ended) = sync_channel(0);
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = thread.spawn(move || {
            let _ends: SyncSender<()> = ends;
            run(following, watch, &woken, &|| stopped.load(Ordering::Relaxed), &own, &on);
        })?;
        Ok(Self { stop, wake, ended, thread: Some(thread) })
    }
}

impl Drop for Follower {
    /// Ends the thread; one whose listener hangs is left behind after [`CLOSE_LIMIT`].
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Full means that a wake-up is waiting already.
        let _ = self.wake.try_send(());
        let ended = !matches!(self.ended.recv_timeout(CLOSE_LIMIT), Err(RecvTimeoutError::Timeout));
        if let Some(thread) = self.thread.take().filter(|_| ended) {
            // Its panic was told when it happened.
            drop(thread.join());
        }
    }
}

/// The system's watcher on the folders that are there.
struct Watch {
    dir: PathBuf,
    watcher: Option<RecommendedWatcher>,
    watched: Vec<PathBuf>,
}

impl Watch {
    fn new(dir: &Path, wake: SyncSender<()>) -> Self {
        let woken = move |news: notify::Result<notify::Event>| {
            // Our own reading is told as well; to wake up for it would never end.
            if news.is_ok_and(|event| event.kind.is_access()) {
                return;
            }
            // Full means that a wake-up is waiting already; errors and overflows are a reason to look as well.
            let _ = wake.try_send(());
        };
        Self { dir: dir.to_owned(), watcher: notify::recommended_watcher(woken).ok(), watched: Vec::new() }
    }

    /// Watches folders that appeared; returns how long to wait for a wake-up.
    fn look(&mut self) -> Duration {
        let Some(watcher) = &mut self.watcher else { return POLL_UNWATCHED };
        let folders = [self.dir.clone(), self.dir.join("log"), self.dir.join("internal")];
        let mut all = true;
        for folder in folders.into_iter().filter(|folder| folder.is_dir()) {
            if self.watched.contains(&folder) {
                continue;
            }
            match watcher.watch(&folder, RecursiveMode::NonRecursive) {
                Ok(()) => self.watched.push(folder),
                Err(_) => all = false,
            }
        }
        if all { POLL_WATCHED } else { POLL_UNWATCHED }
    }
}

fn run(
    mut following: Following,
    mut watch: Watch,
    woken: &Receiver<()>,
    stopped: &dyn Fn() -> bool,
    own: &dyn Fn(&WriterId) -> bool,
    on: &dyn Fn(Followed),
) {
    while !stopped() {
        let pause = watch.look();
        while !stopped() && following.look(own, on) {}
        if !stopped() && woken.recv_timeout(pause) == Err(RecvTimeoutError::Disconnected) {
            return;
        }
    }
}

struct Following {
    dir: PathBuf,
    known: BTreeMap<WriterId, Head>,
    /// Where somebody else left chains that were not looked at yet.
    places: BTreeMap<WriterId, Place>,
    tails: BTreeMap<WriterId, Tail>,
    /// Chains that a later one continues, by the older one; and whether that is told.
    voids: BTreeMap<WriterId, (Continues, bool)>,
    /// Chains whose file was not there, by how many looks in a row.
    missed: BTreeMap<WriterId, u32>,
    /// Faults that were told and stand.
    told: Vec<Fault>,
    /// What contradicts this host's memory.
    doubts: Doubts,
    /// Files that were told as gone when the log was loaded: one that appears is mended.
    missing: BTreeSet<PathBuf>,
}

impl Following {
    fn new(dir: &Path, known: BTreeMap<WriterId, Head>) -> Self {
        Self {
            dir: dir.to_owned(),
            known,
            places: BTreeMap::new(),
            tails: BTreeMap::new(),
            voids: BTreeMap::new(),
            missed: BTreeMap::new(),
            told: Vec::new(),
            doubts: Doubts::default(),
            missing: BTreeSet::new(),
        }
    }

    /// Reads what is new; true when there may be more at once.
    fn look(&mut self, own: &dyn Fn(&WriterId) -> bool, on: &dyn Fn(Followed)) -> bool {
        let mut faults = forks::forks(&self.dir);
        let (mut seals, mut appeared) = (Vec::new(), Vec::new());
        let mut entries = Vec::new();
        let mut heads = Vec::new();
        let files = chain_files(&self.dir, &mut faults);
        faults.extend(self.gone(&files.values().collect()));
        for (path, writer) in files.into_iter().filter(|(_, writer)| !own(writer)) {
            let known = self.known.get(&writer);
            let tail = self.tails.entry(writer.clone()).or_insert_with(|| {
                appeared.extend(self.missing.take(&path));
                Tail::new(path.clone(), &writer, known)
            });
            if let Some(place) = self.places.remove(&writer) {
                tail.go_on(&place);
            }
            let (before, state) = (entries.len(), tail.state());
            seals.extend(tail.read(FOLLOW_BATCH_MAX.saturating_sub(entries.len()), &mut entries));
            if tail.state() != state {
                self.doubts.look(&path, &writer);
            }
            if entries.len() > before {
                heads.extend(tail.head());
            }
        }
        let more = entries.len() >= FOLLOW_BATCH_MAX;
        // A damaged file that was moved aside is not mended by that.
        faults.extend(self.tails.values().filter_map(Tail::standing).cloned());
        faults.extend(self.doubts.standing.values().cloned());
        faults.truncate(FAULTS_TOLD_MAX);
        let well = |file: &PathBuf| !faults.iter().any(|fault| fault.file == *file);
        let told = self.told.iter().map(|fault| fault.file.clone());
        let mended: BTreeSet<PathBuf> = told.chain(appeared).filter(well).collect();
        mended.iter().for_each(|file| on(Followed::Mended(file.clone())));
        self.take_voids(&entries);
        for (writer, after) in self.new_voids() {
            on(Followed::Voided { writer, after });
        }
        entries.retain(|e| !matches!(self.voids.get(&e.writer), Some((c, true)) if e.seq > c.seq));
        entries.sort_by(|a, b| a.place().cmp(&b.place()));
        if !entries.is_empty() {
            on(Followed::Entries { entries, heads });
        }
        self.tell_faults(faults, seals, &mended, on);
        more
    }

    /// Tells what came to be wrong, then what is no more, where its file is not mended altogether.
    fn tell_faults(&mut self, now: Vec<Fault>, seals: Vec<Fault>, mended: &BTreeSet<PathBuf>, on: &dyn Fn(Followed)) {
        let fresh = now.iter().filter(|fault| !self.told.contains(fault));
        fresh.chain(&seals).for_each(|fault| on(Followed::Fault(fault.clone())));
        let over = self.told.iter().filter(|fault| !now.contains(fault) && !mended.contains(&fault.file));
        over.for_each(|fault| on(Followed::Over(fault.clone())));
        self.told = now;
    }

    fn take_voids(&mut self, entries: &[Entry]) {
        for entry in entries.iter().filter(|entry| entry.seq == 0) {
            if let Event::Chain(ChainEvent::Opened(opened)) = &entry.event
                && let Some(continues) = &opened.continues
                && name::same_hand(&entry.writer, &continues.writer)
            {
                self.voids.entry(continues.writer.clone()).or_insert_with(|| (continues.clone(), false));
            }
        }
    }

    /// Chains that were read and whose file is gone; one look is not enough, for tools that put a copy in a file's place may
    /// take the old one away first.
    fn gone(&mut self, there: &BTreeSet<&WriterId>) -> Vec<Fault> {
        let mut faults = Vec::new();
        self.missed.retain(|writer, _| !there.contains(writer));
        for (writer, _) in self.tails.iter().filter(|(writer, tail)| tail.head().is_some() && !there.contains(writer)) {
            let looks = self.missed.entry(writer.clone()).or_default();
            *looks = looks.saturating_add(1);
            if *looks >= MISSED_MOST {
                faults.push(gone(&self.dir, writer));
            }
        }
        faults
    }

    /// Chains whose continued line is there now, and is the line it was.
    fn new_voids(&mut self) -> Vec<(WriterId, u64)> {
        let mut new = Vec::new();
        for (writer, (continues, told)) in self.voids.iter_mut().filter(|(_, (_, told))| !told) {
            let hash = self.tails.get_mut(writer).and_then(|tail| tail.hash(continues.seq));
            if hash.is_some_and(|hash| hash.to_string() == continues.head) {
                *told = true;
                new.push((writer.clone(), continues.seq));
            }
        }
        new
    }
}

/// Files that contradict what this host has seen of them before.
#[derive(Default)]
struct Doubts {
    witness: Witness,
    standing: BTreeMap<WriterId, Fault>,
}

impl Doubts {
    fn of(dir: &Path, files: &BTreeSet<PathBuf>, witness: &Witness) -> Self {
        let mut doubts = Self { witness: witness.clone(), standing: BTreeMap::new() };
        // A log that is whole, as most are, is not looked at again.
        let all = if files.is_empty() { BTreeMap::new() } else { chain_files(dir, &mut Vec::new()) };
        for (file, writer) in all.into_iter().filter(|(file, _)| files.contains(file)) {
            doubts.judge(&file, &writer);
        }
        doubts
    }

    /// Judges a changed file anew; one that was never doubted is held against what was read of it, which is newer.
    fn look(&mut self, file: &Path, writer: &WriterId) {
        if self.standing.contains_key(writer) {
            self.judge(file, writer);
        }
    }

    fn judge(&mut self, file: &Path, writer: &WriterId) {
        // One that cannot be read is told by its tail.
        let Ok(scan) = scan(file, writer, false, None) else { return };
        match self.witness.objection(&scan) {
            Some(fault) => drop(self.standing.insert(writer.clone(), fault)),
            None => drop(self.standing.remove(writer)),
        }
    }
}
