//! Clocks that jump and clocks that differ: recorded times keep the order of cause and effect, the raw clock stands beside them
//! where they differ, and nothing panics, whatever the wall clock says.

use std::sync::Arc;

use tempfile::tempdir;
use warroom::domain::entry::Entry;
use warroom::domain::time::{At, Span};
use warroom::journal::{Journal, load, verify};

use crate::support::journal::{Caught, HandClock, LIMIT, note, options};
use crate::support::warroom::Warroom;

fn at(text: &str) -> At {
    At::parse(text).unwrap()
}

#[test]
fn jumps_of_the_clock_keep_the_order_and_tell_the_raw_time() {
    let start = at("2026-11-21T03:00:00Z");
    let (hour, day) = (3_600, 86_400);
    let mut times: Vec<At> = [0, hour, -hour, 1, day, -day, 0, 2, -1].map(|s| start.plus(Span::from_secs(s))).to_vec();
    times.extend(
        ["1970-01-01T00:00:00Z", "2038-01-19T03:14:07Z", "2038-01-19T03:14:08Z", "2026-11-21T03:00:00Z"].map(at),
    );
    times.extend(
        ["2106-02-07T06:28:16Z", "1969-12-31T23:59:59Z", "8000-12-31T23:59:59Z", "2026-11-21T03:00:01Z"].map(at),
    );
    let dir = tempdir().unwrap();
    let clock = HandClock::at("2026-11-21T03:00:00Z");
    let mut last = At::from_micros(i64::MIN);
    for (n, raw) in times.iter().enumerate() {
        clock.set(*raw);
        // Half of the jumps happen while nothing is open.
        let journal =
            Journal::open(dir.path(), options("alice"), Arc::clone(&clock) as _, Caught::default().listener()).unwrap();
        // A process that another test starts just now may hold the lock a moment longer: then it is the next name.
        journal.observe(&load(dir.path()).heads);
        for _ in 0..2 {
            let entries = journal.append_and_wait(vec![note("alice", &format!("note {n}"))], LIMIT).unwrap();
            for entry in entries {
                assert!(entry.at > last, "note {n}: {} after {last}", entry.at);
                last = entry.at;
                let beside = entry.rare.clock;
                assert_eq!(beside, (entry.at.since(*raw) > Span::from_secs(1)).then_some(*raw), "note {n}");
                assert_eq!(entry.recorded(), beside.unwrap_or(entry.at));
            }
        }
    }
    let loaded = load(dir.path());
    assert!(loaded.faults.is_empty() && loaded.entries.is_sorted_by_key(|e| e.at), "{:?}", loaded.faults);
    let report = verify(dir.path());
    assert!(report.is_sound(), "{:?}", report.faults);
    let told = report.notes.iter().find(|n| n.what.contains("stood behind the log"));
    assert!(told.is_some_and(|n| n.what.contains(" d ")), "verify tells of it: {:?}", report.notes);
}

#[test]
fn absurd_clocks_are_written_as_what_a_reader_can_read() {
    for raw in [i64::MIN, i64::MIN + 1, -62_135_596_800_000_001, 253_402_300_800_000_000, i64::MAX - 1, i64::MAX] {
        let dir = tempdir().unwrap();
        let clock = HandClock::at("2026-11-21T03:00:00Z");
        clock.set(At::from_micros(raw));
        for text in ["one", "two"] {
            let journal = Journal::open(dir.path(), options("alice"), Arc::clone(&clock) as _, |_| ()).unwrap();
            journal.append_and_wait(vec![note("alice", text)], LIMIT).unwrap();
        }
        let (report, loaded) = (verify(dir.path()), load(dir.path()));
        let notes = loaded.entries.iter().filter(|e| e.event.kind() == "note.added").count();
        assert!(report.is_sound() && notes == 2, "{raw}: {report:?}");
    }
}

#[test]
fn three_operators_ten_minutes_apart_keep_cause_before_effect() {
    let dir = tempdir().unwrap();
    let start = at("2026-11-21T03:00:00Z");
    let people: Vec<_> = [("alice", 600), ("bob", 0), ("carol", -600)]
        .map(|(who, ahead)| {
            let clock = HandClock::at("2026-11-21T03:00:00Z");
            let journal = Journal::open(dir.path(), options(who), Arc::clone(&clock) as _, |_| ()).unwrap();
            (who, ahead, clock, journal)
        })
        .into();
    for round in 0..12 {
        // Each answers the one before: all see everything there is before they write.
        let (who, ahead, clock, journal) = &people[round % 3];
        clock.set(start.plus(Span::from_secs(ahead + i64::try_from(round).unwrap())));
        journal.observe(&load(dir.path()).heads);
        journal.append_and_wait(vec![note(who, &format!("answer {round:02}"))], LIMIT).unwrap();
    }
    let loaded = load(dir.path()).entries;
    let answers: Vec<&Entry> = loaded.iter().filter(|e| e.event.kind() == "note.added").collect();
    let numbers: Vec<String> = answers.iter().map(|e| e.event.data().unwrap()).collect();
    assert!(numbers.is_sorted() && numbers.len() == 12, "{numbers:?}");
    assert!(answers.iter().filter(|e| e.actor.as_str() == "carol").all(|e| e.rare.clock.is_some()));
    // Expiry uses the writer's own clock, not the order's: ten minutes are not lost to the fastest clock of the room.
    let carol = answers.iter().rfind(|e| e.actor.as_str() == "carol").unwrap();
    assert_eq!(carol.recorded(), start.plus(Span::from_secs(-600 + 11)));
    let report = verify(dir.path());
    assert!(report.is_sound(), "{:?}", report.faults);
    let behind = report.notes.iter().filter(|n| n.what.contains("stood behind")).count();
    assert_eq!(behind, 2, "bob and carol: {:?}", report.notes);
}

#[test]
fn the_real_binary_lives_with_any_clock_and_verify_tells_the_skew() {
    let home = Warroom::new();
    let run = |clock: &str, args: &[&str]| {
        let said =
            crate::support::warroom::Said::from(home.command(args).env("WARROOM_CLOCK", clock).output().unwrap());
        assert_eq!(said.code, 0, "at {clock}: {said:?}");
        said
    };
    run("2026-11-21T03:00:00Z", &["declare", "--severity", "2", "clocks"]);
    let clocks = [
        "2026-11-22T03:00:00Z",
        "2026-11-21T02:00:00Z",
        "1970-01-01T00:00:00Z",
        "2038-01-19T03:14:08Z",
        "2026-11-21T03:00:00Z",
    ];
    for (n, clock) in clocks.iter().enumerate() {
        run(clock, &["note", &format!("note {n}")]);
        run(clock, &["watch", "--plain", "--once"]);
        run(clock, &["postmortem"]);
    }
    let log = run("2026-11-21T03:00:00Z", &["log"]).out;
    let order: Vec<_> = (0..clocks.len()).map(|n| log.find(&format!("note {n}")).unwrap()).collect();
    assert!(order.is_sorted(), "{log}");
    let said = run("2026-11-21T03:00:00Z", &["verify"]);
    assert!(format!("{}{}", said.out, said.err).contains("stood behind the log in 3 lines"), "{said:?}");
}
