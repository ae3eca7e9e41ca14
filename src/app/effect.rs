//! All that goes out of the brain: what the runtime is asked to do to the world.

use crate::app::keymap::DrillKey;
use crate::domain::entry::NewEntry;
use crate::domain::event::{OutputRef, StepStarted};
use crate::domain::id::{IncidentId, NodeId, RunId, RunbookId, StepId};
use crate::domain::incident::Trust;
use crate::domain::observation::Sample;
use crate::domain::verdict::{JudgeMemory, Question};
use crate::domain::watch::Secret;
use crate::runbook::model::Runbook;
use crate::runbook::model::Step;

/// Something to be done to the world.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Record these.
    Append(Vec<NewEntry>),
    /// Make a folder for a new incident, then record these.
    Declare {
        /// From which its id is made.
        title: String,
        /// Its first entries.
        entries: Vec<NewEntry>,
    },
    /// Open an incident that exists.
    Open(IncidentId),
    /// Write samples into the incident's folder (only the recorder does).
    Samples(Vec<Sample>),
    /// Hand a step to a supervisor of its own.
    StartStep {
        /// As it was recorded.
        started: Box<StepStarted>,
        /// Of which runbook.
        runbook: RunbookId,
        /// Its text, timeout, expectation.
        step: Box<Step>,
        /// Parameters, as environment variables.
        env: Vec<(String, String)>,
        /// Secret ones, never written down.
        secrets: Vec<(String, Secret)>,
    },
    /// End the running command.
    StopStep(RunId, StepId, u32),
    /// Fetch a kept output, for reading.
    ReadOutput {
        /// Which.
        kept: OutputRef,
        /// What to call it.
        title: String,
    },
    /// Write `allowed_signers` beside the log, where it is not as it should be.
    KeepSigners(Box<Trust>),
    /// Keep a pinned revision's text with the incident, so that the run survives an edit of its file.
    Pin(Box<Runbook>),
    /// Remember on this host that a revision is trusted: its SHA-256, and words for whoever reads the file.
    TrustRevision(String, String),
    /// Ask the own key once more to vouch for this console's signatures.
    AskKey,
    /// What judgement needs.
    Judge(JudgeOrder),
    /// The drill's clock.
    Drill(DrillOrder),
    /// Load a theme.
    Theme(String),
    /// Leave.
    Leave,
}

/// What judgement asks of the world.
#[derive(Clone, Debug, PartialEq)]
pub enum JudgeOrder {
    /// Ask nodes for blocks, so that chains can be compared.
    Ask(Vec<Question>),
    /// Show what this node answered in its latest round, raw.
    Show(NodeId),
    /// Keep what is judged for the next process.
    Keep(Box<JudgeMemory>),
}

/// What the drill's clock is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DrillOrder {
    /// A key.
    Key(DrillKey),
    /// Run at this factor.
    Speed(u32),
    /// Go to this minute.
    Seek(u32),
}
