//! Crash states enumerated: every byte at which a write can be cut x what may stand behind the cut, over chains with long and
//! short lines, a chain that continues another, the older one of the two, and an internal chain. In each of more than
//! 100,000 states exactly the whole lines before the cut are believed, and only a loss that is none of a crash is a fault.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::{TempDir, tempdir, tempdir_in};
use warroom::domain::entry::Disclosure;
use warroom::journal::{Journal, JournalEvent, load, verify};

use crate::support::journal::{Caught, FailingDisk, Failure, HandClock, LIMIT, file, note, open, options};

/// What may stand behind the cut: nothing, a page of zeros, zeros and a newline, garbage, garbage and a newline.
const TAILS: [&[u8]; 5] = [
    b"",
    b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
    b"\0\0\0\0\0\0\0\0\n",
    b"\xf3\x28\x91garbage \"of\" {some other} file",
    b"\x00\xff}{\"v\":1,\"seq\":\n",
];

/// Different texts in each kind of chain.
const VARIANTS: usize = 5;

/// Fewest states that must be looked at.
const STATES: usize = 100_000;

fn memory() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempdir_in(memory) } else { tempdir() }.unwrap()
}

/// A folder with whole chains, the file of it that is cut, and the fewest bytes of it that a crash leaves.
struct Case {
    what: &'static str,
    home: TempDir,
    cut: PathBuf,
    safe: usize,
    /// Lines that count while they are there, of those behind `safe`.
    counted: bool,
}

/// Texts of all sorts and lengths; a different one for each `n`.
fn text(n: usize) -> String {
    let sorts =
        ["one", "\u{202e} \u{1b}[2J é", "}\n{\"v\":1,\"seq\":2}\n", "\\\"\\\\", "終局性", "\0\u{7f}\u{85}\u{2028}"];
    format!("{n} {} {}", sorts[n % sorts.len()], "x".repeat(n * 37 % 150))
}

fn plain(n: usize) -> Case {
    let home = memory();
    let journal = open(home.path(), "alice", &Caught::default());
    journal.append_and_wait(vec![note("alice", &text(n)), note("alice", &text(n + 3))], LIMIT).unwrap();
    drop(journal);
    Case { what: "a chain", cut: file(home.path(), "alice@bastion"), home, safe: 0, counted: true }
}

fn internal(n: usize) -> Case {
    let home = memory();
    let journal = open(home.path(), "alice", &Caught::default());
    let mut secret = note("alice", &text(n));
    secret.disclosure = Disclosure::Internal;
    journal.append_and_wait(vec![secret.clone(), secret], LIMIT).unwrap();
    drop(journal);
    let cut = home.path().join("internal/alice@bastion+internal.jsonl");
    Case { what: "an internal chain", cut, home, safe: 0, counted: true }
}

/// A chain whose sync failed, and the one that continues it; the older one holds void lines.
fn continued(n: usize) -> (TempDir, usize) {
    let home = memory();
    let (caught, disk) = (Caught::default(), FailingDisk::default());
    let clock = HandClock::at("2026-11-21T03:00:00Z");
    let journal =
        Journal::open_on(home.path(), options("alice"), clock, Box::new(disk.clone()), caught.listener()).unwrap();
    journal.append_and_wait(vec![note("alice", "one")], LIMIT).unwrap();
    let safe = fs::metadata(file(home.path(), "alice@bastion")).unwrap().len();
    disk.set(Failure::SyncOnce(5));
    journal.append_and_wait(vec![note("alice", &text(n)), note("alice", &text(n + 1))], LIMIT).unwrap();
    caught.wait_for("a new chain", |e| matches!(e, JournalEvent::Continued { kept: Some(1), .. }));
    drop(journal);
    (home, usize::try_from(safe).unwrap())
}

fn newer(n: usize) -> Case {
    let (home, _) = continued(n);
    let cut = file(home.path(), "alice@bastion~2");
    Case { what: "a chain that continues another", cut, home, safe: 0, counted: true }
}

fn older(n: usize) -> Case {
    let (home, safe) = continued(n);
    let cut = file(home.path(), "alice@bastion");
    Case { what: "the older of two chains", cut, home, safe, counted: false }
}

