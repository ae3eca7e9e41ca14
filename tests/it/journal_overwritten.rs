//! A torn tail is set aside and written over while others read the file: nobody takes a line that is half of the one and half of
//! the other, nobody names it to others, and nobody calls the chain damaged.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::mpsc::sync_channel;

use tempfile::tempdir;
use warroom::domain::event::{Event, WordEvent};
use warroom::domain::id::WriterId;
use warroom::journal::{Followed, Follower, Hash, Lines, load};

use crate::support::journal::{Caught, LIMIT, file, note, open};

const LINES: usize = 300;
/// How often each line is torn before it stands.
const TEARS: usize = 200;
const TEXT: usize = 1_500;

#[test]
fn what_was_torn_and_what_stands_in_its_place_never_make_a_line() {
    let (dir, whole) = (tempdir().unwrap(), tempdir().unwrap());
    let journal = open(whole.path(), "alice", &Caught::default());
    let text = "b".repeat(TEXT);
    for _ in 0..LINES {
        journal.append(vec![note("alice", &text)]).unwrap();
    }
    journal.append_and_wait(vec![note("alice", "the last")], LIMIT).unwrap();
    let lines = fs::read_to_string(file(whole.path(), "alice@bastion")).unwrap();
    let lines: Vec<&str> = lines.split_inclusive('\n').collect();
    let hashes: BTreeSet<Hash> = lines.iter().map(|line| Hash::of(line.as_bytes())).collect();
    let path = file(dir.path(), "alice@bastion");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, lines[0]).unwrap();
    let (send, receive) = sync_channel(4 * LINES);
    let follower = Follower::start(dir.path(), &[], |_| false, move |what| drop(send.send(what))).unwrap();
    std::thread::scope(|threads| {
        let writing = threads.spawn(|| write_with_tears(&path, &lines));
        let mut carried = Lines::of(dir.path(), &WriterId::new("alice@bastion"));
        while !writing.is_finished() {
            let loaded = load(dir.path());
            assert!(loaded.faults.is_empty(), "{:?}", loaded.faults);
            let head = &loaded.heads[0];
            assert!(hashes.contains(&head.hash), "line {} never was", head.seq + 1);
            carried.refresh().unwrap();
            assert!(carried.next() == 0 || hashes.contains(&carried.hash(carried.next() - 1).unwrap()));
        }
    });
    let mut followed = 0;
    while followed < lines.len() {
        let what = receive.recv_timeout(LIMIT).unwrap();
        let Followed::Entries { entries, .. } = what else { panic!("{what:?}") };
        followed += entries.len();
        for entry in entries {
            let Event::Word(WordEvent::Note(note)) = &entry.event else { continue };
            assert!(note.text == text || note.text == "the last", "line {} never was: {}", entry.seq + 1, note.text);
        }
    }
    drop(follower);
}

/// Every line but the first: first torn, of another text, then cut and written over, as whoever opens the chain does.
fn write_with_tears(path: &Path, lines: &[&str]) {
    let file = File::options().write(true).open(path).unwrap();
    let mut at = lines[0].len() as u64;
    for line in &lines[1..] {
        let other = line.replace("bbbb", "aaaa");
        for tear in 0..TEARS {
            let torn = &other.as_bytes()[..line.len() - 1 - tear % 10 * line.len() / 20];
            file.write_all_at(torn, at).unwrap();
            file.set_len(at).unwrap();
        }
        file.write_all_at(line.as_bytes(), at).unwrap();
        at += line.len() as u64;
    }
}
