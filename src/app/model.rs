//! All that the console knows. Changed only by `update`, read by the view and the headless twins alike.

use std::collections::VecDeque;
use std::collections::{BTreeMap, BTreeSet};

use crate::app::board::Board;
use crate::app::case::Case;
use crate::app::msg::{DrillStatus, Recorder};
use crate::app::notice::{Level, Notice};
use crate::app::screen::Screen;
use crate::app::signing::Signing;
use crate::domain::entry::NewEntry;
use crate::domain::event::{AlertFired, Event, HealthEvent};
use crate::domain::id::{PersonId, RunId, StepId};
use crate::domain::incident::Ledger;
use crate::domain::roster::Roster;
use crate::domain::run::Run;
use crate::domain::time::At;
use crate::domain::verdict::Judge;
use crate::domain::verdict::Limits;
use crate::domain::watch::NodeSpec;
use crate::peers::model::PeerReport;
use crate::runbook::model::Runbook;
use crate::runbook::shelf::Shelf;
use crate::share::etcd::Standing;

/// At most this many notices wait for their turn; the oldest goes first.
const MAX_NOTICES: usize = 8;

/// Who sits here.
#[derive(Clone, Debug)]
pub struct Me {
    /// Who acts.
    pub person: PersonId,
    /// On which host.
    pub host: String,
    /// The account commands run under.
    pub user: String,
    /// Where things live, for sentences.
    pub home: String,
}

/// The world that commands run in on this host, as it is shown before one does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Around {
    /// The folder a command begins in; empty where none runs (watching, a drill).
    pub folder: String,
    /// What every command's environment holds besides parameters, `NAME=value`.
    pub env: Vec<String>,
}

/// What is watched on our own account.
#[derive(Debug)]
pub struct Watch {
    /// The endpoints.
    pub specs: Vec<NodeSpec>,
    /// Newest values and 30 minutes of history.
    pub board: Board,
    /// Verdicts and scope.
    pub judge: Judge,
    /// Who polls and writes verdicts on this host.
    pub recorder: Recorder,
    /// What discovery found and did not, in words.
    pub found: Vec<String>,
    /// Whether the look-round has ended.
    pub looked: bool,
    /// What the judge said last of each node, of the scope, and of each alert that fires: poured in at declaration.
    pub said: BTreeMap<String, Event>,
    /// When the last observation of any node came; the view is stale when that is long ago.
    pub heard: Option<At>,
    /// When the judgement was last given out to be kept, and whether it has changed since.
    pub kept: (Option<At>, bool),
}

impl Watch {
    /// These endpoints, of which nothing is known yet.
    #[must_use]
    pub fn of(specs: &[NodeSpec]) -> Self {
        Self {
            specs: specs.to_vec(),
            board: Board::new(specs),
            judge: Judge::new(specs, Limits::default()),
            recorder: Recorder::Ours,
            said: BTreeMap::new(),
            found: Vec::new(),
            looked: false,
            heard: None,
            kept: (None, false),
        }
    }
}

/// The step that runs, as it can be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveStep {
    /// Which run.
    pub run: RunId,
    /// Which step.
    pub step: StepId,
    /// What it has written: the last lines, untrusted.
    pub tail: Vec<String>,
}

/// All that the console knows.
#[derive(Debug)]
pub struct Model {
    /// The time of the newest tick.
    pub now: At,
    /// Who sits here.
    pub me: Me,
    /// Where commands run.
    pub around: Around,
    /// What is watched on our own account.
    pub watch: Watch,
    /// What other operators say of themselves.
    pub peers: Vec<PeerReport>,
    /// Status documents that are none: where, what is wrong, how to mend it.
    pub peer_faults: Vec<String>,
    /// People, operators and rules, as the file has them; the log's own pinned one decides.
    pub roster: Roster,
    /// The open incident.
    pub case: Option<Case>,
    /// A drill's past, while somebody looks back.
    pub past: Option<Ledger>,
    /// What is watched now, put aside while somebody looks back.
    pub present: Option<(Watch, Vec<PeerReport>)>,
    /// The runbooks there are.
    pub shelf: Shelf,
    /// Runbook revisions that are trusted on this host, by SHA-256.
    pub trusted: BTreeSet<String>,
    /// Pinned revisions of the runs in this incident, by SHA-256.
    pub pinned: BTreeMap<String, Runbook>,
    /// Secret parameters given in this console: never logged, gone when it ends.
    pub secrets: BTreeMap<(RunId, String), String>,
    /// The open run as it was found when this incident was opened here, and when: whoever sits here takes it up.
    pub taken_up: Option<(At, Box<Run>)>,
    /// The words that were looked for last in a text that is read.
    pub sought: String,
    /// The step that runs here.
    pub live: Option<LiveStep>,
    /// How the drill stands, in a drill.
    pub drill: Option<DrillStatus>,
    /// A drill's events that came before the incident was declared: its log gets them first.
    pub early: Vec<NewEntry>,
    /// What this console shows.
    pub screen: Screen,
    /// Words to the person here, the oldest first.
    pub notices: VecDeque<Notice>,
    /// How this console signs.
    pub signing: Signing,
    /// How entries are carried to and from other hosts, where a transport is set up.
    pub sharing: Option<Standing>,
    /// Files of ours that cannot be read.
    pub faults: Vec<String>,
    /// A command that was refused here for want of rights: its record, on its way into the log.
    pub attempt: Option<NewEntry>,
    /// Entries that were given out but have not come back from the journal; kept for "unsaved".
    pub waiting: usize,
    /// The line that was said last and is to be recorded.
    pub said: Option<String>,
    /// A line that was not recorded: the command line brings it back.
    pub unsaid: Option<String>,
}

