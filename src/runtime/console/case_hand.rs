//! The open incident's folder: our chain in it, the other writers' chains, outputs and pinned texts.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use crate::app::msg::{Durability, JournalMsg, Msg, StepMsg, WorldMsg};
use crate::domain::entry::{Entry, NewEntry};
use crate::domain::event::{Event, OutputRef, RunEvent};
use crate::domain::id::IncidentId;
use crate::domain::incident::Trust;
use crate::domain::observation::Sample;
use crate::journal::{
    self, CHECK_AT_ONCE, Followed, Follower, Journal, JournalEvent, Loaded, OpenOptions, SampleFile, Witness,
};
use crate::runbook::model::{Origin, Runbook};
use crate::runbook::parse::parse;
use crate::runtime::console::hands::{Tools, folder_of, shown};
use crate::runtime::console::seal_hand::{self, SealHand};
use crate::runtime::signing::{KeySurroundings, SigningDesk, Told, Wanted};

/// A drill's ear: entries that stand in the log.
pub(super) type Noticing = Arc<dyn Fn(&[Entry]) + Send + Sync>;

/// How long leaving waits for a last checkpoint; a key that asks nobody answers in milliseconds.
const LAST_WORD: Duration = Duration::from_millis(300);

/// Opens incidents for one console.
pub(super) struct CaseMaker {
    tools: Tools,
    drill: Option<Noticing>,
    desk: Option<Arc<SigningDesk>>,
    network: std::cell::OnceCell<String>,
}

impl CaseMaker {
    pub fn new(tools: Tools, drill: Option<Noticing>) -> Self {
        // Practice is not signed.
        let desk = if drill.is_none() { desk(&tools) } else { None };
        Self { tools, drill, desk, network: std::cell::OnceCell::new() }
    }

    /// The own key is asked again to vouch for what this console signs.
    pub fn ask_key(&self) {
        if let Some(desk) = &self.desk {
            desk.again();
        }
    }

    /// Makes a folder for a new incident and appends its first entries.
    pub fn declare(&self, title: &str, entries: Vec<NewEntry>) -> Result<(CaseHand, Vec<Msg>), String> {
        let incidents = self.tools.paths.incidents();
        let id = journal::create_incident(&incidents, self.tools.clock.now(), title)
            .map_err(|e| format!("no incident folder can be made: {e}"))?;
        let (case, mut messages) = self.open(&id)?;
        messages.extend(case.append(entries));
        Ok((case, messages))
    }

    /// Opens an incident's folder.
    pub fn open(&self, id: &IncidentId) -> Result<(CaseHand, Vec<Msg>), String> {
        let folder = folder_of(&self.tools.paths, id.as_str());
        if !folder.is_dir() {
            return Err(format!("there is no incident {id} in {}", shown(&self.tools.paths.incidents())));
        }
        let mut witness = seal_hand::witness(&self.tools, id);
        let ahead = self.tools.ahead.lock().unwrap_or_else(PoisonError::into_inner).take();
        let ahead = ahead.filter(|(of, _)| of == id).map(|(_, loaded)| loaded);
        let options = OpenOptions {
            incident: id.clone(),
            network: self.network().to_owned(),
            person: self.tools.person.clone(),
            host: self.tools.host.clone(),
            machine: crate::runtime::console::start::machine_mark(),
            drill: self.drill.is_some(),
            known: witness.clone(),
            left: ahead.as_ref().map(|loaded| loaded.places.clone()).unwrap_or_default(),
        };
        let (tools, drill, desk) = (self.tools.clone(), self.drill.clone(), self.desk.clone());
        let of = folder.clone();
        let on_event = move |event| {
            if let (Some(drill), JournalEvent::Appended { entries, .. }) = (&drill, &event) {
                drill(entries);
            }
            if let (Some(desk), JournalEvent::Continued { .. }) = (&desk, &event) {
                desk.continued();
            }
            tell(&tools, &of, event);
        };
        let journal = Journal::open(&folder, options, self.tools.clock.clone(), on_event).map_err(|e| e.to_string())?;
        let loaded = match ahead.filter(|loaded| journal.ends_at(&loaded.heads)) {
            Some(loaded) => loaded,
            None => journal::load_checked(&folder, &mut witness, CHECK_AT_ONCE),
        };
        journal.observe(&loaded.heads);
        let writer = journal.writer();
        let journal = Arc::new(journal);
        let follower = self.follow(&folder, &journal, &loaded, &witness)?;
        let mut messages = pinned(&folder, &loaded.entries);
        if let Some(desk) = &self.desk {
            let signing = desk.attach(id, &journal, &loaded.entries);
            messages.push(Msg::World(WorldMsg::Signing(Box::new(signing))));
        }
        let unfinished = has_unfinished(&loaded.entries, &self.tools.host);
        let faults = loaded.faults.iter().map(seal_hand::damage).collect();
        let seals = seal_hand::begin(&self.tools, id, &folder, &loaded, witness);
        let anchor = journal::load_anchor(&folder).0;
        let opened = JournalMsg::Opened { id: id.clone(), writer, entries: loaded.entries, anchor, faults };
        messages.insert(0, Msg::Journal(opened));
        let desk = self.desk.clone();
        let hand = CaseHand {
            folder,
            _follower: follower,
            _seals: seals,
            journal,
            desk,
            samples: None,
            unfinished,
            witness: self.tools.paths.witness(id.as_str()),
        };
        Ok((hand, messages))
    }

