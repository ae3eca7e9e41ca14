//! The hands of the loop: each effect of the brain goes to whoever can do it. Nothing here decides anything.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::mpsc::Sender;

use crate::app::effect::{Effect, JudgeOrder};
use crate::app::msg::{JournalMsg, Msg, WorldMsg};
use crate::domain::id::{IncidentId, PersonId};
use crate::domain::time::Clock;
use crate::journal::Loaded;
use crate::runbook::model::Runbook;
use crate::runtime::console::case_hand::{CaseHand, CaseMaker};
use crate::runtime::console::drill_hand::DrillHand;
use crate::runtime::console::home_hand::HomeHand;
use crate::runtime::console::share_hand::ShareHand;
use crate::runtime::console::start::{ConsoleOptions, host_name};
use crate::runtime::console::step_hand::StepHand;
use crate::runtime::console::watch_hand::WatchHand;
use crate::runtime::judgement::JudgementFile;
use crate::runtime::paths::Paths;
use crate::telemetry::Desk;
use crate::ui::theme::Theme;

/// What every hand is given.
#[derive(Clone)]
pub(super) struct Tools {
    /// Where messages go.
    pub to: Sender<Msg>,
    /// Where things live.
    pub paths: Paths,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Who acts.
    pub person: PersonId,
    /// On which host.
    pub host: String,
    /// A log that was read to find the incident to open, for whoever opens it: reading it again would double the wait.
    pub ahead: Ahead,
    /// What nodes are to be asked for besides the usual round, and what they answered.
    pub desk: Desk,
}

/// One log at most, and whose.
pub(super) type Ahead = Arc<Mutex<Option<(IncidentId, Loaded)>>>;

impl Tools {
    /// Sends from a thread that may wait; a console that has left no longer listens.
    pub fn tell(&self, msg: Msg) {
        drop(self.to.blocking_send(msg));
    }

    /// Words to the person at the console.
    pub fn warn(words: impl Into<String>) -> Msg {
        Msg::World(WorldMsg::Warn(words.into()))
    }
}

/// All hands.
pub(super) struct Hands {
    cases: CaseMaker,
    case: Option<CaseHand>,
    steps: StepHand,
    home: HomeHand,
    watch: Option<WatchHand>,
    share: Option<ShareHand>,
    drill: Option<DrillHand>,
    desk: Desk,
    judgement: JudgementFile,
    left: bool,
}

impl Hands {
    /// Begins watching, reading and following; everything it finds comes as a message.
    pub fn start(options: ConsoleOptions, to: Sender<Msg>) -> Self {
        let ConsoleOptions { paths, clock, person, incident, drill } = options;
        let mut tools =
            Tools { to, paths, clock, person, host: host_name(), ahead: Ahead::default(), desk: Desk::default() };
        let drill = drill.map(|d| DrillHand::new(d, &tools));
        if let Some(drill) = &drill {
            (tools.clock, tools.person, tools.host) = (drill.clock(), drill.player(), drill.host());
        }
        let home = HomeHand::start(&tools);
        let cases = CaseMaker::new(tools.clone(), drill.as_ref().map(DrillHand::noticing));
        let mut hands = Self {
            steps: StepHand::new(tools.clone()),
            watch: drill.is_none().then(|| WatchHand::start(&tools)),
            share: drill.is_none().then(|| ShareHand::start(&tools)),
            case: None,
            desk: tools.desk.clone(),
            judgement: JudgementFile::of(&tools.paths.state_dir),
            left: false,
            cases,
            home,
            drill,
        };
        match &hands.drill {
            Some(drill) => {
                hands.home.load_shelf();
                drill.begin();
            }
            None => hands.home.look_for_incidents(incident),
        }
        hands.steps.set_drill(hands.drill.as_ref().map(DrillHand::rehearsal));
        hands
    }

