//! Following: a colleague's entry arrives, once, soon, and nothing that is not whole does.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use tempfile::tempdir;
use warroom::domain::entry::Entry;
use warroom::domain::id::WriterId;
use warroom::journal::{Followed, Follower, Head, Witness, load};

use crate::support::journal::{Caught, FailingDisk, Failure, HandClock, LIMIT, file, note, open, options, vector};

fn follow(dir: &Path, known: &[Head]) -> (Follower, Receiver<Followed>) {
    let (send, receive) = sync_channel(64);
    let follower = Follower::start(dir, known, |_| false, move |what| drop(send.send(what))).unwrap();
    (follower, receive)
}

fn entries(from: &Receiver<Followed>, count: usize) -> Vec<Entry> {
    let mut all = Vec::new();
    while all.len() < count {
        let what = from.recv_timeout(LIMIT).unwrap();
        let Followed::Entries { entries, heads } = &what else {
            assert!(matches!(what, Followed::Entries { .. }), "only entries are due: {what:?}");
            break;
        };
        assert!(entries.iter().all(|e| heads.iter().any(|h| h.writer == e.writer)), "every chain's head comes along");
        all.extend(entries.iter().cloned());
    }
    assert_eq!(all.len(), count, "{all:?}");
    all
}

fn fault(from: &Receiver<Followed>) -> String {
    loop {
        if let Followed::Fault(fault) = from.recv_timeout(LIMIT).unwrap() {
            return fault.to_string();
        }
    }
}

fn mended(from: &Receiver<Followed>, file: &Path) {
    loop {
        match from.recv_timeout(LIMIT).unwrap() {
            Followed::Mended(which) => return assert_eq!(which, file),
            other => assert!(!matches!(other, Followed::Fault(_)), "{other:?}"),
        }
    }
}

#[test]
fn two_writers_see_each_other_within_a_quarter_of_a_second() {
    let dir = tempdir().unwrap();
    let alice = open(dir.path(), "alice", &Caught::default());
    alice.append_and_wait(vec![note("alice", "first")], LIMIT).unwrap();
    let (send, receive) = sync_channel(64);
    let own = alice.owns();
    let _follower = Follower::start(dir.path(), &[], own, move |what| drop(send.send(what))).unwrap();
    let bob = open(dir.path(), "bob", &Caught::default());
    let mut took = Vec::new();
    for i in 0..20 {
        let start = Instant::now();
        bob.append(vec![note("bob", &format!("note {i}"))]).unwrap();
        let got = entries(&receive, if i == 0 { 2 } else { 1 });
        took.push(start.elapsed());
        assert!(
            got.iter().all(|e| e.writer.as_str() == "bob@bastion"),
            "our own chain comes from the journal: {got:?}"
        );
    }
    took.sort_unstable();
    assert!(took[17] < Duration::from_millis(250), "nine in ten: {took:?}");
    assert!(took[19] < Duration::from_secs(2), "the machine may be busy, and yet: {took:?}");
}

#[test]
fn looking_does_not_wake_itself() {
    let dir = tempdir().unwrap();
    vector("good", dir.path());
    let looks = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&looks);
    let own = move |_: &WriterId| counted.fetch_add(1, Ordering::Relaxed) == usize::MAX;
    let (send, receive) = sync_channel(64);
    let _follower = Follower::start(dir.path(), &[], own, move |what| drop(send.send(what))).unwrap();
    entries(&receive, 10);
    assert!(receive.recv_timeout(Duration::from_millis(2_500)).is_err(), "nothing happens");
    let looks = looks.load(Ordering::Relaxed);
    assert!((4..=12).contains(&looks), "two files, a look a second: {looks}");
}

#[test]
fn it_goes_on_from_known_heads_and_sees_files_that_appear_later() {
    let dir = tempdir().unwrap();
    let (_first, receive) = follow(dir.path(), &[]);
    vector("good", dir.path());
    assert_eq!(entries(&receive, 10).len(), 10, "the folder itself came later");
    let known = load(dir.path()).heads;
    let (_second, receive) = follow(dir.path(), &known);
    let carol = open(dir.path(), "carol", &Caught::default());
    carol.append_and_wait(vec![note("carol", "hello")], LIMIT).unwrap();
    assert!(entries(&receive, 2).iter().all(|e| e.actor.as_str() == "carol"), "nothing that was known comes again");
}

