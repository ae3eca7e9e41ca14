//! Events that bind people: decisions, standing orders, tasks, action items, and corrections of earlier entries.

use serde::{Deserialize, Serialize};

use super::group::events;
use crate::domain::event::Event;
use crate::domain::id::{EntryRef, PersonId};

events! {
    /// Decisions, orders, tasks, action items, corrections.
    RecordEvent {
        /// A question with options.
        Proposed(Box<DecisionProposed>) = "decision.proposed",
        /// Dissent.
        Objected(Box<DecisionObjected>) = "decision.objected",
        /// Decided.
        Decided(Box<DecisionMade>) = "decision.made",
        /// "NO RESTARTS", pinned until lifted.
        Ordered(Box<OrderStanding>) = "order.standing",
        /// No longer.
        Lifted(Box<OrderLifted>) = "order.lifted",
        /// One owner and a time box.
        TaskGiven(Box<TaskGiven>) = "task.given",
        /// The answer.
        TaskAnswered(Box<TaskAnswered>) = "task.answered",
        /// To be done after the incident.
        ActionOpened(Box<ActionOpened>) = "action.opened",
        /// Done or dropped.
        ActionClosed(Box<ActionClosed>) = "action.closed",
        /// A correction; the envelope's `amends` says of what.
        Amended(Box<EntryAmended>) = "entry.amended",
        /// Struck out; the envelope's `amends` says what.
        Struck(Box<EntryStruck>) = "entry.struck",
    }
}

impl From<RecordEvent> for Event {
    fn from(e: RecordEvent) -> Self {
        Self::Record(e)
    }
}

/// A question put to the room.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecisionProposed {
    /// What is to be decided.
    pub question: String,
    /// Between what.
    #[serde(default)]
    pub options: Vec<String>,
}

/// Dissent, kept whatever is decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecisionObjected {
    /// The proposal or decision.
    pub decision: EntryRef,
    /// Why.
    pub text: String,
}

/// What was decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecisionMade {
    /// What was to be decided.
    pub question: String,
    /// The answer.
    pub outcome: String,
    /// The proposal this settles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposal: Option<EntryRef>,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// An order that stands on every screen until lifted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderStanding {
    /// The order.
    pub text: String,
}

/// An order no longer in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderLifted {
    /// Which one.
    pub order: EntryRef,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// One owner, one time box.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskGiven {
    /// Whose it is.
    pub to: PersonId,
    /// What to do.
    pub text: String,
    /// After how many minutes the console asks back.
    pub minutes: u32,
}

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TaskOutcome {
    /// Done.
    Done,
    /// Could not be done.
    Failed,
    /// No longer wanted.
    Dropped,
}

/// A task's answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskAnswered {
    /// Which one.
    pub task: EntryRef,
    /// How it ended.
    pub outcome: TaskOutcome,
    /// In words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
}

/// Something to do after the incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActionOpened {
    /// What.
    pub text: String,
    /// Whose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<PersonId>,
    /// By when: a date, `2026-12-01`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub due: String,
}

/// An action item's end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActionClosed {
    /// Which one.
    pub action: EntryRef,
    /// How it ended.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub outcome: String,
}

/// A correction; shown beside the struck-out original.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EntryAmended {
    /// The words as they should have been; empty when only the time (`happened` of the envelope) is corrected.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// Struck out and left out of every export and draft.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EntryStruck {
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}
