//! The writer: what it acknowledges is on the disk, in the right bytes, and nothing else happens to files.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use tempfile::tempdir;
use warroom::domain::entry::{Disclosure, NewEntry};
use warroom::domain::event::{ChainEvent, Event, NoteAdded};
use warroom::domain::time::At;
use warroom::journal::{AppendError, Durability, Journal, JournalEvent, load, parse_line};

use crate::support::journal::{
    Caught, FailingDisk, Failure, HandClock, LIMIT, file, note, open, options, vector, wait_until,
};

fn texts(dir: &Path) -> Vec<String> {
    let loaded = load(dir);
    assert!(loaded.faults.is_empty(), "{:?}", loaded.faults);
    let text = |e: warroom::domain::entry::Entry| serde_json::from_str::<NoteAdded>(&e.event.data().unwrap()).ok();
    loaded.entries.into_iter().filter(|e| e.event.kind() == "note.added").filter_map(text).map(|n| n.text).collect()
}

#[test]
fn the_first_append_opens_the_chain_and_lines_are_as_promised() {
    let dir = tempdir().unwrap();
    let caught = Caught::default();
    let journal = open(dir.path(), "alice", &caught);
    assert_eq!(journal.writer().as_str(), "alice@bastion");
    let entries = journal.append_and_wait(vec![note("alice", "tab\t, esc \u{1b}, rtl \u{202e}, é")], LIMIT).unwrap();
    assert_eq!(entries.len(), 2, "chain.opened and the note");
    let raw = fs::read_to_string(file(dir.path(), "alice@bastion")).unwrap();
    let lines: Vec<_> = raw.split_inclusive('\n').collect();
    assert_eq!(
        lines[0],
        "{\"v\":1,\"seq\":0,\"at\":\"2026-11-21T03:00:00.000000Z\",\"writer\":\"alice@bastion\",\"actor\":\"alice\",\"source\":\"tool\",\
         \"kind\":\"chain.opened\",\"drill\":false,\"data\":{\"incident\":\"2026-11-21-finality-stall\",\"network\":\"devnet\",\
         \"host\":\"bastion\"},\"prev\":\"0000000000000000000000000000000000000000000000000000000000000000\"}\n"
    );
    assert!(lines[1].starts_with(
        "{\"v\":1,\"seq\":1,\"at\":\"2026-11-21T03:00:00.000001Z\",\"writer\":\"alice@bastion\",\"actor\":\"alice\",\"source\":\"human\",\
         \"kind\":\"note.added\",\"drill\":false,\"data\":{\"text\":\"tab\\t, esc \\u001b, rtl \\u202e, é\"},\"prev\":\""
    ), "{}", lines[1]);
    assert_eq!(parse_line(lines[1].as_bytes()).unwrap().0, entries[1]);
    // On a busy disk they are told as held first.
    caught.wait_for("word that they are on the disk", |e| match e {
        JournalEvent::Appended { durability, entries, .. } => *durability == Durability::Synced && entries.len() == 2,
        event => matches!(event, JournalEvent::BecameDurable { up_to_seq: 1, .. }),
    });
}

