//! How incidents stand is remembered between processes, and never believed over their logs.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::{TempDir, tempdir};
use warroom::domain::entry::NewEntry;
use warroom::domain::event::{IncidentDeclared, Status, StatusChanged};
use warroom::domain::id::{IncidentId, PersonId};
use warroom::runtime::standings::Standings;

use crate::support::journal::{Caught, LIMIT, file, note, open};

struct Home {
    dir: TempDir,
    id: IncidentId,
}

impl Home {
    fn declared() -> Self {
        let home = Self { dir: tempdir().unwrap(), id: "2026-11-21-x".into() };
        let (title, onset) = ("it <slips>".to_owned(), None);
        home.append(NewEntry::human(&PersonId::new("alice"), IncidentDeclared { title, severity: 2, onset }));
        home
    }

    fn incident(&self) -> PathBuf {
        self.dir.path().join("incidents/2026-11-21-x")
    }

    fn state(&self) -> PathBuf {
        self.dir.path().join("state")
    }

    fn append(&self, new: NewEntry) {
        let journal = open(&self.incident(), "alice", &Caught::default());
        journal.append_and_wait(vec![new], LIMIT).unwrap();
    }

    fn close(&self) {
        let over = StatusChanged { to: Status::Closed, reason: "done".to_owned() };
        self.append(NewEntry::human(&PersonId::new("alice"), over));
    }

    /// Whether it is open, and whether its log had to be folded to say so.
    fn look(&self) -> (bool, bool) {
        self.look_from(&self.state())
    }

    fn look_from(&self, state: &Path) -> (bool, bool) {
        let mut standings = Standings::open(state);
        let (brief, folded) = standings.look(&self.id, &self.incident());
        standings.keep(std::slice::from_ref(&self.id));
        (brief.is_open(), folded.is_some())
    }
}

#[test]
fn a_log_that_did_not_change_is_not_folded_again() {
    let home = Home::declared();
    assert_eq!(home.look(), (true, true));
    assert_eq!(home.look(), (true, false));
    let (brief, _) = Standings::open(&home.state()).look(&home.id, &home.incident());
    assert_eq!((brief.title.as_str(), brief.severity, brief.drill), ("it <slips>", 2, false));
}

#[test]
fn whatever_is_written_to_a_log_is_seen() {
    let home = Home::declared();
    home.look();
    home.append(note("alice", "more"));
    assert_eq!(home.look(), (true, true));
    home.close();
    assert_eq!(home.look(), (false, true));
    assert_eq!(home.look(), (false, false));
}

#[test]
fn a_file_put_in_its_place_with_the_same_size_and_time_is_seen() {
    let home = Home::declared();
    home.look();
    let chain = file(&home.incident(), "alice@bastion");
    let (text, times) = (fs::read_to_string(&chain).unwrap(), fs::metadata(&chain).unwrap().modified().unwrap());
    let copy = chain.with_extension("copy");
    fs::write(&copy, text.replace("it <slips>", "it <flips>")).unwrap();
    fs::rename(&copy, &chain).unwrap();
    fs::File::options().write(true).open(&chain).unwrap().set_modified(times).unwrap();
    assert!(home.look().1, "the log was believed to be what it was");
}

#[test]
fn a_damaged_memory_is_no_memory() {
    let home = Home::declared();
    home.look();
    let memory = home.state().join("standings");
    let good = fs::read(&memory).unwrap();
    assert_eq!(home.look(), (true, false));
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 1;
        fs::write(&memory, &bad).unwrap();
        assert!(home.look().0, "byte {at}");
        fs::write(&memory, &good[..at]).unwrap();
        assert_eq!(home.look(), (true, true), "cut at {at}");
    }
    fs::write(&memory, vec![b'x'; 5 * 1024 * 1024]).unwrap();
    assert_eq!(home.look(), (true, true));
    assert_eq!(home.look(), (true, false), "and it is made again");
}

#[test]
fn a_state_folder_that_takes_nothing_costs_time_only() {
    let home = Home::declared();
    let state = home.dir.path().join("a file");
    fs::write(&state, "").unwrap();
    assert_eq!(home.look_from(&state), (true, true));
    assert_eq!(home.look_from(&state), (true, true));
}

#[test]
fn incidents_that_are_gone_are_forgotten() {
    let home = Home::declared();
    home.look();
    let mut standings = Standings::open(&home.state());
    standings.look(&home.id, &home.incident());
    standings.keep(&[]);
    assert_eq!(home.look(), (true, true));
}

#[test]
fn many_at_once_leave_a_whole_memory() {
    let home = Home::declared();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..50).for_each(|_| assert!(home.look().0)));
        }
        scope.spawn(|| (0..5).for_each(|n| home.append(note("alice", &n.to_string()))));
    });
    home.look();
    assert_eq!(home.look(), (true, false));
    let left = fs::read_dir(home.state()).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap());
    // Beside it stands the folder of heads seen; nothing half-written stays.
    assert_eq!(left.filter(|name| !name.starts_with("heads-")).collect::<Vec<_>>(), ["standings"]);
}
