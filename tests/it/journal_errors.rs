//! An error at every call that an append makes of its disk, once and for a while: nothing acknowledged is lost, the writer lives
//! on and says what is wrong, what was held is written; and a verb that gives up says truthfully what became of its entry.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tempfile::{TempDir, tempdir, tempdir_in};
use warroom::domain::entry::{Disclosure, NewEntry};
use warroom::domain::event::{Event, WordEvent};
use warroom::journal::{AppendError, Disk, Journal, JournalEvent, RealDisk, load, verify};

use crate::support::journal::{Caught, FailingDisk, Failure, HandClock, LIMIT, file, note, open, options, wait_until};

/// ENOSPC, EIO, EDQUOT, EROFS, EINTR, ENOLCK.
const ERRORS: [i32; 6] = [28, 5, 122, 30, 4, 37];

/// Cases at once: nearly all of their time is the writer's pause before it tries again.
const AT_ONCE: usize = 32;

/// How long the calls fail.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Spell {
    Once,
    /// A write is cut in the middle and fails, once.
    Short,
    /// From then on, until it is lifted.
    Lasting,
}

struct Plan {
    calls: usize,
    fails_at: usize,
    error: i32,
    spell: Spell,
    lifted: bool,
    struck: bool,
}

/// Fails the calls that its plan says.
#[derive(Clone)]
struct PlannedDisk(Arc<Mutex<Plan>>);

impl PlannedDisk {
    fn new(fails_at: usize, error: i32, spell: Spell) -> Self {
        let plan = Plan { calls: 0, fails_at, error, spell, lifted: false, struck: false };
        Self(Arc::new(Mutex::new(plan)))
    }

    fn lift(&self) {
        self.0.lock().unwrap().lifted = true;
    }

    fn calls(&self) -> usize {
        self.0.lock().unwrap().calls
    }

    fn struck(&self) -> bool {
        self.0.lock().unwrap().struck
    }

    fn call(&self) -> io::Result<()> {
        let mut plan = self.0.lock().unwrap();
        plan.calls += 1;
        let due = match plan.spell {
            Spell::Lasting => plan.calls > plan.fails_at && !plan.lifted,
            Spell::Once | Spell::Short => plan.calls.checked_sub(1) == Some(plan.fails_at),
        };
        plan.struck |= due;
        if due { Err(io::Error::from_raw_os_error(plan.error)) } else { Ok(()) }
    }
}

impl Disk for PlannedDisk {
    fn write_at(&mut self, file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
        if let Err(e) = self.call() {
            if self.0.lock().unwrap().spell == Spell::Short {
                RealDisk.write_at(file, &bytes[..bytes.len() * 2 / 3], offset)?;
            }
            return Err(e);
        }
        RealDisk.write_at(file, bytes, offset)
    }
    fn sync(&mut self, file: &File) -> io::Result<()> {
        self.call()?;
        RealDisk.sync(file)
    }
    fn sync_folder(&mut self, folder: &Path) -> io::Result<()> {
        self.call()?;
        RealDisk.sync_folder(folder)
    }
    fn make_folder(&mut self, folder: &Path) -> io::Result<()> {
        self.call()?;
        RealDisk.make_folder(folder)
    }
    fn create(&mut self, path: &Path) -> io::Result<File> {
        self.call()?;
        RealDisk.create(path)
    }
    fn open(&mut self, path: &Path) -> io::Result<File> {
        self.call()?;
        RealDisk.open(path)
    }
    fn lock(&mut self, file: &File) -> Result<(), fs::TryLockError> {
        self.call().map_err(fs::TryLockError::Error)?;
        RealDisk.lock(file)
    }
    fn cut(&mut self, file: &File, bytes: u64) -> io::Result<()> {
        self.call()?;
        RealDisk.cut(file, bytes)
    }
    fn remove(&mut self, path: &Path) -> io::Result<()> {
        self.call()?;
        RealDisk.remove(path)
    }
}

