//! Events about the incident as a whole and about who holds which role.

use serde::{Deserialize, Serialize};

use super::group::events;
use crate::domain::event::Event;
use crate::domain::id::{IncidentId, PersonId, RoleId};
use crate::domain::time::At;

events! {
    /// About the incident and its roles.
    IncidentEvent {
        /// It has a name and a severity now.
        Declared(Box<IncidentDeclared>) = "incident.declared",
        /// Tied to another incident.
        Linked(Box<IncidentLinked>) = "incident.linked",
        /// Worse or better.
        Severity(Box<SeverityChanged>) = "severity.changed",
        /// A step of its life.
        Status(Box<StatusChanged>) = "status.changed",
        /// Somebody has a role (or nobody any more).
        Assigned(Box<RoleAssigned>) = "role.assigned",
        /// A role offered, taken or declined.
        HandedOver(Box<RoleHandedOver>) = "role.handed-over",
    }
}

impl From<IncidentEvent> for Event {
    fn from(e: IncidentEvent) -> Self {
        Self::Incident(e)
    }
}

/// The incident's beginning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IncidentDeclared {
    /// In a few words.
    pub title: String,
    /// 1 (worst) to 5.
    pub severity: u8,
    /// When the trouble began, where the declarer knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub onset: Option<At>,
}

/// A tie to another incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IncidentLinked {
    /// The other one.
    pub incident: IncidentId,
    /// `merged-into`, `caused-by`, `relapse-of`, …
    pub relation: String,
}

/// A new severity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeverityChanged {
    /// 1 (worst) to 5.
    pub to: u8,
    /// Why.
    pub reason: String,
}

/// The life of an incident: triage → active → mitigated → resolved → closed, or cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Perhaps an incident.
    Triage,
    /// It is one, and it hurts.
    Active,
    /// It hurts less; not over.
    Mitigated,
    /// Over; under watch.
    Resolved,
    /// Over, and every loose end tied.
    Closed,
    /// It was none.
    Cancelled,
}

impl Status {
    /// All, in order.
    pub const ALL: [Self; 6] =
        [Self::Triage, Self::Active, Self::Mitigated, Self::Resolved, Self::Closed, Self::Cancelled];

    /// As the log and the command line write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Triage => "triage",
            Self::Active => "active",
            Self::Mitigated => "mitigated",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Where it may go from here.
    #[must_use]
    pub const fn next(self) -> &'static [Self] {
        match self {
            Self::Triage => &[Self::Active, Self::Cancelled],
            Self::Active => &[Self::Mitigated, Self::Resolved, Self::Cancelled],
            Self::Mitigated => &[Self::Active, Self::Resolved, Self::Cancelled],
            Self::Resolved => &[Self::Active, Self::Closed],
            Self::Closed | Self::Cancelled => &[Self::Active],
        }
    }

    /// Whether people still work on it.
    #[must_use]
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Closed | Self::Cancelled)
    }
}

/// A step of the incident's life.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatusChanged {
    /// Where it stands now.
    pub to: Status,
    /// Why.
    pub reason: String,
}

/// Who holds a role.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoleAssigned {
    /// Which role.
    pub role: RoleId,
    /// Who holds it; `None` takes it from `from`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<PersonId>,
    /// Who no longer holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<PersonId>,
}

/// How far a handover has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HandoverState {
    /// Waiting for the other's word; the role stays where it was.
    Offered,
    /// "I have it": the role moves.
    Accepted,
    /// The role stays.
    Declined,
}

/// A role passes from one to another, with acknowledgement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoleHandedOver {
    /// Which role.
    pub role: RoleId,
    /// Who held it.
    pub from: PersonId,
    /// Who takes it.
    pub to: PersonId,
    /// How far it has come.
    pub state: HandoverState,
    /// What the next one must know.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub briefing: String,
}
