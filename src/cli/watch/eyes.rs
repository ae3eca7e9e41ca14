//! Feeds the console's own model without a console: polls nodes, reads peers' documents, follows the open incident.
//! Whatever the model would have written is dropped: watching writes nothing.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::mpsc::channel;
use tokio::time::Duration;
use tokio::time::MissedTickBehavior;
use tokio::time::interval;

use crate::app::case::Damage;
use crate::app::effect::{Effect, JudgeOrder};
use crate::app::model::Me;
use crate::app::model::Model;
use crate::app::msg::JournalMsg;
use crate::app::msg::Msg;
use crate::app::msg::Recorder;
use crate::app::msg::WorldMsg;
use crate::app::update;
use crate::config::Config;
use crate::domain::id::PersonId;
use crate::domain::id::WriterId;
use crate::domain::roster::Roster;
use crate::domain::time::Clock;
use crate::domain::watch::NodeSpec;
use crate::journal;
use crate::peers::Memory;
use crate::peers::PeerSet;
use crate::runtime::console::host_name;
use crate::runtime::judgement::JudgementFile;
use crate::runtime::paths::Paths;
use crate::runtime::peer_watch::Watched;
use crate::runtime::peer_watch::round;
use crate::runtime::peer_watch::watch_peers;
use crate::runtime::standings::Standings;
use crate::telemetry::Desk;
use crate::telemetry::Http;
use crate::telemetry::Pollers;
use crate::telemetry::QUEUE;
use crate::telemetry::discovery::discover;
use crate::telemetry::one_round;

/// How often time passes for the judgement, and a change is looked for.
const TICK: Duration = Duration::from_secs(1);

/// Rounds of status documents that wait; the next round brings newer ones anyway.
const PEER_ROUNDS: usize = 4;

/// Ticks between two looks for another incident, or for news in the open one.
const INCIDENT_EVERY: u32 = 2;

/// What is looked at, and the model that is made of it.
pub struct Eyes {
    /// The console's model.
    pub model: Model,
    paths: Paths,
    clock: Arc<dyn Clock>,
    config: Config,
    roster: Roster,
    wanted: Option<String>,
    /// Folder and size of the incident's log as it was read last.
    read: Option<(PathBuf, u64)>,
}

impl Eyes {
    /// Opens them; nothing is asked yet. `wanted` names an incident; else the newest open one that is no drill.
    #[must_use]
    pub fn new(paths: Paths, clock: Arc<dyn Clock>, config: Config, roster: Roster, wanted: Option<String>) -> Self {
        let me = Me {
            person: PersonId::new("warroom"),
            host: host_name(),
            user: String::new(),
            home: paths.data_dir.display().to_string(),
        };
        let mut model = Model::new(me, clock.now(), (80, 24), "plain");
        tell(&mut model, Msg::World(WorldMsg::Recorder(Recorder::Theirs)));
        tell(&mut model, Msg::World(WorldMsg::Roster(Box::new(roster.clone()))));
        Self { model, paths, clock, config, roster, wanted, read: None }
    }

    /// One full round of everything.
    pub async fn once(&mut self) {
        self.look_at_incident();
        let specs = self.look_for_nodes().await;
        let peers = self.watched();
        let (http, mut memory, mut set) = (Http::new(), Memory::default(), PeerSet::default());
        let (seen, faults) = tokio::join!(one_round(&specs, &self.clock), round(&peers, &http, &mut memory, &mut set));
        for observation in seen {
            tell(&mut self.model, Msg::Observed(observation));
        }
        let faults = faults.iter().map(ToString::to_string).collect();
        tell(&mut self.model, Msg::Peers(set.iter().cloned().collect(), faults));
        tell(&mut self.model, Msg::Tick(self.clock.now()));
    }

    /// Watches until `on` answers that nobody reads any more. It is called once a second.
    pub async fn watch(&mut self, mut on: impl FnMut(&Model) -> bool) {
        let specs = self.look_for_nodes().await;
        let (to, mut seen) = channel(QUEUE);
        let (to_peers, mut peers) = channel(PEER_ROUNDS);
        let desk = Desk::default();
        let _pollers = Pollers::start_asking(&specs, &self.clock, &to, &desk);
        let listening = tokio::spawn(watch_peers(self.watched(), to_peers));
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut ticks: u32 = 0;
        loop {
            tokio::select! {
                Some(observation) = seen.recv() => tell(&mut self.model, Msg::Observed(observation)),
                Some((reports, faults)) = peers.recv() => {
                    let faults = faults.iter().map(ToString::to_string).collect();
                    tell(&mut self.model, Msg::Peers(reports, faults));
                }
                _ = tick.tick() => {
                    if ticks.is_multiple_of(INCIDENT_EVERY) {
                        self.look_at_incident();
                    }
                    ticks = ticks.wrapping_add(1);
                    for effect in update(&mut self.model, Msg::Tick(self.clock.now())) {
                        ask(&desk, effect);
                    }
                    if !on(&self.model) {
                        break;
                    }
                }
            }
        }
        listening.abort();
    }

