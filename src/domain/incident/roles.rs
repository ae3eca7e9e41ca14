//! Roles: who holds which, since when, and what is on offer. Names as the field uses them (incident command).

use crate::domain::id::{PersonId, RoleId};
use crate::domain::time::At;

/// The roles every incident knows, in the order of the roster pane: id, short form, whether only one may hold it.
pub const STANDARD_ROLES: &[(&str, &str, bool)] = &[
    ("incident-commander", "commander", true),
    ("deputy", "deputy", true),
    ("communications-lead", "communications", true),
    ("scribe", "scribe", true),
    ("operations-lead", "operations", true),
    ("decision-maker", "decision maker", true),
    ("liaison", "liaison", false),
    ("responder", "responders", false),
    ("facilitator", "facilitator", true),
    ("observer", "observers", false),
];

/// Roles whose lack is an alarm in NEXT, most pressing first.
pub const REQUIRED_ROLES: &[&str] = &["incident-commander", "communications-lead", "scribe"];

/// Whether one person at most may hold it.
#[must_use]
pub fn is_exclusive(role: &RoleId) -> bool {
    STANDARD_ROLES.iter().any(|(id, _, one)| *id == role.as_str() && *one)
}

/// The short form for a pane; the id itself for a role of the roster's own.
#[must_use]
pub fn short_name(role: &RoleId) -> &str {
    STANDARD_ROLES.iter().find(|(id, ..)| *id == role.as_str()).map_or(role.as_str(), |(_, short, _)| short)
}

/// Takes an id, its short form or the usual abbreviation: `ic`, `commander`, `comms`.
#[must_use]
pub fn resolve(word: &str) -> RoleId {
    let word = word.trim().to_ascii_lowercase();
    let id = match word.as_str() {
        "ic" => "incident-commander",
        "comms" | "comms-lead" => "communications-lead",
        "ops" | "ops-lead" => "operations-lead",
        other => STANDARD_ROLES
            .iter()
            .find(|(id, short, _)| *id == other || *short == other || short.strip_suffix('s') == Some(other))
            .map_or(other, |(id, ..)| id),
    };
    RoleId::new(id)
}

/// One person in a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// Who.
    pub person: PersonId,
    /// Since when.
    pub since: At,
}

/// A handover waiting for the other's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Who offers.
    pub from: PersonId,
    /// To whom.
    pub to: PersonId,
    /// Since when.
    pub at: At,
    /// What the next one must know.
    pub briefing: String,
}

/// One role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Role {
    /// Who holds it now.
    pub holders: Vec<Holding>,
    /// A handover under way.
    pub offer: Option<Offer>,
    /// Everybody who held it: who, from, to.
    pub past: Vec<(PersonId, At, Option<At>)>,
}

impl Role {
    /// Whether this person holds it.
    #[must_use]
    pub fn is_held_by(&self, person: &PersonId) -> bool {
        self.holders.iter().any(|h| h.person == *person)
    }

    /// Gives it to a person; nothing changes when they hold it already.
    pub fn give(&mut self, person: &PersonId, at: At) {
        if !self.is_held_by(person) {
            self.holders.push(Holding { person: person.clone(), since: at });
            self.past.push((person.clone(), at, None));
        }
    }

    /// Takes it from a person.
    pub fn take(&mut self, person: &PersonId, at: At) {
        self.holders.retain(|h| h.person != *person);
        if let Some(stint) = self.past.iter_mut().rev().find(|(p, _, end)| p == person && end.is_none()) {
            stint.2 = Some(at);
        }
        if self.offer.as_ref().is_some_and(|o| o.from == *person) {
            self.offer = None;
        }
    }
}
