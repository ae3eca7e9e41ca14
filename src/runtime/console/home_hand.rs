//! The home folder: runbooks, themes, the incidents in it; watched for changes, read again when they come.

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use notify::{RecommendedWatcher, RecursiveMode, Watcher, recommended_watcher};

use crate::app::msg::{Msg, WorldMsg};
use crate::domain::id::IncidentId;
use crate::journal;
use crate::runbook::mirror::Mirror;
use crate::runtime::books;
use crate::runtime::console::hands::{Tools, shown};
use crate::runtime::standings::Standings;
use crate::runtime::trusted::Trusted;
use crate::ui::theme::{Theme, choose};

/// Editors write a file in several steps; this long after the last one it is read.
const SETTLE: Duration = Duration::from_millis(150);
/// Without a word from the system the folder is looked at this often: not every filesystem tells.
const LOOK: Duration = Duration::from_secs(5);
/// Words of change that wait; more say nothing new.
const CHANGES: usize = 16;
/// More files than this are not looked at for changes; the shelf reads 500 runbooks at most.
const MAX_LOOKED: usize = 2_000;
/// A theme file larger than this is refused, 64 KiB.
const MAX_THEME: u64 = 64 * 1024;

/// The home folder.
pub(super) struct HomeHand {
    tools: Tools,
    theme: Option<Theme>,
}

impl HomeHand {
    /// Reads the runbooks and watches the folder.
    pub fn start(tools: &Tools) -> Self {
        Self { tools: tools.clone(), theme: None }
    }

    /// Reads the runbooks once: a drill does not change under its players.
    pub fn load_shelf(&self) {
        let tools = self.tools.clone();
        let read = std::thread::Builder::new().name("home".to_owned()).spawn(move || send_shelf(&tools));
        if let Err(why) = read {
            let _ = self.tools.to.try_send(Tools::warn(format!("the runbooks are not read: {why}")));
        }
    }

    /// Looks for the incident to open, then for those that appear; and for runbooks that change.
    pub fn look_for_incidents(&self, wanted: Option<IncidentId>) {
        let tools = self.tools.clone();
        let watched = std::thread::Builder::new().name("home".to_owned()).spawn(move || look(&tools, wanted));
        if let Err(why) = watched {
            // The loop is not running yet; the message waits in the queue.
            drop(self.tools.to.try_send(Tools::warn(format!("the home folder is not watched: {why}"))));
        }
    }

    /// Loads a theme by its name: a file of the home, or a shipped one.
    pub fn choose_theme(&mut self, name: &str) -> Vec<Msg> {
        let files = theme_files(&self.tools.paths.themes());
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
        match choose(no_color, Some(name), &files) {
            Ok(theme) => {
                self.theme = Some(theme);
                vec![Msg::World(WorldMsg::Theme(name.to_owned()))]
            }
            Err(why) => vec![Tools::warn(why.to_string())],
        }
    }

    /// Remembers that a revision is trusted here.
    pub fn trust(&self, sha256: &str, words: &str) -> Vec<Msg> {
        match Trusted::of(&self.tools.paths.state_dir).add(sha256, words) {
            Ok(()) => vec![trusted(&self.tools)],
            Err(why) => vec![Tools::warn(format!("the runbook will be asked about again: {why}"))],
        }
    }

    /// The theme chosen since the last time.
    pub fn new_theme(&mut self) -> Option<Theme> {
        self.theme.take()
    }
}

/// Theme files of the home, by name; one that cannot be read is left out here and told when it is chosen.
pub(super) fn theme_files(folder: &Path) -> Vec<(String, String)> {
    let Ok(found) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files = Vec::new();
    for file in found.flatten().map(|f| f.path()).filter(|p| p.extension().is_some_and(|e| e == "toml")) {
        let small = std::fs::metadata(&file).is_ok_and(|m| m.len() <= MAX_THEME);
        if let (true, Ok(text)) = (small, std::fs::read_to_string(&file)) {
            files.push((shown(&file), text));
        }
    }
    files.sort();
    files
}

fn look(tools: &Tools, wanted: Option<IncidentId>) {
    send_shelf(tools);
    let mut known = incidents(tools);
    if let Some(id) = wanted.or_else(|| the_open_one(tools, &known)) {
        tools.tell(Msg::World(WorldMsg::Appeared(id)));
    }
    // Our own end keeps the channel open, so that a folder that cannot be watched is simply looked at.
    let (to, changes) = sync_channel(CHANGES);
    let mut watch = Watch::new(tools, to.clone());
    let mut read = watch.state();
    // Folders that appeared and say nothing yet: an incident is announced once it is declared, a drill never.
    let mut fresh: Vec<IncidentId> = Vec::new();
    while !tools.to.is_closed() {
        match changes.recv_timeout(if fresh.is_empty() { LOOK } else { SETTLE }) {
            Ok(()) => while changes.recv_timeout(SETTLE).is_ok() {},
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
        }
        // A checkout puts another folder in the old one's place, and the watch goes with the old one.
        let state = watch.state();
        if state != read {
            send_shelf(tools);
            read = state;
        }
        let now = incidents(tools);
        fresh.extend(now.difference(&known).cloned());
        known = now;
        if fresh.is_empty() {
            continue;
        }
        let mut standings = Standings::open(&tools.paths.state_dir);
        fresh.retain(|id| {
            let (brief, _) = standings.look(id, &tools.paths.incident(id.as_str()));
            if brief.is_open() {
                tools.tell(Msg::World(WorldMsg::Appeared(id.clone())));
            }
            // Its log does not say yet what it is.
            brief.status.is_none() && !brief.drill && known.contains(id)
        });
    }
}

