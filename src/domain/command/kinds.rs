//! The commands themselves. What each needs before it is obeyed is `decide`'s to say.

use crate::domain::entry::Disclosure;
use crate::domain::event::{RosterPinned, RunEvent, Status, TaskOutcome};
use crate::domain::id::{PersonId, RoleId};
use crate::domain::time::{At, Span};

/// A command with who gives it and what goes into the envelope.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Who acts.
    pub actor: PersonId,
    /// When it happened, where that is not now.
    pub happened: Option<At>,
    /// Who may read it.
    pub disclosure: Disclosure,
    /// What is asked.
    pub command: Command,
    /// Now, for rights that hold for a while; without it (the default) none that was taken counts.
    pub now: At,
    /// The roster's file, for a log that pins none.
    pub roster: Option<Box<RosterPinned>>,
}

impl Request {
    /// A command for operators, by whom; when and under which roster are to be added by whoever gives it for a person.
    #[must_use]
    pub fn new(actor: &PersonId, command: Command) -> Self {
        Self {
            actor: actor.clone(),
            happened: None,
            disclosure: Disclosure::default(),
            command,
            now: At::default(),
            roster: None,
        }
    }
}

/// What people may ask of an incident. Entries are named as `Ledger::find` takes them: `alice@bastion/7`, `alice/7`, `7`.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Begin an incident.
    Declare {
        /// In a few words.
        title: String,
        /// 1 (worst) to 5.
        severity: u8,
        /// When the trouble began, where known.
        onset: Option<At>,
    },
    /// Worse or better.
    SetSeverity {
        /// 1 (worst) to 5.
        to: u8,
        /// Why.
        reason: String,
    },
    /// A step of its life.
    SetStatus {
        /// Where it stands now.
        to: Status,
        /// Why.
        reason: String,
    },
    /// About who holds which role.
    Role(RoleCommand),
    /// Words.
    Word(WordCommand),
    /// Decisions, orders, tasks, action items.
    Matter(MatterCommand),
    /// Correct an entry: its words, or its time (the request's `happened`).
    Amend {
        /// Which.
        entry: String,
        /// The words as they should have been; empty when only the time is wrong.
        text: String,
        /// Why.
        reason: String,
    },
    /// Strike an entry out.
    Strike {
        /// Which.
        entry: String,
        /// Why.
        reason: String,
    },
    /// More rights than the roster gives, for a while.
    Access(AccessCommand),
    /// About a runbook's run: what happened, or is about to; events that belong together.
    Run(Vec<RunEvent>),
}

/// More rights than the roster gives, for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccessCommand {
    /// Take them.
    Raise {
        /// Why.
        reason: String,
        /// For how long.
        span: Span,
        /// The role whose word one speaks besides.
        role: Option<RoleId>,
    },
    /// Give them back, or take them away from somebody else.
    End {
        /// Whose; one's own without.
        of: Option<PersonId>,
    },
}

/// About who holds which role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoleCommand {
    /// Give a role to somebody.
    Assign(RoleId, PersonId),
    /// Take it from somebody.
    Unassign(RoleId, PersonId),
    /// Offer one's own role to somebody, with what they must know.
    HandOver(RoleId, PersonId, String),
    /// "I have it."
    Accept(RoleId),
    /// "I cannot."
    Decline(RoleId),
}

/// Words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WordCommand {
    /// A remark.
    Note(String),
    /// Something that is known to be so; how it is known.
    Fact(String, String),
    /// "I think this is wrong."
    Concern(String),
    /// The answer to a concern.
    AnswerConcern(String, String),
    /// Word from outside: from whom, what.
    Report(String, String),
    /// A possible cause.
    Hypothesis(String),
    /// Evidence: which hypothesis, `for`/`against`/`confirmed`/`refuted`, the evidence.
    Judge(String, String, String),
    /// A rumour: the claim, `open`/`confirmed`/`refuted`, the evidence.
    Claim(String, String, String),
}

/// Decisions, orders, tasks, action items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MatterCommand {
    /// Put a question with options.
    Propose(String, Vec<String>),
    /// Disagree with a proposal or decision.
    Object(String, String),
    /// Settle a proposal: which, outcome, reason.
    Settle(String, String, String),
    /// Decide at once: question, outcome, reason.
    Decide(String, String, String),
    /// A standing order.
    Order(String),
    /// Lift one: which, reason.
    Lift(String, String),
    /// Give a task: to whom, minutes, what.
    Task(PersonId, u32, String),
    /// Answer one: which, how it ended, in words.
    AnswerTask(String, TaskOutcome, String),
    /// Open an action item: what, whose, by when.
    Action(String, Option<PersonId>, String),
    /// Close one: which, how.
    CloseAction(String, String),
}

impl Command {
    /// What it is called, as the command line does; for records that must not repeat its words.
    #[must_use]
    pub const fn verb(&self) -> &'static str {
        match self {
            Self::Declare { .. } => "declare",
            Self::SetSeverity { .. } => "severity",
            Self::SetStatus { .. } => "status",
            Self::Role(_) => "role",
            Self::Word(word) => word.verb(),
            Self::Matter(matter) => matter.verb(),
            Self::Amend { .. } => "amend",
            Self::Strike { .. } => "strike",
            Self::Access(_) => "break-glass",
            Self::Run(_) => "runbook",
        }
    }
}

impl WordCommand {
    const fn verb(&self) -> &'static str {
        match self {
            Self::Note(_) => "note",
            Self::Fact(..) => "fact",
            Self::Concern(_) => "concern",
            Self::AnswerConcern(..) => "concern answer",
            Self::Report(..) => "report",
            Self::Hypothesis(_) => "hypothesis",
            Self::Judge(..) => "hypothesis judge",
            Self::Claim(..) => "claim",
        }
    }
}

impl MatterCommand {
    const fn verb(&self) -> &'static str {
        match self {
            Self::Propose(..) => "propose",
            Self::Object(..) => "object",
            Self::Settle(..) => "settle",
            Self::Decide(..) => "decide",
            Self::Order(_) => "order",
            Self::Lift(..) => "order lift",
            Self::Task(..) => "task",
            Self::AnswerTask(..) => "task answer",
            Self::Action(..) => "action",
            Self::CloseAction(..) => "action close",
        }
    }
}
