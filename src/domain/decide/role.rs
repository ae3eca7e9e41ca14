//! Who may hold, give and take roles.

use crate::domain::command::RoleCommand;
use crate::domain::decide::check::{some_words, words};
use crate::domain::decide::rejection::Rejection;
use crate::domain::event::{Event, HandoverState, RoleAssigned, RoleHandedOver};
use crate::domain::id::{PersonId, RoleId};
use crate::domain::incident::{Incident, Offer, STANDARD_ROLES, is_exclusive_role};
use crate::domain::policy;

pub(super) fn decide(incident: &Incident, actor: &PersonId, command: &RoleCommand) -> Result<Event, Rejection> {
    match command {
        RoleCommand::Assign(role, person) => assign(incident, role, person),
        RoleCommand::Unassign(role, person) => {
            holds(incident, role, person)?;
            Ok(RoleAssigned { role: role.clone(), to: None, from: Some(person.clone()) }.into())
        }
        RoleCommand::HandOver(role, to, briefing) => {
            holds(incident, role, actor)?;
            may_hold(incident, role, to)?;
            if to == actor {
                return Err(Rejection::misuse(format!("you hold {role} already")));
            }
            let briefing = some_words(briefing, "the briefing")?;
            Ok(handover(role, actor, to, HandoverState::Offered, &briefing))
        }
        RoleCommand::Accept(role) => {
            let offer = offered(incident, role, actor)?;
            Ok(handover(role, &offer.from, actor, HandoverState::Accepted, ""))
        }
        RoleCommand::Decline(role) => {
            let offer = offered(incident, role, actor)?;
            Ok(handover(role, &offer.from, actor, HandoverState::Declined, ""))
        }
    }
}

fn assign(incident: &Incident, role: &RoleId, person: &PersonId) -> Result<Event, Rejection> {
    words(role.as_str(), "the role")?;
    words(person.as_str(), "the person")?;
    exists(incident, role)?;
    may_hold(incident, role, person)?;
    let held = incident.holders(role.as_str());
    if held.contains(&person) {
        return Err(Rejection::misuse(format!("{person} holds {role} already")));
    }
    if let Some(holder) = held.first().filter(|_| is_exclusive_role(role)) {
        return Err(Rejection::policy(format!(
            "{holder} holds {role}; {holder} hands it over (role handover {role} {person}), or it is taken away first (role unassign {role} {holder})"
        )));
    }
    Ok(RoleAssigned { role: role.clone(), to: Some(person.clone()), from: None }.into())
}

/// A role that nobody knows is a slip of the fingers.
fn exists(incident: &Incident, role: &RoleId) -> Result<(), Rejection> {
    let own = incident.roster.as_ref();
    let named = |r: &String| r == role.as_str();
    let of_roster = own.is_some_and(|r| r.roles.iter().any(named) || r.people.values().flatten().any(named));
    if of_roster || STANDARD_ROLES.iter().any(|(id, ..)| *id == role.as_str()) {
        return Ok(());
    }
    let known: Vec<&str> = STANDARD_ROLES.iter().map(|(id, ..)| *id).collect();
    Err(Rejection::misuse(format!("there is no role `{role}`; there are {}, and the roster's own", known.join(", "))))
}

/// The roster in force says who may hold what; without one, everybody may.
fn may_hold(incident: &Incident, role: &RoleId, person: &PersonId) -> Result<(), Rejection> {
    policy::may_hold(incident.roster.as_ref(), role, person).map_err(|no| Rejection::policy(no.to_string()))
}

fn holds(incident: &Incident, role: &RoleId, person: &PersonId) -> Result<(), Rejection> {
    let held = incident.holders(role.as_str());
    if held.contains(&person) {
        return Ok(());
    }
    let who: Vec<&str> = held.iter().map(|p| p.as_str()).collect();
    let who = if who.is_empty() { "nobody".to_owned() } else { who.join(", ") };
    Err(Rejection::policy(format!("{person} does not hold {role}; {who} does")))
}

fn offered<'a>(incident: &'a Incident, role: &RoleId, to: &PersonId) -> Result<&'a Offer, Rejection> {
    let offer = incident.roles.get(role).and_then(|r| r.offer.as_ref());
    match offer {
        Some(offer) if offer.to == *to => Ok(offer),
        Some(offer) => Err(Rejection::policy(format!("{role} was offered to {}, not to {to}", offer.to))),
        None => Err(Rejection::misuse(format!("nobody has offered {role}"))),
    }
}

fn handover(role: &RoleId, from: &PersonId, to: &PersonId, state: HandoverState, briefing: &str) -> Event {
    let briefing = briefing.to_owned();
    RoleHandedOver { role: role.clone(), from: from.clone(), to: to.clone(), state, briefing }.into()
}
