//! `verify` and the reader, held against the vectors that were written without this program, and against damage of every kind.

use std::fs;
use std::path::Path;

use rstest::rstest;
use tempfile::tempdir;
use warroom::domain::entry::Disclosure;
use warroom::domain::id::IncidentId;
use warroom::journal::{Hash, Head, Journal, Report, load, verify};

use crate::support::journal::{Caught, HandClock, LIMIT, file, note, open, options, vector};

fn vectors() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/log")
}

fn checked(name: &str) -> Report {
    verify(&vectors().join(name))
}

#[test]
fn good_is_accepted_in_the_expected_order() {
    let report = checked("good");
    assert!(report.is_sound() && report.notes.is_empty(), "{report:?}");
    assert_eq!(report.entries, 10);
    assert_eq!(report.chains.iter().map(|c| (c.lines, c.signed)).collect::<Vec<_>>(), [(6, 6), (4, 4)]);
    let loaded = load(&vectors().join("good"));
    let order: String = loaded.entries.iter().map(|e| format!("{} {}\n", e.writer, e.seq)).collect();
    assert_eq!(order, fs::read_to_string(vectors().join("order")).unwrap());
    assert!(loaded.entries.iter().all(|e| e.seal.is_signed()));
}

#[test]
fn torn_is_a_note_and_the_prefix_stands() {
    let report = checked("torn");
    assert!(report.is_sound(), "{report:?}");
    assert_eq!(report.notes.len(), 1);
    assert_eq!((report.notes[0].line, report.entries), (6, 9));
    assert!(report.notes[0].what.contains("torn"), "{:?}", report.notes);
}

#[rstest]
#[case::edited("bad-edited", "alice@bastion", 3, "changed")]
#[case::deleted("bad-deleted", "alice@bastion", 4, "seq 4 stands where 3 is due: lines are missing")]
#[case::reordered("bad-reordered", "alice@bastion", 4, "seq 4 stands where 3 is due")]
#[case::inserted("bad-inserted", "alice@bastion", 5, "seq 3 stands where 4 is due: the line is repeated")]
#[case::cut_tail("bad-cut-tail", "alice@bastion", 5, "bob@val3 has seen line 5 or a later one")]
#[case::swapped("bad-swapped", "alice@bastion", 1, "the line is of writer `bob@val3`")]
fn bad_ones_are_refused_by_file_and_line(
    #[case] name: &str,
    #[case] writer: &str,
    #[case] line: u64,
    #[case] what: &str,
) {
    let report = checked(name);
    assert!(!report.is_sound());
    let first = &report.faults[0];
    assert_eq!(first.file.file_name().unwrap().to_str().unwrap(), format!("{writer}.jsonl"), "{report:?}");
    assert!(first.line == line && first.what.contains(what), "{first}");
}

#[test]
fn an_edit_is_one_fault_and_what_stands_before_it_is_still_read() {
    assert_eq!(checked("bad-edited").faults.len(), 1);
    let loaded = load(&vectors().join("bad-edited"));
    let alice = loaded.entries.iter().filter(|e| e.writer.as_str() == "alice@bastion").count();
    assert_eq!(alice, 2, "lines 1 and 2");
    assert_eq!(loaded.faults.len(), 1);
}

#[test]
fn a_cut_tail_without_a_witness_is_not_seen_and_with_one_it_is() {
    let dir = tempdir().unwrap();
    vector("bad-cut-tail", dir.path());
    assert!(!verify(dir.path()).is_sound());
    fs::remove_file(file(dir.path(), "bob@val3")).unwrap();
    assert!(verify(dir.path()).is_sound(), "a chain alone cannot show it: documented");
    vector("good", dir.path());
    fs::remove_file(file(dir.path(), "alice@bastion")).unwrap();
    let report = verify(dir.path());
    assert!(report.faults.iter().any(|f| f.what.contains("the chain is missing: bob@val3 has seen it")), "{report:?}");
}

/// Re-chains `alice`'s good lines after a change of one of them, as a forger without keys would.
fn forge(dir: &Path, change: impl Fn(usize, String) -> String) {
    let path = file(dir, "alice@bastion");
    let mut prev = Hash::ZERO;
    let mut out = String::new();
    for (i, line) in fs::read_to_string(&path).unwrap().lines().enumerate() {
        let at = line.find("\"prev\":\"").unwrap() + 8;
        let line = change(i + 1, format!("{}{prev}\"}}\n", &line[..at]));
        prev = Hash::of(line.as_bytes());
        out.push_str(&line);
    }
    fs::write(path, out).unwrap();
}

