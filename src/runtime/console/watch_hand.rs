//! Watches nodes and other operators: reads what to watch, looks for nodes, polls or follows whoever polls.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::{Duration, sleep};

use crate::app::msg::{Msg, Recorder, WorldMsg};
use crate::config::{Config, load_config, load_roster};
use crate::domain::observation::Observation;
use crate::domain::watch::NodeSpec;
use crate::peers::PeerFault;
use crate::peers::model::PeerReport;
use crate::runtime::console::hands::Tools;
use crate::runtime::judgement::JudgementFile;
use crate::runtime::peer_watch::{Watched, watch_peers};
use crate::runtime::recorder::{RecorderLock, Share, SocketFolder, follow};
use crate::telemetry::discovery::discover;
use crate::telemetry::{Pollers, QUEUE};

/// Between two tries to become the recorder, or to reach it.
const RETRY: Duration = Duration::from_millis(500);

/// Between two look-rounds on the usual ports.
const LOOK_AGAIN: Duration = Duration::from_secs(30);
/// Between two looks at the configuration and the roster.
const LOOK: Duration = Duration::from_secs(5);
/// Rounds of status documents that wait; the next round brings newer ones anyway.
const PEER_ROUNDS: usize = 4;

/// Watching; it ends when this is dropped.
pub(super) struct WatchHand {
    task: tokio::task::JoinHandle<()>,
}

impl WatchHand {
    /// Begins; all it finds comes as messages.
    pub fn start(tools: &Tools) -> Self {
        let tools = tools.clone();
        Self { task: tokio::spawn(watch(tools)) }
    }
}

