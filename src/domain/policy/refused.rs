//! Attempts that were refused go into the log, but cannot flood it. Typing mistakes never do.

use crate::domain::command::Request;
use crate::domain::decide::{Refusal, Rejection};
use crate::domain::entry::NewEntry;
use crate::domain::event::{AccessEvent, CommandRefused, Event};
use crate::domain::incident::Ledger;
use crate::domain::time::Span;

/// Attempts are counted over this span.
pub const REFUSED_WITHIN: Span = Span::from_mins(10);
/// At most so many attempts of one person are recorded within it; the others are refused all the same.
pub const REFUSED_BY_ONE: usize = 5;
/// And so many of all people together, for names cost nothing where nobody signs.
pub const REFUSED_BY_ALL: usize = 20;

/// Why nobody takes back what tells of rights and refusals.
pub const KEPT: &str = "what tells who tried or took which rights is never corrected or struck";

/// The entry that tells of a refused command; `None` where there is nothing to tell: a mistake, no incident, or enough was told.
#[must_use]
pub fn attempt(ledger: &Ledger, request: &Request, rejection: &Rejection) -> Option<NewEntry> {
    if rejection.refusal != Refusal::Denied || !ledger.incident().is_open() {
        return None;
    }
    // Where only signatures count, the word of somebody without a key would be a line that counts for nothing.
    if ledger.trust().ring().is_some_and(|ring| ring.requires() && !ring.has_key_of(request.actor.as_str())) {
        return None;
    }
    let recent = ledger.entries().iter().rev().take_while(|e| request.now.since(e.recorded()) < REFUSED_WITHIN);
    let told: Vec<_> = recent
        .filter_map(|e| match &e.event {
            Event::Access(AccessEvent::Refused(refused)) => Some((&e.actor, refused)),
            _ => None,
        })
        .collect();
    let own = told.iter().filter(|(who, _)| **who == request.actor).count();
    let again = told.iter().any(|(who, what)| **who == request.actor && what.command == request.command.verb());
    if again || own >= REFUSED_BY_ONE || told.len() >= REFUSED_BY_ALL {
        return None;
    }
    let refused = CommandRefused { command: request.command.verb().to_owned(), needs: rejection.needs.clone() };
    Some(NewEntry { disclosure: request.disclosure, ..NewEntry::human(&request.actor, refused) })
}
