//! Signatures on lines: put on at stamping, whatever becomes of the chain; checked by the follower; every flipped bit is found.

use std::fs;
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use tempfile::tempdir;
use warroom::domain::entry::{NewEntry, Seal};
use warroom::domain::event::KeyDelegated;
use warroom::domain::statement::Delegation;
use warroom::domain::time::{At, Span};
use warroom::journal::{Followed, Follower, Journal, JournalEvent, LineSigner, load};
use warroom::keys::{SessionKey, namespace, sshsig};

use crate::support::journal::{
    Caught, FailingDisk, Failure, HandClock, INCIDENT, LIMIT, file, note, open, options, wait_until,
};

pub fn session(seed: u8) -> Arc<SessionKey> {
    Arc::new(SessionKey::from_seed([seed; 32]).unwrap())
}

/// What stock tools are given: the line without its signature and newline, and the signature.
fn apart(line: &str) -> (String, String) {
    let (rest, sig) = line.trim_end().rsplit_once(",\"sig\":\"").unwrap();
    (format!("{rest}}}"), sig.strip_suffix("\"}").unwrap().to_owned())
}

#[test]
fn every_line_is_signed_from_the_first_on_and_told_so() {
    let (dir, caught) = (tempdir().unwrap(), Caught::default());
    let journal = open(dir.path(), "alice", &caught);
    let key = session(1);
    journal.sign_with(Some(key.clone()));
    let told = journal.append_and_wait(vec![note("alice", "one"), note("alice", "two")], LIMIT).unwrap();
    drop(journal);
    assert_eq!(told.len(), 3);
    assert!(told.iter().all(|e| e.seal == Seal::Good(LineSigner::key(&*key))), "{told:?}");
    let text = fs::read_to_string(file(dir.path(), "alice@bastion")).unwrap();
    for line in text.lines() {
        let (body, sig) = apart(line);
        let signer = sshsig::verify(&sig, namespace::LOG, body.as_bytes()).unwrap();
        assert_eq!(signer.key.line(), key.key().line());
    }
    assert!(load(dir.path()).entries.iter().all(|e| e.seal == Seal::Unchecked), "reading alone believes nothing");
}

#[test]
fn lines_that_move_to_a_new_chain_are_signed_anew() {
    let (dir, caught, disk) = (tempdir().unwrap(), Caught::default(), FailingDisk::default());
    let clock = HandClock::at("2026-11-21T03:00:00Z");
    let journal =
        Journal::open_on(dir.path(), options("alice"), clock, Box::new(disk.clone()), caught.listener()).unwrap();
    journal.sign_with(Some(session(1)));
    journal.append_and_wait(vec![note("alice", "safe")], LIMIT).unwrap();
    disk.set(Failure::Sync(5));
    journal.append(vec![note("alice", "held")]).unwrap();
    caught.wait_for("continuation", |e| matches!(e, JournalEvent::Continued { .. }));
    disk.set(Failure::None);
    wait_until("everything is on the disk", || journal.waiting() == 0);
    let to = journal.writer();
    drop(journal);
    let text = fs::read_to_string(file(dir.path(), to.as_str())).unwrap();
    assert!(text.lines().count() >= 2);
    for line in text.lines() {
        let (body, sig) = apart(line);
        assert!(sshsig::verify(&sig, namespace::LOG, body.as_bytes()).is_ok(), "{line}");
    }
}

/// What a follower tells of the folder's chains, until `enough` entries came.
fn followed(dir: &std::path::Path, enough: usize) -> (Vec<Seal>, Vec<String>) {
    let caught = Arc::new(Mutex::new((Vec::new(), Vec::new())));
    let into = Arc::clone(&caught);
    let follower = Follower::start(
        dir,
        &[],
        |_| false,
        move |news| {
            let mut caught = into.lock().unwrap();
            match news {
                Followed::Entries { entries, .. } => caught.0.extend(entries.into_iter().map(|e| e.seal)),
                Followed::Fault(fault) => caught.1.push(fault.to_string()),
                Followed::Voided { .. } | Followed::Over(_) | Followed::Mended(_) => {}
            }
        },
    );
    wait_until("all entries came", || caught.lock().unwrap().0.len() >= enough);
    drop(follower);
    let caught = caught.lock().unwrap();
    (caught.0.clone(), caught.1.clone())
}

#[test]
fn a_follower_checks_each_line_and_names_the_bad_one() {
    let (dir, caught) = (tempdir().unwrap(), Caught::default());
    let journal = open(dir.path(), "alice", &caught);
    journal.sign_with(Some(session(1)));
    journal.append_and_wait(vec![note("alice", "one")], LIMIT).unwrap();
    drop(journal);
    let path = file(dir.path(), "alice@bastion");
    let text = fs::read_to_string(&path).unwrap();
    // The last line's text is changed: the chain alone cannot show it, its signature does.
    fs::write(&path, text.replace("\"one\"", "\"won\"")).unwrap();
    let (seals, faults) = followed(dir.path(), 2);
    assert_eq!(seals, [Seal::Good(session(1).key().line().clone()), Seal::Bad]);
    assert!(
        faults.len() == 1 && faults[0].contains("alice@bastion.jsonl:2: the line's signature does not fit"),
        "{faults:?}"
    );
}

#[test]
fn a_delegation_is_told_with_the_key_that_signed_it() {
    let (dir, caught) = (tempdir().unwrap(), Caught::default());
    let (own, line) = (session(9), session(1));
    let from = At::parse("2026-11-21T03:00:00Z").unwrap();
    let statement = Delegation {
        incident: INCIDENT.into(),
        principal: "alice".into(),
        key: line.key().line().clone(),
        valid_from: from,
        expires: from.plus(Span::from_secs(3600)),
    }
    .text();
    let made = |namespace, text: &str| own.sign(namespace, text.as_bytes());
    let journal = open(dir.path(), "alice", &caught);
    let good = KeyDelegated { sig: made(namespace::STATEMENT, &statement), statement: statement.clone() };
    let other_purpose = KeyDelegated { sig: made(namespace::LOG, &statement), statement: statement.clone() };
    let changed = KeyDelegated { sig: good.sig.clone(), statement: statement.replace("alice", "mallory") };
    let entries = [good, other_purpose, changed].map(|e| NewEntry::human(&"alice".into(), e)).to_vec();
    let told = journal.append_and_wait(entries, LIMIT).unwrap();
    drop(journal);
    let keys = |entries: &[warroom::domain::entry::Entry]| {
        entries[1..].iter().map(|e| e.rare.proof.as_ref().map(|p| p.key.clone())).collect::<Vec<_>>()
    };
    assert_eq!(keys(&told), [Some(own.key().line().clone()), None, None]);
    assert_eq!(keys(&load(dir.path()).entries), keys(&told), "who reads it finds the same");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_changed_byte_of_a_signed_line_is_good(at in any::<prop::sample::Index>(), to in any::<u8>()) {
        let key = session(3);
        let line = "{\"v\":1,\"data\":{\"sig\":\"AAAA\"},\"prev\":\"00\"}\n";
        let signed = warroom::journal::sign_line(line, &*key).unwrap();
        let (body, sig) = apart(&signed);
        prop_assert_eq!(format!("{body}\n"), line);
        let mut bytes = body.into_bytes();
        let at = at.index(bytes.len());
        prop_assume!(bytes[at] != to);
        bytes[at] = to;
        prop_assert!(sshsig::verify(&sig, namespace::LOG, &bytes).is_err());
    }
}
