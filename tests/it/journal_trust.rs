//! `verify` with signatures: whole incidents, every kind of tampering with another operator's heads, every flipped bit,
//! `allowed_signers` both ways, and the stock tool over everything that was signed.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use rstest::rstest;
use tempfile::tempdir;
use warroom::domain::event::{ChainEvent, Event, RosterPinned};
use warroom::domain::incident::{Keyring, Ledger, Trust};
use warroom::domain::roster::Signatures;
use warroom::journal::{
    Hash, Report, keep_allowed_signers, load, load_anchor, read_allowed_signers, sign_line, verify,
};

use crate::support::journal::{file, vector};
use crate::support::signed::{Person, heads_beside, incident, pair};
use crate::support::signer::Stock;

fn says(report: &Report) -> String {
    report.faults.iter().map(|f| format!("{f}\n")).collect()
}

#[test]
fn a_whole_incident_is_sound_and_every_line_is_somebodys() {
    let dir = tempdir().unwrap();
    incident(dir.path(), 10, Signatures::Required);
    let report = verify(dir.path());
    assert!(report.is_sound() && report.notes.is_empty(), "{report:#?}");
    assert!(report.chains.iter().all(|c| c.trusted == c.lines && c.good == c.lines), "{:?}", report.chains);
    let ledger = Ledger::of(load(dir.path()).entries);
    assert!(ledger.incident().no_effect.is_empty(), "{:?}", ledger.incident().no_effect);
    assert_eq!(ledger.incident().runs["r-1"].approvals["go"].len(), 1);
}

#[rstest]
#[case::good("good", 10)]
#[case::torn("torn", 9)]
fn the_vectors_signatures_are_checked_with_the_anchor_beside_them(#[case] name: &str, #[case] lines: u64) {
    let dir = tempdir().unwrap();
    vector(name, dir.path());
    let unanchored = verify(dir.path());
    assert!(unanchored.is_sound(), "{unanchored:#?}");
    assert!(unanchored.notes.iter().any(|n| n.what.contains("nothing here says by whom")), "{unanchored:#?}");
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/log");
    fs::copy(vectors.join("allowed_signers"), dir.path().join("allowed_signers")).unwrap();
    let report = verify(dir.path());
    assert!(report.is_sound(), "{report:#?}");
    assert_eq!(report.chains.iter().map(|c| c.trusted).sum::<u64>(), lines);
}

/// Lines of a chain, newlines included.
fn lines(path: &Path) -> Vec<String> {
    fs::read_to_string(path).unwrap().lines().map(|l| format!("{l}\n")).collect()
}

/// Chains the lines anew, as a forger without the session key would; signatures stay as they are.
fn rechained(lines: &[String]) -> String {
    let (mut out, mut prev) = (String::new(), Hash::ZERO);
    for (seq, line) in lines.iter().enumerate() {
        let at = line.rfind("\"prev\":\"").unwrap() + 8;
        let was = line.find("\"seq\":").unwrap() + 6;
        let end = was + line[was..].find(',').unwrap();
        let line = format!("{}{seq}{}{prev}{}", &line[..was], &line[end..at], &line[at + 64..]);
        prev = Hash::of(line.as_bytes());
        out.push_str(&line);
    }
    out
}

type Tampering = fn(&mut Vec<String>);

