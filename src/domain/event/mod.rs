//! What has happened: every kind of entry the log knows, grouped by noun. Past tense, plain data, no behaviour.
//! A kind this version does not know, or whose data does not fit, is kept whole as [`Event::Unknown`] and shown.

mod access;
mod chain;
mod fact;
mod group;
mod health;
mod incident;
mod record;
mod run;
mod say;
mod words;

pub use access::{AccessEnded, AccessEvent, AccessRaised, CommandRefused};
pub use chain::{ChainEvent, ChainOpened, CheckpointSigned, Continues, KeyDelegated, LogRecovered, RosterPinned};
pub use fact::{Event, UnknownEvent, kinds};
pub use health::{AlertCleared, AlertFired, HealthEvent, NodeState, PeerReported, Scope, ScopeChanged, VerdictChanged};
pub use incident::{
    HandoverState, IncidentDeclared, IncidentEvent, IncidentLinked, RoleAssigned, RoleHandedOver, SeverityChanged,
    Status, StatusChanged,
};
pub use record::{
    ActionClosed, ActionOpened, DecisionMade, DecisionObjected, DecisionProposed, EntryAmended, EntryStruck,
    OrderLifted, OrderStanding, RecordEvent, TaskAnswered, TaskGiven, TaskOutcome,
};
pub use run::{
    ApprovalGiven, Effect, OutputRef, OverrideAdded, OverrideUndone, RunEvent, RunStarted, SheetFrozen, StepFinished,
    StepKind, StepOutcome, StepSkipped, StepStarted,
};
pub use words::{
    ClaimJudged, ConcernRaised, FactRecorded, HypothesisJudged, HypothesisRaised, InjectDelivered, MessageDrafted,
    MessageSent, MessageSignedOff, NoteAdded, ReportReceived, WordEvent,
};
