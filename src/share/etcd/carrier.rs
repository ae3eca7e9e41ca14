//! Carries between this home and a cluster, on a thread of its own: one process of a host does, the others hear how it stands.
//! A console never waits for it, and works on whatever becomes of it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use tokio::time::{Duration, Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::config::EtcdSettings;
use crate::share::etcd::books::Books;
use crate::share::etcd::fault::EtcdError;
use crate::share::etcd::gateway::{Endpoint, client};
use crate::share::etcd::saved::{Saved, read_standing, write_standing};
use crate::share::etcd::session::{Desk, Session};
use crate::share::etcd::shelves::Shelves;
use crate::share::etcd::standing::{Level, Standing, ago, entries};
use crate::share::etcd::wake::Wake;
use crate::telemetry::pace;

/// How often another process tries to take the carrier's place, and reads how it stands.
const TAKE_OVER: Duration = Duration::from_secs(1);

/// The first wait once every endpoint failed; doubled up to ten seconds, with jitter.
const USUAL: Duration = Duration::from_millis(500);

/// Between two tellings that differ in numbers only.
const TELL_AFTER: Duration = Duration::from_millis(250);

/// Between two writings of the memory.
const SAVE_AFTER: Duration = Duration::from_secs(5);

/// Words about things that happened once are said for this long.
const NEWS_FOR: Duration = Duration::from_secs(60);

/// How long ending waits for a disk that hangs; then the thread is left behind.
const END_LIMIT: Duration = Duration::from_secs(2);

/// What to carry, and where.
#[derive(Clone, Debug)]
pub struct Carrying {
    /// The cluster.
    pub settings: EtcdSettings,
    /// The folder of incidents.
    pub incidents: PathBuf,
    /// The state folder.
    pub state: PathBuf,
}

/// Carries until it is dropped.
pub struct Carrier {
    stop: CancellationToken,
    ended: Receiver<()>,
    thread: Option<JoinHandle<()>>,
}

impl Carrier {
    /// Begins; `tell` is called on a thread of its own whenever it stands otherwise, and may block.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn start(carrying: Carrying, tell: impl Fn(Standing) + Send + 'static) -> io::Result<Self> {
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (ends, ended) = sync_channel(0);
        let thread = thread::Builder::new().name("share-etcd".to_owned()).spawn(move || {
            let _ends: SyncSender<()> = ends;
            runtime.block_on(carry(carrying, stopped, &tell));
            runtime.shutdown_background();
        })?;
        Ok(Self { stop, ended, thread: Some(thread) })
    }
}

impl Drop for Carrier {
    fn drop(&mut self) {
        self.stop.cancel();
        let ended = !matches!(self.ended.recv_timeout(END_LIMIT), Err(RecvTimeoutError::Timeout));
        if let Some(thread) = self.thread.take().filter(|_| ended) {
            // Its panic was told when it happened.
            drop(thread.join());
        }
    }
}

async fn carry(carrying: Carrying, stop: CancellationToken, tell: &dyn Fn(Standing)) {
    let Some(lock) = stop.run_until_cancelled(lock(&carrying, tell)).await.flatten() else { return };
    let mut teller = Teller::new(&carrying, tell);
    let mut saved = Saved::load(&carrying.state, &carrying.settings.prefix);
    let mut books = Books::new(&carrying.incidents, &carrying.settings.prefix);
    books.look();
    if !books.restore(&saved) {
        // The files are not what they were: everything is compared again.
        books.forget();
        saved.revision = 0;
    }
    let wake = Wake::new(&carrying.incidents);
    let shelves = Shelves::new(&carrying.settings.prefix);
    let mut desk =
        Desk { books, shelves, saved, wake, refused: None, up: false, count: 0, news: Vec::new(), reading: None };
    desk.wake.look();
    // Cut off anywhere, nothing is lost: the files are whole, and the memory is a mere memory.
    let _ = stop.run_until_cancelled(sessions(&carrying, &mut desk, &mut teller)).await;
    teller.save(&mut desk);
    drop(lock);
}

