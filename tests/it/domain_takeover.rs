//! A roster file that changes while an incident goes on: whose word puts it in force, once.

use warroom::domain::command::{Request, parse};
use warroom::domain::decide::decide;
use warroom::domain::entry::{NewEntry, Seal};
use warroom::domain::event::RosterPinned;
use warroom::domain::id::PersonId;
use warroom::domain::incident::Ledger;
use warroom::domain::policy::{Takeover, takeover};
use warroom::domain::roster::Level;
use warroom::domain::time::At;

use crate::support::log::place;

/// alice commands, bob responds.
fn roster(sha256: &str) -> RosterPinned {
    let people = ["alice", "bob"].map(|name| (name.to_owned(), vec![]));
    let levels = [("alice".to_owned(), Level::Commander)].into();
    RosterPinned { sha256: sha256.into(), people: people.into(), levels, ..RosterPinned::default() }
}

fn put(ledger: &mut Ledger, new: NewEntry) {
    let seq = ledger.entries().len();
    let at = At::from_secs(1_795_000_000 + i64::try_from(seq).unwrap());
    let mut entry = place(new.clone(), &format!("{}@h", new.actor), seq as u64, at);
    // Who may is asked here, not whose word it is: lines count as signed until somebody has looked.
    entry.seal = Seal::Unchecked;
    ledger.extend([entry]);
}

/// Says something while this file stands on that person's host; how many entries it led to.
fn says(ledger: &mut Ledger, who: &str, line: &str, file: &RosterPinned) -> usize {
    let request =
        Request { roster: Some(Box::new(file.clone())), ..Request::new(&PersonId::new(who), parse(line).unwrap()) };
    let entries = decide(ledger, &request).unwrap();
    entries.iter().for_each(|new| put(ledger, new.clone()));
    entries.len()
}

fn in_force(ledger: &Ledger) -> Option<&str> {
    ledger.incident().roster.as_ref().map(|r| r.sha256.as_str())
}

fn left(ledger: &Ledger, who: &str, file: &RosterPinned) -> String {
    match takeover(ledger, Some(file), &who.into()) {
        Takeover::Left(why) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_changed_file_is_put_in_force_by_a_commanders_next_word_once() {
    let (first, second) = (roster("aa"), roster("bb"));
    let mut ledger = Ledger::new();
    put(&mut ledger, NewEntry::human(&"alice".into(), first.clone()));
    says(&mut ledger, "alice", "declare 2 stall", &first);
    assert_eq!(says(&mut ledger, "alice", "note x", &first), 1, "it is in force");
    assert_eq!(says(&mut ledger, "bob", "note x", &second), 1, "bob does not command");
    assert!(left(&ledger, "bob", &second).contains("commander"));
    assert_eq!((says(&mut ledger, "alice", "note x", &second), in_force(&ledger)), (2, Some("bb")));
    assert_eq!(says(&mut ledger, "alice", "note x", &second), 1);
    // Another host still has the old file: it does not come back by itself.
    assert_eq!((says(&mut ledger, "alice", "note x", &first), in_force(&ledger)), (1, Some("bb")));
    assert!(left(&ledger, "alice", &first).contains("in force before"));
}

#[test]
fn a_log_without_a_roster_takes_one_from_its_commander_only() {
    let file = roster("aa");
    let mut ledger = Ledger::new();
    let declare = Request::new(&"bob".into(), parse("declare 2 stall").unwrap());
    decide(&ledger, &declare).unwrap().into_iter().for_each(|new| put(&mut ledger, new));
    assert_eq!((says(&mut ledger, "bob", "note x", &file), in_force(&ledger)), (1, None));
    assert_eq!((says(&mut ledger, "alice", "note x", &file), in_force(&ledger)), (2, Some("aa")));
}