    async fn look_for_nodes(&mut self) -> Vec<NodeSpec> {
        let (specs, found) = look_round(&self.config).await;
        // What a console has measured for objectives is read, and never written.
        let specs: Vec<NodeSpec> = specs.into_iter().map(|s| s.kept_in(&self.paths.state_dir, false)).collect();
        let limits = Box::new(self.config.limits.clone());
        // Read, never written: watching leaves no trace.
        let memory = JudgementFile::of(&self.paths.state_dir).load(self.clock.now()).map(Box::new);
        let watching = WorldMsg::Watching { specs: specs.clone(), found, limits, memory };
        tell(&mut self.model, Msg::World(watching));
        specs
    }

    fn watched(&self) -> Watched {
        Watched {
            folder: self.paths.peers(),
            roster: self.roster.clone(),
            networks: self.config.networks.clone(),
            clock: Arc::clone(&self.clock),
        }
    }

    /// Reads the incident's log when it has grown, or another incident is the open one.
    fn look_at_incident(&mut self) {
        let Some((id, folder)) = self.open_incident() else { return };
        let size = log_size(&folder);
        if self.read.as_ref() == Some(&(folder.clone(), size)) {
            return;
        }
        let loaded = journal::load(&folder);
        let faults = loaded
            .faults
            .iter()
            .map(|f| Damage { file: f.file_name(), says: f.alarm(), lasting: f.is_of_signature() })
            .collect();
        let anchor = journal::load_anchor(&folder).0;
        let writer = WriterId::new("watch");
        tell(
            &mut self.model,
            Msg::Journal(JournalMsg::Opened {
                id: id.as_str().into(),
                writer,
                entries: loaded.entries,
                anchor,
                faults,
            }),
        );
        self.read = Some((folder, size));
    }

    fn open_incident(&self) -> Option<(String, PathBuf)> {
        let incidents = self.paths.incidents();
        if let Some(id) = &self.wanted {
            return journal::incident_folder(&incidents, id).ok().map(|folder| (id.clone(), folder));
        }
        if let Some((folder, _)) = self.read.as_ref().filter(|_| self.model.is_in_incident()) {
            let id = folder.file_name()?.to_string_lossy().into_owned();
            return Some((id, folder.clone()));
        }
        let ids = journal::list_incidents(&incidents).ok()?;
        // What is found is not kept: watching writes nothing.
        let mut standings = Standings::open(&self.paths.state_dir);
        let mut unclear = None;
        for id in ids.into_iter().rev() {
            let folder = incidents.join(id.as_str());
            let (brief, folded) = standings.look(&id, &folder);
            if brief.is_open() {
                return Some((id.to_string(), folder));
            }
            // Its declaration may stand in the damaged part: better looked at than taken for a quiet day.
            if brief.status.is_none() && folded.is_some_and(|folded| !folded.loaded.faults.is_empty()) {
                unclear = unclear.or(Some((id.to_string(), folder)));
            }
        }
        unclear
    }
}

/// Bytes of all chains of an incident: they only ever grow.
fn log_size(folder: &std::path::Path) -> u64 {
    let of = |name: &str| std::fs::read_dir(folder.join(name)).into_iter().flatten().flatten();
    let files = of("log").chain(of("internal"));
    files.filter_map(|f| f.metadata().ok()).map(|m| m.len()).sum()
}

/// Asks nodes for blocks, so that chains can be compared; whatever else would be done to the world is left undone.
fn ask(desk: &Desk, effect: Effect) {
    if let Effect::Judge(JudgeOrder::Ask(all)) = effect {
        for q in all {
            desk.questions.ask(&q.node, &q.heights);
        }
    }
}

/// Takes a message in; what would be done to the world is left undone, for watching writes nothing.
fn tell(model: &mut Model, msg: Msg) {
    drop(update(model, msg));
}

/// This host, the nodes of the configuration, and what is found on the usual ports where they are to be looked for;
/// and what was found, in words.
pub async fn look_round(config: &Config) -> (Vec<NodeSpec>, Vec<String>) {
    let mut specs = vec![NodeSpec::host(config.network())];
    specs.extend(config.nodes.iter().cloned());
    if !config.discover {
        return (specs, Vec::new());
    }
    let report = discover(config.network()).await;
    let fresh = report.found.into_iter().filter(|f| config.nodes.iter().all(|n| n.url != f.url && n.id != f.id));
    specs.extend(fresh);
    (specs, report.sentences)
}