#[test]
fn what_is_too_large_or_no_json_of_ours_is_refused_before_anything_is_written() {
    let dir = tempdir().unwrap();
    let journal = open(dir.path(), "alice", &Caught::default());
    let refused = journal.append(vec![note("alice", "fine"), note("alice", &"x".repeat(70_000))]).unwrap_err();
    assert!(refused.to_string().contains("note.added is too large for one entry: 7"), "{refused}");
    let float = Event::unknown("x.happened", r#"{"load":0.5}"#);
    let refused = journal.append(vec![NewEntry::tool(float)]).unwrap_err();
    assert!(refused.to_string().contains("float"), "{refused}");
    drop(journal);
    assert!(!file(dir.path(), "alice@bastion").exists(), "a chain without lines leaves no file");
}

#[test]
fn a_chain_goes_on_where_it_ended_and_a_second_console_gets_the_next_name() {
    let dir = tempdir().unwrap();
    let first = open(dir.path(), "alice", &Caught::default());
    first.append_and_wait(vec![note("alice", "one")], LIMIT).unwrap();
    let second = open(dir.path(), "alice", &Caught::default());
    assert_eq!(second.writer().as_str(), "alice@bastion~2");
    second.observe(&load(dir.path()).heads);
    let entries = second.append_and_wait(vec![note("alice", "two")], LIMIT).unwrap();
    assert_eq!(entries[0].rare.seen.len(), 1, "it names the head it has seen, once: {entries:?}");
    assert!(entries[1].rare.seen.is_empty());
    drop(first);
    let again = open(dir.path(), "alice", &Caught::default());
    assert_eq!(again.writer().as_str(), "alice@bastion");
    again.observe(&load(dir.path()).heads);
    let entries = again.append_and_wait(vec![note("alice", "three")], LIMIT).unwrap();
    assert_eq!((entries.len(), entries[0].seq), (1, 2), "no second chain.opened");
    assert_eq!(
        texts(dir.path()),
        ["one", "two", "three"],
        "after everything it has seen, though the clock stands still"
    );
}

#[test]
fn internal_entries_go_to_a_chain_of_their_own() {
    let dir = tempdir().unwrap();
    let journal = open(dir.path(), "alice", &Caught::default());
    let mut secret = note("alice", "the signer's address");
    secret.disclosure = Disclosure::Internal;
    let entries = journal.append_and_wait(vec![note("alice", "shared"), secret], LIMIT).unwrap();
    assert_eq!(entries.len(), 4, "each chain has its own chain.opened");
    let shared = fs::read_to_string(file(dir.path(), "alice@bastion")).unwrap();
    let inside = fs::read_to_string(dir.path().join("internal/alice@bastion+internal.jsonl")).unwrap();
    assert!(!shared.contains("signer") && !shared.contains("internal"), "{shared}");
    assert!(inside.contains("signer") && inside.contains("\"writer\":\"alice@bastion+internal\""), "{inside}");
    drop(journal);
    assert_eq!(texts(dir.path()), ["shared", "the signer's address"]);
    fs::remove_dir_all(dir.path().join("internal")).unwrap();
    assert_eq!(texts(dir.path()), ["shared"], "leaving it out leaves the rest whole");
}

#[test]
fn a_full_disk_holds_entries_and_writes_them_in_order_when_it_takes_them_again() {
    let dir = tempdir().unwrap();
    let (caught, disk) = (Caught::default(), FailingDisk::default());
    let clock = HandClock::at("2026-11-21T03:00:00Z");
    let journal =
        Journal::open_on(dir.path(), options("alice"), clock, Box::new(disk.clone()), caught.listener()).unwrap();
    journal.append_and_wait(vec![note("alice", "before")], LIMIT).unwrap();
    disk.set(Failure::ShortWrite(28));
    let said = journal.append_and_wait(vec![note("alice", "held 1")], LIMIT).unwrap_err();
    assert!(matches!(&said, AppendError::NotSaved(why) if why.contains("No space left")), "{said}");
    assert_eq!(texts(dir.path()), ["before"], "half a line is a torn tail to readers");
    journal.append(vec![note("alice", "held 2")]).unwrap();
    caught.wait_for("held entries", |e| matches!(e, JournalEvent::Appended { durability: Durability::Held, .. }));
    caught.wait_for("trouble", |e| matches!(e, JournalEvent::Trouble(why) if why.contains("No space left")));
    assert_eq!(journal.waiting(), 2);
    disk.set(Failure::None);
    caught.wait_for("the end of trouble", |e| matches!(e, JournalEvent::TroubleOver));
    let last = JournalEvent::BecameDurable { writer: "alice@bastion".into(), up_to_seq: 3 };
    caught.wait_for("the last one durable", |e| *e == last);
    assert_eq!(texts(dir.path()), ["before", "held 1", "held 2"]);
}

#[test]
fn when_the_held_tail_is_full_new_entries_are_refused_with_the_reason() {
    let dir = tempdir().unwrap();
    let (caught, disk) = (Caught::default(), FailingDisk::default());
    let clock = HandClock::at("2026-11-21T03:00:00Z");
    let journal =
        Journal::open_on(dir.path(), options("alice"), clock, Box::new(disk.clone()), caught.listener()).unwrap();
    disk.set(Failure::Write(5));
    let mut taken = 0;
    let refused = loop {
        match journal.append((0..100).map(|i| note("alice", &format!("{taken} {i}"))).collect()) {
            Ok(_) => taken += 100,
            Err(refused) => break refused,
        }
        assert!(taken <= warroom::journal::HELD_MAX, "no limit");
    };
    assert!(matches!(&refused, AppendError::Full(_)), "{refused}");
    caught.wait_for("trouble", |e| matches!(e, JournalEvent::Trouble(_)));
    let refused = journal.append(vec![note("alice", "one more"); 100]).unwrap_err();
    assert!(refused.to_string().contains("os error 5"), "{refused}");
    disk.set(Failure::None);
    wait_until("all saved", || journal.waiting() == 0);
    assert_eq!(texts(dir.path()).len(), taken, "everything taken is there, nothing refused is");
}

#[test]
fn a_failed_sync_is_never_believed_again() {
    let dir = tempdir().unwrap();
    let (caught, disk) = (Caught::default(), FailingDisk::default());
    let clock = HandClock::at("2026-11-21T03:00:00Z");
    let journal =
        Journal::open_on(dir.path(), options("alice"), clock, Box::new(disk.clone()), caught.listener()).unwrap();
    journal.append_and_wait(vec![note("alice", "one")], LIMIT).unwrap();
    disk.set(Failure::Sync(5));
    journal.append(vec![note("alice", "two")]).unwrap();
    caught.wait_for("two as held", |e| matches!(e, JournalEvent::Appended { durability: Durability::Held, .. }));
    caught.wait_for("a new chain", |e| matches!(e, JournalEvent::Continued { kept: Some(1), .. }));
    caught.wait_for(
        "a third one, for the second could not be synced either",
        |e| matches!(e, JournalEvent::Continued { kept: Some(1), to, .. } if to.as_str() == "alice@bastion~3"),
    );
    disk.set(Failure::None);
    caught.wait_for("the end of trouble", |e| matches!(e, JournalEvent::TroubleOver));
    journal.append_and_wait(vec![note("alice", "three")], LIMIT).unwrap();
    let writer = journal.writer();
    assert_eq!(writer.as_str(), "alice@bastion~3");
    assert_eq!(texts(dir.path()), ["one", "two", "three"], "what the old chain holds after its head is void");
    drop(journal);
    let next = open(dir.path(), "alice", &Caught::default());
    assert_eq!(
        next.writer().as_str(),
        "alice@bastion~2",
        "a continued chain is not taken up again; the second never got a line"
    );
    next.append_and_wait(vec![note("alice", "four")], LIMIT).unwrap();
    assert_eq!(texts(dir.path()).len(), 4);
}

#[test]
fn a_hanging_disk_does_not_hold_up_appending() {
    let dir = tempdir().unwrap();
    let (caught, disk) = (Caught::default(), FailingDisk::default());
    let clock = HandClock::at("2026-11-21T03:00:00Z");
    let journal =
        Journal::open_on(dir.path(), options("alice"), clock, Box::new(disk.clone()), caught.listener()).unwrap();
    disk.set(Failure::Hang);
    for text in ["one", "two"] {
        let ticket = journal.append(vec![note("alice", text)]).unwrap();
        caught.wait_for(
            "held",
            |e| matches!(e, JournalEvent::Appended { ticket: t, durability: Durability::Held, .. } if *t == ticket),
        );
    }
    disk.set(Failure::None);
    caught.wait_for("durable", |e| matches!(e, JournalEvent::BecameDurable { up_to_seq: 2, .. }));
    assert_eq!(texts(dir.path()), ["one", "two"]);
}

#[test]
fn a_torn_tail_is_set_aside_and_told() {
    let dir = tempdir().unwrap();
    vector("torn", dir.path());
    let before = fs::read(file(dir.path(), "alice@bastion")).unwrap();
    let caught = Caught::default();
    let journal = open(dir.path(), "alice", &caught);
    assert_eq!(journal.writer().as_str(), "alice@bastion");
    journal.append_and_wait(vec![note("alice", "back")], LIMIT).unwrap();
    caught.wait_for("word of it", |e| matches!(e, JournalEvent::Trouble(why) if why.contains("torn")));
    let torn = fs::read(dir.path().join("log/alice@bastion.torn")).unwrap();
    assert!(before.ends_with(&torn) && !torn.is_empty());
    let after = fs::read(file(dir.path(), "alice@bastion")).unwrap();
    assert!(after.starts_with(&before[..before.len() - torn.len()]));
    let loaded = load(dir.path());
    assert!(loaded.faults.is_empty() && loaded.notes.is_empty(), "{loaded:?}");
    let recovered = loaded.entries.iter().find_map(|e| match &e.event {
        Event::Chain(ChainEvent::Recovered(r)) => Some((e.seq, r.clone())),
        _ => None,
    });
    let (seq, recovered) = recovered.expect("log.recovered");
    assert_eq!((seq, recovered.bytes, recovered.torn.as_str()), (5, torn.len() as u64, "alice@bastion.torn"));
}

#[test]
fn a_damaged_chain_is_left_alone_and_the_next_name_is_taken_loudly() {
    let dir = tempdir().unwrap();
    vector("bad-edited", dir.path());
    let before = fs::read(file(dir.path(), "alice@bastion")).unwrap();
    let caught = Caught::default();
    let journal = open(dir.path(), "alice", &caught);
    assert_eq!(journal.writer().as_str(), "alice@bastion~2");
    caught.wait_for("loud word", |e| matches!(e, JournalEvent::Trouble(why) if why.contains("alice@bastion.jsonl:3")));
    journal.append_and_wait(vec![note("alice", "back")], LIMIT).unwrap();
    assert_eq!(fs::read(file(dir.path(), "alice@bastion")).unwrap(), before);
}

#[test]
fn a_file_that_was_replaced_cut_or_added_to_is_noticed() {
    type Touch = fn(&Path);
    let touches: [(&str, Touch); 3] = [
        ("replaced", |path| {
            fs::copy(path, path.with_extension("new")).unwrap();
            fs::rename(path.with_extension("new"), path).unwrap();
        }),
        ("cut", |path| fs::OpenOptions::new().write(true).open(path).unwrap().set_len(10).unwrap()),
        ("wrote", |path| {
            use std::io::Write as _;
            fs::OpenOptions::new().append(true).open(path).unwrap().write_all(b"hello\n").unwrap();
        }),
    ];
    for (how, touch) in touches {
        let dir = tempdir().unwrap();
        let caught = Caught::default();
        let journal = open(dir.path(), "alice", &caught);
        journal.append_and_wait(vec![note("alice", "one")], LIMIT).unwrap();
        touch(&file(dir.path(), "alice@bastion"));
        let entries = journal.append_and_wait(vec![note("alice", "two")], LIMIT).unwrap();
        assert_eq!(entries[0].writer.as_str(), "alice@bastion~2", "{how}");
        caught.wait_for(how, |e| matches!(e, JournalEvent::Trouble(why) if why.contains(how)));
        let raw = fs::read_to_string(file(dir.path(), "alice@bastion~2")).unwrap();
        assert!(raw.contains("\"continues\":{\"writer\":\"alice@bastion\",\"seq\":1,"), "{how}: {raw}");
        let kept = fs::read_to_string(dir.path().join("log/alice@bastion.kept")).unwrap_or_default();
        assert_eq!(kept.lines().count(), if how == "replaced" { 2 } else { 0 }, "{how}: what is still at hand is kept");
    }
}

#[test]
fn a_file_that_was_removed_is_written_again_for_it_is_still_held_open() {
    for gone in ["log/alice@bastion.jsonl", "log", "."] {
        let home = tempdir().unwrap();
        let dir = home.path().join("incident");
        let caught = Caught::default();
        let journal = open(&dir, "alice", &caught);
        journal.append_and_wait(vec![note("alice", "one")], LIMIT).unwrap();
        let path = if gone == "." { dir.clone() } else { dir.join(gone) };
        if path.is_dir() {
            fs::remove_dir_all(&path).unwrap()
        } else {
            fs::remove_file(&path).unwrap()
        }
        let entries = journal.append_and_wait(vec![note("alice", "two")], LIMIT).unwrap();
        assert_eq!((entries[0].writer.as_str(), entries[0].seq), ("alice@bastion", 2), "{gone}");
        caught.wait_for("word of it", |e| matches!(e, JournalEvent::Trouble(why) if why.contains("was removed")));
        assert_eq!(texts(&dir), ["one", "two"], "{gone}");
        let again = open(&dir, "alice", &Caught::default());
        assert_eq!(again.writer().as_str(), "alice@bastion~2", "the new file is locked as the old one was");
    }
}

#[test]
fn the_same_appends_give_the_same_bytes() {
    let run = || {
        let dir = tempdir().unwrap();
        let clock = HandClock::at("2026-04-01T10:00:00Z");
        let mut options = options("facilitator");
        options.drill = true;
        let journal = Journal::open(dir.path(), options, Arc::clone(&clock) as _, |_| ()).unwrap();
        for i in 0..50 {
            clock.set(At::parse("2026-04-01T10:00:00Z").unwrap().plus(warroom::domain::time::Span::from_secs(i / 3)));
            journal.append(vec![note("facilitator", &format!("inject {i}"))]).unwrap();
        }
        drop(journal);
        fs::read(file(dir.path(), "facilitator@bastion")).unwrap()
    };
    let (one, two) = (run(), run());
    assert!(!one.is_empty() && String::from_utf8_lossy(&one).lines().all(|line| line.contains("\"drill\":true")));
    assert_eq!(one, two, "grouping on the disk must not show in the bytes");
}

#[test]
fn the_clock_going_back_is_told_beside_at() {
    let dir = tempdir().unwrap();
    let clock = HandClock::at("2026-11-21T03:00:00Z");
    let journal = Journal::open(dir.path(), options("alice"), Arc::clone(&clock) as _, |_| ()).unwrap();
    journal.append_and_wait(vec![note("alice", "one")], LIMIT).unwrap();
    clock.set(At::parse("2026-11-21T02:00:00Z").unwrap());
    let entries = journal.append_and_wait(vec![note("alice", "two")], LIMIT).unwrap();
    assert_eq!(entries[0].at.to_string(), "2026-11-21T03:00:00.000002Z");
    assert_eq!(entries[0].rare.clock, At::parse("2026-11-21T02:00:00Z"));
    assert!(
        fs::read_to_string(file(dir.path(), "alice@bastion"))
            .unwrap()
            .contains(",\"at\":\"2026-11-21T03:00:00.000002Z\",\"clock\":\"2026-11-21T02:00:00.000000Z\",\"writer\"")
    );
}

#[test]
fn many_consoles_of_one_person_at_once_each_get_a_name() {
    let dir = tempdir().unwrap();
    let journals: Vec<_> = std::thread::scope(|scope| {
        let open_one = || {
            let journal = open(dir.path(), "alice", &Caught::default());
            journal.append_and_wait(vec![note("alice", "x")], LIMIT).unwrap();
            journal
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(open_one)).collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    });
    let names: std::collections::BTreeSet<_> = journals.iter().map(Journal::writer).collect();
    assert_eq!(names.len(), 8, "{names:?}");
    assert_eq!(texts(dir.path()).len(), 8);
}

#[test]
fn what_is_no_chain_of_anybody_is_told_and_never_opened() {
    let dir = tempdir().unwrap();
    vector("good", dir.path());
    let pipe = dir.path().join("log/dave@host.jsonl");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    fs::write(dir.path().join("log/\u{202e}@host.jsonl"), "").unwrap();
    let loaded = load(dir.path());
    assert_eq!((loaded.entries.len(), loaded.faults.len()), (10, 2), "{:?}", loaded.faults);
}

#[test]
fn a_name_that_cannot_be_opened_is_passed_over_and_told() {
    let dir = tempdir().unwrap();
    fs::create_dir_all(file(dir.path(), "alice@bastion")).unwrap();
    let caught = Caught::default();
    let journal = open(dir.path(), "alice", &caught);
    assert_eq!(journal.writer().as_str(), "alice@bastion~2");
    caught.wait_for("word of it", |e| matches!(e, JournalEvent::Trouble(why) if why.contains("Is a directory")));
    let nowhere = dir.path().join("nowhere");
    fs::write(&nowhere, "a file").unwrap();
    let clock = HandClock::at("2026-11-21T03:00:00Z");
    let refused = Journal::open(&nowhere, options("alice"), clock, |_| ()).err().map(|e| e.to_string());
    assert!(
        refused.as_ref().is_some_and(|why| why.contains("Not a directory") && why.contains("check the folder's owner")),
        "{refused:?}"
    );
}