    /// Other people's entries come as messages; our own chain stands after what it has seen.
    fn follow(
        &self,
        folder: &Path,
        journal: &Arc<Journal>,
        loaded: &Loaded,
        witness: &Witness,
    ) -> Result<Follower, String> {
        // The follower must not keep a journal alive that its console has let go of.
        let (own, seeing) = (journal.owns(), Arc::downgrade(journal));
        let (tools, of, desk) = (self.tools.clone(), folder.to_owned(), self.desk.clone());
        Follower::go_on(folder, loaded, witness, own, move |news| {
            if let (Followed::Entries { heads, .. }, Some(journal)) = (&news, seeing.upgrade()) {
                journal.observe(heads);
            }
            if let (Followed::Entries { entries, .. }, Some(desk)) = (&news, &desk) {
                desk.hear(entries);
            }
            tools.tell(Msg::Journal(followed(&tools, &of, news)));
        })
        .map_err(|e| format!("other people's entries cannot be followed: {e}"))
    }

    fn network(&self) -> &str {
        self.network.get_or_init(|| crate::config::load_config(&self.tools.paths.config()).value.network().to_owned())
    }
}

/// The desk that signs for this console; without a thread for it, lines stay unsigned and the person is told.
fn desk(tools: &Tools) -> Option<Arc<SigningDesk>> {
    let wanted = Wanted {
        paths: tools.paths.clone(),
        clock: tools.clock.clone(),
        person: tools.person.clone(),
        keys: KeySurroundings::look(),
    };
    let told = tools.clone();
    let started = SigningDesk::start(wanted, move |news| match news {
        Told::Status(signing) => told.tell(Msg::World(WorldMsg::Signing(Box::new(signing)))),
        Told::Refused(why) => told.tell(Msg::Journal(JournalMsg::Refused(why))),
    });
    if let Err(why) = &started {
        // The queue is empty this early; were it not, the screen would still say that nothing is signed.
        drop(tools.to.try_send(Tools::warn(format!("nothing can be signed: {why}"))));
    }
    started.ok().map(Arc::new)
}

/// The open incident.
pub(super) struct CaseHand {
    folder: PathBuf,
    _follower: Follower,
    _seals: SealHand,
    journal: Arc<Journal>,
    desk: Option<Arc<SigningDesk>>,
    samples: Option<SampleFile>,
    unfinished: bool,
    witness: PathBuf,
}

impl CaseHand {
    /// The incident's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether commands that were begun on this host had no end in the log when it was opened.
    pub const fn has_unfinished(&self) -> bool {
        self.unfinished
    }

    /// Gives entries to the journal; their places come back as messages.
    pub fn append(&self, entries: Vec<NewEntry>) -> Vec<Msg> {
        let taken = match &self.desk {
            Some(desk) => desk.record(&self.journal, entries),
            None => self.journal.append(entries).map(drop).map_err(|why| why.to_string()),
        };
        taken.err().map(|why| Msg::Journal(JournalMsg::Refused(why))).into_iter().collect()
    }

    /// The last word before it is let go of: a checkpoint, where the own key asks nobody for it.
    pub fn leave(&self) {
        if let Some(desk) = &self.desk {
            desk.leave(LAST_WORD);
        }
        // Without it only a cut that comes before the next reading goes unnoticed.
        drop(Witness::renew(&self.witness, |witness| self.journal.attest(witness)));
    }

    /// Writes samples; their file is opened with the first.
    pub fn sample(&mut self, samples: &[Sample]) -> Vec<Msg> {
        let written = match &mut self.samples {
            Some(file) => file.append(samples),
            None => SampleFile::open(&self.folder, &self.journal.writer()).and_then(|mut file| {
                let written = file.append(samples);
                self.samples = Some(file);
                written
            }),
        };
        match written {
            Ok(()) => Vec::new(),
            Err(why) => vec![Tools::warn(format!("samples are not being recorded: {why}"))],
        }
    }

