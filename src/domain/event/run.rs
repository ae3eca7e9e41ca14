//! Events of runbooks: a run, its steps, approvals, and temporary changes that must be undone.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::group::events;
use crate::domain::event::Event;
use crate::domain::id::{RoleId, RunId, RunbookId, StepId};

events! {
    /// What runbooks did.
    RunEvent {
        /// A revision was pinned and begun.
        Started(Box<RunStarted>) = "run.started",
        /// A step is about to run.
        StepStarted(Box<StepStarted>) = "step.started",
        /// A step ended, with what came out.
        StepFinished(Box<StepFinished>) = "step.finished",
        /// A step left out, with the reason.
        StepSkipped(Box<StepSkipped>) = "step.skipped",
        /// Somebody said yes.
        Approved(Box<ApprovalGiven>) = "approval.given",
        /// A temporary change is in place.
        OverrideAdded(Box<OverrideAdded>) = "override.added",
        /// And gone.
        OverrideUndone(Box<OverrideUndone>) = "override.undone",
        /// A recovery's constants are settled.
        SheetFrozen(Box<SheetFrozen>) = "sheet.frozen",
    }
}

impl From<RunEvent> for Event {
    fn from(e: RunEvent) -> Self {
        Self::Run(e)
    }
}

/// What a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepKind {
    /// Words only.
    Note,
    /// A person does it and says so.
    Manual,
    /// A person answers.
    Ask,
    /// A command that looks.
    Check,
    /// A command that acts.
    Run,
    /// A check repeated until it passes or the deadline ends it.
    Wait,
    /// A person confirms.
    Confirm,
    /// k of n people say yes.
    Approve,
    /// Wait for others.
    Barrier,
    /// A choice of the next step.
    Decide,
    /// Outward words.
    Message,
}

impl StepKind {
    /// All, in the order of the format's documentation.
    pub const ALL: [Self; 11] = [
        Self::Note,
        Self::Manual,
        Self::Ask,
        Self::Check,
        Self::Run,
        Self::Wait,
        Self::Confirm,
        Self::Approve,
        Self::Barrier,
        Self::Decide,
        Self::Message,
    ];

    /// As runbooks write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Manual => "manual",
            Self::Ask => "ask",
            Self::Check => "check",
            Self::Run => "run",
            Self::Wait => "wait",
            Self::Confirm => "confirm",
            Self::Approve => "approve",
            Self::Barrier => "barrier",
            Self::Decide => "decide",
            Self::Message => "message",
        }
    }

    /// Whether a command runs.
    #[must_use]
    pub const fn runs_command(self) -> bool {
        matches!(self, Self::Check | Self::Run | Self::Wait)
    }
}

/// What a step does to the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// Looks.
    Read,
    /// Changes something that can be changed back.
    Change,
    /// Cannot be taken back.
    Destroy,
    /// Makes a key sign: slashable.
    Sign,
}

impl Effect {
    /// All, from harmless to worst.
    pub const ALL: [Self; 4] = [Self::Read, Self::Change, Self::Destroy, Self::Sign];

    /// As runbooks write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Change => "change",
            Self::Destroy => "destroy",
            Self::Sign => "sign",
        }
    }
}

/// A revision pinned and begun.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunStarted {
    /// This run.
    pub run: RunId,
    /// Of which runbook.
    pub runbook: RunbookId,
    /// Its title.
    pub title: String,
    /// Its revision.
    pub revision: u64,
    /// Where it came from: a path, or `built-in`.
    pub path: String,
    /// Git commit, where there is one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub commit: String,
    /// SHA-256 of the file, hex; its first 8 characters are read aloud.
    pub sha256: String,
    /// Steps in order, so that a reader without the file knows what is left.
    pub steps: Vec<StepId>,
    /// Steps that somebody else than whoever begins the run must say yes to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub for_others: Vec<StepId>,
    /// Parameters as given (secret ones left out).
    #[serde(default)]
    pub params: BTreeMap<String, String>,
    /// On which host.
    pub host: String,
    /// Steps that only whoever holds a role does, confirms or approves, with the role.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub roles: BTreeMap<StepId, RoleId>,
    /// Steps that make a lasting change, with the step that takes it back when the run is rolled back. Those run at no other time.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub ways_back: BTreeMap<StepId, StepId>,
    /// For how long a recovery is watched for a relapse, seconds; 0 where the runbook does not say.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub watch_s: u64,
    /// What would prove the remedy wrong, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub wrong_if: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference over")]
const fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// A step is about to run; a start without an end is shown as unknown and never run again by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepStarted {
    /// The run.
    pub run: RunId,
    /// The step.
    pub step: StepId,
    /// Its heading.
    pub title: String,
    /// From 1.
    pub attempt: u32,
    /// What it is.
    pub kind: StepKind,
    /// What it does to the world.
    pub effect: Effect,
    /// The exact command, empty for a step without one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub command: String,
    /// The account it runs under.
    pub user: String,
    /// The host it runs on: under whose supervisor, where `remote` names another.
    pub host: String,
    /// The host that its command reaches over ssh, as the runbook names it; empty for none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub remote: String,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepOutcome {
    /// As expected.
    Passed,
    /// Not as expected.
    Failed,
    /// Killed by its timeout, or the deadline of its wait.
    TimedOut,
    /// Stopped by a person.
    Cancelled,
    /// Its end is not known: the supervisor was lost.
    Lost,
}

impl StepOutcome {
    /// In words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::TimedOut => "timed out",
            Self::Cancelled => "cancelled",
            Self::Lost => "end unknown",
        }
    }
}

/// Output that was kept under its hash.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutputRef {
    /// SHA-256 of all that came out, hex; also the file's name under `outputs/`.
    pub sha256: String,
    /// Bytes that came out.
    pub bytes: u64,
    /// Bytes that were kept (fewer when the limit was reached).
    pub kept: u64,
}

/// A step's end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepFinished {
    /// The run.
    pub run: RunId,
    /// The step.
    pub step: StepId,
    /// From 1.
    pub attempt: u32,
    /// How it ended.
    pub outcome: StepOutcome,
    /// Exit code, where a command ended by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<i32>,
    /// What was expected, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub expected: String,
    /// What came, in a line.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub actual: String,
    /// How long it took, milliseconds.
    pub took_ms: u64,
    /// The output, where one was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<OutputRef>,
}

/// A step left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepSkipped {
    /// The run.
    pub run: RunId,
    /// The step.
    pub step: StepId,
    /// Why.
    pub reason: String,
    /// The run turns back here: what was done is taken back, newest first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rolls_back: bool,
}

/// A yes for a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApprovalGiven {
    /// The run.
    pub run: RunId,
    /// The step.
    pub step: StepId,
    /// The statement that was signed, where keys exist.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub statement: String,
    /// SSHSIG, base64.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sig: String,
    /// Why, where somebody said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// A temporary change is in place; it blocks closing until undone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OverrideAdded {
    /// The run.
    pub run: RunId,
    /// The step that made it.
    pub step: StepId,
    /// The step that undoes it.
    pub undo: StepId,
}

/// A temporary change is gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OverrideUndone {
    /// The run.
    pub run: RunId,
    /// The step that made it.
    pub step: StepId,
}

/// The constants of a recovery, settled: runs take them from here. A later one of the same runbook takes its place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SheetFrozen {
    /// Of which runbook.
    pub runbook: RunbookId,
    /// SHA-256 over runbook, constants and who says go, hex; its first 8 characters are read aloud. One that is not that of the constants
    /// gives the entry no effect (`domain::sheet`).
    pub sheet: String,
    /// The constants, by name.
    pub values: BTreeMap<String, String>,
    /// Who says go.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub says_go: String,
}