/// The folders of the home that are watched; what cannot be watched is looked at every few seconds anyway.
struct Watch {
    watcher: Option<RecommendedWatcher>,
    runbooks: PathBuf,
    stand: PathBuf,
    config: PathBuf,
    /// The folder that the watch of the runbooks is on.
    watched: Option<(u64, u64)>,
}

/// The runbooks' folder as it stands: each file with its inode, size and time of change.
type State = Vec<(PathBuf, u64, u64, (i64, i64))>;

impl Watch {
    fn new(tools: &Tools, to: SyncSender<()>) -> Self {
        // A full channel means that a look is due anyway.
        let mut watcher = recommended_watcher(move |news: notify::Result<notify::Event>| {
            // Our own looking is told as well; to wake up for it would never end.
            if !news.is_ok_and(|event| event.kind.is_access()) {
                let _ = to.try_send(());
            }
        })
        .ok();
        let incidents = tools.paths.incidents();
        // A folder that is there can be watched, so that a first declaration is seen at once. Where it cannot be made the
        // recorder says so, and it is looked at every few seconds anyway.
        let _ = std::fs::create_dir_all(&incidents);
        if let Some(watcher) = &mut watcher {
            // A refused watch is made up for by looking.
            drop(watcher.watch(&incidents, RecursiveMode::NonRecursive));
        }
        let stand = Mirror::of(&tools.paths.state_dir).stand_file();
        Self { watcher, runbooks: tools.paths.runbooks(), stand, config: tools.paths.config(), watched: None }
    }

    /// Looks at the runbooks' folder, and watches the one that stands there now.
    fn state(&mut self) -> State {
        let folder = std::fs::metadata(&self.runbooks).ok().filter(std::fs::Metadata::is_dir);
        let now = folder.map(|meta| (meta.dev(), meta.ino()));
        if now != self.watched
            && let Some(watcher) = &mut self.watcher
        {
            // The old folder may be gone, and its watch with it; a refused one is made up for by looking.
            drop(watcher.unwatch(&self.runbooks));
            drop(now.map(|_| watcher.watch(&self.runbooks, RecursiveMode::NonRecursive)));
        }
        self.watched = now;
        let files = std::fs::read_dir(&self.runbooks).into_iter().flatten().flatten().take(MAX_LOOKED);
        let mut state: State = files
            .filter_map(|file| {
                let meta = std::fs::metadata(file.path()).ok()?;
                Some((file.path(), meta.ino(), meta.len(), (meta.mtime(), meta.mtime_nsec())))
            })
            .collect();
        // A fetch writes this one last, and the configuration says whether it counts.
        let others = [&self.stand, &self.config];
        state.extend(others.into_iter().filter_map(|file| {
            let meta = std::fs::metadata(file).ok()?;
            Some((file.clone(), meta.ino(), meta.len(), (meta.mtime(), meta.mtime_nsec())))
        }));
        state.sort();
        state
    }
}

fn send_shelf(tools: &Tools) {
    tools.tell(Msg::World(WorldMsg::Shelf(books::shelf(&tools.paths, tools.clock.now()))));
    tools.tell(trusted(tools));
}

/// The revisions that are trusted here; a file that cannot be read trusts nothing, and says so.
fn trusted(tools: &Tools) -> Msg {
    match Trusted::of(&tools.paths.state_dir).read() {
        Ok(revisions) => Msg::World(WorldMsg::Trusted(revisions)),
        Err(why) => Tools::warn(format!("no runbook from elsewhere is trusted: {why}")),
    }
}

fn incidents(tools: &Tools) -> BTreeSet<IncidentId> {
    journal::list_incidents(&tools.paths.incidents()).unwrap_or_default().into_iter().collect()
}

/// The only open incident that is no drill; with several, the newest, and the others are named.
fn the_open_one(tools: &Tools, known: &BTreeSet<IncidentId>) -> Option<IncidentId> {
    let mut standings = Standings::open(&tools.paths.state_dir);
    let (mut open, mut unclear): (Vec<&IncidentId>, Option<&IncidentId>) = (Vec::new(), None);
    for id in known {
        let (brief, folded) = standings.look(id, &tools.paths.incident(id.as_str()));
        if brief.is_open() {
            open.push(id);
            let ahead = folded.map(|folded| (id.clone(), folded.into_loaded()));
            *tools.ahead.lock().unwrap_or_else(PoisonError::into_inner) = ahead;
        } else if brief.status.is_none() && folded.is_some_and(|folded| !folded.loaded.faults.is_empty()) {
            // Its declaration may stand in the damaged part: better looked at than taken for a quiet day.
            unclear = Some(id);
        }
    }
    standings.keep(&known.iter().cloned().collect::<Vec<_>>());
    let newest = open.last().copied().or(unclear).cloned();
    if open.len() > 1 {
        let names: Vec<&str> = open.iter().map(|id| id.as_str()).collect();
        let words = format!("{} incidents are open: {}; : open ID goes to another", open.len(), names.join(", "));
        tools.tell(Tools::warn(words));
    }
    newest
}
