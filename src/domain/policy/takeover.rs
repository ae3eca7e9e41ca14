//! A roster.toml that was changed while an incident goes on: whose word puts it in force, and when it does not.

use crate::domain::entry::{NewEntry, Source};
use crate::domain::event::{ChainEvent, Event, RosterPinned};
use crate::domain::id::PersonId;
use crate::domain::incident::Ledger;
use crate::domain::policy::authority::may_pin;
use crate::domain::roster::Level;

/// What a roster file is to an open incident.
#[derive(Clone, Debug, PartialEq)]
pub enum Takeover {
    /// There is no file, or it is the one in force, or nothing goes on.
    Nothing,
    /// This person's next word puts it in force.
    Due(Box<NewEntry>),
    /// It is not in force, and why this person does not change that.
    Left(String),
}

/// Whether `who` puts the roster file in force. One that was in force before and was replaced stays out: on several hosts
/// with different files, two people would put theirs in force in turn for ever. Nor does anybody try the same one twice.
#[must_use]
pub fn takeover(ledger: &Ledger, file: Option<&RosterPinned>, who: &PersonId) -> Takeover {
    let incident = ledger.incident();
    let going_on = incident.status.is_some_and(|status| status.is_open()) && !incident.drill;
    let Some(next) = file.filter(|next| going_on && incident.roster.as_ref().is_none_or(|r| r.sha256 != next.sha256))
    else {
        return Takeover::Nothing;
    };
    let before = incident.roster.as_ref();
    if before.is_none() && next.level_of(who.as_str()) < Level::Commander {
        return Takeover::Left("a commander's next word puts it in force".to_owned());
    }
    if let Err(denial) = may_pin(before, next, who) {
        return Takeover::Left(denial.to_string());
    }
    let same = |event: &Event| matches!(event, Event::Chain(ChainEvent::Pinned(r)) if r.sha256 == next.sha256);
    for entry in ledger.entries().iter().filter(|e| same(&e.event)) {
        match incident.no_effect.get(&entry.name()) {
            None => {
                let why =
                    "it was in force before and was replaced; change it (a comment will do) to put it in force again";
                return Takeover::Left(why.to_owned());
            }
            Some(why) if entry.actor == *who => return Takeover::Left(why.clone()),
            Some(_) => {}
        }
    }
    Takeover::Due(Box::new(NewEntry { source: Source::Tool, ..NewEntry::human(who, next.clone()) }))
}