    /// What outsiders need to check signatures stands beside the log.
    pub fn keep_signers(&self, trust: &Trust) -> Vec<Msg> {
        match journal::keep_allowed_signers(&self.folder, trust) {
            Ok(_) => Vec::new(),
            Err(why) => vec![Tools::warn(format!("allowed_signers could not be written beside the log: {why}"))],
        }
    }

    /// Keeps a pinned revision's text under its hash.
    pub fn pin(&self, book: Runbook) -> Vec<Msg> {
        let mut messages = Vec::new();
        if let Err(why) = journal::store_output(&self.folder, book.text.as_bytes()) {
            messages.push(Tools::warn(format!("the runbook's text could not be kept: {why}")));
        }
        messages.push(Msg::World(WorldMsg::Pinned(Box::new(book))));
        messages
    }

    /// Fetches a kept output.
    pub fn read_output(&self, kept: &OutputRef, title: String) -> Vec<Msg> {
        match journal::load_kept(&self.folder, kept) {
            Ok(bytes) => {
                let lines = String::from_utf8_lossy(&bytes).lines().flat_map(pieces).collect();
                vec![Msg::Step(StepMsg::Kept { title, lines })]
            }
            Err(why) => vec![Tools::warn(why.to_string())],
        }
    }
}

fn has_unfinished(entries: &[Entry], host: &str) -> bool {
    let mut begun = BTreeSet::new();
    for entry in entries {
        match &entry.event {
            Event::Run(RunEvent::StepStarted(s)) if s.host == host && s.kind.runs_command() => {
                begun.insert((&s.run, &s.step, s.attempt));
            }
            Event::Run(RunEvent::StepFinished(f)) => drop(begun.remove(&(&f.run, &f.step, f.attempt))),
            _ => {}
        }
    }
    !begun.is_empty()
}

/// The texts of runs that are in the log, from the incident's own store.
fn pinned(folder: &Path, entries: &[Entry]) -> Vec<Msg> {
    let started = entries.iter().filter_map(|e| match &e.event {
        Event::Run(RunEvent::Started(started)) => Some(started),
        _ => None,
    });
    let mut messages = Vec::new();
    for run in started {
        let text = journal::load_output(folder, &run.sha256).map_err(|e| e.to_string());
        let book = text.and_then(|bytes| {
            let origin = Origin::File(run.path.clone());
            parse(&bytes, &run.path, origin).map_err(|broken| broken.to_string())
        });
        messages.push(match book {
            Ok(book) => Msg::World(WorldMsg::Pinned(Box::new(book))),
            Err(why) => Tools::warn(format!("the pinned text of {} is not at hand: {why}", run.runbook)),
        });
    }
    messages
}

fn tell(tools: &Tools, folder: &Path, event: JournalEvent) {
    let msg = match event {
        JournalEvent::Appended { entries, durability, .. } => {
            let durability = match durability {
                journal::Durability::Synced => Durability::Synced,
                journal::Durability::Held => Durability::Held,
            };
            JournalMsg::Appended(entries, durability)
        }
        // What was told of the old chain is void in part: the disk says what stands.
        JournalEvent::Continued { to, entries, .. } => {
            let mut all = seal_hand::reread(tools, folder);
            all.extend(entries);
            JournalMsg::Replaced { writer: to, entries: all }
        }
        JournalEvent::BecameDurable { writer, up_to_seq } => JournalMsg::Durable { writer, up_to_seq },
        JournalEvent::Trouble(what) => JournalMsg::Trouble(what),
        JournalEvent::TroubleOver => JournalMsg::Well,
    };
    tools.tell(Msg::Journal(msg));
}

fn followed(tools: &Tools, folder: &Path, news: Followed) -> JournalMsg {
    match news {
        Followed::Entries { entries, .. } => JournalMsg::Others(entries),
        // Entries that were handed over are void: the disk says what stands.
        Followed::Voided { .. } => JournalMsg::Reread(seal_hand::reread(tools, folder)),
        Followed::Fault(fault) => JournalMsg::Fault(seal_hand::damage(&fault)),
        Followed::Over(fault) => JournalMsg::Over(seal_hand::damage(&fault)),
        Followed::Mended(file) => JournalMsg::Mended(journal::name_of(&file)),
    }
}

/// Characters of one piece of a long line: a reader cuts a line at 2000 columns, and wide characters take two.
const PIECE: usize = 900;

/// A line in pieces that a reader shows whole.
fn pieces(line: &str) -> Vec<String> {
    let all: Vec<char> = line.chars().collect();
    if all.len() <= PIECE { vec![line.to_owned()] } else { all.chunks(PIECE).map(|c| c.iter().collect()).collect() }
}