    /// Does one thing; what is known at once comes back as messages.
    pub fn perform(&mut self, effect: Effect) -> Vec<Msg> {
        match effect {
            Effect::Append(entries) => match &self.case {
                Some(case) => case.append(entries),
                None => vec![Msg::Journal(JournalMsg::Refused("no incident is open".to_owned()))],
            },
            Effect::Declare { title, entries } => {
                let made = self.cases.declare(&title, entries);
                self.take_case(made)
            }
            Effect::Open(id) => {
                let opened = self.cases.open(&id);
                self.take_case(opened)
            }
            Effect::Samples(samples) => self.case.as_mut().map(|c| c.sample(&samples)).unwrap_or_default(),
            Effect::KeepSigners(trust) => self.case.as_ref().map(|c| c.keep_signers(&trust)).unwrap_or_default(),
            Effect::Pin(book) => {
                // Begun from what is at hand here: taken up after an edit or a restart, it is still ours. A drill's is not,
                // and nothing of a repository whose signature does not count.
                let ours = self.drill.is_none() && book.origin.is_vouched();
                let known = if ours { self.home.trust(&book.sha256, &named(&book)) } else { Vec::new() };
                let pinned = self.case.as_ref().map(|c| c.pin(*book)).unwrap_or_default();
                pinned.into_iter().chain(known).collect()
            }
            Effect::TrustRevision(sha256, words) => self.home.trust(&sha256, &words),
            Effect::StartStep { started, runbook, step, env, secrets } => {
                let secrets = secrets.into_iter().map(|(name, value)| (name, value.reveal().to_owned())).collect();
                let folder = self.case.as_ref().map(CaseHand::folder);
                folder.map(|f| self.steps.start(f, &runbook, *started, &step, (env, secrets))).unwrap_or_default()
            }
            Effect::StopStep(run, step, attempt) => self.steps.stop(&run, &step, attempt),
            Effect::ReadOutput { kept, title } => {
                self.case.as_ref().map(|c| c.read_output(&kept, title)).unwrap_or_default()
            }
            Effect::Judge(JudgeOrder::Show(node)) => {
                let round = self.desk.replies.of(&node).map(Box::new);
                vec![Msg::World(WorldMsg::Replies(node, round))]
            }
            Effect::Judge(JudgeOrder::Keep(memory)) => {
                self.judgement.keep(*memory);
                Vec::new()
            }
            Effect::Judge(JudgeOrder::Ask(questions)) => {
                for q in questions {
                    self.desk.questions.ask(&q.node, &q.heights);
                }
                Vec::new()
            }
            Effect::Drill(order) => {
                if let Some(drill) = &self.drill {
                    drill.order(order);
                }
                Vec::new()
            }
            Effect::AskKey => {
                self.cases.ask_key();
                Vec::new()
            }
            Effect::Theme(name) => self.home.choose_theme(&name),
            Effect::Leave => {
                self.left = true;
                Vec::new()
            }
        }
    }

    /// The new incident takes the old one's place: its chain is let go of, its steps are looked after.
    fn take_case(&mut self, made: Result<(CaseHand, Vec<Msg>), String>) -> Vec<Msg> {
        match made {
            Ok((case, messages)) => {
                self.steps.follow(case.folder(), case.has_unfinished());
                if let Some(drill) = &self.drill {
                    drill.joined(case.folder());
                }
                self.case = Some(case);
                messages
            }
            Err(why) => vec![Tools::warn(why)],
        }
    }

    /// A theme that was chosen since the last time.
    pub fn new_theme(&mut self) -> Option<Theme> {
        self.home.new_theme()
    }

    /// Whether the person has left.
    pub const fn has_left(&self) -> bool {
        self.left
    }

    /// Lets everything go; the disk may take what is open for so long.
    pub fn close(mut self, limit: Duration) {
        drop(self.watch.take());
        drop(self.share.take());
        let case = self.case.take();
        let (done, waiting) = std::sync::mpsc::channel::<()>();
        let closing = std::thread::Builder::new().name("closing".to_owned()).spawn(move || {
            case.iter().for_each(CaseHand::leave);
            drop(case);
            drop(done);
        });
        if closing.is_ok() {
            // Either the thread is done (its end is dropped) or the time is over; both end the wait.
            let _ = waiting.recv_timeout(limit);
        }
    }
}

/// A folder's path as a sentence names it.
pub(super) fn shown(path: &std::path::Path) -> String {
    path.display().to_string()
}

/// The folder of one incident.
pub(super) fn folder_of(paths: &Paths, id: &str) -> PathBuf {
    paths.incident(id)
}

/// A revision for whoever reads the file of trusted ones.
fn named(book: &Runbook) -> String {
    format!("{} r{} begun here", book.id, book.revision)
}
