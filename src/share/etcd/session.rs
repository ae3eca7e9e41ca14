//! One session with one endpoint: reads what it holds, watches what changes, pushes what is new here, and looks now and then whether
//! the two agree. Ends with the first fault that another endpoint might not have.

use tokio::task::JoinHandle;
use tokio::time::{Duration, Instant, interval, sleep_until};

use crate::domain::id::IncidentId;
use crate::share::etcd::books::{Books, Push, TROUBLES_MAX};
use crate::share::etcd::fault::EtcdError;
use crate::share::etcd::gateway::Endpoint;
use crate::share::etcd::key::{Place, entries};
use crate::share::etcd::saved::Saved;
use crate::share::etcd::shelf::Errand;
use crate::share::etcd::shelves::{Answer, Shelves};
use crate::share::etcd::stream::{Watch, Word};
use crate::share::etcd::wake::Wake;
use crate::share::etcd::wire::{Header, RangeReply, TxnReply};

/// Between two looks whether the endpoint still answers and holds as many keys as we know of.
const PROBE: Duration = Duration::from_secs(3);

/// After a refused push (no space, no right) it is tried again this much later.
const REFUSED: Duration = Duration::from_secs(10);

/// A watch is asked for anew after this long: one that died silently costs no more than that.
const WATCH_LIFE: Duration = Duration::from_secs(60);

/// A count that differs this often in a row means that keys came or went unseen.
const DIFFERS: u32 = 2;

/// Everything is read again for a differing count at most this often.
const READ_AGAIN: Duration = Duration::from_secs(60);

/// What a session works with and leaves behind.
pub(super) struct Desk {
    pub books: Books,
    pub shelves: Shelves,
    pub saved: Saved,
    pub wake: Wake,
    /// What the cluster refuses now.
    pub refused: Option<EtcdError>,
    /// Whether an endpoint answers.
    pub up: bool,
    /// Keys under the prefix when they were last counted.
    pub count: u64,
    /// Words about things that happened once.
    pub news: Vec<String>,
    /// Keys read so far, while everything is read.
    pub reading: Option<usize>,
}

impl Desk {
    /// What people should know, the first ones.
    pub(super) fn troubles(&self) -> Vec<String> {
        self.books.troubles().into_iter().chain(self.shelves.troubles()).take(TROUBLES_MAX).collect()
    }
}

type Pushing = JoinHandle<(Push, Result<TxnReply, EtcdError>)>;
type Probing = JoinHandle<Result<RangeReply, EtcdError>>;
type Carrying = JoinHandle<((IncidentId, Errand), Result<Answer, EtcdError>)>;
type Finding = JoinHandle<(Place, Result<RangeReply, EtcdError>)>;

/// What is on its way, one of each at most.
#[derive(Default)]
struct Open {
    push: Option<Pushing>,
    probe: Option<Probing>,
    find: Option<Finding>,
    file: Option<Carrying>,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.push.iter().for_each(JoinHandle::abort);
        self.probe.iter().for_each(JoinHandle::abort);
        self.find.iter().for_each(JoinHandle::abort);
        self.file.iter().for_each(JoinHandle::abort);
    }
}

pub(super) struct Session<'a> {
    desk: &'a mut Desk,
    endpoint: Endpoint,
    prefix: String,
    from: String,
    to: String,
    differs: u32,
    again: Option<Instant>,
    /// When files are carried again after one was refused.
    files_again: Option<Instant>,
    /// When everything was read again because the count differed.
    reread: Option<Instant>,
}

impl<'a> Session<'a> {
    pub(super) fn new(desk: &'a mut Desk, endpoint: Endpoint, prefix: &str) -> Self {
        let (from, to) = entries(prefix);
        desk.shelves.forget();
        let prefix = prefix.to_owned();
        Self { desk, endpoint, prefix, from, to, differs: 0, again: None, files_again: None, reread: None }
    }

    /// Carries until something fails; `tell` is called whenever something changed.
    pub(super) async fn run(&mut self, tell: &mut dyn FnMut(&mut Desk)) -> EtcdError {
        match self.carry(tell).await {
            Err(why) => why,
            Ok(never) => match never {},
        }
    }

    async fn carry(&mut self, tell: &mut dyn FnMut(&mut Desk)) -> Result<std::convert::Infallible, EtcdError> {
        let first = self.endpoint.count(&self.from, &self.to).await?;
        (self.desk.up, self.desk.count) = (true, first.count);
        self.recognise(&first.header);
        loop {
            if self.desk.saved.revision == 0 {
                self.read_all(tell).await?;
            }
            let reply = self.endpoint.watch(&self.from, &self.to, self.desk.saved.revision + 1).await?;
            self.follow(Watch::new(reply), tell).await?;
        }
    }