/// Waits until this process is the one that carries for this host; meanwhile tells what the other one says.
async fn lock(carrying: &Carrying, tell: &dyn Fn(Standing)) -> Option<File> {
    let path = carrying.state.join("share.lock");
    let mut said = None;
    loop {
        let open = || {
            std::fs::create_dir_all(&carrying.state)?;
            OpenOptions::new().create(true).truncate(false).write(true).open(&path)
        };
        let told = match open().map_err(TryLockError::Error).and_then(|f| f.try_lock().map(|()| f)) {
            Ok(file) => return Some(file),
            Err(TryLockError::WouldBlock) => read_standing(&carrying.state)
                .unwrap_or_else(|_| Standing::new(Level::Waiting, "etcd: another process of this host carries", 0)),
            Err(TryLockError::Error(why)) => {
                let says = format!("etcd: {} cannot be written ({why}), so nothing is carried", path.display());
                Standing::new(Level::Bad, says, 0)
            }
        };
        if said.as_ref() != Some(&told) {
            tell(told.clone());
            said = Some(told);
        }
        sleep(TAKE_OVER).await;
    }
}

/// One session after the other, on one endpoint after the other.
async fn sessions(carrying: &Carrying, desk: &mut Desk, teller: &mut Teller<'_>) {
    let settings = &carrying.settings;
    let (mut turn, mut failures) = (0_usize, 0_u32);
    let mut made = None;
    loop {
        let url = settings.endpoints.get(turn % settings.endpoints.len().max(1)).cloned().unwrap_or_default();
        desk.up = false;
        let client = match made.take() {
            Some(client) => Ok(client),
            None => client(settings),
        };
        let why = match client {
            Err(why) => why,
            Ok(client) => {
                let why = match Endpoint::enter(&client, &url, settings).await {
                    Ok(endpoint) => {
                        let mut session = Session::new(desk, endpoint, &settings.prefix);
                        session.run(&mut |desk| teller.stands(desk)).await
                    }
                    Err(why) => why,
                };
                made = Some(client);
                why
            }
        };
        if desk.up {
            failures = 0;
        }
        if why == EtcdError::LoginOver && desk.up {
            // The same endpoint, with a new login.
            continue;
        }
        (turn, failures) = (turn + 1, failures + 1);
        desk.up = false;
        let tried = u32::try_from(settings.endpoints.len()).unwrap_or(1);
        let until = Instant::now() + if failures < tried { Duration::ZERO } else { wait(failures - tried, &url) };
        let mut first = true;
        while first || Instant::now() < until {
            first = false;
            desk.books.look();
            teller.fails(desk, &url, &why);
            tokio::time::sleep_until(until.min(Instant::now() + Duration::from_secs(1))).await;
        }
    }
}

fn wait(failures: u32, url: &str) -> Duration {
    pace::backoff(USUAL, failures.saturating_add(3), pace::seed(url) ^ u64::from(std::process::id()))
}

/// Tells how it stands when that changed, and keeps the memory.
struct Teller<'a> {
    carrying: &'a Carrying,
    tell: &'a dyn Fn(Standing),
    told: Standing,
    told_at: Option<Instant>,
    saved_at: Instant,
    saved: Saved,
    down_since: Option<Instant>,
    /// What happened, and when.
    news: Option<(String, Instant)>,
}

impl<'a> Teller<'a> {
    fn new(carrying: &'a Carrying, tell: &'a dyn Fn(Standing)) -> Self {
        Self {
            carrying,
            tell,
            told: Standing::default(),
            told_at: None,
            saved_at: Instant::now(),
            saved: Saved::default(),
            down_since: None,
            news: None,
        }
    }