impl Model {
    /// An empty console.
    #[must_use]
    pub fn new(me: Me, now: At, size: (u16, u16), theme: &str) -> Self {
        let screen = Screen { size, theme: theme.to_owned(), ..Screen::default() };
        let watch = Watch::of(&[]);
        Self {
            now,
            me,
            around: Around::default(),
            watch,
            peers: Vec::new(),
            peer_faults: Vec::new(),
            roster: Roster::default(),
            case: None,
            past: None,
            present: None,
            shelf: Shelf::default(),
            trusted: BTreeSet::new(),
            pinned: BTreeMap::new(),
            secrets: BTreeMap::new(),
            signing: Signing::default(),
            live: None,
            taken_up: None,
            sought: String::new(),
            drill: None,
            early: Vec::new(),
            screen,
            notices: VecDeque::new(),
            sharing: None,
            faults: Vec::new(),
            attempt: None,
            waiting: 0,
            said: None,
            unsaid: None,
        }
    }

    /// The log that the panes show: a drill's past while somebody looks back, else the open incident's.
    #[must_use]
    pub fn ledger(&self) -> Option<&Ledger> {
        self.past.as_ref().or_else(|| self.case.as_ref().map(|c| &c.ledger))
    }

    /// Alerts that fire: those of the log, and before there is one those that were told here. By fingerprint.
    #[must_use]
    pub fn alerts(&self) -> Vec<&AlertFired> {
        if let Some(ledger) = self.ledger().filter(|l| l.incident().status.is_some()) {
            return ledger.incident().alerts.values().map(|fact| &fact.alert).collect();
        }
        let told = self.watch.said.values().filter_map(|event| match event {
            Event::Health(HealthEvent::Fired(alert)) => Some(&**alert),
            _ => None,
        });
        told.collect()
    }

    /// Whether an incident is open here that people still work on.
    #[must_use]
    pub fn is_in_incident(&self) -> bool {
        self.case.as_ref().is_some_and(|c| c.incident().is_open())
    }

    /// Whether steps take recorded outputs instead of running: in a drill nothing real runs.
    #[must_use]
    pub const fn is_drill(&self) -> bool {
        self.drill.is_some()
    }

    /// Says something to the person here.
    pub fn say(&mut self, text: impl Into<String>) {
        self.notify(Notice::info(text, self.now));
    }

    /// Says that something was refused or failed.
    pub fn warn(&mut self, text: impl Into<String>) {
        self.notify(Notice::warning(text, self.now));
    }

    fn notify(&mut self, notice: Notice) {
        self.notices.retain(|n| n.text != notice.text);
        if self.notices.len() >= MAX_NOTICES {
            self.notices.pop_front();
        }
        self.notices.push_back(notice);
    }

    /// The notice to show: the newest warning, else the newest word.
    #[must_use]
    pub fn notice(&self) -> Option<&Notice> {
        let warning = self.notices.iter().rev().find(|n| n.level == Level::Warning);
        warning.or_else(|| self.notices.back())
    }

    /// The program's own entry, marked as measured here.
    pub(super) fn measured(event: impl Into<Event>) -> NewEntry {
        NewEntry { source: crate::domain::entry::Source::Local, ..NewEntry::tool(event) }
    }
}