    /// Another cluster, or an older state of this one: what we knew of it says nothing.
    fn recognise(&mut self, header: &Header) {
        let cluster = header.cluster_id.to_string();
        let older = header.revision < self.desk.saved.revision;
        let other = self.desk.saved.cluster != cluster;
        if (other || older) && !self.desk.saved.cluster.is_empty() {
            let what = if other { "another cluster than before" } else { "an older state of the cluster than before" };
            self.desk.news.push(format!("{what} answers; everything is compared again, nothing here is lost"));
        }
        if other || older {
            self.read_again();
            self.desk.saved.cluster = cluster;
        }
    }

    fn read_again(&mut self) {
        self.desk.books.forget();
        self.desk.saved.revision = 0;
        self.differs = 0;
    }

    /// Reads every key, page by page. Values never change, so pages of different moments fit together.
    async fn read_all(&mut self, tell: &mut dyn FnMut(&mut Desk)) -> Result<(), EtcdError> {
        self.desk.books.forget();
        self.desk.books.look();
        let (mut at, mut read, mut revision) = (self.from.clone(), 0, None);
        loop {
            let page = self.endpoint.range(&at, &self.to).await?;
            let since = *revision.get_or_insert(page.header.revision);
            let last = page.kvs.last().and_then(|kv| super::wire::bytes(&kv.key));
            read += page.kvs.len();
            self.desk.books.take(page.kvs);
            self.desk.reading = Some(read);
            tell(self.desk);
            match last.and_then(|key| String::from_utf8(key).ok()).filter(|_| page.more) {
                Some(key) => at = key + "\0",
                None => {
                    self.desk.saved.revision = since;
                    self.desk.shelves.look(&self.desk.books);
                    self.desk.reading = None;
                    tell(self.desk);
                    return Ok(());
                }
            }
        }
    }

    /// Follows one watch to its end of life.
    async fn follow(&mut self, mut watch: Watch, tell: &mut dyn FnMut(&mut Desk)) -> Result<(), EtcdError> {
        let end = Instant::now() + WATCH_LIFE;
        let mut open = Open::default();
        let mut probe = interval(PROBE);
        self.desk.books.look();
        self.desk.shelves.look(&self.desk.books);
        loop {
            self.start_push(&mut open);
            self.start_file(&mut open);
            tell(self.desk);
            tokio::select! {
                word = watch.next() => match word? {
                    Word::Changes(changes, whole) => {
                        let last = changes.iter().map(|c| c.kv.mod_revision).max().unwrap_or(0);
                        // A revision of which more is to come is asked for again, should we be cut off.
                        let last = if whole { last } else { last.saturating_sub(1) };
                        let deleted = self.desk.books.change(changes);
                        self.desk.shelves.look(&self.desk.books);
                        self.desk.saved.revision = self.desk.saved.revision.max(last);
                        if deleted > 0 {
                            let what = format!("somebody deleted {deleted} keys in etcd; what is here is put back");
                            self.desk.news.push(what);
                        }
                    }
                    Word::Compacted => {
                        self.desk.saved.revision = 0;
                        return Ok(());
                    }
                },
                done = join(&mut open.push) => self.end_push(done)?,
                done = join(&mut open.probe) => if self.end_probe(done)? { return Ok(()) },
                done = join(&mut open.find) => self.end_find(done)?,
                done = join(&mut open.file) => self.end_file(done)?,
                () = self.desk.wake.next() => {
                    self.desk.wake.look();
                    self.desk.books.look();
                    self.desk.shelves.look(&self.desk.books);
                }
                _ = probe.tick() => self.start_probe(&mut open),
                () = sleep_until(end), if open.push.is_none() => return Ok(()),
            }
        }
    }

    fn start_push(&mut self, open: &mut Open) {
        if open.push.is_some() || self.again.is_some_and(|again| Instant::now() < again) {
            return;
        }
        let Some(push) = self.desk.books.push() else { return };
        let endpoint = self.endpoint.clone();
        open.push = Some(tokio::spawn(async move {
            let reply = endpoint.create(&push.pairs).await;
            (push, reply)
        }));
    }