#[rstest]
#[case::edit(|l: &mut Vec<String>| l[6] = l[6].replace("note", "nite"), "7: ")]
#[case::delete(|l: &mut Vec<String>| drop(l.remove(6)), "7: ")]
#[case::insert(|l: &mut Vec<String>| l.insert(6, l[5].clone()), "7: ")]
#[case::reorder(|l: &mut Vec<String>| l.swap(6, 7), "7: ")]
#[case::cut_tail(|l: &mut Vec<String>| l.truncate(8), "the tail is missing")]
#[case::edit_the_last(|l: &mut Vec<String>| { let n = l.len() - 1; l[n] = l[n].replace("note", "nite"); }, "does not fit")]
#[case::old_copy(|l: &mut Vec<String>| l.truncate(5), "the tail is missing")]
fn tampering_is_found_with_another_operators_heads(
    #[case] tamper: Tampering,
    #[case] what: &str,
    #[values(false, true)] forged_chain: bool,
) {
    let dir = tempdir().unwrap();
    incident(dir.path(), 12, Signatures::WhenPossible);
    let path = file(dir.path(), "alice@bastion");
    let mut all = lines(&path);
    tamper(&mut all);
    fs::write(&path, if forged_chain { rechained(&all) } else { all.concat() }).unwrap();
    let report = verify(dir.path());
    assert!(!report.is_sound());
    if !forged_chain {
        assert!(says(&report).contains(what), "{}", says(&report));
    }
    // A chain that was broken is found by itself, and whatever a forger chained anew or cut off by what bob has seen of it.
    if forged_chain || what.contains("tail") {
        let by_bob = ["bob@bastion has seen", "a checkpoint (line 4 of bob@bastion"];
        assert!(by_bob.iter().any(|by| says(&report).contains(by)), "{}", says(&report));
    }
}

#[test]
fn swapped_chains_are_found() {
    let dir = tempdir().unwrap();
    incident(dir.path(), 8, Signatures::WhenPossible);
    let (alice, bob) = (file(dir.path(), "alice@bastion"), file(dir.path(), "bob@bastion"));
    let text = fs::read_to_string(&alice).unwrap();
    fs::copy(&bob, &alice).unwrap();
    fs::write(&bob, text).unwrap();
    assert!(says(&verify(dir.path())).contains("the line is of writer `bob@bastion`"));
}

#[test]
fn a_forger_with_a_session_key_of_their_own_is_nobody() {
    let dir = tempdir().unwrap();
    incident(dir.path(), 8, Signatures::Required);
    let path = file(dir.path(), "alice@bastion");
    let mut all = lines(&path);
    let last = all.pop().unwrap();
    let body = last[..last.rfind(",\"sig\":").unwrap()].replace("note", "nite");
    all.push(sign_line(&format!("{body}}}\n"), &*pair(99)).unwrap());
    fs::write(&path, all.concat()).unwrap();
    let report = verify(dir.path());
    assert!(says(&report).contains("signed by a session key that nobody vouches for"), "{}", says(&report));
}

/// Every bit, or a sample of them, of alice's chain, which bob has seen to its end.
#[test]
fn every_flipped_bit_is_found() {
    let dir = tempdir().unwrap();
    incident(dir.path(), 60, Signatures::WhenPossible);
    let path = file(dir.path(), "alice@bastion");
    let whole = fs::read(&path).unwrap();
    let last = whole.len() - whole[..whole.len() - 1].iter().rev().position(|b| *b == b'\n').unwrap() - 1;
    let all = std::env::var_os("WARROOM_EVERY_BIT").is_some();
    // A step that shares no factor with 8 visits every bit of a byte in turn; the last line, which nothing follows, is looked at closer.
    let bits: Vec<usize> = match all {
        true => (0..whole.len() * 8).collect(),
        false => (0..last * 8).step_by(4801).chain((last * 8..whole.len() * 8).step_by(83)).collect(),
    };
    for bit in bits {
        let mut flipped = whole.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        fs::write(&path, &flipped).unwrap();
        let report = verify(dir.path());
        assert!(!report.is_sound(), "bit {} of byte {} is flipped, and nobody noticed", bit % 8, bit / 8);
    }
}

