//! The one table: what is done in an incident, and which level or role may do it. As incident command has it: whoever works
//! speaks and does, whoever commands decides.

use crate::domain::event::{ChainEvent, Event, IncidentEvent, RecordEvent, WordEvent};
use crate::domain::id::PersonId;
use crate::domain::roster::Level;

/// What is done, as far as rules tell it apart. What is not here (raising a concern, what the program measures) everybody may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Begin an incident.
    Declare,
    /// Notes, facts, reports, hypotheses, answers, objections, proposals, action items, a task for oneself.
    Speak,
    /// Correct or strike somebody else's entry.
    Correct,
    /// Begin and follow a runbook.
    Work,
    /// Give somebody else a task.
    GiveTask,
    /// Sign off and send outward words.
    Publish,
    /// Severity, status, closing.
    Steer,
    /// Settle a question.
    Decide,
    /// Standing orders.
    Order,
    /// Give and take roles.
    Roles,
    /// Put another roster in force.
    Rules,
}

/// Who may do it: the level, or whoever holds one of the roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What.
    pub deed: Deed,
    /// In words, to stand before "needs".
    pub what: &'static str,
    /// The least level that may do it without any role.
    pub level: Level,
    /// Roles whose holder may do it at any level.
    pub roles: &'static [&'static str],
    /// Whether whoever holds any role at all may.
    pub any_role: bool,
}

const COMMAND: &[&str] = &["incident-commander", "deputy"];

const fn rule(deed: Deed, what: &'static str, level: Level, roles: &'static [&'static str]) -> Rule {
    Rule { deed, what, level, roles, any_role: false }
}

const fn work(deed: Deed, what: &'static str) -> Rule {
    Rule { deed, what, level: Level::Responder, roles: &[], any_role: true }
}

/// Every rule. `docs/roster.md` shows this table.
pub const RULES: &[Rule] = &[
    rule(Deed::Declare, "declaring an incident", Level::Responder, &[]),
    work(Deed::Speak, "writing into the log"),
    work(Deed::Work, "following a runbook"),
    rule(Deed::Correct, "correcting or striking somebody else's entry", Level::Commander, &[]),
    rule(
        Deed::GiveTask,
        "giving somebody else a task",
        Level::Commander,
        &["incident-commander", "deputy", "operations-lead", "communications-lead", "scribe"],
    ),
    rule(
        Deed::Publish,
        "signing off and sending outward words",
        Level::Commander,
        &["incident-commander", "deputy", "communications-lead"],
    ),
    rule(Deed::Steer, "changing severity or status", Level::Commander, COMMAND),
    rule(Deed::Decide, "deciding", Level::Commander, &["incident-commander", "deputy", "decision-maker"]),
    rule(Deed::Order, "giving or lifting a standing order", Level::Commander, COMMAND),
    rule(Deed::Roles, "giving or taking roles", Level::Commander, COMMAND),
    rule(Deed::Rules, "putting another roster in force", Level::Commander, &[]),
];

impl Deed {
    /// What an event is, when `who` does it; `None` where everybody may.
    #[must_use]
    pub fn of(event: &Event, who: &PersonId) -> Option<Self> {
        match event {
            Event::Chain(ChainEvent::Pinned(_)) => Some(Self::Rules),
            Event::Chain(_) | Event::Health(_) | Event::Access(_) | Event::Unknown(_) => None,
            Event::Incident(e) => incident(e),
            Event::Word(e) => word(e),
            Event::Record(e) => record(e, who),
            Event::Run(_) => Some(Self::Work),
        }
    }

    /// Its rule.
    #[must_use]
    pub fn rule(self) -> Option<&'static Rule> {
        RULES.iter().find(|r| r.deed == self)
    }
}

const fn incident(event: &IncidentEvent) -> Option<Deed> {
    match event {
        IncidentEvent::Declared(_) => Some(Deed::Declare),
        IncidentEvent::Severity(_) | IncidentEvent::Status(_) | IncidentEvent::Linked(_) => Some(Deed::Steer),
        IncidentEvent::Assigned(_) => Some(Deed::Roles),
        // Offered by its holder, answered by whom it was offered to: `authority` looks at the names.
        IncidentEvent::HandedOver(_) => None,
    }
}

fn word(event: &WordEvent) -> Option<Deed> {
    match event {
        // Anyone, observers too, may say that something looks wrong.
        WordEvent::Concern(concern) if concern.answers.is_none() => None,
        // The facilitator's, delivered by the program.
        WordEvent::Inject(_) => None,
        WordEvent::SignedOff(_) | WordEvent::Sent(_) => Some(Deed::Publish),
        _ => Some(Deed::Speak),
    }
}

fn record(event: &RecordEvent, who: &PersonId) -> Option<Deed> {
    Some(match event {
        RecordEvent::Decided(_) => Deed::Decide,
        RecordEvent::Ordered(_) | RecordEvent::Lifted(_) => Deed::Order,
        RecordEvent::TaskGiven(task) if task.to != *who => Deed::GiveTask,
        RecordEvent::Amended(_) | RecordEvent::Struck(_) => Deed::Correct,
        _ => Deed::Speak,
    })
}