/// Looks at every state of one case; answers how many there were.
fn look(case: &Case) -> usize {
    let dir = case.home.path();
    let whole = fs::read(&case.cut).unwrap();
    let lines = |bytes: &[u8]| bytes.iter().filter(|b| **b == b'\n').count();
    fs::write(&case.cut, "").unwrap();
    let rest = usize::try_from(verify(dir).entries).unwrap();
    let mut states = 0;
    for cut in 0..=whole.len() {
        for tail in TAILS {
            states += 1;
            let state = || format!("{}: cut at byte {cut}, then {:?}", case.what, String::from_utf8_lossy(tail));
            let mut bytes = whole[..cut].to_vec();
            bytes.extend_from_slice(tail);
            fs::write(&case.cut, bytes).unwrap();
            let there = lines(&whole[..cut]);
            // Void lines: of the file that is cut, or of the other one as long as this one says so.
            let void = match case.what {
                _ if !case.counted => lines(&whole[case.safe.min(cut)..cut]),
                "a chain that continues another" if there > 0 => 2,
                _ => 0,
            };
            let loaded = load(dir);
            assert_eq!(loaded.entries.len(), rest + there - void, "{}", state());
            assert!(loaded.faults.is_empty(), "{}: {:?}", state(), loaded.faults);
            // `verify` takes the same walk twice as slowly: at every line's end, and every so often.
            if (cut + tail.len()).is_multiple_of(41) || cut > 0 && whole[cut - 1] == b'\n' {
                let report = verify(dir);
                assert_eq!(report.entries as usize, rest + there, "{}", state());
                assert_eq!(report.is_sound(), cut >= case.safe, "{}: {:?}", state(), report.faults);
            }
        }
    }
    fs::write(&case.cut, whole).unwrap();
    states
}

#[test]
fn a_hundred_thousand_crash_states_are_read_rightly() {
    // Two cores, each with half of the cases.
    let half = |odd: usize| -> usize {
        let numbers = (0..VARIANTS).filter(|n| n % 2 == odd);
        numbers.flat_map(|n| [plain(n), internal(n), newer(n), older(n)]).map(|case| look(&case)).sum()
    };
    let states: usize = std::thread::scope(|scope| {
        let halves = [scope.spawn(|| half(0)), scope.spawn(|| half(1))];
        halves.into_iter().map(|half| half.join().unwrap()).sum()
    });
    println!("{states} states");
    assert!(states >= STATES, "only {states}");
}

#[test]
fn each_kind_of_chain_is_written_on_after_a_cut() {
    for case in [plain(4), internal(2), newer(1), older(5)] {
        let dir = case.home.path();
        let whole = fs::read(&case.cut).unwrap();
        for cut in (case.safe..=whole.len()).step_by(31) {
            let mut bytes = whole[..cut].to_vec();
            bytes.extend_from_slice(TAILS[cut % TAILS.len()]);
            fs::write(&case.cut, &bytes).unwrap();
            let before = load(dir).entries.len();
            let saved: Vec<_> = ["log", "internal"].map(|f| (dir.join(f), copies(&dir.join(f)))).into_iter().collect();
            let journal = open(dir, "alice", &Caught::default());
            let mut secret = note("alice", "inside");
            secret.disclosure = Disclosure::Internal;
            journal.append_and_wait(vec![note("alice", "after"), secret], LIMIT).unwrap();
            drop(journal);
            let report = verify(dir);
            assert!(report.is_sound(), "{} cut at {cut}: {:?}", case.what, report.faults);
            let loaded = load(dir).entries;
            let kept = loaded.iter().filter(|e| !e.event.kind().starts_with("log.")).count();
            assert!(kept >= before + 2, "{} cut at {cut}: {kept} of {before} and two", case.what);
            for (folder, files) in saved {
                drop(fs::remove_dir_all(&folder));
                fs::create_dir_all(&folder).unwrap();
                files.into_iter().for_each(|(path, bytes)| fs::write(path, bytes).unwrap());
            }
        }
    }
}

fn copies(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let Ok(found) = fs::read_dir(folder) else { return Vec::new() };
    found.flatten().map(|f| (f.path(), fs::read(f.path()).unwrap())).collect()
}
