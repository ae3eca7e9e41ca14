//! What people have open between them: orders, tasks, decisions, action items, hypotheses, concerns.

use crate::domain::event::{TaskAnswered, TaskGiven};
use crate::domain::id::{EntryRef, PersonId};
use crate::domain::time::{At, Span};

/// A standing order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Its entry.
    pub id: EntryRef,
    /// The order.
    pub text: String,
    /// Whose.
    pub by: PersonId,
    /// Since when.
    pub at: At,
    /// When lifted, by whom, why.
    pub lifted: Option<(At, PersonId, String)>,
}

/// One owner, one time box.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// Its entry.
    pub id: EntryRef,
    /// As given.
    pub task: TaskGiven,
    /// By whom.
    pub by: PersonId,
    /// When.
    pub at: At,
    /// The answer, and when.
    pub answer: Option<(At, TaskAnswered)>,
}

impl Task {
    /// When the console asks back.
    #[must_use]
    pub fn due(&self) -> At {
        self.at.plus(Span::from_mins(i64::from(self.task.minutes)))
    }
}

/// Dissent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objection {
    /// Whose.
    pub by: PersonId,
    /// Why.
    pub text: String,
    /// When.
    pub at: At,
}

/// A question and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The entry it began with (proposal, or the decision itself).
    pub id: EntryRef,
    /// What is to be decided.
    pub question: String,
    /// Between what.
    pub options: Vec<String>,
    /// When it was put.
    pub at: At,
    /// Who put it.
    pub by: PersonId,
    /// Dissent.
    pub objections: Vec<Objection>,
    /// The outcome: entry, when, who decided, outcome, reason.
    pub made: Option<Outcome>,
}

/// How a decision came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Its entry.
    pub id: EntryRef,
    /// When.
    pub at: At,
    /// Who decided.
    pub by: PersonId,
    /// What.
    pub outcome: String,
    /// Why.
    pub reason: String,
}

/// To be done after the incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// Its entry.
    pub id: EntryRef,
    /// What.
    pub text: String,
    /// Whose.
    pub owner: Option<PersonId>,
    /// By when (a date), or empty.
    pub due: String,
    /// When it was opened.
    pub at: At,
    /// When it was closed, and how.
    pub closed: Option<(At, String)>,
}

/// A possible cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hypothesis {
    /// Its entry.
    pub id: EntryRef,
    /// The words.
    pub text: String,
    /// Whose.
    pub by: PersonId,
    /// When.
    pub at: At,
    /// Evidence: verdict (`for`, `against`, `confirmed`, `refuted`), text, who, when.
    pub judged: Vec<(String, String, PersonId, At)>,
}

/// "I think this is wrong."
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concern {
    /// Its entry.
    pub id: EntryRef,
    /// The words.
    pub text: String,
    /// Whose.
    pub by: PersonId,
    /// When.
    pub at: At,
    /// The answer: who, what, when.
    pub answer: Option<(PersonId, String, At)>,
}