    fn end_push(&mut self, (push, reply): (Push, Result<TxnReply, EtcdError>)) -> Result<(), EtcdError> {
        match reply {
            Ok(reply) if reply.succeeded => {
                self.desk.books.pushed(&push);
                (self.desk.refused, self.again) = (None, None);
            }
            // Somebody was there before us with some of them: what stands there is compared, the rest goes next.
            Ok(reply) => {
                let there = reply.responses.into_iter().filter_map(|r| r.response_range).flat_map(|r| r.kvs);
                let there: Vec<_> = there.collect();
                if there.is_empty() {
                    return Err(EtcdError::Nonsense("a refusal without what stands in the way".to_owned()));
                }
                self.desk.books.take(there);
            }
            Err(why) if why.ends_the_session() => return Err(why),
            Err(why) => {
                self.desk.refused = Some(why);
                self.again = Some(Instant::now() + REFUSED);
            }
        }
        Ok(())
    }

    fn start_file(&mut self, open: &mut Open) {
        if open.file.is_some() || self.files_again.is_some_and(|again| Instant::now() < again) {
            return;
        }
        let Some((incident, errand)) = self.desk.shelves.errand() else { return };
        let (endpoint, prefix) = (self.endpoint.clone(), self.prefix.clone());
        open.file = Some(tokio::spawn(async move {
            let answer = Shelves::ask(&endpoint, &prefix, &errand).await;
            ((incident, errand), answer)
        }));
    }

    /// Files never end what entries go by on a slow line: they wait.
    fn end_file(
        &mut self,
        ((incident, errand), answer): ((IncidentId, Errand), Result<Answer, EtcdError>),
    ) -> Result<(), EtcdError> {
        self.files_again = None;
        match answer {
            Ok(answer) => {
                let mended = matches!(errand, Errand::Put { .. }) || self.desk.refused != Some(EtcdError::Full);
                if mended && self.again.is_none() {
                    self.desk.refused = None;
                }
                self.desk.shelves.answered(&incident, &errand, answer);
            }
            Err(why @ EtcdError::TimedOut(_)) => {
                self.desk.news.push(format!("an output is on a slow way to etcd: {why}; entries go first"));
                self.files_again = Some(Instant::now() + REFUSED);
            }
            Err(why) if why.ends_the_session() => return Err(why),
            Err(why) => {
                self.desk.refused = Some(why);
                self.files_again = Some(Instant::now() + REFUSED);
            }
        }
        Ok(())
    }

    fn start_probe(&mut self, open: &mut Open) {
        if open.probe.is_none() {
            let (endpoint, from, to) = (self.endpoint.clone(), self.from.clone(), self.to.clone());
            open.probe = Some(tokio::spawn(async move { endpoint.count(&from, &to).await }));
        }
        if open.find.is_none()
            && let Some((place, from, to)) = self.desk.books.unseen()
        {
            let endpoint = self.endpoint.clone();
            open.find = Some(tokio::spawn(async move { (place, endpoint.range(&from, &to).await) }));
        }
    }

    /// True when everything is to be read again.
    fn end_probe(&mut self, reply: Result<RangeReply, EtcdError>) -> Result<bool, EtcdError> {
        let reply = reply?;
        self.desk.count = reply.count;
        self.recognise(&reply.header);
        self.differs = if reply.count == self.desk.books.keys() { 0 } else { self.differs + 1 };
        if self.differs >= DIFFERS && self.reread.is_none_or(|at| at.elapsed() > READ_AGAIN) {
            self.reread = Some(Instant::now());
            self.read_again();
        }
        Ok(self.desk.saved.revision == 0)
    }

    /// Lines that were acknowledged and not seen in the watch: are they there?
    fn end_find(&mut self, (place, reply): (Place, Result<RangeReply, EtcdError>)) -> Result<(), EtcdError> {
        let reply = reply?;
        let whole = !reply.more;
        self.desk.books.take(reply.kvs);
        let lost = if whole { self.desk.books.looked_for(&place) } else { 0 };
        if lost > 0 {
            let writer = &place.writer;
            self.desk.news.push(format!(
                "etcd acknowledged {lost} lines of {writer} that it does not hold; they are pushed again"
            ));
        }
        Ok(())
    }
}

/// Waits for what is on its way; for ever when nothing is.
async fn join<T>(task: &mut Option<JoinHandle<T>>) -> T {
    loop {
        match task {
            None => std::future::pending().await,
            Some(handle) => {
                let done = handle.await;
                *task = None;
                // A task ends otherwise only when it panicked (told already) or was cut off with its session.
                if let Ok(done) = done {
                    return done;
                }
            }
        }
    }
}
