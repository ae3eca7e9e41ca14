//! A disk that is really full: a small tmpfs where the test may mount one, else a file size limit in a process of its own.

use std::path::Path;
use std::process::Command;

use tempfile::tempdir;
use warroom::journal::{Durability, JournalEvent, load, verify};

use crate::support::journal::{Caught, note, open, wait_until};

const ROOM: u64 = 64 * 1024;
const HERE: &str = "WARROOM_TEST_FULL_DISK";

/// Appends until the disk takes no more, makes room, and sees everything come through in order.
fn fill_and_free(dir: &Path, says: &str, make_room: impl FnOnce()) {
    let caught = Caught::default();
    let journal = open(dir, "alice", &caught);
    let mut written = 0;
    while journal.waiting() == 0 || caught.count(|e| matches!(e, JournalEvent::Trouble(_))) == 0 {
        assert!(written < 2_000, "the disk is never full");
        journal.append(vec![note("alice", &format!("{written} {}", "x".repeat(200)))]).unwrap();
        written += 1;
        let ticket_told = |e: &JournalEvent| matches!(e, JournalEvent::Appended { .. });
        wait_until("told", || caught.count(ticket_told) == written);
    }
    caught.wait_for("the reason", |e| matches!(e, JournalEvent::Trouble(why) if why.contains(says)));
    let held = |e: &JournalEvent| matches!(e, JournalEvent::Appended { durability: Durability::Held, .. });
    assert!(caught.count(held) > 0);
    let acknowledged = written - journal.waiting();
    assert!(load(dir).entries.len() > acknowledged, "what was acknowledged is there (and chain.opened)");
    make_room();
    wait_until("everything is saved", || journal.waiting() == 0);
    drop(journal);
    assert_eq!(load(dir).entries.len(), written + 1);
    let report = verify(dir);
    assert!(report.is_sound() && report.notes.is_empty(), "{report:?}");
}

fn on_a_tmpfs(mount: &Path) -> bool {
    let size = format!("size={ROOM}");
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(mount).output();
    if !mounted.is_ok_and(|out| out.status.success()) {
        return false;
    }
    std::fs::write(mount.join("ballast"), vec![0; 32 * 1024]).unwrap();
    let result = std::panic::catch_unwind(|| {
        fill_and_free(&mount.join("incident"), "No space left", || {
            std::fs::remove_file(mount.join("ballast")).unwrap()
        });
    });
    assert!(Command::new("umount").arg(mount).status().unwrap().success());
    result.unwrap();
    true
}

/// The same in a process that ignores the signal of the limit (only a shell can do that for us) and may not grow files.
fn under_a_size_limit() {
    let test = std::env::current_exe().unwrap();
    let script =
        "trap '' XFSZ; ulimit -S -f 16; exec \"$0\" --exact journal_full_disk::a_full_disk_loses_nothing --nocapture";
    let dir = tempdir().unwrap();
    let out = Command::new("sh").args(["-c", script]).arg(test).env(HERE, dir.path()).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
}

#[test]
fn a_full_disk_loses_nothing() {
    if let Some(dir) = std::env::var_os(HERE) {
        let lift = || {
            let limit = rustix::process::getrlimit(rustix::process::Resource::Fsize);
            let lifted = rustix::process::Rlimit { current: limit.maximum, maximum: limit.maximum };
            rustix::process::setrlimit(rustix::process::Resource::Fsize, lifted).unwrap();
        };
        return fill_and_free(Path::new(&dir), "File too large", lift);
    }
    let mount = tempdir().unwrap();
    if on_a_tmpfs(mount.path()) {
        println!("tried on a tmpfs of {ROOM} bytes");
    } else {
        println!("no tmpfs can be mounted here: tried under a file size limit instead");
    }
    under_a_size_limit();
}
