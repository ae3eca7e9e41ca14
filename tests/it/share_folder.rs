//! Folders that a tool synchronises: files that are put in place by renaming, written in pieces, cut and written anew, or left behind
//! as conflict copies. Every whole line arrives once, and what is wrong is said with what to do about it.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use tempfile::{TempDir, tempdir};
use warroom::journal::{Followed, Follower};

use crate::support::journal::{Caught, LIMIT, file, note, open};

/// Bob's chain on his own host: ten notes, in lines.
fn bobs() -> Vec<Vec<u8>> {
    let dir = tempdir().unwrap();
    let bob = open(dir.path(), "bob", &Caught::default());
    for i in 0..10 {
        bob.append_and_wait(vec![note("bob", &format!("note {i}"))], LIMIT).unwrap();
    }
    let bytes = fs::read(file(dir.path(), bob.writer().as_str())).unwrap();
    bytes.split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect()
}

struct Stage {
    dir: TempDir,
    told: Receiver<Followed>,
    _follower: Follower,
    lines: Vec<Vec<u8>>,
}

impl Stage {
    fn new() -> Self {
        let dir = tempdir().unwrap();
        fs::create_dir_all(dir.path().join("log")).unwrap();
        let (tell, told) = sync_channel(256);
        let follower = Follower::start(dir.path(), &[], |_| false, move |what| drop(tell.send(what))).unwrap();
        Self { dir, told, _follower: follower, lines: bobs() }
    }

    fn writer(&self) -> String {
        let line: serde_json::Value = serde_json::from_slice(&self.lines[0]).unwrap();
        line["writer"].as_str().unwrap().to_owned()
    }

    fn file(&self) -> PathBuf {
        file(self.dir.path(), &self.writer())
    }

    /// As rsync does: beside it, then renamed.
    fn put(&self, lines: usize) {
        let beside = self.dir.path().join("log").join(format!(".{}.jsonl.Xy12", self.writer()));
        fs::write(&beside, self.lines[..lines].concat()).unwrap();
        fs::rename(beside, self.file()).unwrap();
    }

    /// Waits until exactly these have arrived; answers the faults told meanwhile.
    fn arrive(&self, from: u64, to: u64) -> Vec<String> {
        let (mut next, mut faults) = (from, Vec::new());
        let until = Instant::now() + LIMIT;
        while next < to {
            match self.told.recv_timeout(until.saturating_duration_since(Instant::now())).unwrap() {
                Followed::Entries { entries, .. } => {
                    for entry in entries {
                        assert_eq!(entry.seq, next, "in order, and once");
                        next += 1;
                    }
                }
                Followed::Fault(fault) => faults.push(fault.to_string()),
                Followed::Over(_) | Followed::Mended(_) => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(next, to);
        faults
    }

    fn fault(&self) -> String {
        match self.told.recv_timeout(LIMIT).unwrap() {
            Followed::Fault(fault) => fault.to_string(),
            other => panic!("a fault is due: {other:?}"),
        }
    }

    fn nothing_for(&self, time: Duration) {
        if let Ok(told) = self.told.recv_timeout(time) {
            panic!("nothing is due: {told:?}");
        }
    }
}

#[test]
fn files_put_in_place_by_renaming_bring_what_is_new_once() {
    let stage = Stage::new();
    for (from, to) in [(0, 1), (1, 4), (4, 5), (5, 11)] {
        stage.put(to);
        assert_eq!(stage.arrive(from as u64, to as u64), Vec::<String>::new());
    }
    // The same file again, and an older one's copy in a moment of confusion.
    stage.put(11);
    stage.nothing_for(Duration::from_millis(1_500));
}

#[test]
fn a_file_written_in_pieces_brings_whole_lines_only() {
    let stage = Stage::new();
    let all = stage.lines.concat();
    let mut to = File::create(stage.file()).unwrap();
    for piece in all.chunks(97) {
        to.write_all(piece).unwrap();
        to.flush().unwrap();
    }
    assert_eq!(stage.arrive(0, 11), Vec::<String>::new());
}

#[test]
fn a_file_that_is_cut_and_written_anew_is_told_and_goes_on() {
    let stage = Stage::new();
    stage.put(6);
    stage.arrive(0, 6);
    // In place, as `cp` and `rsync --inplace` do it: empty for a moment that somebody looks.
    let to = OpenOptions::new().write(true).truncate(true).open(stage.file()).unwrap();
    let told = stage.fault();
    assert!(told.contains("tail is missing"), "{told}");
    (&to).write_all(&stage.lines.concat()).unwrap();
    stage.arrive(6, 11);
}

#[test]
fn an_older_copy_over_a_newer_one_is_told_and_the_newer_one_is_taken_up_again() {
    let stage = Stage::new();
    stage.put(6);
    stage.arrive(0, 6);
    stage.put(3);
    assert!(stage.fault().contains("tail is missing"));
    stage.put(9);
    stage.arrive(6, 9);
}

fn conflict(stage: &Stage, name: &str) -> String {
    let copy: &Path = &stage.dir.path().join("log").join(name.replace("BOB", &stage.writer()));
    fs::write(copy, stage.lines.concat()).unwrap();
    stage.fault()
}

#[test]
fn conflict_copies_are_told_with_what_to_do_about_them() {
    for name in [
        "BOB (conflict).jsonl",
        "BOB.sync-conflict-20261121-031500-ABCDEFG.jsonl",
        "BOB (alice's conflicted copy 2026-11-21).jsonl",
        "BOB~HEAD.jsonl",
    ] {
        let stage = Stage::new();
        stage.put(11);
        stage.arrive(0, 11);
        let told = conflict(&stage, name);
        assert!(told.contains("warroom import"), "{name}: {told}");
        stage.nothing_for(Duration::from_millis(300));
    }
}
