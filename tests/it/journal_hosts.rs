//! Several hosts that write one incident while the network between them fails, simulated from a seed: partitions, lost hosts, files
//! that arrive late, in pieces, out of order and twice, jumping clocks, failing disks. At the end every host that lives has one
//! and the same state, with everything in it that any of them acknowledged and that ever left its host. `WARROOM_SEEDS` asks for more.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::{TempDir, tempdir, tempdir_in};
use warroom::domain::entry::Entry;
use warroom::domain::event::{Event, IncidentDeclared, RoleAssigned, WordEvent};
use warroom::domain::id::WriterId;
use warroom::domain::incident::Ledger;
use warroom::domain::time::{At, Span};
use warroom::journal::{Journal, Lines, load, verify};
use warroom::share::{Merged, merge};

use crate::support::journal::{Caught, FailingDisk, Failure, HandClock, LIMIT, note, options};
use crate::support::power::Dice;

/// Seeds in the ordinary run.
const SEEDS: u64 = 500;

struct Host {
    name: String,
    home: TempDir,
    clock: Arc<HandClock>,
    disk: FailingDisk,
    journal: Option<Journal>,
    /// How far its clock is off, in seconds.
    off: i64,
    alive: bool,
    /// The state as it was folded entry by entry, as they came.
    live: Ledger,
}

impl Host {
    fn new(name: &str, off: i64) -> Self {
        let memory = Path::new("/dev/shm");
        let home = if memory.is_dir() { tempdir_in(memory) } else { tempdir() }.unwrap();
        let (clock, disk) = (HandClock::at("2026-11-21T03:00:00Z"), FailingDisk::default());
        Self { name: name.to_owned(), home, clock, disk, journal: None, off, alive: true, live: Ledger::new() }
    }

    fn dir(&self) -> &Path {
        self.home.path()
    }

    fn write(&mut self, now: At, text: &str, dice: &mut Dice) -> bool {
        self.clock.set(now.plus(Span::from_secs(self.off)));
        let person = format!("p{}", self.name);
        if dice.one_in(5) {
            self.journal = None;
        }
        let journal = self.journal.get_or_insert_with(|| {
            let mut options = options(&person);
            options.host.clone_from(&self.name);
            let (clock, disk) = (Arc::clone(&self.clock), Box::new(self.disk.clone()));
            Journal::open_on(self.home.path(), options, clock, disk, Caught::default().listener()).unwrap()
        });
        let known = load(self.home.path());
        journal.observe(&known.heads);
        let actor = person.as_str().into();
        let new = match dice.below(6) {
            0 => warroom::domain::entry::NewEntry::human(
                &actor,
                IncidentDeclared { title: text.to_owned(), severity: 2, onset: None },
            ),
            1 => warroom::domain::entry::NewEntry::human(
                &actor,
                RoleAssigned { role: "scribe".into(), to: Some(actor.clone()), from: None },
            ),
            _ => note(&person, text),
        };
        if dice.one_in(12) {
            self.disk.set(Failure::SyncOnce(5));
        }
        let saved = journal.append_and_wait(vec![new, note(&person, text)], LIMIT).is_ok();
        self.disk.set(Failure::None);
        saved
    }

    /// What is new in the folder goes into the live state, in whatever order the folder gives it.
    fn look(&mut self, dice: &mut Dice) {
        let mut entries = load(self.dir()).entries;
        for i in (1..entries.len()).rev() {
            entries.swap(i, usize::try_from(dice.below(i as u64 + 1)).unwrap());
        }
        self.live.extend(entries);
    }
}

/// A copy of some chain, on its way.
struct Parcel {
    to: usize,
    file: PathBuf,
    bytes: Vec<u8>,
    due: u64,
}

/// Sends copies of some chains: whole, or cut anywhere, to arrive at some time, sometimes twice.
fn send(hosts: &[Host], from: usize, tick: u64, dice: &mut Dice, parcels: &mut Vec<Parcel>) {
    let Ok(found) = fs::read_dir(hosts[from].dir().join("log")) else { return };
    let mut files: Vec<_> =
        found.flatten().map(|f| f.path()).filter(|p| p.extension().is_some_and(|e| e == "jsonl")).collect();
    files.sort();
    for path in files {
        let to = usize::try_from(dice.below(hosts.len() as u64)).unwrap();
        let mut bytes = fs::read(&path).unwrap();
        if dice.one_in(3) {
            bytes.truncate(usize::try_from(dice.below(bytes.len() as u64 + 1)).unwrap());
        }
        for _ in 0..=usize::from(dice.one_in(4)) {
            let due = tick + dice.below(8);
            parcels.push(Parcel { to, file: path.file_name().unwrap().into(), bytes: bytes.clone(), due });
        }
    }
}

/// Takes a parcel in as an import does.
fn deliver(hosts: &[Host], parcel: &Parcel, forks: &mut usize) {
    let bay = tempfile::tempdir_in(hosts[parcel.to].dir()).unwrap();
    fs::create_dir_all(bay.path().join("log")).unwrap();
    fs::write(bay.path().join("log").join(&parcel.file), &parcel.bytes).unwrap();
    let writer = WriterId::from(parcel.file.file_stem().unwrap().to_str().unwrap());
    let mut theirs = Lines::of(bay.path(), &writer);
    theirs.refresh().unwrap();
    match merge(hosts[parcel.to].dir(), &writer, &theirs).unwrap() {
        Merged::Forked { .. } | Merged::Live { .. } => *forks += 1,
        Merged::Extended { .. } | Merged::Known { .. } => {}
    }
}

