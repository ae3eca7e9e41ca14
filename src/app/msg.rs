//! All that comes into the brain. Each message carries the time and chance it needs.

use crate::app::keymap::Key;
use crate::domain::entry::Entry;
use crate::domain::event::StepOutcome;
use crate::domain::id::{IncidentId, RunId, StepId, WriterId};
use crate::domain::observation::Observation;
use crate::domain::time::{At, Span};
use crate::domain::verdict::Limits;
use crate::domain::watch::NodeSpec;
use crate::peers::model::PeerReport;
use crate::runbook::model::Runbook;
use crate::runbook::shelf::Shelf;

/// A message.
#[derive(Clone, Debug)]
pub enum Msg {
    /// Time passes.
    Tick(At),
    /// A key.
    Key(Key),
    /// Pasted text.
    Paste(String),
    /// The terminal has this many columns and rows.
    Resized(u16, u16),
    /// A node was asked.
    Observed(Observation),
    /// The status documents at hand.
    Peers(Vec<PeerReport>),
    /// From the log.
    Journal(JournalMsg),
    /// From the running step.
    Step(StepMsg),
    /// From the drill.
    Drill(DrillMsg),
    /// From the surroundings.
    World(WorldMsg),
}

/// Whether an entry is on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// It is.
    Synced,
    /// It will be, when the disk returns.
    Held,
}

/// From the log.
#[derive(Clone, Debug)]
pub enum JournalMsg {
    /// An incident is open; this is what its log holds.
    Opened {
        /// Which.
        id: IncidentId,
        /// Our chain.
        writer: WriterId,
        /// The merged log.
        entries: Vec<Entry>,
        /// What is wrong with it: file, line, what.
        faults: Vec<String>,
    },
    /// Our entries have their places.
    Appended(Vec<Entry>, Durability),
    /// How many of our entries are not on the disk now.
    Held(u64),
    /// Entries of other writers.
    Others(Vec<Entry>),
    /// The disk, or a chain, is in trouble.
    Trouble(String),
    /// The disk is well again.
    Well,
    /// A chain is damaged: file, line, what.
    Fault(String),
    /// What we wanted recorded was not taken, and why.
    Refused(String),
}

/// How a command came out, before it was held against what was expected.
#[derive(Clone, Debug, PartialEq)]
pub struct StepResult {
    /// Which run.
    pub run: RunId,
    /// Which step.
    pub step: StepId,
    /// Which attempt.
    pub attempt: u32,
    /// How it ended, as far as the supervisor can say.
    pub outcome: StepOutcome,
    /// Exit code.
    pub exit: Option<i32>,
    /// What it wrote, head and tail when it was too much.
    pub text: String,
    /// SHA-256 of all it wrote, hex.
    pub sha256: String,
    /// Bytes it wrote.
    pub bytes: u64,
    /// Bytes that were kept.
    pub kept: u64,
    /// How long it took.
    pub took: Span,
}

/// From the running step.
#[derive(Clone, Debug)]
pub enum StepMsg {
    /// What it has written so far.
    Output {
        /// Which run.
        run: RunId,
        /// Which step.
        step: StepId,
        /// The last lines.
        tail: Vec<String>,
    },
    /// It ended.
    Ended(Box<StepResult>),
    /// It could not be started, or its supervisor is lost.
    Lost {
        /// Which run.
        run: RunId,
        /// Which step.
        step: StepId,
        /// Which attempt.
        attempt: u32,
        /// Why.
        why: String,
    },
    /// A kept output, for reading.
    Kept {
        /// What it is.
        title: String,
        /// Its lines.
        lines: Vec<String>,
    },
}

/// How the drill stands.
#[derive(Clone, Debug, PartialEq)]
pub struct DrillStatus {
    /// The scenario's title.
    pub title: String,
    /// The drill's own time.
    pub at: At,
    /// How far it is from its beginning.
    pub elapsed: Span,
    /// How long it is.
    pub length: Span,
    /// Whether the clock stands.
    pub paused: bool,
    /// How fast the clock runs.
    pub speed: u32,
    /// Looking back: nothing can be changed.
    pub looking_back: bool,
    /// Whether it has played through.
    pub over: bool,
}

/// From the drill.
#[derive(Clone, Debug)]
pub enum DrillMsg {
    /// How it stands.
    Status(DrillStatus),
    /// A view of the past: the log up to then; `None` returns to now.
    LookBack(Option<Vec<Entry>>),
}

/// Who polls and writes verdicts on this host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recorder {
    /// We do.
    Ours,
    /// Another console does; we follow it.
    Theirs,
}

/// From the surroundings.
#[derive(Clone, Debug)]
pub enum WorldMsg {
    /// What is watched, and what was found or not, in words.
    Watching {
        /// Endpoints.
        specs: Vec<NodeSpec>,
        /// Sentences of discovery; empty when the configuration names the nodes.
        found: Vec<String>,
        /// By what they are judged.
        limits: Limits,
    },
    /// Who polls.
    Recorder(Recorder),
    /// The runbooks there are.
    Shelf(Shelf),
    /// The text of a pinned revision, from the incident's own store.
    Pinned(Box<Runbook>),
    /// Files of ours that cannot be read: file, line, what, how to mend it.
    Faults(Vec<String>),
    /// An incident appeared in this home.
    Appeared(IncidentId),
    /// Words to the person at the console.
    Warn(String),
    /// A theme was loaded.
    Theme(String),
    /// The terminal or the system asks us to leave.
    Leave,
}