#[test]
fn the_last_line_needs_no_witness_when_it_is_signed() {
    let dir = tempdir().unwrap();
    let alice = Person::sits_down(dir.path(), "alice", 10, "2026-11-21T03:00:00Z");
    alice.says(alice.delegation());
    alice.notes(3);
    drop(alice);
    let path = file(dir.path(), "alice@bastion");
    let whole = fs::read(&path).unwrap();
    let last = whole.len() - whole[..whole.len() - 1].iter().rev().position(|b| *b == b'\n').unwrap() - 1;
    for byte in (last..whole.len()).step_by(if std::env::var_os("WARROOM_EVERY_BIT").is_some() { 1 } else { 7 }) {
        let mut flipped = whole.clone();
        flipped[byte] ^= 1 << (byte % 8);
        fs::write(&path, &flipped).unwrap();
        let report = verify(dir.path());
        // A line that is no line any more looks as a power cut leaves it, and one whose signature was taken off is unsigned: notes,
        // and with another's head, or where the roster requires signatures, faults.
        let noted = report.notes.iter().any(|note| note.what.contains("torn") || note.what.contains("not signed"));
        assert!(!report.is_sound() || noted, "byte {byte}");
    }
}

#[test]
fn stock_tools_accept_every_signature_with_the_file_we_derive() {
    let dir = tempdir().unwrap();
    incident(dir.path(), 8, Signatures::Required);
    let loaded = load(dir.path());
    let trust = Trust::of(&loaded.entries, None);
    assert!(keep_allowed_signers(dir.path(), &trust).unwrap());
    assert!(!keep_allowed_signers(dir.path(), &trust).unwrap(), "written when it changes");
    let stock = Stock::with(&dir.path().join("allowed_signers"));
    let mut checked = 0;
    for entry in &loaded.entries {
        let person = if entry.writer.as_str().starts_with("alice") { "alice" } else { "bob" };
        let text = &lines(&file(dir.path(), entry.writer.as_str()))[entry.seq as usize];
        let (rest, sig) = text.trim_end().rsplit_once(",\"sig\":\"").unwrap();
        let time = entry.recorded().short();
        stock.accepts(person, "warroom-log@v1", &time, sig.trim_end_matches("\"}"), &format!("{rest}}}")).unwrap();
        let statement = match &entry.event {
            Event::Chain(ChainEvent::Delegated(e)) => Some((&e.statement, &e.sig)),
            Event::Chain(ChainEvent::Checkpoint(e)) => Some((&e.statement, &e.sig)),
            Event::Run(warroom::domain::event::RunEvent::Approved(e)) => Some((&e.statement, &e.sig)),
            _ => None,
        };
        if let Some((statement, sig)) = statement {
            stock.accepts(person, "warroom-statement@v1", &time, sig, statement).unwrap();
        }
        checked += 1 + usize::from(statement.is_some());
    }
    assert_eq!(checked, 8 + 5 + 4, "every line and every statement");
    let first = lines(&file(dir.path(), "alice@bastion")).remove(0);
    let (rest, sig) = first.trim_end().rsplit_once(",\"sig\":\"").unwrap();
    let (sig, body) = (sig.trim_end_matches("\"}"), format!("{rest}}}"));
    assert!(stock.accepts("bob", "warroom-log@v1", "2026-11-21T03:00:00Z", sig, &body).is_err(), "not bob's");
    assert!(stock.accepts("alice", "warroom-log@v1", "2026-11-21T16:00:00Z", sig, &body).is_err(), "expired");
}

#[test]
fn somebodys_own_file_is_not_written_over_and_revoked_keys_leave_ours() {
    let dir = tempdir().unwrap();
    incident(dir.path(), 8, Signatures::WhenPossible);
    let path = dir.path().join("allowed_signers");
    fs::write(&path, "# mine\n").unwrap();
    let trust = |dir: &Path| Trust::of(&load(dir).entries, None);
    assert!(!keep_allowed_signers(dir.path(), &trust(dir.path())).unwrap());
    fs::remove_file(&path).unwrap();
    keep_allowed_signers(dir.path(), &trust(dir.path())).unwrap();
    let before = fs::read_to_string(&path).unwrap();
    assert_eq!(before.lines().filter(|l| l.starts_with("bob ")).count(), 2, "{before}");
    let alice = Person::sits_down(dir.path(), "alice", 10, "2026-11-21T04:00:00Z");
    let mut roster = load(dir.path()).entries.into_iter().find_map(|e| match e.event {
        Event::Chain(ChainEvent::Pinned(roster)) => Some(*roster),
        _ => None,
    });
    let revoking = roster.as_mut().unwrap();
    revoking.revoked = vec![pair(20).key().line().to_string()];
    alice.says(RosterPinned { sha256: "6".repeat(64), ..revoking.clone() });
    drop(alice);
    assert!(keep_allowed_signers(dir.path(), &trust(dir.path())).unwrap());
    assert!(!fs::read_to_string(&path).unwrap().contains("bob "));
    let report = verify(dir.path());
    assert!(
        says(&report).contains("4 lines, this one the first") || says(&report).contains("revoked key"),
        "{}",
        says(&report)
    );
}