fn memory() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempdir_in(memory) } else { tempdir() }.unwrap()
}

fn texts(dir: &Path) -> Vec<String> {
    let text = |e: &warroom::domain::entry::Entry| match &e.event {
        Event::Word(WordEvent::Note(note)) => Some(note.text.clone()),
        _ => None,
    };
    load(dir).entries.iter().filter_map(text).collect()
}

fn inside(text: &str) -> NewEntry {
    let mut new = note("alice", text);
    new.disclosure = Disclosure::Internal;
    new
}

/// A chain with two remarks and a torn tail behind them.
fn begun(dir: &Path) {
    let journal = open(dir, "alice", &Caught::default());
    journal.append_and_wait(vec![note("alice", "first"), note("alice", "second")], LIMIT).unwrap();
    drop(journal);
    let path = file(dir, "alice@bastion");
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend_from_slice(b"{\"v\":1,\"seq\":3,\"at");
    fs::write(path, bytes).unwrap();
}

fn opened(dir: &Path, disk: &PlannedDisk, caught: &Caught) -> Result<Journal, String> {
    let clock = HandClock::at("2026-11-21T03:00:00Z");
    Journal::open_on(dir, options("alice"), clock, Box::new(disk.clone()), caught.listener()).map_err(|e| e.to_string())
}

/// Appends over a torn tail, in a group, internally, through a reopening; answers what was acknowledged or held, and every complaint.
fn live_through(dir: &Path, disk: &PlannedDisk) -> (Vec<String>, Vec<String>) {
    let (mut taken, mut complaints) = (vec!["first".to_owned(), "second".to_owned()], Vec::new());
    for part in 0..2 {
        let caught = Caught::default();
        let journal = opened(dir, disk, &caught).or_else(|why| {
            complaints.push(why);
            disk.lift();
            opened(dir, disk, &caught)
        });
        let journal = journal.unwrap();
        let group = vec![
            note("alice", &format!("{part} a")),
            note("alice", &format!("{part} b")),
            inside(&format!("{part} c")),
        ];
        for new in [vec![note("alice", &format!("{part} alone"))], group] {
            let names = new.iter().map(|n| match &n.event {
                Event::Word(WordEvent::Note(note)) => note.text.clone(),
                _ => String::new(),
            });
            taken.extend(names.collect::<Vec<_>>());
            match journal.append_and_wait(new, LIMIT) {
                Ok(_) => {}
                Err(AppendError::NotSaved(why)) => complaints.push(why),
                Err(why) => panic!("{why}"),
            }
            disk.lift();
        }
        wait_until("everything held is saved", || journal.waiting() == 0);
        // Closing waits until everything is told.
        drop(journal);
        complaints.extend(caught.all().into_iter().filter_map(|e| match e {
            JournalEvent::Trouble(why) => Some(why),
            _ => None,
        }));
    }
    (taken, complaints)
}

fn survive(base: &Path, case: (usize, i32, Spell)) {
    let (fails_at, error, spell) = case;
    let home = memory();
    let dir = home.path().join("incident");
    copy(base, &dir);
    let disk = PlannedDisk::new(fails_at, error, spell);
    let (taken, complaints) = live_through(&dir, &disk);
    let mut found = texts(&dir);
    let mut due = taken;
    found.sort();
    due.sort();
    assert_eq!(found, due, "{case:?}: each once: {complaints:?}");
    let report = verify(&dir);
    assert!(report.is_sound(), "{case:?}: {:?}", report.faults);
    assert!(!disk.struck() || !complaints.is_empty(), "{case:?}: nobody was told");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to.join("log")).unwrap();
    for found in fs::read_dir(from.join("log")).unwrap().flatten() {
        fs::copy(found.path(), to.join("log").join(found.file_name())).unwrap();
    }
}

/// Runs every case, many at once.
fn all<C: Sync + Copy + Send>(cases: &[C], one: impl Fn(C) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    one(*case);
                }
            });
        }
    });
}

