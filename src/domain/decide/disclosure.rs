//! Who may read what a command leads to: what people say, else what the incident calls for; never less secret than what it is about.

use crate::domain::command::Command;
use crate::domain::entry::{Disclosure, NewEntry};
use crate::domain::event::{Event, RecordEvent, WordEvent};
use crate::domain::id::EntryRef;
use crate::domain::incident::{Incident, Ledger};

/// Words in an incident's title that make its entries internal unless somebody says otherwise.
const SECRET_MATTERS: &[&str] = &["exploit", "key compromise", "key-compromise", "compromised key"];

/// What an incident's folder is called when its title is internal: the name travels with every chain.
pub const UNNAMED: &str = "incident";

/// Who may read an entry when nobody says: in an exploit or a key compromise, our own organisation alone.
#[must_use]
pub fn usual_disclosure(incident: &Incident, command: &Command) -> Disclosure {
    let title = match command {
        Command::Declare { title, .. } => title.to_lowercase(),
        _ => incident.title.to_lowercase(),
    };
    let secret = SECRET_MATTERS.iter().any(|w| title.contains(w));
    if secret { Disclosure::Internal } else { Disclosure::default() }
}

/// At least as secret as the entries it is about: an answer, a correction or a settlement repeats their words.
pub(super) fn as_secret_as_its_subject(ledger: &Ledger, mut entry: NewEntry) -> NewEntry {
    let subjects = entry.amends.iter().chain(subject(&entry.event));
    let most = subjects.filter_map(|id| ledger.entry(id)).map(|e| e.disclosure).max();
    entry.disclosure = most.map_or(entry.disclosure, |most| most.max(entry.disclosure));
    entry
}

/// The entry that an event is about.
fn subject(event: &Event) -> Option<&EntryRef> {
    match event {
        Event::Word(WordEvent::Concern(e)) => e.answers.as_ref(),
        Event::Word(WordEvent::HypothesisJudged(e)) => Some(&e.hypothesis),
        Event::Word(WordEvent::SignedOff(e)) => Some(&e.message),
        Event::Record(RecordEvent::Objected(e)) => Some(&e.decision),
        Event::Record(RecordEvent::Decided(e)) => e.proposal.as_ref(),
        Event::Record(RecordEvent::Lifted(e)) => Some(&e.order),
        Event::Record(RecordEvent::TaskAnswered(e)) => Some(&e.task),
        Event::Record(RecordEvent::ActionClosed(e)) => Some(&e.action),
        _ => None,
    }
}