fn texts(entries: &[Entry]) -> Vec<String> {
    let text = |e: &Entry| match &e.event {
        Event::Word(WordEvent::Note(note)) => Some(note.text.clone()),
        _ => None,
    };
    entries.iter().filter_map(text).collect()
}

fn play(seed: u64) {
    let mut dice = Dice::new(seed);
    let count = 2 + dice.below(3);
    let mut hosts: Vec<Host> =
        (0..count).map(|n| Host::new(&format!("h{n}"), [0, 600, -600, 86_400][n as usize])).collect();
    let mut now = At::parse("2026-11-21T03:00:00Z").unwrap();
    let (mut parcels, mut acknowledged, mut forks) = (Vec::<Parcel>::new(), Vec::<(usize, String)>::new(), 0);
    let mut parted = false;
    for tick in 0..14 {
        now = now.plus(Span::from_millis(i64::try_from(dice.below(4_000)).unwrap() - 500));
        let who = usize::try_from(dice.below(count)).unwrap();
        parted = if dice.one_in(4) { !parted } else { parted };
        if hosts[who].alive {
            let text = format!("seed {seed} tick {tick} on {who}");
            if hosts[who].write(now, &text, &mut dice) {
                acknowledged.push((who, text));
            }
            if !parted {
                send(&hosts, who, tick, &mut dice, &mut parcels);
            }
        }
        if dice.one_in(25) && hosts.iter().filter(|h| h.alive).count() > 1 {
            hosts[who].journal = None;
            hosts[who].alive = false;
        }
        // Whatever is due arrives, the newest first: late and out of order.
        let (mut due, rest): (Vec<_>, Vec<_>) =
            std::mem::take(&mut parcels).into_iter().partition(|p| p.due <= tick && !parted);
        parcels = rest;
        due.reverse();
        for parcel in &due {
            if !hosts[parcel.to].alive {
                continue;
            }
            deliver(&hosts, parcel, &mut forks);
            hosts[parcel.to].look(&mut dice);
        }
    }
    heal(seed, &mut hosts, parcels, &acknowledged, &mut forks, &mut dice);
}

/// The network is whole again: everybody who lives sends everything to everybody; then all must be one.
fn heal(
    seed: u64,
    hosts: &mut [Host],
    parcels: Vec<Parcel>,
    acknowledged: &[(usize, String)],
    forks: &mut usize,
    dice: &mut Dice,
) {
    hosts.iter_mut().for_each(|host| host.journal = None);
    for parcel in parcels.iter().filter(|p| hosts[p.to].alive) {
        deliver(hosts, parcel, forks);
    }
    for _ in 0..2 {
        for from in 0..hosts.len() {
            let Ok(found) = fs::read_dir(hosts[from].dir().join("log")) else { continue };
            let files: Vec<_> =
                found.flatten().map(|f| f.path()).filter(|p| p.extension().is_some_and(|e| e == "jsonl")).collect();
            for to in (0..hosts.len()).filter(|to| *to != from && hosts[*to].alive && hosts[from].alive) {
                for path in &files {
                    let (file, bytes) = (path.file_name().unwrap().into(), fs::read(path).unwrap());
                    deliver(hosts, &Parcel { to, file, bytes, due: 0 }, forks);
                }
            }
        }
    }
    assert_eq!(*forks, 0, "seed {seed}: nobody wrote under another's name");
    let lost: Vec<String> = hosts.iter().filter(|h| !h.alive).map(|h| h.name.clone()).collect();
    let living: Vec<usize> = (0..hosts.len()).filter(|n| hosts[*n].alive).collect();
    let first = load(hosts[living[0]].dir());
    let whole = Ledger::of(first.entries.clone());
    let found: BTreeSet<String> = texts(&first.entries).into_iter().collect();
    for (_, text) in acknowledged.iter().filter(|(who, _)| hosts[*who].alive) {
        assert!(found.contains(text), "seed {seed}: {text} was acknowledged and is nowhere");
    }
    assert_eq!(whole.entries().len(), first.entries.len(), "seed {seed}: nothing is silently merged away");
    for n in living {
        let host = &mut hosts[n];
        host.look(dice);
        let there = load(host.dir());
        assert_eq!(there.entries, first.entries, "seed {seed}: host {n} has other entries");
        // What a lost host took with it is named as missing where others have seen it; nothing else is wrong.
        let of_the_lost = |f: &warroom::journal::Fault| {
            let file = f.file.to_string_lossy().into_owned();
            f.what.contains("is missing") && lost.iter().any(|name| file.contains(&format!("@{name}")))
        };
        let report = verify(host.dir());
        assert!(report.faults.iter().all(of_the_lost), "seed {seed}: host {n}: {:?}", report.faults);
        let settled = Ledger::of(there.entries);
        assert_eq!(settled.incident(), whole.incident(), "seed {seed}: host {n} has another state");
        // What became void meanwhile a console reads again as a whole; otherwise piece by piece is as good.
        if host.live.entries().len() == whole.entries().len() {
            assert_eq!(host.live.incident(), whole.incident(), "seed {seed}: host {n}, entry by entry");
        }
    }
}

#[test]
fn whatever_the_network_does_there_is_one_state_in_the_end() {
    let number = |variable: &str, usual| std::env::var(variable).ok().and_then(|n| n.parse().ok()).unwrap_or(usual);
    let (first, seeds) = (number("WARROOM_SEED", 1), number("WARROOM_SEEDS", SEEDS));
    std::thread::scope(|scope| {
        for odd in 0..2 {
            scope.spawn(move || (first..first + seeds).filter(|seed| seed % 2 == odd).for_each(play));
        }
    });
    println!("{seeds} seeds from {first} on");
}
