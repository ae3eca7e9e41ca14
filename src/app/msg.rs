//! All that comes into the brain. Each message carries the time and chance it needs.

use std::collections::BTreeSet;

use crate::app::case::Damage;
use crate::app::keymap::Key;
use crate::app::signing::Signing;
use crate::domain::entry::Entry;
use crate::domain::event::InjectDelivered;
use crate::domain::event::StepFinished;
use crate::domain::id::{IncidentId, NodeId, RunId, StepId, WriterId};
use crate::domain::incident::{Keyring, Sealed};
use crate::domain::observation::Observation;
use crate::domain::raw::RawRound;
use crate::domain::roster::Roster;
use crate::domain::time::{At, Span};
use crate::domain::verdict::{JudgeMemory, Limits};
use crate::domain::watch::NodeSpec;
use crate::peers::model::PeerReport;
use crate::runbook::model::Runbook;
use crate::runbook::shelf::Shelf;
use crate::share::etcd::Standing;

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
    /// The status documents at hand, and what was none.
    Peers(Vec<PeerReport>, Vec<String>),
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
        /// Whose key is whose, where the log itself has no roster.
        anchor: Option<Keyring>,
        /// What is wrong with it.
        faults: Vec<Damage>,
    },
    /// What was found out about signatures of entries that are here already.
    Sealed(Vec<Sealed>),
    /// Our entries have their places.
    Appended(Vec<Entry>, Durability),
    /// Our held entries up to this one are on the disk now.
    Durable {
        /// Whose chain.
        writer: WriterId,
        /// The last one.
        up_to_seq: u64,
    },
    /// Our chain goes on under another name; this is the whole log as it stands.
    Replaced {
        /// Our chain now.
        writer: WriterId,
        /// The merged log.
        entries: Vec<Entry>,
    },
    /// Entries of other writers.
    Others(Vec<Entry>),
    /// Entries we had are void; this is the whole log as it stands.
    Reread(Vec<Entry>),
    /// The disk, or a chain, is in trouble.
    Trouble(String),
    /// The disk is well again.
    Well,
    /// A chain is damaged.
    Fault(Damage),
    /// This is wrong no more, but something else is with its file.
    Over(Damage),
    /// The chain in the file of this name is whole again.
    Mended(String),
    /// What we wanted recorded was not taken, and why.
    Refused(String),
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
    /// It ended, and was held against what was expected.
    Ended {
        /// The entry for the log.
        finished: Box<StepFinished>,
        /// When it ended, which may be long before a console collects it.
        at: At,
    },
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

/// A drill as it stood at a moment that is over.
#[derive(Clone, Debug)]
pub struct Past {
    /// The log up to then.
    pub entries: Vec<Entry>,
    /// What nodes had answered up to then.
    pub seen: Vec<Observation>,
    /// What operators said then.
    pub peers: Vec<PeerReport>,
}

/// From the drill.
#[derive(Clone, Debug)]
pub enum DrillMsg {
    /// How it stands.
    Status(DrillStatus),
    /// A view of the past: the log up to then; `None` returns to now.
    LookBack(Option<Box<Past>>),
    /// A scripted event arrives.
    Inject(InjectDelivered, At),
    /// It has played through.
    Over,
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
        limits: Box<Limits>,
        /// What an earlier process of this home judged of them, where it is still to be believed.
        memory: Option<Box<JudgeMemory>>,
    },
    /// What a node answered in its latest round, raw and untrusted; `None` when nothing was asked from here.
    Replies(NodeId, Option<Box<RawRound>>),
    /// Who polls.
    Recorder(Recorder),
    /// People, operators and rules.
    Roster(Box<Roster>),
    /// The runbooks there are.
    Shelf(Shelf),
    /// Revisions that are trusted on this host, by SHA-256.
    Trusted(BTreeSet<String>),
    /// The text of a pinned revision, from the incident's own store.
    Pinned(Box<Runbook>),
    /// Files of ours that cannot be read: file, line, what, how to mend it.
    Faults(Vec<String>),
    /// How entries are carried to and from other hosts; `None` when no transport is set up.
    Sharing(Option<Standing>),
    /// An incident appeared in this home.
    Appeared(IncidentId),
    /// Words to the person at the console.
    Warn(String),
    /// How this console signs now.
    Signing(Box<Signing>),
    /// A theme was loaded.
    Theme(String),
    /// The terminal or the system asks us to leave.
    Leave,
}
