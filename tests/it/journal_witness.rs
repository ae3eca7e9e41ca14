//! What a host has seen of a log: signatures are not checked twice, and a log that shrank or changed below it is told.

use std::fs;
use std::path::{Path, PathBuf};

use rstest::rstest;
use tempfile::tempdir;
use warroom::domain::entry::Seal;
use warroom::domain::incident::Ledger;
use warroom::domain::roster::Signatures;
use warroom::journal::{Witness, check_rest, load_checked, witness_faults};

use crate::support::journal::file;
use crate::support::signed::{Person, incident};
use crate::support::warroom::Warroom;

#[test]
fn a_few_are_checked_at_once_the_rest_behind_and_nothing_twice() {
    let dir = tempdir().unwrap();
    incident(dir.path(), 10, Signatures::Required);
    let mut witness = Witness::default();
    let loaded = load_checked(dir.path(), &mut witness, 6);
    let good =
        |loaded: &warroom::journal::Loaded| loaded.entries.iter().filter(|e| matches!(e.seal, Seal::Good(_))).count();
    assert_eq!((good(&loaded), loaded.entries.len()), (6, 15));
    let mut ledger = Ledger::of(loaded.entries);
    assert!(ledger.incident().no_effect.is_empty(), "what nobody looked at counts until somebody does");
    let mut told = Vec::new();
    let after = check_rest(dir.path(), &witness, |found, faults| {
        assert!(faults.is_empty());
        told.extend(found);
        true
    });
    assert_eq!(told.iter().map(|s| s.to - s.from + 1).sum::<u64>(), 9);
    ledger.seal(&told);
    assert!(ledger.entries().iter().all(|e| ledger.standing(e).is_trusted()));
    let kept = dir.path().join("state/heads/x.json");
    after.keep(&kept, dir.path()).unwrap();
    use std::os::unix::fs::PermissionsExt as _;
    assert_eq!(fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o600);
    let mut again = Witness::load(&kept);
    assert_eq!(again, after);
    assert_eq!(good(&load_checked(dir.path(), &mut again, 0)), 15, "without checking one");
    assert_eq!(again, after);
}

#[test]
fn a_bad_line_is_a_fault_now_and_every_time_and_has_no_effect() {
    let dir = tempdir().unwrap();
    let alice = Person::sits_down(dir.path(), "alice", 10, "2026-11-21T03:00:00Z");
    alice.notes(3);
    drop(alice);
    let path = file(dir.path(), "alice@bastion");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("note 2", "nite 2")).unwrap();
    let mut faults = Vec::new();
    let witness = check_rest(dir.path(), &Witness::default(), |_, new| {
        faults.extend(new);
        true
    });
    assert!(faults.len() == 1 && faults[0].line == 4, "{faults:?}");
    for _ in 0..2 {
        let mut witness = witness.clone();
        let loaded = load_checked(dir.path(), &mut witness, 0);
        assert!(
            loaded.faults.len() == 1 && loaded.faults[0].what.contains("signature does not fit"),
            "{:?}",
            loaded.faults
        );
        let ledger = Ledger::of(loaded.entries);
        assert!(ledger.incident().no_effect.values().any(|why| why.contains("does not fit")));
    }
}

#[test]
fn what_the_background_found_outlives_a_longer_head_that_a_verb_kept_meanwhile() {
    let dir = tempdir().unwrap();
    let alice = Person::sits_down(dir.path(), "alice", 10, "2026-11-21T03:00:00Z");
    alice.notes(3);
    let path = file(dir.path(), "alice@bastion");
    let kept = dir.path().join("state/heads/x.json");
    let unlooked = |most| {
        let mut witness = Witness::default();
        drop(load_checked(dir.path(), &mut witness, most));
        witness
    };
    // A console opens it; its background check ends after a verb has written and kept its longer head.
    let background = check_rest(dir.path(), &unlooked(0), |_, _| true);
    alice.notes(2);
    let verb = unlooked(0);
    drop(alice);
    for (first, second) in [(&verb, &background), (&background, &verb)] {
        let _ = fs::remove_file(&kept);
        first.keep(&kept, dir.path()).unwrap();
        second.keep(&kept, dir.path()).unwrap();
        let mut both = Witness::load(&kept);
        let loaded = load_checked(dir.path(), &mut both, 0);
        let good = loaded.entries.iter().filter(|e| matches!(e.seal, Seal::Good(_))).count();
        assert_eq!((good, loaded.entries.len()), (4, 6), "what was looked at is known, the two new lines are not");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.lines().take(5).map(|l| format!("{l}\n")).collect::<String>()).unwrap();
        assert!(!witness_faults(dir.path(), &both).is_empty(), "the longer head is known too");
        fs::write(&path, text).unwrap();
    }
    // What was found in a file that is another one by now proves nothing.
    let text = fs::read_to_string(&path).unwrap();
    let changed: String = text.lines().take(4).map(|l| format!("{}\n", l.replace("note 2", "nite 2"))).collect();
    fs::write(&path, changed).unwrap();
    let other = check_rest(dir.path(), &unlooked(0), |_, _| true);
    fs::write(&path, text).unwrap();
    fs::remove_file(&kept).unwrap();
    verb.keep(&kept, dir.path()).unwrap();
    other.keep(&kept, dir.path()).unwrap();
    assert_eq!(Witness::load(&kept), verb);
}

