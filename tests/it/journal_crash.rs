//! Crash states enumerated: every byte at which a write can be cut, followed by nothing, by zeros, or by garbage.
//! Whatever was whole before the cut is there after reopening, and the log is sound.

use std::fs;
use std::path::Path;

use tempfile::{tempdir, tempdir_in};
use warroom::journal::{load, verify};

use crate::support::journal::{Caught, LIMIT, file, note, open};

fn small_log() -> Vec<u8> {
    let dir = tempdir().unwrap();
    let journal = open(dir.path(), "alice", &Caught::default());
    for text in ["one", "two \u{202e}", "three"] {
        journal.append_and_wait(vec![note("alice", text)], LIMIT).unwrap();
    }
    drop(journal);
    fs::read(file(dir.path(), "alice@bastion")).unwrap()
}

/// What may stand behind the cut.
const TAILS: [&[u8]; 6] =
    [b"", b"\0\0\0\0\0\0\0\0", b"\0\0\0\0\n", b"\xff\xfe{\"v\":\n", b"{}\n\n\n", b"}}}\n{\"seq\":"];

fn survive(dir: &Path, bytes: &[u8], whole_lines: usize) {
    let path = file(dir, "alice@bastion");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, bytes).unwrap();
    assert_eq!(load(dir).entries.len(), whole_lines, "{:?}", load(dir));
    assert!(verify(dir).is_sound(), "a crash is no fault: {:?}", verify(dir).faults);
    let journal = open(dir, "alice", &Caught::default());
    assert_eq!(journal.writer().as_str(), "alice@bastion", "a torn tail is mended, not passed over");
    journal.append_and_wait(vec![note("alice", "after")], LIMIT).unwrap();
    drop(journal);
    let report = verify(dir);
    assert!(report.is_sound() && report.notes.is_empty(), "{report:?}");
    let texts: Vec<_> = load(dir).entries.iter().map(|e| e.event.kind().to_owned()).collect();
    let (opened, recovered) = (usize::from(whole_lines == 0), texts.iter().filter(|k| *k == "log.recovered").count());
    assert_eq!(texts.len(), whole_lines + opened + recovered + 1, "{texts:?}");
    fs::remove_dir_all(dir.join("log")).unwrap();
}

#[test]
fn every_cut_of_a_small_log_is_survived() {
    let log = small_log();
    let ends: Vec<_> = log.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(i, _)| i + 1).collect();
    assert_eq!(ends.len(), 4);
    // Thousands of syncs prove nothing here: in memory where there is such a folder.
    let memory = Path::new("/dev/shm");
    let dir = if memory.is_dir() { tempdir_in(memory) } else { tempdir() }.unwrap();
    // Each tail behind every cut would be thousands of files; a different tail at each cut, with every tail at every line's end.
    for cut in 0..=log.len() {
        let whole = ends.iter().filter(|end| **end <= cut).count();
        let tails = if cut == 0 || ends.contains(&cut) { TAILS.to_vec() } else { vec![TAILS[cut % TAILS.len()]] };
        for tail in tails {
            let mut bytes = log[..cut].to_vec();
            bytes.extend_from_slice(tail);
            // A newline behind all but the newline of a line makes the line whole, which is no crash to be told.
            let whole = whole + usize::from(log.get(cut) == Some(&b'\n') && tail.first() == Some(&b'\n'));
            survive(dir.path(), &bytes, whole);
        }
    }
}

#[test]
fn damage_with_entries_behind_it_is_never_mended() {
    let log = small_log();
    let second = log.iter().position(|b| *b == b'\n').unwrap() + 1;
    let third = second + log[second..].iter().position(|b| *b == b'\n').unwrap();
    // Every bit of the second line flipped in turn, its newline left out: the third line stands behind it.
    for at in (second..third).step_by(7) {
        let dir = tempdir().unwrap();
        let mut bytes = log.clone();
        bytes[at] ^= 1;
        let path = file(dir.path(), "alice@bastion");
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &bytes).unwrap();
        let report = verify(dir.path());
        assert!(report.faults.iter().any(|f| f.line == 2), "byte {at}: {report:?}");
        let journal = open(dir.path(), "alice", &Caught::default());
        assert_eq!(journal.writer().as_str(), "alice@bastion~2");
        drop(journal);
        assert_eq!(fs::read(&path).unwrap(), bytes, "left as it is");
    }
}
