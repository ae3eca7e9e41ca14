//! Two consoles of one person at once, and two machines that bear one host name: neither ever writes into the other's chain.

use std::fs;
use std::path::Path;

use tempfile::tempdir;
use warroom::domain::event::ChainEvent;
use warroom::domain::event::Event;
use warroom::journal::{Journal, JournalEvent, load, verify};

use crate::support::journal::{Caught, HandClock, LIMIT, file, note, options};

fn on(dir: &Path, person: &str, machine: &str, caught: &Caught) -> Journal {
    let mut options = options(person);
    options.machine = machine.to_owned();
    Journal::open(dir, options, HandClock::at("2026-11-21T03:00:00Z"), caught.listener()).unwrap()
}

fn writes(dir: &Path, person: &str, machine: &str) -> String {
    let journal = on(dir, person, machine, &Caught::default());
    journal.append_and_wait(vec![note(person, machine)], LIMIT).unwrap();
    journal.writer().to_string()
}

#[test]
fn the_machine_stands_in_the_first_line_and_its_own_chain_goes_on() {
    let dir = tempdir().unwrap();
    assert_eq!(writes(dir.path(), "alice", "3f9c"), "alice@bastion");
    assert_eq!(writes(dir.path(), "alice", "3f9c"), "alice@bastion");
    let raw = fs::read_to_string(file(dir.path(), "alice@bastion")).unwrap();
    assert!(raw.contains("\"host\":\"bastion\",\"machine\":\"3f9c\"}"), "{raw}");
    assert_eq!(writes(dir.path(), "alice", ""), "alice@bastion", "a machine that nobody knows is no other machine");
}

#[test]
fn another_machine_of_that_name_gets_a_marked_name() {
    let dir = tempdir().unwrap();
    writes(dir.path(), "alice", "3f9c");
    let before = fs::read(file(dir.path(), "alice@bastion")).unwrap();
    assert_eq!(writes(dir.path(), "alice", "07aa"), "alice@bastion-07aa");
    assert_eq!(
        writes(dir.path(), "bob", "07aa"),
        "bob@bastion-07aa",
        "anybody's chain shows that there are two machines"
    );
    assert_eq!(writes(dir.path(), "alice", "3f9c"), "alice@bastion", "whoever was there keeps the name");
    assert_eq!(writes(dir.path(), "carol", "3f9c"), "carol@bastion", "another's marked name says nothing of ours");
    assert!(fs::read(file(dir.path(), "alice@bastion")).unwrap().starts_with(&before));
    let both =
        [on(dir.path(), "alice", "07aa", &Caught::default()), on(dir.path(), "alice", "07aa", &Caught::default())];
    assert_eq!(both[1].writer().as_str(), "alice@bastion-07aa~2");
    let report = verify(dir.path());
    assert!(report.is_sound(), "{:?}", report.faults);
}

#[test]
fn a_synchronised_folder_that_brings_the_other_machines_chain_into_our_place_loses_neither() {
    // Both began before they met, with one name; then the folder's tool puts theirs where ours was.
    let (ours, theirs) = (tempdir().unwrap(), tempdir().unwrap());
    let caught = Caught::default();
    let journal = on(ours.path(), "alice", "3f9c", &caught);
    journal.append_and_wait(vec![note("alice", "ours")], LIMIT).unwrap();
    assert_eq!(writes(theirs.path(), "alice", "07aa"), "alice@bastion");
    let incoming = file(ours.path(), "alice@bastion").with_extension("incoming");
    fs::copy(file(theirs.path(), "alice@bastion"), &incoming).unwrap();
    fs::rename(incoming, file(ours.path(), "alice@bastion")).unwrap();
    let entries = journal.append_and_wait(vec![note("alice", "more")], LIMIT).unwrap();
    assert_eq!(entries[0].writer.as_str(), "alice@bastion-3f9c", "never again under the shared name");
    caught.wait_for(
        "word of it",
        |e| matches!(e, JournalEvent::Trouble(why) if why.contains("replaced") && why.contains("kept")),
    );
    let kept = fs::read_to_string(ours.path().join("log/alice@bastion.kept")).unwrap();
    assert!(kept.contains("\"ours\""), "what was acknowledged is kept: {kept}");
    drop(journal);
    let report = verify(ours.path());
    assert!(report.is_sound(), "{:?}", report.faults);
    assert_eq!(writes(ours.path(), "alice", "3f9c"), "alice@bastion-3f9c");
}

#[test]
fn two_consoles_of_one_person_never_share_a_chain() {
    let dir = tempdir().unwrap();
    let consoles: Vec<_> = (0..6).map(|_| on(dir.path(), "alice", "3f9c", &Caught::default())).collect();
    std::thread::scope(|scope| {
        for (n, journal) in consoles.iter().enumerate() {
            scope.spawn(move || {
                for k in 0..10 {
                    journal.append_and_wait(vec![note("alice", &format!("{n} {k}"))], LIMIT).unwrap();
                }
            });
        }
    });
    let loaded = load(dir.path());
    let opened = loaded.entries.iter().filter(|e| matches!(e.event, Event::Chain(ChainEvent::Opened(_)))).count();
    assert_eq!((loaded.heads.len(), opened, loaded.entries.len()), (6, 6, 66));
    assert!(verify(dir.path()).is_sound());
}