#[rstest]
#[case::shrank(|text: &str| text.lines().take(5).map(|l| format!("{l}\n")).collect(), "the tail is missing")]
#[case::replaced(|text: &str| { let mut out = text.replace("note 1 ", "nite 1 "); out.truncate(text.len()); out }, "")]
#[case::gone(|_: &str| String::new(), "")]
fn a_log_that_shrank_or_changed_is_told_until_it_is_whole_again(
    #[case] change: fn(&str) -> String,
    #[case] what: &str,
) {
    let dir = tempdir().unwrap();
    incident(dir.path(), 10, Signatures::WhenPossible);
    let mut witness = Witness::default();
    assert!(load_checked(dir.path(), &mut witness, 100).faults.is_empty());
    let seen = witness.clone();
    let path = file(dir.path(), "alice@bastion");
    let whole = fs::read_to_string(&path).unwrap();
    let changed = change(&whole);
    if changed.is_empty() {
        fs::remove_file(&path).unwrap()
    } else {
        fs::write(&path, &changed).unwrap()
    }
    for _ in 0..2 {
        let loaded = load_checked(dir.path(), &mut witness, 100);
        let said: String = loaded.faults.iter().map(|f| format!("{f}\n")).collect();
        let told = ["this host has seen", "this host saw"].iter().any(|w| said.contains(w));
        assert!(told && said.contains(what), "{said}");
        assert!(!witness_faults(dir.path(), &witness).is_empty());
    }
    fs::write(&path, whole).unwrap();
    assert!(load_checked(dir.path(), &mut witness, 100).faults.is_empty());
    assert_eq!(witness, seen);
}

#[rstest]
#[case::cut(true)]
#[case::deleted(false)]
fn a_chain_that_lost_what_this_host_saw_is_passed_over_and_mended_by_the_true_file(#[case] cut: bool) {
    let home = Warroom::new();
    // Bob's: without its declaration nobody knows whether an incident is open.
    let bob = home.command(&["declare", "--severity", "2", "stall"]).env("WARROOM_ACTOR", "bob").output().unwrap();
    assert!(bob.status.success());
    for text in ["one", "two"] {
        assert_eq!(home.run(&["note", text]).code, 0);
    }
    let dir = home.home().join("incidents/2026-11-21-stall");
    let (path, true_file) = (own_chain(&dir), home.home().join("true.jsonl"));
    let whole = fs::read_to_string(&path).unwrap();
    fs::write(&true_file, &whole).unwrap();
    if cut {
        let end = whole.trim_end().rfind('\n').unwrap() + 1;
        fs::write(&path, &whole[..end]).unwrap();
    } else {
        fs::remove_file(&path).unwrap();
    }
    let left = fs::read(&path).unwrap_or_default();
    let said = home.run(&["note", "three"]);
    assert!(said.code == 0 && said.out.contains("~2/"), "{said:?}");
    let again = home.run(&["note", "four"]);
    assert!(again.code == 0 && again.out.contains("~2/"), "{again:?}");
    assert_eq!(fs::read(&path).unwrap_or_default(), left, "nothing was written to it");
    let verify = home.run(&["verify"]);
    let told = format!("{}{}", verify.out, verify.err);
    assert!(verify.code == 1 && told.contains("import") && told.contains("seen"), "{verify:?}");
    let import = home.run(&["import", true_file.to_str().unwrap()]);
    assert_eq!(import.code, 0, "{import:?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), whole);
    assert_eq!(home.run(&["verify"]).code, 0);
    let log = home.run(&["log"]).out;
    assert!(["one", "two", "three", "four"].iter().all(|text| log.contains(text)), "{log}");
    let next = home.run(&["note", "five"]);
    assert!(next.code == 0 && home.run(&["verify"]).code == 0, "{next:?}");
}

/// Alice's first chain.
fn own_chain(dir: &Path) -> PathBuf {
    let found = fs::read_dir(dir.join("log")).unwrap().map(|f| f.unwrap().path());
    let mut own: Vec<_> = found.filter(|p| p.file_name().unwrap().to_string_lossy().starts_with("alice@")).collect();
    own.sort();
    own.remove(0)
}

#[test]
fn a_witness_that_is_rubbish_is_nobody() {
    let dir = tempdir().unwrap();
    for rubbish in ["", "{", "[]", "{\"chains\":{\"a\":{\"seq\":-1}}}", "\u{0}"] {
        let file = dir.path().join("x.json");
        fs::write(&file, rubbish).unwrap();
        assert_eq!(Witness::load(&file), Witness::default());
    }
}