impl Drop for WatchHand {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Watches by what the files say; when one of them changes, begins anew.
async fn watch(tools: Tools) {
    let files = [tools.paths.config(), tools.paths.roster()];
    let mut again = false;
    loop {
        let seen = stamps(&files);
        let known = Known::default();
        tokio::select! {
            () = watch_by(&tools, &known, again) => return,
            () = changed(&files, seen) => {}
            () = appeared(&known) => {}
        }
        again = true;
    }
}

/// Addresses that are watched, and the network that newcomers belong to; nothing while nobody looks for nodes.
type Known = Arc<Mutex<Option<(String, BTreeSet<String>)>>>;

/// Until a node answers on a usual port that did not when we looked: nodes are started after their watchers too.
async fn appeared(known: &Known) {
    loop {
        sleep(LOOK_AGAIN).await;
        let Some((network, urls)) = known.lock().unwrap_or_else(PoisonError::into_inner).clone() else { continue };
        let report = discover(&network).await;
        if report.found.iter().any(|spec| !urls.contains(&spec.url)) {
            return;
        }
    }
}

/// When each file was last written, and its size; `None` for one that is not there.
fn stamps(files: &[PathBuf; 2]) -> [Option<(SystemTime, u64)>; 2] {
    files.each_ref().map(|f| std::fs::metadata(f).ok().and_then(|m| Some((m.modified().ok()?, m.len()))))
}

/// Until a file is no longer what it was, and has been written to its end.
async fn changed(files: &[PathBuf; 2], seen: [Option<(SystemTime, u64)>; 2]) {
    loop {
        sleep(LOOK).await;
        let now = stamps(files);
        if now != seen {
            // Editors write in several steps: a file that still changes is not read yet.
            sleep(RETRY).await;
            if stamps(files) == now {
                return;
            }
        }
    }
}

async fn watch_by(tools: &Tools, known: &Known, again: bool) {
    let (config_file, roster_file) = (tools.paths.config(), tools.paths.roster());
    let read = tokio::task::spawn_blocking(move || (load_config(&config_file), load_roster(&roster_file))).await;
    let Ok((config, roster)) = read else { return };
    let problems = config.problems.iter().chain(&roster.problems).map(ToString::to_string).collect();
    send(tools, Msg::World(WorldMsg::Faults(problems))).await;
    let config = config.value;
    let watched = Watched {
        folder: tools.paths.peers(),
        roster: roster.value.clone(),
        networks: config.networks.clone(),
        clock: Arc::clone(&tools.clock),
    };
    send(tools, Msg::World(WorldMsg::Roster(Box::new(roster.value)))).await;
    let (to, from) = channel(QUEUE);
    let (to_peers, from_peers) = channel(PEER_ROUNDS);
    tokio::join!(
        nodes(tools, config, to, known, again),
        pass_on(tools, from),
        watch_peers(watched, to_peers),
        pass_peers(tools, from_peers),
    );
}

async fn send(tools: &Tools, msg: Msg) {
    // A console that has left no longer listens.
    drop(tools.to.send(msg).await);
}

async fn pass_on(tools: &Tools, mut from: Receiver<Observation>) {
    while let Some(seen) = from.recv().await {
        send(tools, Msg::Observed(seen)).await;
    }
}

async fn pass_peers(tools: &Tools, mut from: Receiver<(Vec<PeerReport>, Vec<PeerFault>)>) {
    while let Some((reports, faults)) = from.recv().await {
        let faults = faults.iter().map(ToString::to_string).collect();
        send(tools, Msg::Peers(reports, faults)).await;
    }
}

/// Records, or follows the recorder; when that one ends, somebody takes its place.
async fn nodes(tools: &Tools, config: Config, to: Sender<Observation>, known: &Known, again: bool) {
    let mut specs = vec![NodeSpec::host(config.network())];
    specs.extend(config.nodes.iter().cloned().map(|spec| spec.kept_in(&tools.paths.state_dir, true)));
    // The second time the nodes of the first stay on the screen, with their verdicts, until the look-round has ended.
    if !again {
        let looking = vec!["looking for nodes on the usual loopback ports".to_owned()];
        say_watching(tools, &config, &specs, looking).await;
    }
    let state = tools.paths.state_dir.clone();
    let folder = match SocketFolder::open(&state) {
        Ok(folder) => folder,
        Err(why) => {
            let home = state.display();
            send(tools, Tools::warn(format!("{home} cannot be written ({why}); this console watches by itself"))).await;
            return poll_alone(tools, &config, specs, to).await;
        }
    };
    loop {
        match RecorderLock::try_take(&state) {
            Ok(Some(_lock)) => return record(tools, &config, specs, to, &folder, known).await,
            Ok(None) => {
                send(tools, Msg::World(WorldMsg::Recorder(Recorder::Theirs))).await;
                let (specs, found) = looked(&config, specs.clone()).await;
                say_watching(tools, &config, &specs, found).await;
                while follow(&folder, &to).await.is_err() {
                    sleep(RETRY).await;
                    if matches!(RecorderLock::try_take(&state), Ok(Some(_))) {
                        break;
                    }
                }
            }
            Err(why) => {
                send(tools, Tools::warn(format!("no recorder's lock in {}: {why}", state.display()))).await;
                return poll_alone(tools, &config, specs, to).await;
            }
        }
    }
}

/// Polls and shares, as long as this console lives.
async fn record(
    tools: &Tools,
    config: &Config,
    specs: Vec<NodeSpec>,
    to: Sender<Observation>,
    folder: &SocketFolder,
    looked_at: &Known,
) {
    send(tools, Msg::World(WorldMsg::Recorder(Recorder::Ours))).await;
    let share = match Share::open(folder) {
        Ok(share) => Some(share),
        Err(why) => {
            send(tools, Tools::warn(format!("what we see cannot be shared with other consoles here: {why}"))).await;
            None
        }
    };
    let (own, mut seen) = channel(QUEUE);
    // This host at once; the nodes as soon as the look-round has ended.
    let _host = Pollers::start_asking(&specs, &tools.clock, &own, &tools.desk);
    let known = specs.len();
    let (specs, found) = looked(config, specs).await;
    say_watching(tools, config, &specs, found).await;
    if config.discover {
        let urls = specs.iter().map(|s| s.url.clone()).collect();
        *looked_at.lock().unwrap_or_else(PoisonError::into_inner) = Some((config.network().to_owned(), urls));
    }
    let nodes = specs.get(known..).unwrap_or_default();
    let _nodes = Pollers::start_asking(nodes, &tools.clock, &own, &tools.desk);
    drop(own);
    while let Some(observation) = seen.recv().await {
        if let Some(share) = &share {
            share.tell(&observation);
        }
        if to.send(observation).await.is_err() {
            return;
        }
    }
}

async fn poll_alone(tools: &Tools, config: &Config, specs: Vec<NodeSpec>, to: Sender<Observation>) {
    let (specs, found) = looked(config, specs).await;
    say_watching(tools, config, &specs, found).await;
    let _pollers = Pollers::start_asking(&specs, &tools.clock, &to, &tools.desk);
    to.closed().await;
}

/// Looks round for nodes, unless the configuration says not to.
async fn looked(config: &Config, mut specs: Vec<NodeSpec>) -> (Vec<NodeSpec>, Vec<String>) {
    if !config.discover {
        return (specs, Vec::new());
    }
    let report = discover(config.network()).await;
    // What the configuration names is watched under that name.
    let fresh = report.found.into_iter().filter(|f| specs.iter().all(|s| s.url != f.url && s.id != f.id));
    let fresh: Vec<NodeSpec> = fresh.collect();
    specs.extend(fresh);
    (specs, report.sentences)
}

async fn say_watching(tools: &Tools, config: &Config, specs: &[NodeSpec], found: Vec<String>) {
    let limits = Box::new(config.limits.clone());
    let file = JudgementFile::of(&tools.paths.state_dir);
    let memory = file.load(tools.clock.now()).map(Box::new);
    let msg = WorldMsg::Watching { specs: specs.to_vec(), found, limits, memory };
    send(tools, Msg::World(msg)).await;
}