#[test]
fn a_file_that_is_gone_is_told_once_and_one_that_comes_back_goes_on() {
    let dir = tempdir().unwrap();
    let bob = open(dir.path(), "bob", &Caught::default());
    bob.append_and_wait(vec![note("bob", "first")], LIMIT).unwrap();
    let (_follower, receive) = follow(dir.path(), &[]);
    entries(&receive, 2);
    let (path, aside) = (file(dir.path(), "bob@bastion"), dir.path().join("aside"));
    fs::rename(&path, &aside).unwrap();
    let told = fault(&receive);
    assert!(told.contains("gone"), "{told}");
    fs::rename(&aside, &path).unwrap();
    mended(&receive, &path);
    bob.append_and_wait(vec![note("bob", "second")], LIMIT).unwrap();
    entries(&receive, 1);
}

#[test]
fn a_damaged_file_that_is_mended_is_told_and_goes_on() {
    let dir = tempdir().unwrap();
    vector("good", dir.path());
    let path = file(dir.path(), "alice@bastion");
    let whole = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    put(&path, lines[..2].concat() + &lines[3..].concat());
    let (_follower, receive) = follow(dir.path(), &[]);
    let told = fault(&receive);
    assert!(told.contains("alice@bastion.jsonl:3"), "{told}");
    put(&path, whole.clone());
    mended(&receive, &path);
    let rest = entries(&receive, lines.len() - 2);
    assert_eq!(rest.first().unwrap().seq, 2);
    // Damaged again, it is told again.
    put(&path, lines[..2].concat());
    assert!(fault(&receive).contains("the tail is missing"));
}

/// Puts a file in another one's place at once: nobody sees a part of it.
fn put(path: &Path, text: String) {
    fs::write(path.with_extension("new"), text).unwrap();
    fs::rename(path.with_extension("new"), path).unwrap();
}

/// A log of unsigned notes, as its lines.
fn notes(dir: &Path, count: usize) -> Vec<String> {
    let bob = open(dir, "bob", &Caught::default());
    let all = (0..count).map(|i| note("bob", &format!("note {i}"))).collect();
    bob.append_and_wait(all, LIMIT).unwrap();
    drop(bob);
    fs::read_to_string(file(dir, "bob@bastion")).unwrap().split_inclusive('\n').map(str::to_owned).collect()
}

#[test]
fn a_line_that_the_next_one_shows_to_be_changed_goes_to_nobody() {
    let dir = tempdir().unwrap();
    let lines = notes(dir.path(), 5);
    let path = file(dir.path(), "bob@bastion");
    let mut forged = lines.clone();
    forged[3] = forged[3].replace("note 2", "note X");
    put(&path, forged.concat());
    let (_follower, receive) = follow(dir.path(), &[]);
    let got = entries(&receive, 3);
    assert!(got.iter().all(|e| !e.event.data().unwrap().contains("note X")), "{got:?}");
    let told = fault(&receive);
    assert!(told.contains("bob@bastion.jsonl:4: the line was changed"), "{told}");
    // The true file put back, the rest comes.
    put(&path, lines.concat());
    mended(&receive, &path);
    let rest = entries(&receive, lines.len() - 3);
    assert_eq!(rest.iter().map(|e| e.seq).collect::<Vec<_>>(), [3, 4, 5]);
}

#[test]
fn a_batch_ends_where_its_last_line_is_known_to_be_whole() {
    let dir = tempdir().unwrap();
    let count = warroom::journal::FOLLOW_BATCH_MAX * 2 + 10;
    notes(dir.path(), count);
    let (_follower, receive) = follow(dir.path(), &[]);
    let got = entries(&receive, count + 1);
    assert!(got.iter().zip(0..).all(|(e, seq)| e.seq == seq), "each once, in order");
}