#[rstest]
#[case::float(3, "\"severity\":2", "\"severity\":2.5", "float")]
#[case::large(3, "\"severity\":2", "\"severity\":9007199254740992", "2^53")]
#[case::twice(3, "\"severity\":2", "\"severity\":2,\"severity\":3", "stands there twice")]
#[case::twice_outside(3, "\"drill\":false", "\"drill\":false,\"x\":1,\"x\":2", "stands there twice")]
#[case::version(3, "\"v\":1", "\"v\":2", "format version 2, and this program knows version 1")]
#[case::back(3, "02:58:30", "02:58:00", "not after the line before it")]
#[case::internal(3, "\"drill\"", "\"disclosure\":\"internal\",\"drill\"", "internal entry stands in a shared chain")]
#[case::drill(3, "\"drill\":false", "\"drill\":true", "the line is of a drill")]
#[case::opened(1, "chain.opened", "note.added", "every chain begins with chain.opened")]
#[case::hand(
    1,
    "\"host\"",
    "\"continues\":{\"writer\":\"bob@val3\",\"seq\":1,\"head\":\"00\"},\"host\"",
    "which is another writer's"
)]
fn rules_of_the_format_are_held(#[case] line: usize, #[case] from: &str, #[case] to: &str, #[case] what: &str) {
    let dir = tempdir().unwrap();
    vector("good", dir.path());
    fs::remove_file(file(dir.path(), "bob@val3")).unwrap();
    let without_seen = |text: String| text.replace(",\"seen\":{\"bob@val3\"", ",\"unseen\":{\"bob@val3\"");
    forge(dir.path(), |_, text| without_seen(text));
    assert!(verify(dir.path()).is_sound(), "{:?}", verify(dir.path()));
    forge(dir.path(), |i, text| if i == line { text.replacen(from, to, 1) } else { text });
    let report = verify(dir.path());
    assert!(report.faults.iter().any(|f| f.what.contains(what) && f.line == line as u64), "{report:?}");
}

#[test]
fn a_chain_of_another_incident_is_a_fault() {
    let dir = tempdir().unwrap();
    let moved = dir.path().join("2026-11-22-other");
    vector("good", &moved);
    let report = verify(&moved);
    assert!(
        report.faults.iter().any(|f| f.what.contains("its chains belong to `2026-11-21-finality-stall`")),
        "{report:?}"
    );
    let named = dir.path().join("2026-11-21-finality-stall");
    fs::rename(&moved, &named).unwrap();
    assert!(verify(&named).is_sound());
    forge(&named, |i, text| if i == 1 { text.replace("finality-stall\"", "other\"") } else { text });
    let report = verify(&named);
    assert!(
        report.faults.iter().any(|f| f.line == 1 && f.what.contains("the chain belongs to incident")),
        "{report:?}"
    );
}

#[test]
fn a_line_over_the_limit_is_a_fault() {
    let dir = tempdir().unwrap();
    vector("good", dir.path());
    forge(dir.path(), |i, text| if i == 3 { text.replace("finality stall", &"x".repeat(70_000)) } else { text });
    let report = verify(dir.path());
    assert!(report.faults.iter().any(|f| f.line == 3 && f.what.contains("longer than 65536 bytes")), "{report:?}");
}

#[test]
fn unknown_kinds_are_kept_and_noted_and_unknown_keys_tolerated() {
    let dir = tempdir().unwrap();
    vector("good", dir.path());
    fs::remove_file(file(dir.path(), "bob@val3")).unwrap();
    forge(dir.path(), |i, text| {
        let text = text.replace(",\"seen\":{\"bob@val3\"", ",\"later\":{\"bob@val3\"");
        if i == 3 { text.replace("incident.declared", "incident.foretold") } else { text }
    });
    let report = verify(dir.path());
    assert!(report.is_sound(), "{report:?}");
    assert!(report.notes.iter().any(|n| n.line == 3 && n.what.contains("incident.foretold")), "{report:?}");
    assert!(load(dir.path()).entries.iter().any(|e| e.event.kind() == "incident.foretold"));
}

#[test]
fn what_the_writer_writes_verifies() {
    let dir = tempdir().unwrap();
    let alice = open(dir.path(), "alice", &Caught::default());
    let bob = open(dir.path(), "bob", &Caught::default());
    let heads = |entries: &[warroom::domain::entry::Entry]| {
        let head = load(dir.path()).heads.into_iter().find(|h| h.writer == entries[0].writer);
        head.into_iter().collect::<Vec<Head>>()
    };
    for i in 0..5 {
        let mut new = note("alice", &format!("from alice {i}"));
        new.disclosure = if i == 3 { Disclosure::Internal } else { Disclosure::Public };
        let entries = alice.append_and_wait(vec![new, note("alice", "\u{202e}\u{7f}\u{0}")], LIMIT).unwrap();
        bob.observe(&heads(&entries));
        let entries = bob.append_and_wait(vec![note("bob", &format!("from bob {i}"))], LIMIT).unwrap();
        alice.observe(&heads(&entries));
    }
    drop((alice, bob));
    let report = verify(dir.path());
    assert!(report.is_sound() && report.notes.is_empty(), "{report:?}");
    assert_eq!(report.chains.len(), 3);
    fs::remove_file(file(dir.path(), "alice@bastion")).unwrap();
    assert!(!verify(dir.path()).is_sound(), "bob has seen it");
}

#[test]
fn a_chain_of_another_incident_is_not_written_on() {
    let dir = tempdir().unwrap();
    vector("good", dir.path());
    let mut other = options("alice");
    other.incident = IncidentId::new("2026-11-22-other");
    let caught = Caught::default();
    let clock = HandClock::at("2026-11-22T03:00:00Z");
    let journal = Journal::open(dir.path(), other, clock, caught.listener()).unwrap();
    assert_eq!(journal.writer().as_str(), "alice@bastion~2");
    caught.wait_for(
        "word of it",
        |e| matches!(e, warroom::journal::JournalEvent::Trouble(w) if w.contains("belongs to incident")),
    );
}