    /// An endpoint answers.
    fn stands(&mut self, desk: &mut Desk) {
        self.down_since = None;
        self.take_news(desk);
        let waiting = desk.books.waiting();
        let many = self.carrying.settings.endpoints.len();
        let members = if many == 1 { "1 endpoint".to_owned() } else { format!("{many} endpoints") };
        let standing = match (&desk.refused, desk.reading) {
            (Some(why), _) => Standing::new(Level::Bad, format!("etcd: {}{why}", wait_here(waiting)), waiting),
            (None, Some(read)) => {
                Standing::new(Level::Waiting, format!("etcd: reading what it holds, {read} keys so far"), waiting)
            }
            (None, None) if desk.count > desk.books.keys() => {
                let unread = desk.count - desk.books.keys();
                Standing::new(Level::Waiting, format!("etcd: {unread} keys to be read"), waiting)
            }
            (None, None) if waiting > 0 => {
                Standing::new(Level::Waiting, format!("etcd: {} on the way", entries(waiting)), waiting)
            }
            (None, None) if desk.shelves.waiting() > 0 => {
                let files = desk.shelves.waiting();
                let files = if files == 1 { "1 output".to_owned() } else { format!("{files} outputs") };
                Standing::new(Level::Waiting, format!("etcd: {files} on the way"), waiting)
            }
            (None, None) => Standing::new(Level::Well, format!("etcd: in step, {members}"), waiting),
        };
        self.say(standing, desk);
    }

    /// None answers.
    fn fails(&mut self, desk: &mut Desk, url: &str, why: &EtcdError) {
        self.take_news(desk);
        let since = *self.down_since.get_or_insert_with(Instant::now);
        let waiting = desk.books.waiting();
        let host = url.split("://").nth(1).unwrap_or(url);
        let down = ago(since.elapsed().as_secs());
        let says = format!("etcd: unreachable for {down}, {}{host}: {why}", wait_here(waiting));
        self.say(Standing::new(Level::Bad, says, waiting), desk);
    }

    fn take_news(&mut self, desk: &mut Desk) {
        if let Some(news) = desk.news.pop() {
            desk.news.clear();
            self.news = Some((news, Instant::now()));
        }
    }

    fn say(&mut self, mut standing: Standing, desk: &mut Desk) {
        standing.troubles = desk.troubles();
        let bad = !standing.troubles.is_empty();
        if let Some((count, key)) = desk.books.odd() {
            standing
                .troubles
                .push(format!("{count} keys under the prefix are none of warroom's, as `{key}`; they are left alone"));
        }
        if let Some((news, _)) = self.news.as_ref().filter(|(_, at)| at.elapsed() < NEWS_FOR) {
            standing.troubles.push(news.clone());
        }
        if bad {
            if standing.level == Level::Well {
                standing.says = "etcd: in step, but for this:".to_owned();
            }
            standing.level = Level::Bad;
        }
        let early = self.told_at.is_some_and(|at| at.elapsed() < TELL_AFTER);
        // What only counts on may wait a little; the last word is always said, for the next look comes within a second.
        let counts_on = early && standing.level == Level::Waiting && self.told.level == Level::Waiting;
        if standing != self.told && !counts_on {
            // Another console of this host that cannot read it says that somebody carries.
            let _ = write_standing(&self.carrying.state, &standing);
            (self.tell)(standing.clone());
            (self.told, self.told_at) = (standing, Some(Instant::now()));
        }
        if self.saved_at.elapsed() > SAVE_AFTER {
            self.save(desk);
        }
    }

    fn save(&mut self, desk: &mut Desk) {
        desk.books.save(&mut desk.saved);
        if desk.saved != self.saved {
            // It is a memory only; without it everything is compared again.
            let _ = desk.saved.store(&self.carrying.state);
            self.saved = desk.saved.clone();
        }
        self.saved_at = Instant::now();
    }
}

fn wait_here(waiting: u64) -> String {
    match waiting {
        0 => String::new(),
        n => format!("{} wait here; ", entries(n)),
    }
}
