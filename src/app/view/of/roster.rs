//! The roster: roles with holders and offers, tasks, and who is here.

use crate::app::model::Model;
use crate::app::view::roster::{RoleRow, Roster, TaskRow};
use crate::app::view::tone::Tone;
use crate::domain::id::RoleId;
use crate::domain::incident::{Incident, Ledger, Over, REQUIRED_ROLES, STANDARD_ROLES, Task, short_role};
use crate::domain::policy::{Takeover, takeover};
use crate::domain::time::{At, Span};

/// Roles that are always shown; the others once somebody holds them.
const ALWAYS: &[&str] = &["incident-commander", "deputy", "communications-lead", "scribe", "responder"];
/// Whoever's console wrote nothing for so long is not called "here".
const HERE: Span = Span::from_mins(15);
/// A clock so far behind the log's is told; less is within what unsynchronised hosts show anyway.
const SKEW: Span = Span::from_secs(5);

/// The roles in the order the pane shows them: the row of a cursor names one of these.
#[must_use]
pub fn roles(model: &Model) -> Vec<RoleId> {
    let Some(ledger) = model.ledger() else { return Vec::new() };
    let known = &ledger.incident().roles;
    let in_use = |r: &RoleId| known.get(r).is_some_and(|role| !role.holders.is_empty() || role.offer.is_some());
    let standard = STANDARD_ROLES.iter().map(|(id, ..)| RoleId::new(id));
    let mut order: Vec<RoleId> = standard.filter(|r| ALWAYS.contains(&r.as_str()) || in_use(r)).collect();
    order.extend(
        known.keys().filter(|r| !STANDARD_ROLES.iter().any(|(id, ..)| *id == r.as_str()) && in_use(r)).cloned(),
    );
    order
}

/// The roster of this model.
pub(super) fn roster(model: &Model) -> Roster {
    let Some(ledger) = model.ledger() else {
        let hint = "Roles are given once an incident is declared (d).";
        return Roster { hint: Some(hint.into()), ..Roster::default() };
    };
    let incident = ledger.incident();
    let tasks = incident.open_tasks().map(|t| task(t, model.now)).collect();
    let hint = unpinned(model, ledger).map(Into::into).or_else(|| freedom(model, incident).map(Into::into));
    Roster {
        roles: roles(model).into_iter().map(|r| role(incident, r, model.now)).collect(),
        tasks,
        here: here(model),
        hint,
    }
}

/// A roster.toml that was changed and is not in force here; said, for nobody should believe that it is.
fn unpinned(model: &Model, ledger: &Ledger) -> Option<String> {
    let in_force = ledger.incident().roster.as_ref().is_some_and(|r| r.sha256 == model.roster.sha256);
    let file = if in_force { None } else { model.roster.pinned() };
    match takeover(ledger, file.as_ref(), &model.me.person) {
        Takeover::Nothing => None,
        Takeover::Due(_) => Some("roster.toml changed: your next word puts it in force.".to_owned()),
        Takeover::Left(why) => Some(format!("roster.toml changed and is not in force: {why}.")),
    }
}

/// What rules leave open; said, for nobody should believe that they are held where they are not.
fn freedom(model: &Model, incident: &Incident) -> Option<&'static str> {
    let free = "No roster: everybody may do everything.";
    match &incident.roster {
        None if model.roster.people.is_empty() => Some(free),
        None => None,
        Some(pinned) if pinned.people.is_empty() => Some(free),
        Some(pinned) if !pinned.has_levels() => Some("The roster names no levels: whoever is in it may do everything."),
        Some(_) => None,
    }
}

fn role(incident: &Incident, role: RoleId, now: At) -> RoleRow {
    let known = incident.roles.get(&role);
    let holders: Vec<&str> = known.iter().flat_map(|r| &r.holders).map(|h| h.person.as_str()).collect();
    let required = REQUIRED_ROLES.contains(&role.as_str());
    let since = known.and_then(|r| r.holders.first()).map(|h| h.since);
    let since = since.or(incident.milestones.declared.filter(|_| required));
    let offer = known.and_then(|r| r.offer.as_ref());
    RoleRow {
        name: short_role(&role).into(),
        holder: match (holders.as_slice(), required) {
            ([], true) => "nobody".into(),
            ([], false) => "—".into(),
            (names, _) => names.join(", ").into(),
        },
        since: since.map(|at| now.elapsed_since(at).clock()).unwrap_or_default().into(),
        offer: offer
            .map(|o| format!("→ {} {} (y takes it)", o.to, now.elapsed_since(o.at).clock()))
            .or_else(|| rival(incident, &role, now))
            .unwrap_or_default()
            .into(),
        tone: match (holders.is_empty(), required) {
            (true, true) => Tone::Due,
            (true, false) => Tone::Quiet,
            (false, _) => Tone::Plain,
        },
        role,
    }
}

/// Who was given the role as well, and does not have it.
fn rival(incident: &Incident, role: &RoleId, now: At) -> Option<String> {
    let conflict = incident.conflicts_at(now).filter(|c| matches!(&c.over, Over::Role(r) if r == role)).last()?;
    Some(format!("CONFLICT: not {}", conflict.lost_by))
}

fn task(task: &Task, now: At) -> TaskRow {
    let left = task.due().since(now);
    let over = left.micros() < 0;
    TaskRow {
        who: task.task.to.as_str().into(),
        text: task.task.text.as_str().into(),
        left: if over {
            format!("{} over", now.elapsed_since(task.due()).clock())
        } else {
            format!("{} left", left.clock())
        }
        .into(),
        name: task.id.to_string().into(),
        tone: if over { Tone::Due } else { Tone::Plain },
    }
}

/// People whose consoles spoke lately, ourselves first.
fn here(model: &Model) -> Vec<crate::domain::text::Shown> {
    let mut names = vec![model.me.person.as_str()];
    for (writer, at) in model.case.iter().flat_map(|c| &c.heard) {
        let person = writer.as_str().split('@').next().unwrap_or_default();
        if model.now.since(*at) < HERE && !names.contains(&person) {
            names.push(person);
        }
    }
    names.into_iter().map(|name| with_skew(model, name).into()).collect()
}

/// A name, and how far that person's clock stands behind the log: their times are not what others read off their own clocks.
fn with_skew(model: &Model, name: &str) -> String {
    let writers = model.case.iter().flat_map(|c| &c.incident().writers);
    let own = writers.filter(|(writer, _)| writer.as_str().split('@').next() == Some(name)).map(|(_, w)| w);
    match own.max_by_key(|w| w.last).map(|w| w.behind).filter(|behind| *behind >= SKEW) {
        Some(behind) => format!("{name} (clock {} behind)", behind.clock()),
        None => name.to_owned(),
    }
}
