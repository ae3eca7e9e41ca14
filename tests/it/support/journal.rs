//! What tests of the log share: a clock that a test moves, a disk that fails on demand, events caught in order.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use warroom::domain::entry::NewEntry;
use warroom::domain::event::NoteAdded;
use warroom::domain::id::{IncidentId, PersonId};
use warroom::domain::time::{At, Clock};
use warroom::journal::{Disk, Journal, JournalEvent, OpenOptions, RealDisk, Witness};

/// Longest time a test waits for anything.
pub const LIMIT: Duration = Duration::from_secs(10);

/// A clock that stands until it is moved.
pub struct HandClock(AtomicI64);

impl HandClock {
    pub fn at(time: &str) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(At::parse(time).unwrap().micros())))
    }

    pub fn set(&self, time: At) {
        self.0.store(time.micros(), Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> At {
        At::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// How a disk fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Failure {
    #[default]
    None,
    /// Writes nothing.
    Write(i32),
    /// Writes half, then fails.
    ShortWrite(i32),
    /// Writes all, and the sync fails.
    Sync(i32),
    /// The next sync fails, and none after it.
    SyncOnce(i32),
    /// The sync does not return until the failure is lifted.
    Hang,
}

/// A disk that fails as its handle says.
#[derive(Clone, Default)]
pub struct FailingDisk(Arc<(Mutex<Failure>, Condvar)>);

impl FailingDisk {
    pub fn set(&self, failure: Failure) {
        *self.0.0.lock().unwrap() = failure;
        self.0.1.notify_all();
    }

    fn now(&self) -> Failure {
        *self.0.0.lock().unwrap()
    }
}

impl Disk for FailingDisk {
    fn write_at(&mut self, file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
        match self.now() {
            Failure::Write(code) => Err(io::Error::from_raw_os_error(code)),
            Failure::ShortWrite(code) => {
                RealDisk.write_at(file, &bytes[..bytes.len() / 2], offset)?;
                Err(io::Error::from_raw_os_error(code))
            }
            _ => RealDisk.write_at(file, bytes, offset),
        }
    }

    fn sync(&mut self, file: &File) -> io::Result<()> {
        match self.now() {
            Failure::Sync(code) => Err(io::Error::from_raw_os_error(code)),
            Failure::SyncOnce(code) => {
                self.set(Failure::None);
                Err(io::Error::from_raw_os_error(code))
            }
            Failure::Hang => {
                drop(self.0.1.wait_while(self.0.0.lock().unwrap(), |f| *f == Failure::Hang));
                RealDisk.sync(file)
            }
            _ => RealDisk.sync(file),
        }
    }
}

/// Events as they were told.
#[derive(Clone, Default)]
pub struct Caught(Arc<(Mutex<Vec<JournalEvent>>, Condvar)>);

impl Caught {
    pub fn listener(&self) -> impl Fn(JournalEvent) + Send + 'static {
        let caught = self.clone();
        move |event| {
            caught.0.0.lock().unwrap().push(event);
            caught.0.1.notify_all();
        }
    }

    pub fn count(&self, fits: impl Fn(&JournalEvent) -> bool) -> usize {
        self.0.0.lock().unwrap().iter().filter(|e| fits(e)).count()
    }

    /// All so far.
    pub fn all(&self) -> Vec<JournalEvent> {
        self.0.0.lock().unwrap().clone()
    }

    /// Waits until an event fits.
    pub fn wait_for(&self, what: &str, fits: impl Fn(&JournalEvent) -> bool) -> JournalEvent {
        let events = self.0.0.lock().unwrap();
        let none = |events: &mut Vec<JournalEvent>| !events.iter().any(&fits);
        let (events, waited) = self.0.1.wait_timeout_while(events, LIMIT, none).unwrap();
        assert!(!waited.timed_out(), "no {what} within the limit, only {events:#?}");
        events.iter().find(|e| fits(e)).cloned().unwrap()
    }
}

/// Waits until `done` says so.
pub fn wait_until(what: &str, done: impl Fn() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < LIMIT, "not within the limit: {what}");
        std::thread::park_timeout(Duration::from_millis(1));
    }
}

pub const INCIDENT: &str = "2026-11-21-finality-stall";

pub fn options(person: &str) -> OpenOptions {
    OpenOptions {
        incident: IncidentId::new(INCIDENT),
        network: "devnet".to_owned(),
        person: PersonId::new(person),
        host: "bastion".to_owned(),
        machine: String::new(),
        drill: false,
        known: Witness::default(),
        left: Vec::new(),
    }
}

pub fn note(person: &str, text: &str) -> NewEntry {
    NewEntry::human(&PersonId::new(person), NoteAdded { text: text.to_owned() })
}

/// A journal on a disk that never fails.
pub fn open(dir: &Path, person: &str, caught: &Caught) -> Journal {
    Journal::open(dir, options(person), HandClock::at("2026-11-21T03:00:00Z"), caught.listener()).unwrap()
}

pub fn file(dir: &Path, writer: &str) -> PathBuf {
    dir.join("log").join(format!("{writer}.jsonl"))
}

/// Copies a vector's chains into an incident's folder.
pub fn vector(name: &str, to: &Path) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/log").join(name);
    std::fs::create_dir_all(to.join("log")).unwrap();
    for found in std::fs::read_dir(from).unwrap() {
        let found = found.unwrap();
        std::fs::copy(found.path(), to.join("log").join(found.file_name())).unwrap();
    }
}