const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPkE8x6v8jM12UK33OJkNtPFaJZ92tXvhCp6aYBq5T1H";

#[rstest]
#[case::plain(format!("alice {KEY} a comment"), "")]
#[case::several(format!("alice,alice@example.org {KEY}"), "")]
#[case::quoted(format!("\"alice b\" namespaces=\"warroom-*\" {KEY}"), "")]
#[case::times(format!("alice valid-after=\"20260101\",valid-before=\"202601020304Z\" {KEY}"), "no time in UTC")]
#[case::wildcard(format!("*@example.org {KEY}"), "is a pattern")]
#[case::negated(format!("!alice,bob {KEY}"), "is a pattern")]
#[case::authority(format!("alice cert-authority {KEY}"), "an authority")]
#[case::unknown(format!("alice verify-required {KEY}"), "not known")]
#[case::twice(format!("alice namespaces=\"a\",namespaces=\"b\" {KEY}"), "stands twice")]
#[case::no_key("alice".to_owned(), "missing")]
#[case::bad_key("alice ssh-ed25519 AAAA".to_owned(), "key")]
#[case::open_quote(format!("\"alice {KEY}"), "not closed")]
fn allowed_signers_is_read_strictly(#[case] line: String, #[case] why: &str) {
    let (signers, others) = read_allowed_signers(&format!("# comment\n\n{line}\n"));
    if why.is_empty() {
        assert!(signers.len() == 1 && others.is_empty(), "{others:?}");
        assert!(signers[0].is_for("warroom-statement@v1") && signers[0].key.line().as_ref() == KEY);
    } else {
        assert!(signers.is_empty() && others[0].0 == 3 && others[0].1.contains(why), "{others:?}");
    }
}

#[test]
fn namespaces_of_another_kind_are_no_anchor() {
    let dir = tempdir().unwrap();
    fs::write(dir.path().join("allowed_signers"), format!("alice namespaces=\"git\" {KEY}\n* {KEY}\n")).unwrap();
    let (ring, notes) = load_anchor(dir.path());
    assert_eq!(ring, None::<Keyring>);
    assert!(notes.len() == 1 && notes[0].line == 2, "{notes:?}");
}

#[test]
fn a_checkpoint_of_heads_that_are_gone_names_who_signed_it() {
    let dir = tempdir().unwrap();
    incident(dir.path(), 8, Signatures::WhenPossible);
    let carol = Person::sits_down(dir.path(), "carol", 30, "2026-11-21T03:30:00Z");
    carol.says(carol.checkpoint(&heads_beside(dir.path(), &carol.journal.writer())));
    drop(carol);
    fs::remove_file(file(dir.path(), "bob@bastion")).unwrap();
    let report = verify(dir.path());
    assert!(
        says(&report).contains("the chain is missing: a checkpoint (line 2 of carol@bastion, signed by carol)"),
        "{}",
        says(&report)
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_allowed_signers_holds_is_bounded_and_never_a_pattern(text in "(alice|\\*|!x)( [a-z=\"\\-,0-9Z]{0,30})? (ssh-ed25519 )?[A-Za-z0-9+/=]{0,90}\n?") {
        let (signers, others) = read_allowed_signers(&text);
        prop_assert!(signers.len() + others.len() <= 1);
        prop_assert!(signers.iter().all(|s| s.principals.iter().all(|p| !p.contains(['*', '?', '!']))));
    }
}
