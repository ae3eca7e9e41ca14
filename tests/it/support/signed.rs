//! A whole incident written by two people who sign: own keys, session keys, delegations, a roster, statements, heads seen.

use std::path::Path;
use std::sync::Arc;

use warroom::domain::entry::{Entry, NewEntry};
use warroom::domain::event::{
    ApprovalGiven, CheckpointSigned, IncidentDeclared, KeyDelegated, RosterPinned, RunStarted,
};
use warroom::domain::id::WriterId;
use warroom::domain::roster::Signatures;
use warroom::domain::run::Run;
use warroom::domain::statement::{Approval, Checkpoint, Delegation};
use warroom::domain::time::{At, Clock as _, Span};
use warroom::journal::{Head, Journal, load};
use warroom::keys::{SessionKey, namespace};

use crate::support::journal::{Caught, HandClock, INCIDENT, LIMIT, note, options};

/// A key pair made of nothing but its number.
pub fn pair(seed: u8) -> Arc<SessionKey> {
    Arc::new(SessionKey::from_seed([seed; 32]).unwrap())
}

/// Somebody who signs: an own key, and a session key that it vouches for.
pub struct Person {
    pub name: &'static str,
    pub own: Arc<SessionKey>,
    pub session: Arc<SessionKey>,
    pub clock: Arc<HandClock>,
    pub journal: Journal,
}

impl Person {
    /// Opens a chain in the folder at this time and signs it from the first line on.
    pub fn sits_down(dir: &Path, name: &'static str, seed: u8, time: &str) -> Self {
        let clock = HandClock::at(time);
        let journal = Journal::open(dir, options(name), clock.clone(), Caught::default().listener()).unwrap();
        let session = pair(seed + 1);
        journal.sign_with(Some(session.clone()));
        Self { name, own: pair(seed), session, clock, journal }
    }

    pub fn key(&self) -> String {
        self.own.key().line().to_string()
    }

    pub fn says(&self, event: impl Into<warroom::domain::event::Event>) -> Vec<Entry> {
        self.clock.set(self.clock.now().plus(Span::from_secs(1)));
        self.journal.append_and_wait(vec![NewEntry::human(&self.name.into(), event)], LIMIT).unwrap()
    }

    pub fn notes(&self, count: usize) {
        for n in 0..count {
            self.clock.set(self.clock.now().plus(Span::from_secs(1)));
            self.journal.append_and_wait(vec![note(self.name, &format!("note {n} \u{202e}\u{1f6d1}"))], LIMIT).unwrap();
        }
    }

    /// The own key signs a statement.
    pub fn signs(&self, statement: &str) -> String {
        self.own.sign(namespace::STATEMENT, statement.as_bytes())
    }

    pub fn delegation(&self) -> KeyDelegated {
        let from = At::from_secs(self.clock.now().secs());
        let statement = Delegation {
            incident: INCIDENT.into(),
            principal: self.name.into(),
            key: self.session.key().line().clone(),
            valid_from: from,
            expires: from.plus(Span::from_secs(12 * 3600)),
        }
        .text();
        KeyDelegated { sig: self.signs(&statement), statement }
    }

    pub fn checkpoint(&self, heads: &[Head]) -> CheckpointSigned {
        let statement = Checkpoint {
            incident: INCIDENT.into(),
            principal: self.name.into(),
            occasion: "activity".to_owned(),
            heads: heads.iter().map(|h| (h.writer.clone(), (h.seq, h.hash.to_string()))).collect(),
        }
        .text();
        CheckpointSigned { sig: self.signs(&statement), statement }
    }

    pub fn approval(&self, run: &RunStarted, by: &str) -> ApprovalGiven {
        let step = run.for_others[0].clone();
        let statement = Approval {
            incident: INCIDENT.into(),
            principal: self.name.into(),
            run: run.run.clone(),
            step: step.clone(),
            digest: Run::begin(run, self.clock.now(), &by.into()).step_digest(&step),
            expires: self.clock.now().plus(Span::from_secs(900)),
        }
        .text();
        ApprovalGiven { run: run.run.clone(), step, sig: self.signs(&statement), statement, reason: String::new() }
    }
}

/// The heads of everybody but one.
pub fn heads_beside(dir: &Path, writer: &WriterId) -> Vec<Head> {
    load(dir).heads.into_iter().filter(|head| head.writer != *writer).collect()
}

/// Alice declares and begins a run, bob says yes and signs what he has seen; `lines` lines of alice's in all.
pub fn incident(dir: &Path, lines: usize, signatures: Signatures) {
    let alice = Person::sits_down(dir, "alice", 10, "2026-11-21T03:00:00Z");
    alice.says(alice.delegation());
    let people = [("alice", alice.key()), ("bob", pair(20).key().line().to_string())];
    let roster = RosterPinned {
        sha256: "5".repeat(64),
        people: people.iter().map(|(p, _)| ((*p).to_owned(), Vec::new())).collect(),
        keys: people.iter().map(|(p, key)| ((*p).to_owned(), vec![key.clone()])).collect(),
        signatures,
        ..RosterPinned::default()
    };
    alice.says(roster);
    alice.says(IncidentDeclared { title: "stall".to_owned(), severity: 2, onset: None });
    let run = crate::support::trusting::started();
    alice.says(run.clone());
    alice.notes(lines.saturating_sub(5));
    let bob = Person::sits_down(dir, "bob", 20, "2026-11-21T03:20:00Z");
    bob.journal.observe(&heads_beside(dir, &bob.journal.writer()));
    bob.says(bob.delegation());
    bob.says(bob.approval(&run, "alice"));
    bob.says(bob.checkpoint(&heads_beside(dir, &bob.journal.writer())));
    bob.notes(1);
}
