//! The open incident as the desk sees it: its journal, its session, what its chain holds already.

use std::sync::Arc;
use std::sync::Weak;

use crate::domain::entry::Entry;
use crate::domain::entry::NewEntry;
use crate::domain::event::ChainEvent;
use crate::domain::event::Event;
use crate::domain::event::IncidentEvent;
use crate::domain::event::KeyDelegated;
use crate::domain::event::Status;
use crate::domain::id::IncidentId;
use crate::domain::roster::Signatures;
use crate::domain::time::At;
use crate::journal::Journal;
use crate::keys::Session;

/// The open incident.
pub(super) struct Case {
    pub incident: IncidentId,
    /// The console may let go of it at any time.
    pub journal: Weak<Journal>,
    pub rule: Signatures,
    pub session: Option<Session>,
    /// Something of ours was recorded since it was opened: who only looks is asked for nothing.
    pub joined: bool,
    /// The statement that our chain holds already.
    pub told: Option<String>,
    /// When the last checkpoint was made, and whether anything was written since.
    pub checkpointed: At,
    pub active: bool,
}

impl Case {
    /// An incident with what its log holds at opening.
    pub fn new(incident: IncidentId, journal: &Arc<Journal>, rule: Signatures, entries: &[Entry], now: At) -> Self {
        let writer = journal.writer();
        let delegated = |e: &Entry| match &e.event {
            Event::Chain(ChainEvent::Delegated(d)) if e.writer == writer => Some(d.statement.clone()),
            _ => None,
        };
        Self {
            told: entries.iter().rev().find_map(delegated),
            rule: rule_in(entries).unwrap_or(rule),
            incident,
            journal: Arc::downgrade(journal),
            session: None,
            joined: false,
            checkpointed: now,
            active: false,
        }
    }

    /// The delegation, where our chain has not got it yet.
    pub fn delegation(&self) -> Option<(String, NewEntry)> {
        let session = self.session.as_ref()?;
        let voucher = session.voucher.as_ref()?;
        let said = KeyDelegated { statement: voucher.statement.clone(), sig: voucher.sig.clone() };
        let told = self.told.as_ref() == Some(&voucher.statement);
        (!told).then(|| (voucher.statement.clone(), NewEntry::human(&session.person, said)))
    }
}

/// The rule of the last roster among these, where there is one.
pub(super) fn rule_in(entries: &[Entry]) -> Option<Signatures> {
    entries.iter().rev().find_map(|e| rule_of(&e.event))
}

/// The rule that an event brings.
pub(super) fn rule_of(event: &Event) -> Option<Signatures> {
    match event {
        Event::Chain(ChainEvent::Pinned(roster)) => Some(roster.signatures),
        _ => None,
    }
}

/// Whether this ends the incident.
pub(super) fn closes(event: &Event) -> bool {
    matches!(event, Event::Incident(IncidentEvent::Status(s)) if matches!(s.to, Status::Closed | Status::Cancelled))
}