#[test]
fn an_error_at_any_call_of_an_append_loses_nothing() {
    let base = memory();
    begun(base.path());
    // How many calls there are when all goes well.
    let (dir, disk) = (memory(), PlannedDisk::new(usize::MAX, 5, Spell::Once));
    copy(base.path(), dir.path());
    live_through(dir.path(), &disk);
    let calls = disk.calls();
    assert!(calls > 25, "only {calls}");
    let mut cases = Vec::new();
    for fails_at in 0..calls {
        for (i, error) in ERRORS.into_iter().enumerate() {
            let spells = [Spell::Once, Spell::Lasting, Spell::Short];
            // Each error with each way of failing at every third call, each call with every error.
            cases.push((fails_at, error, spells[(fails_at + i) % spells.len()]));
        }
    }
    all(&cases, |case| survive(base.path(), case));
    println!("{} calls, {} cases", calls, cases.len());
}

#[test]
fn a_verb_that_gives_up_says_truthfully_what_became_of_its_entry() {
    let base = memory();
    begun(base.path());
    let spells = [Spell::Once, Spell::Short, Spell::Lasting];
    let cases: Vec<_> =
        (0..24).flat_map(|at| ERRORS.map(|e| (at, e))).flat_map(|(at, e)| spells.map(|s| (at, e, s))).collect();
    let told = Mutex::new([0; 3]);
    all(&cases, |(fails_at, error, spell)| {
        let case = format!("call {fails_at}, error {error}, {spell:?}");
        let home = memory();
        let dir = home.path().join("incident");
        if fails_at % 2 == 0 {
            copy(base.path(), &dir);
        }
        let disk = PlannedDisk::new(fails_at, error, spell);
        let Ok(journal) = opened(&dir, &disk, &Caught::default()) else { return };
        let said = journal.append_or_give_up(vec![note("alice", "mine"), note("alice", "too")], LIMIT);
        disk.lift();
        assert!(said.is_ok() || journal.append(vec![note("alice", "late")]).is_err(), "{case}: closed is closed");
        drop(journal);
        let there = texts(&dir).iter().filter(|t| ["mine", "too"].contains(&t.as_str())).count();
        let n = match said {
            Ok(_) => (there == 2, 0),
            Err(AppendError::NotRecorded(_)) => (there == 0, 1),
            Err(AppendError::Uncertain(_)) => (true, 2),
            Err(why) => panic!("{case}: {why}"),
        };
        assert!(n.0, "{case}: {said:?}, and {there} are there");
        told.lock().unwrap()[n.1] += 1;
        let after = open(&dir, "alice", &Caught::default());
        after.append_and_wait(vec![note("alice", "after")], LIMIT).unwrap();
        drop(after);
        assert!(verify(&dir).is_sound(), "{case}: {:?}", verify(&dir).faults);
    });
    let told = told.into_inner().unwrap();
    println!("recorded, not recorded, not certain: {told:?}");
    assert!(told.iter().all(|n| *n > 0), "each must have happened: {told:?}");
}

#[test]
fn a_disk_that_hangs_makes_it_uncertain_and_says_so() {
    let (dir, disk) = (memory(), FailingDisk::default());
    let clock = HandClock::at("2026-11-21T03:00:00Z");
    let journal = Journal::open_on(dir.path(), options("alice"), clock, Box::new(disk.clone()), |_| ()).unwrap();
    journal.append_and_wait(vec![note("alice", "one")], LIMIT).unwrap();
    disk.set(Failure::Hang);
    let said = journal.append_or_give_up(vec![note("alice", "two")], Duration::from_millis(50)).unwrap_err();
    assert!(matches!(&said, AppendError::Uncertain(why) if why.contains("did not answer")), "{said}");
    assert!(said.to_string().contains("look for it with `warroom log`"), "{said}");
    disk.set(Failure::None);
}
