//! Entries as the journal's reader hands them over, with keys that are only names: what is signed with what is said, not computed.

use warroom::domain::entry::{Entry, NewEntry, Proof, Seal};
use warroom::domain::event::{ApprovalGiven, ChainOpened, Event, KeyDelegated, RosterPinned, RunStarted};
use warroom::domain::id::StepId;
use warroom::domain::roster::Signatures;
use warroom::domain::run::Run;
use warroom::domain::statement::{Approval, Delegation};
use warroom::domain::time::{At, Span};

use crate::support::log::place;

pub const INCIDENT: &str = "2026-11-21-stall";

/// So many seconds after three in the morning.
pub fn at(seconds: i64) -> At {
    At::parse("2026-11-21T03:00:00Z").unwrap().plus(Span::from_secs(seconds))
}

pub fn opened() -> ChainOpened {
    ChainOpened {
        incident: INCIDENT.into(),
        network: "devnet".into(),
        host: "h".into(),
        machine: String::new(),
        continues: None,
    }
}

/// Alice, bob and carol with a key each, `own-alice` and so on.
pub fn roster(signatures: Signatures) -> RosterPinned {
    let people = ["alice", "bob", "carol"];
    RosterPinned {
        sha256: "5".repeat(64),
        people: people.iter().map(|p| ((*p).to_owned(), Vec::new())).collect(),
        keys: people.iter().map(|p| ((*p).to_owned(), vec![format!("own-{p}")])).collect(),
        signatures,
        ..RosterPinned::default()
    }
}

/// A session key vouched for by an own key.
pub fn delegation(principal: &str, key: &str, from: i64, hours: i64) -> KeyDelegated {
    let statement = Delegation {
        incident: INCIDENT.into(),
        principal: principal.into(),
        key: key.into(),
        valid_from: at(from),
        expires: at(from).plus(Span::from_secs(hours * 3600)),
    };
    KeyDelegated { statement: statement.text(), sig: "c2ln".to_owned() }
}

/// The line's signature is good, by this key.
pub fn sealed(mut entry: Entry, key: &str) -> Entry {
    entry.seal = Seal::Good(key.into());
    entry
}

/// The statement in it is signed by this key.
pub fn proven(mut entry: Entry, key: &str, touched: Option<bool>) -> Entry {
    entry.rare.proof = Some(Proof { key: key.into(), touched });
    entry
}

/// An entry by the person whose chain `person@h` is.
pub fn by(person: &str, seq: u64, seconds: i64, event: impl Into<Event>) -> Entry {
    place(NewEntry::human(&person.into(), event), &format!("{person}@h"), seq, at(seconds))
}

/// A chain that begins as ours do: opened, vouched for, all by `session-<person>`.
pub fn chain(person: &str, seconds: i64) -> Vec<Entry> {
    let session = format!("session-{person}");
    let vouched = by(person, 1, seconds + 1, delegation(person, &session, seconds, 12));
    vec![
        sealed(by(person, 0, seconds, opened()), &session),
        proven(sealed(vouched, &session), &format!("own-{person}"), None),
    ]
}

/// A run of two steps; alice began it and asks others for a yes to `go`.
pub fn started() -> RunStarted {
    RunStarted {
        run: "r-1".into(),
        runbook: "rollback".into(),
        title: "Rollback".to_owned(),
        revision: 1,
        path: "built-in".to_owned(),
        commit: String::new(),
        sha256: "9f3a22c1".to_owned(),
        steps: ["go", "stop"].map(StepId::new).to_vec(),
        for_others: vec!["go".into()],
        params: [("node".to_owned(), "val-1".to_owned())].into(),
        host: "h".to_owned(),
        roles: Default::default(),
        ways_back: Default::default(),
        watch_s: 0,
        wrong_if: String::new(),
    }
}

/// Somebody's yes to `go`, for an hour from three on.
pub fn approval(principal: &str) -> Approval {
    Approval {
        incident: INCIDENT.into(),
        principal: principal.into(),
        run: "r-1".into(),
        step: "go".into(),
        digest: Run::begin(&started(), at(0), &"alice".into()).step_digest(&"go".into()),
        expires: at(3600),
    }
}

/// The event that carries it.
pub fn yes(approval: &Approval) -> ApprovalGiven {
    ApprovalGiven {
        run: "r-1".into(),
        step: "go".into(),
        statement: approval.text(),
        sig: "c2ln".to_owned(),
        reason: String::new(),
    }
}
