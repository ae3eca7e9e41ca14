//! The console on a disk that is really full: what is not saved is shown as such, the keys work on, and when there is room again
//! everything is written.

use std::fs;
use std::path::Path;
use std::process::Command;

use warroom::journal::{load, verify};

use crate::support::console::{open, quiet_home};
use crate::support::pty::Terminal;
use crate::support::warroom::Warroom;

/// Room of the disk.
const ROOM: &str = "size=256k";

/// Remarks after which a full disk must have been noticed: one page of 4 KiB takes about ten.
const REMARKS: usize = 60;

const SIZE: (u16, u16) = (160, 50);

const UNSAVED: &str = "entries not yet on disk";

/// A small disk, mounted until it is dropped.
struct SmallDisk<'a>(&'a Path);

impl<'a> SmallDisk<'a> {
    fn mount(at: &'a Path) -> Option<Self> {
        let call = Command::new("mount").args(["-t", "tmpfs", "-o", ROOM, "tmpfs"]).arg(at).output();
        call.is_ok_and(|out| out.status.success()).then_some(Self(at))
    }

    /// Takes all room there is.
    fn fill(&self) {
        let mut size = 256 * 1024;
        while size >= 4_096 {
            let name = self.0.join("ballast").join(format!("{size}"));
            fs::create_dir_all(name.parent().unwrap()).unwrap();
            if fs::write(&name, vec![1; size]).is_err() {
                fs::remove_file(&name).unwrap_or(());
                size /= 2;
            } else if size == 4_096 {
                fs::write(self.0.join("ballast/last"), vec![1; 4_096]).unwrap_or(());
                break;
            } else {
                size /= 2;
            }
        }
    }

    fn free(&self) {
        fs::remove_dir_all(self.0.join("ballast")).unwrap();
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        // Lazily: a console that a failed test leaves behind may still hold it.
        drop(Command::new("umount").arg("-l").arg(self.0).status());
    }
}

fn say(terminal: &Terminal, words: &str) {
    terminal.press(":");
    terminal.press(&format!("note {words}"));
    terminal.press("\r");
    let shown = words.split(' ').next().unwrap().to_owned();
    terminal.wait_for(&shown, |s| s.contains(&shown));
}

fn prove(home: &Warroom, disk: &SmallDisk<'_>) {
    assert_eq!(home.run(&["declare", "--severity", "2", "finality stall"]).code, 0);
    let incidents = home.home().join("incidents");
    let incident = fs::read_dir(&incidents).unwrap().map(|e| e.unwrap().path()).next().unwrap();
    let mut terminal = open(home, SIZE);
    say(&terminal, "remark-before while there is room");
    disk.fill();
    let mut said = 0;
    while !terminal.screen().contains(UNSAVED) {
        assert!(said < REMARKS, "the disk is never full");
        say(&terminal, &format!("remark-{said} {}", "x".repeat(300)));
        said += 1;
    }
    terminal.wait_for("the reason", |s| s.contains("No space left"));
    // It goes on as if nothing were: a remark, the help, and the question before entries would be lost.
    say(&terminal, "remark-while-full it stays usable");
    terminal.press("q");
    terminal.wait_for("the warning", |s| s.contains("not on the disk yet"));
    terminal.press("\x1b");
    terminal.wait_for("the warning's end", |s| !s.contains("not on the disk yet"));
    disk.free();
    terminal.wait_for("everything is saved", |s| !s.contains(UNSAVED) && !s.contains("No space left"));
    terminal.press("q");
    let (status, _) = terminal.wait_exit(std::time::Duration::from_secs(5));
    assert!(status.success(), "{status}");
    let entries = load(&incident).entries;
    let told: Vec<String> = entries.iter().map(|e| e.event.sentence()).collect();
    let expected = (0..said).map(|n| format!("remark-{n} "));
    for words in expected.chain(["remark-before ".to_owned(), "remark-while-full ".to_owned()]) {
        assert_eq!(told.iter().filter(|t| t.contains(&words)).count(), 1, "{words}: {told:?}");
    }
    let report = verify(&incident);
    assert!(report.is_sound() && report.notes.is_empty(), "{report:?}");
    assert_eq!(home.run(&["verify"]).code, 0);
    eprintln!("{said} remarks until the disk was full");
}

#[test]
fn a_console_on_a_full_disk_says_so_goes_on_and_saves_later() {
    let home = quiet_home();
    let incidents = home.home().join("incidents");
    fs::create_dir_all(&incidents).unwrap();
    match SmallDisk::mount(&incidents) {
        Some(disk) => prove(&home, &disk),
        None => eprintln!("NOTHING WAS TRIED: a small disk can only be mounted as root"),
    };
}