#[test]
fn what_contradicts_this_host_s_memory_is_over_when_the_whole_file_comes() {
    let dir = tempdir().unwrap();
    let lines = notes(dir.path(), 5);
    let path = file(dir.path(), "bob@bastion");
    let mut witness = Witness::default();
    assert_eq!(warroom::journal::load_checked(dir.path(), &mut witness, 100).faults.len(), 0);
    put(&path, lines[..3].concat());
    let loaded = warroom::journal::load_checked(dir.path(), &mut witness.clone(), 100);
    assert!(loaded.faults[0].what.contains("the tail is missing"), "{:?}", loaded.faults);
    let (send, receive) = sync_channel(64);
    let told = move |what| drop(send.send(what));
    let _follower = Follower::go_on(dir.path(), &loaded, &witness, |_| false, told).unwrap();
    assert!(fault(&receive).contains("the tail is missing"));
    // A part of what is missing mends nothing.
    put(&path, lines[..4].concat());
    assert_eq!(entries(&receive, 1)[0].seq, 3);
    let still = fault(&receive);
    assert!(still.contains("whole up to line 4"), "{still}");
    put(&path, lines.concat());
    let mut came = Vec::new();
    loop {
        match receive.recv_timeout(LIMIT).unwrap() {
            Followed::Mended(which) => break assert_eq!(which, path),
            Followed::Entries { entries, .. } => came.extend(entries),
            Followed::Over(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_damaged_file_that_is_moved_aside_is_not_mended() {
    let dir = tempdir().unwrap();
    let lines = notes(dir.path(), 5);
    let path = file(dir.path(), "bob@bastion");
    put(&path, lines[..3].concat() + &lines[4..].concat());
    let (_follower, receive) = follow(dir.path(), &[]);
    assert!(fault(&receive).contains("lines are missing"));
    fs::rename(&path, dir.path().join("aside")).unwrap();
    let next = || loop {
        match receive.recv_timeout(LIMIT).unwrap() {
            Followed::Entries { .. } => {}
            other => return other,
        }
    };
    let told = next();
    assert!(matches!(&told, Followed::Fault(fault) if fault.what.contains("gone")), "{told:?}");
    put(&path, lines.concat());
    let told = next();
    assert!(matches!(&told, Followed::Mended(_)), "{told:?}");
}

#[test]
fn half_a_line_waits_until_it_is_whole() {
    let dir = tempdir().unwrap();
    vector("good", dir.path());
    let path = file(dir.path(), "alice@bastion");
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 100]).unwrap();
    let (_follower, receive) = follow(dir.path(), &[]);
    assert_eq!(entries(&receive, 9).len(), 9);
    let mut out = fs::OpenOptions::new().append(true).open(&path).unwrap();
    out.write_all(&whole[whole.len() - 100..]).unwrap();
    assert_eq!(entries(&receive, 1)[0].seq, 5);
}

#[test]
fn a_copy_put_in_its_place_goes_on_and_another_chain_does_not() {
    let dir = tempdir().unwrap();
    vector("good", dir.path());
    let path = file(dir.path(), "alice@bastion");
    let whole = fs::read_to_string(&path).unwrap();
    let four: String = whole.split_inclusive('\n').take(4).collect();
    fs::write(&path, four).unwrap();
    let (_follower, receive) = follow(dir.path(), &[]);
    entries(&receive, 8);
    let put = |text: &str| {
        fs::write(path.with_extension("new"), text).unwrap();
        fs::rename(path.with_extension("new"), &path).unwrap();
    };
    put(&whole);
    let seqs: Vec<_> = entries(&receive, 2).iter().map(|e| e.seq).collect();
    assert_eq!(seqs, [4, 5], "as rsync replaces files");
    put(&whole.replace("finality stall", "finality fall!"));
    assert!(fault(&receive).contains("alice@bastion.jsonl:3: the line was changed"));
    fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(10).unwrap();
    assert!(fault(&receive).contains("ends at line 0, and 6 were read before: the tail is missing"));
    put(&whole);
    let mut out = fs::OpenOptions::new().append(true).open(&path).unwrap();
    out.write_all(b"{\"v\":9}\n").unwrap();
    assert!(
        fault(&receive).contains("alice@bastion.jsonl:7: the line is of format version 9"),
        "mended files are read on"
    );
}

#[test]
fn it_goes_on_where_loading_left_off_whatever_became_of_the_file() {
    let dir = tempdir().unwrap();
    vector("good", dir.path());
    let path = file(dir.path(), "alice@bastion");
    let whole = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    let put = |text: &str| {
        fs::write(path.with_extension("new"), text).unwrap();
        fs::rename(path.with_extension("new"), &path).unwrap();
    };
    put(&lines[..4].concat());
    let loaded = load(dir.path());
    assert_eq!((loaded.places.len(), loaded.entries.len()), (2, 8));
    let (_follower, receive) = go_on(dir.path());
    let mut out = fs::OpenOptions::new().append(true).open(&path).unwrap();
    out.write_all(lines[4].as_bytes()).unwrap();
    assert_eq!(entries(&receive, 1)[0].seq, 4, "the file went on");
    put(&whole);
    assert_eq!(entries(&receive, 1)[0].seq, 5, "a copy that goes on took its place");
    put(&whole.replace("finality stall", "finality fall!"));
    assert!(fault(&receive).contains("alice@bastion.jsonl:3: the line was changed"));
    let (_follower, receive) = go_on(dir.path());
    assert!(fault(&receive).contains("the line was changed"), "damage is no place to go on from");
    put(&lines[..5].concat());
    let (_follower, receive) = go_on(dir.path());
    fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(lines[..3].concat().len() as u64).unwrap();
    assert!(fault(&receive).contains("ends at line 3, and 5 were read before: the tail is missing"));
}

#[test]
fn void_lines_are_told() {
    void_lines(|dir| follow(dir, &load(dir).heads));
}

#[test]
fn lines_that_become_void_are_told_by_one_who_did_not_read_them() {
    void_lines(go_on);
}

fn go_on(dir: &Path) -> (Follower, Receiver<Followed>) {
    let (send, receive) = sync_channel(64);
    let follower =
        Follower::go_on(dir, &load(dir), &Witness::default(), |_| false, move |what| drop(send.send(what))).unwrap();
    (follower, receive)
}

fn void_lines(follow: impl Fn(&Path) -> (Follower, Receiver<Followed>)) {
    let dir = tempdir().unwrap();
    let disk = FailingDisk::default();
    let clock = HandClock::at("2026-11-21T03:00:00Z");
    let caught = Caught::default();
    let alice = warroom::journal::Journal::open_on(
        dir.path(),
        options("alice"),
        clock,
        Box::new(disk.clone()),
        caught.listener(),
    )
    .unwrap();
    alice.append_and_wait(vec![note("alice", "one")], LIMIT).unwrap();
    let (_follower, receive) = follow(dir.path());
    disk.set(Failure::Sync(5));
    alice.append(vec![note("alice", "second")]).unwrap();
    caught.wait_for("a new chain", |e| matches!(e, warroom::journal::JournalEvent::Continued { .. }));
    disk.set(Failure::None);
    alice.append_and_wait(vec![note("alice", "third")], LIMIT).ok();
    let mut standing = Vec::new();
    let mut voided = false;
    while !(voided && standing.iter().any(|e: &Entry| e.event.data().unwrap().contains("third"))) {
        match receive.recv_timeout(LIMIT).unwrap() {
            Followed::Entries { entries, .. } => standing.extend(entries),
            Followed::Voided { writer, after } => {
                voided |= (writer.as_str(), after) == ("alice@bastion", 1);
                standing.retain(|e| e.writer != writer || e.seq <= after);
            }
            Followed::Fault(fault) => panic!("{fault}"),
            Followed::Over(_) | Followed::Mended(_) => {}
        }
    }
    let seconds = standing.iter().filter(|e| e.event.data().unwrap().contains("second")).count();
    assert_eq!(seconds, 1, "once, in the new chain: {standing:?}");
}
