//! What one person may do at one moment: by level, by the roles they hold, by rights taken for a while.
//! The same answer for a command before it is obeyed and for an entry that a merge brought.

use crate::domain::entry::Entry;
use crate::domain::event::{AccessEvent, Event, HandoverState, IncidentEvent, RoleAssigned, RosterPinned, RunEvent};
use crate::domain::id::{PersonId, RoleId, RunId, StepId};
use crate::domain::incident::Incident;
use crate::domain::policy::deed::{Deed, Rule};
use crate::domain::policy::denial::{Denial, role_and_holders};
use crate::domain::roster::Level;
use crate::domain::run::{Run, StepState};
use crate::domain::time::At;
use crate::domain::writer_name::is_chain_of;

const COMMANDER: &str = "incident-commander";

/// Who may do what in an incident as it stands.
#[derive(Clone, Copy, Debug)]
pub struct Authority<'a> {
    incident: &'a Incident,
    roster: Option<&'a RosterPinned>,
    at: At,
    /// For the fold: a roster that names no levels leaves entries as they are, as it always did.
    lenient: bool,
}

impl<'a> Authority<'a> {
    /// For an entry of the log: the roster that the log pins decides, and none other.
    #[must_use]
    pub fn of_log(incident: &'a Incident, recorded: At) -> Self {
        Self { incident, roster: incident.roster.as_ref(), at: recorded, lenient: true }
    }

    /// For a command: the log's roster, else the file's.
    #[must_use]
    pub fn of_command(incident: &'a Incident, file: Option<&'a RosterPinned>, now: At) -> Self {
        Self { incident, roster: incident.roster.as_ref().or(file), at: now, lenient: false }
    }

    /// The roster that decides; `None` where nobody is in one, and everybody may do everything.
    fn rules(&self) -> Option<&'a RosterPinned> {
        self.roster.filter(|r| !r.people.is_empty())
    }

    /// What somebody may do without any role: by the roster, and by rights taken for a while.
    #[must_use]
    pub fn level(&self, who: &PersonId) -> Level {
        let raised = self.incident.raise_of(who, self.at).is_some();
        if raised { Level::Commander } else { self.rules().map_or(Level::Commander, |r| r.level_of(who.as_str())) }
    }

    /// Whether somebody speaks for a role now.
    #[must_use]
    pub fn holds(&self, who: &PersonId, role: &str) -> bool {
        let raised = self.incident.raise_of(who, self.at).and_then(|r| r.role.as_ref());
        raised.is_some_and(|r| r.as_str() == role) || self.incident.holders(role).contains(&who)
    }

    /// Whether an entry may have effect: its actor may, and it stands in that person's own chain. Whose word the chain is, its
    /// signature says; here nobody borrows a colleague's level by writing their name.
    ///
    /// # Errors
    /// Which level or role may, and who holds it now.
    pub fn permits_entry(&self, entry: &Entry) -> Result<(), Denial> {
        let governed = self.rules().is_some_and(RosterPinned::has_levels);
        let borrowed = governed && !is_chain_of(&entry.writer, entry.actor.as_str());
        if borrowed && Deed::of(&entry.event, &entry.actor).is_some() {
            let needs = format!("an entry by {} stands in a chain of {}", entry.actor, entry.actor);
            return Err(Denial::new(format!("{} is the chain of somebody else", entry.writer), needs));
        }
        self.permits(&entry.actor, &entry.event)
    }

    /// Whether somebody may do what this event says.
    ///
    /// # Errors
    /// Which level or role may, and who holds it now.
    pub fn permits(&self, who: &PersonId, event: &Event) -> Result<(), Denial> {
        let Some(rules) = self.rules() else { return Ok(()) };
        self.step_role(who, event)?;
        if self.lenient && !rules.has_levels() {
            return Ok(());
        }
        match event {
            Event::Incident(IncidentEvent::HandedOver(h)) => {
                let (speaker, what) = match h.state {
                    HandoverState::Offered => (&h.from, "hands over"),
                    HandoverState::Accepted | HandoverState::Declined => (&h.to, "answers for"),
                };
                if speaker != who {
                    return Err(Denial::new(who.as_str(), format!("only {speaker} {what} {} here", h.role)));
                }
                if h.state == HandoverState::Declined { Ok(()) } else { may_hold(Some(rules), &h.role, &h.to) }
            }
            Event::Access(AccessEvent::Ended(ended)) => {
                let own = self.incident.raises.iter().any(|r| r.id == ended.raised && r.person == *who);
                if own { Ok(()) } else { self.by_rule(who, Deed::Roles) }
            }
            Event::Incident(IncidentEvent::Assigned(assigned)) => self.assignment(who, rules, assigned),
            // Decided without the fold, for a correction changes what was folded before it (`may_correct`).
            Event::Record(
                crate::domain::event::RecordEvent::Amended(_) | crate::domain::event::RecordEvent::Struck(_),
            ) => Ok(()),
            // A first roster is the beginning of the rules; another one is judged by the one before it (`may_pin`).
            Event::Chain(_) => Ok(()),
            // What a command did is the program's word, whoever's console collects it; who may begin it was asked before.
            Event::Run(RunEvent::StepFinished(e)) if self.is_running(&e.run, &e.step) => Ok(()),
            _ => Deed::of(event, who).map_or(Ok(()), |deed| self.by_rule(who, deed)),
        }
    }

    fn by_rule(&self, who: &PersonId, deed: Deed) -> Result<(), Denial> {
        let Some(rule) = deed.rule() else { return Ok(()) };
        let by_role = rule.roles.iter().any(|role| self.holds(who, role));
        if self.level(who) >= rule.level || by_role || (rule.any_role && self.holds_any(who)) {
            return Ok(());
        }
        Err(Denial::new(self.describe(who), self.needs(rule)))
    }

    /// Roles are given by whoever commands; but a vacant command is taken by whoever is there, and one's own is laid down.
    fn assignment(&self, who: &PersonId, rules: &RosterPinned, assigned: &RoleAssigned) -> Result<(), Denial> {
        if let Some(to) = &assigned.to {
            may_hold(Some(rules), &assigned.role, to)?;
        }
        let lays_down = assigned.to.is_none() && assigned.from.as_ref() == Some(who);
        let takes_command = assigned.role.as_str() == COMMANDER
            && assigned.to.as_ref() == Some(who)
            && self.incident.holders(COMMANDER).is_empty()
            && self.level(who) >= Level::Responder;
        if lays_down || takes_command { Ok(()) } else { self.by_rule(who, Deed::Roles) }
    }

    /// A step that names a role is done, confirmed or approved by whoever holds it.
    fn step_role(&self, who: &PersonId, event: &Event) -> Result<(), Denial> {
        let Event::Run(event) = event else { return Ok(()) };
        let Some(run) = Run::of(event).and_then(|id| self.incident.runs.get(id)) else { return Ok(()) };
        // A second person's yes to somebody's dangerous step is anybody's; the yes that an approve step asks for is the role's.
        let step = match event {
            RunEvent::StepStarted(e) => &e.step,
            RunEvent::Approved(e) if run.pinned.for_others.contains(&e.step) => &e.step,
            _ => return Ok(()),
        };
        let role = run.pinned.roles.get(step);
        match role {
            Some(role) if !self.holds(who, role.as_str()) => Err(Denial::new(
                format!("{who} does not hold {role}"),
                format!("step {step} needs {}", role_and_holders(role.as_str(), &self.incident.holders(role.as_str()))),
            )),
            _ => Ok(()),
        }
    }

    fn is_running(&self, run: &RunId, step: &StepId) -> bool {
        let run = self.incident.runs.get(run);
        run.is_some_and(|run| matches!(run.state(step), StepState::Running { .. }))
    }

    /// Whoever holds a role works, whatever their level; who observes does not.
    fn holds_any(&self, who: &PersonId) -> bool {
        self.incident.roles.iter().any(|(id, role)| id.as_str() != "observer" && role.is_held_by(who))
    }

    fn describe(&self, who: &PersonId) -> String {
        match self.rules() {
            Some(rules) if !rules.people.contains_key(who.as_str()) => {
                format!("{who} is not in the roster, and so an observer")
            }
            _ => format!("{who} is {}", self.level(who).with_article()),
        }
    }

    fn needs(&self, rule: &Rule) -> String {
        let roles: Vec<String> = rule.roles.iter().map(|r| role_and_holders(r, &self.incident.holders(r))).collect();
        let level = rule.level.as_str();
        let level = if rule.level == Level::Commander { level.to_owned() } else { format!("{level} or above") };
        match (roles.is_empty(), rule.any_role) {
            (true, false) => format!("{} needs level {level}", rule.what),
            (true, true) => format!("{} needs level {level}, or any role", rule.what),
            (false, _) => format!("{} needs level {level}, or the role {}", rule.what, roles.join(" or ")),
        }
    }
}

