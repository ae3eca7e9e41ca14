//! The shape of an incident's state. Must not know how entries change it (see `fold`) nor how it is drawn.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::event::{AlertFired, NodeState, PeerReported, RosterPinned, Scope, SheetFrozen, Status};
use crate::domain::id::{EntryRef, IncidentId, NodeId, OperatorId, PersonId, RoleId, RunId, WriterId};
use crate::domain::incident::conflict::Conflict;
use crate::domain::incident::matters::{Action, Concern, Decision, Hypothesis, Order, Task};
use crate::domain::incident::relapse::Relapse;
use crate::domain::incident::roles::Role;
use crate::domain::policy::Raise;
use crate::domain::run::Run;
use crate::domain::time::{At, Span};

/// When the incident reached each point of its life. Durations name the two they are made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Milestones {
    /// Onset: the first bad sample of a verdict, or the declarer's word.
    pub started: Option<At>,
    /// When a rule was first satisfied, or somebody outside reported it.
    pub detected: Option<At>,
    /// When it was declared.
    pub declared: Option<At>,
    /// When somebody first took command.
    pub commanded: Option<At>,
    /// When it first hurt less.
    pub mitigated: Option<At>,
    /// When the last failing verdict was cleared by real progress.
    pub recovered: Option<At>,
    /// When it was called over.
    pub resolved: Option<At>,
    /// When every loose end was tied.
    pub closed: Option<At>,
}

/// The newest verdict on one node by one signal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerdictFact {
    /// How it stands.
    pub state: NodeState,
    /// The rule in a sentence.
    pub why: String,
    /// First bad (or first good) sample.
    pub since: At,
    /// When it was judged.
    pub judged: At,
}

/// The newest scope verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeFact {
    /// Where the trouble is.
    pub scope: Scope,
    /// The comparisons that prove it.
    pub evidence: Vec<String>,
    /// Since when.
    pub at: At,
}

/// An alert that fires.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertFact {
    /// As it was told.
    pub alert: AlertFired,
    /// When we were told.
    pub at: At,
}

/// The newest word of another operator.
#[derive(Clone, Debug, PartialEq)]
pub struct PeerFact {
    /// As it was told.
    pub report: PeerReported,
    /// When we were told.
    pub at: At,
}

/// One chain of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writer {
    /// The host it is on.
    pub host: String,
    /// Who acts in it most recently.
    pub actor: PersonId,
    /// Its newest entry's time.
    pub last: At,
    /// How many entries it has.
    pub entries: u64,
    /// How far its host's clock stood behind the log when it wrote last; zero where it did not (within a second).
    pub behind: Span,
}

/// The folded state of one incident.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Incident {
    /// Its id, once a chain was opened.
    pub id: Option<IncidentId>,
    /// The network.
    pub network: String,
    /// In a few words; empty before it is declared.
    pub title: String,
    /// 1 (worst) to 5; 0 before it is declared.
    pub severity: u8,
    /// Where it stands; `None` before it is declared.
    pub status: Option<Status>,
    /// Whether any entry is part of a drill.
    pub drill: bool,
    /// Who set its status last.
    pub status_by: Option<PersonId>,
    /// Who declared it.
    pub declared_by: Option<PersonId>,
    /// When it reached what.
    pub milestones: Milestones,
    /// Roles that were ever given.
    pub roles: BTreeMap<RoleId, Role>,
    /// Standing orders, lifted ones included.
    pub orders: Vec<Order>,
    /// Tasks, answered ones included.
    pub tasks: Vec<Task>,
    /// Decisions, open proposals included.
    pub decisions: Vec<Decision>,
    /// Action items.
    pub actions: Vec<Action>,
    /// Hypotheses.
    pub hypotheses: Vec<Hypothesis>,
    /// Concerns.
    pub concerns: Vec<Concern>,
    /// Newest verdict by node and signal.
    pub verdicts: BTreeMap<(NodeId, String), VerdictFact>,
    /// What failed at any time: node and signal.
    pub failed: BTreeSet<(NodeId, String)>,
    /// What held and failed again within the watch, the oldest first.
    pub relapses: Vec<Relapse>,
    /// Newest scope.
    pub scope: Option<ScopeFact>,
    /// Alerts that fire, by fingerprint.
    pub alerts: BTreeMap<String, AlertFact>,
    /// Newest word of each operator.
    pub peers: BTreeMap<OperatorId, PeerFact>,
    /// Runs of runbooks.
    pub runs: BTreeMap<RunId, Run>,
    /// Restart sheets in the order they were frozen; for each runbook the last one counts.
    pub sheets: Vec<SheetFrozen>,
    /// The roster in force.
    pub roster: Option<RosterPinned>,
    /// Chains.
    pub writers: BTreeMap<WriterId, Writer>,
    /// Entries struck out.
    pub struck: BTreeSet<EntryRef>,
    /// What two people did at once, the oldest first.
    pub conflicts: Vec<Conflict>,
    /// Rights that people took for a while, ended ones included.
    pub raises: Vec<Raise>,
    /// Entries that changed nothing, and why.
    pub no_effect: BTreeMap<EntryRef, String>,
}

impl Incident {
    /// Whether it was declared and people still work on it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.status.is_some_and(Status::is_open)
    }

    /// Standing orders still in force.
    pub fn standing_orders(&self) -> impl Iterator<Item = &Order> {
        self.orders.iter().filter(|o| o.lifted.is_none())
    }

    /// Tasks not yet answered.
    pub fn open_tasks(&self) -> impl Iterator<Item = &Task> {
        self.tasks.iter().filter(|t| t.answer.is_none())
    }

    /// Who holds a role now.
    #[must_use]
    pub fn holders(&self, role: &str) -> Vec<&PersonId> {
        self.roles.get(role).map(|r| r.holders.iter().map(|h| &h.person).collect()).unwrap_or_default()
    }

    /// Verdicts that say failing.
    pub fn failing(&self) -> impl Iterator<Item = (&(NodeId, String), &VerdictFact)> {
        self.verdicts.iter().filter(|(_, v)| v.state == NodeState::Bad)
    }

    /// The run that people are in: the newest that is not done.
    #[must_use]
    pub fn active_run(&self) -> Option<&Run> {
        self.runs.values().filter(|r| !r.is_done()).max_by_key(|r| r.begun)
    }
}