/// Whether the roster lets somebody hold a role.
///
/// # Errors
/// Which roles it lets them hold.
pub fn may_hold(roster: Option<&RosterPinned>, role: &RoleId, person: &PersonId) -> Result<(), Denial> {
    let Some(roster) = roster.filter(|r| !r.people.is_empty()) else { return Ok(()) };
    match roster.people.get(person.as_str()) {
        None => {
            let known: Vec<&str> = roster.people.keys().map(String::as_str).collect();
            Err(Denial::new(format!("{person} is not in the roster"), format!("it has {}", known.join(", "))))
        }
        Some(roles) if roles.is_empty() || roles.iter().any(|r| r == role.as_str()) => Ok(()),
        Some(roles) => Err(Denial::new(
            format!("the roster lets {person} hold {}, not {role}", roles.join(", ")),
            format!("roles_allowed of {person} in roster.toml would have to name {role}"),
        )),
    }
}

/// Whether somebody may correct or strike an entry of `author`, by the roster alone: their own, or as a commander (in a roster
/// without commanders, as a responder). Roles and break-glass do not count here: what is corrected changes who held them.
///
/// # Errors
/// Who may.
pub fn may_correct(roster: Option<&RosterPinned>, who: &PersonId, author: &PersonId) -> Result<(), Denial> {
    let Some(rules) = roster.filter(|r| !r.people.is_empty() && r.has_levels()) else { return Ok(()) };
    let needed =
        if rules.levels.values().any(|l| *l == Level::Commander) { Level::Commander } else { Level::Responder };
    let level = rules.level_of(who.as_str());
    if who == author || level >= needed {
        return Ok(());
    }
    let needs = format!("only {author}, or level {}, corrects or strikes this entry", needed.as_str());
    Err(Denial::new(format!("{who} is {}", level.with_article()), needs))
}

/// Whether somebody may put another roster in force than the one before it, by that one's levels.
///
/// # Errors
/// Who may.
pub fn may_pin(before: Option<&RosterPinned>, next: &RosterPinned, who: &PersonId) -> Result<(), Denial> {
    let Some(rules) = before.filter(|r| !r.people.is_empty() && r.has_levels() && *r != next) else { return Ok(()) };
    let level = rules.level_of(who.as_str());
    if level >= Level::Commander {
        return Ok(());
    }
    let needs = "putting another roster in force needs level commander in the one before it";
    Err(Denial::new(format!("{who} is {}", level.with_article()), needs))
}
