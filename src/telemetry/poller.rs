//! One task for each endpoint, one round in flight, observations into one bounded queue.
//! Must not know what becomes of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::http::Http;
use super::pace;
use super::questions::Questions;
use super::replies::Replies;
use super::slo::{EVERY, Objectives};
use super::source::Source;
use crate::domain::id::NodeId;
use crate::domain::observation::{Family, Observation};
use crate::domain::time::Clock;
use crate::domain::watch::NodeSpec;

/// Observations that wait at most. When the reader is slower than that, new ones are dropped and counted: the next round
/// brings a newer one anyway.
pub const QUEUE: usize = 1_024;

/// What lies between pollers and whoever reads them: what is to be asked, and what was answered. A copy is the same desk.
#[derive(Clone, Debug, Default)]
pub struct Desk {
    /// Blocks to be asked for.
    pub questions: Questions,
    /// The latest raw replies.
    pub replies: Replies,
}

/// The pollers of a list of nodes; dropping it stops them.
#[derive(Debug)]
pub struct Pollers {
    stop: CancellationToken,
    dropped: Arc<AtomicU64>,
}

impl Pollers {
    /// Starts one task for each node, inside the running tokio runtime. They end when `self` is dropped or stopped, or
    /// the receiver is gone.
    #[must_use]
    pub fn start(specs: &[NodeSpec], clock: &Arc<dyn Clock>, out: &mpsc::Sender<Observation>) -> Self {
        Self::start_asking(specs, clock, out, &Desk::default())
    }

    /// The same; with each round a node is asked besides for what waits for it here.
    #[must_use]
    pub fn start_asking(
        specs: &[NodeSpec],
        clock: &Arc<dyn Clock>,
        out: &mpsc::Sender<Observation>,
        desk: &Desk,
    ) -> Self {
        let stop = CancellationToken::new();
        let dropped = Arc::new(AtomicU64::new(0));
        let http = Http::new();
        let objectives = Arc::new(Objectives::of(specs));
        for spec in specs {
            if spec.family == Family::Slo {
                let (node, stop) = (spec.id.clone(), stop.clone());
                let (all, clock, out) = (Arc::clone(&objectives), Arc::clone(clock), out.clone());
                tokio::spawn(async move {
                    tokio::select! {
                        () = stop.cancelled() => {}
                        () = tell(&all, &node, clock.as_ref(), &out) => {}
                    }
                });
                continue;
            }
            let task = Task {
                source: Source::new(spec.clone(), Arc::clone(&http)),
                clock: Arc::clone(clock),
                out: out.clone(),
                dropped: Arc::clone(&dropped),
                objectives: Arc::clone(&objectives),
                desk: desk.clone(),
            };
            let stop = stop.clone();
            tokio::spawn(async move {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = task.run() => {}
                }
            });
        }
        Self { stop, dropped }
    }

    /// Stops asking; what is in flight is dropped.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// How many observations were dropped because nobody took them.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

impl Drop for Pollers {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

struct Task {
    source: Source,
    clock: Arc<dyn Clock>,
    out: mpsc::Sender<Observation>,
    dropped: Arc<AtomicU64>,
    objectives: Arc<Objectives>,
    desk: Desk,
}

impl Task {
    async fn run(mut self) {
        let node = self.source.spec().id.clone();
        let seed = pace::seed(node.as_str());
        let mut failures = 0_u32;
        while !self.out.is_closed() {
            let began = tokio::time::Instant::now();
            let asked = self.source.round(self.clock.as_ref());
            let mut outcome = self.desk.replies.note(&node, self.clock.now(), asked).await;
            if let Ok(answer) = &mut outcome {
                let heights = self.desk.questions.take(&node);
                if !heights.is_empty() {
                    answer.blocks.extend(self.source.hashes(&heights).await);
                }
            }
            let usual = self.source.interval();
            failures = if outcome.is_ok() { 0 } else { failures.saturating_add(1) };
            let wait = if failures == 0 { usual } else { pace::backoff(usual, failures, seed) };
            let seen = Observation { node: node.clone(), at: self.clock.now(), outcome };
            self.objectives.feed(&seen);
            match self.out.try_send(seen) {
                Ok(()) => {}
                Err(mpsc::error::TrySendError::Full(_)) => {
                    self.dropped.fetch_add(1, Ordering::Relaxed);
                }
                Err(mpsc::error::TrySendError::Closed(_)) => return,
            }
            tokio::time::sleep_until(began + wait).await;
        }
    }
}

/// Says how an objective stands, again and again; what nobody takes is said the next time.
async fn tell(all: &Objectives, node: &NodeId, clock: &dyn Clock, out: &mpsc::Sender<Observation>) {
    while let Some(seen) = all.tell(node, clock) {
        if let Err(mpsc::error::TrySendError::Closed(_)) = out.try_send(seen) {
            return;
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// One round of every node at once, for `watch --once` and `doctor`: an observation of each, in the order given.
pub async fn one_round(specs: &[NodeSpec], clock: &Arc<dyn Clock>) -> Vec<Observation> {
    let http = Http::new();
    let objectives = Arc::new(Objectives::of(specs));
    let mut tasks = Vec::with_capacity(specs.len());
    for spec in specs {
        if spec.family == Family::Slo {
            let (all, node, clock) = (Arc::clone(&objectives), spec.id.clone(), Arc::clone(clock));
            tasks.push(tokio::spawn(async move { all.tell(&node, clock.as_ref()) }));
            continue;
        }
        let mut source = Source::new(spec.clone(), Arc::clone(&http));
        let clock = Arc::clone(clock);
        tasks.push(tokio::spawn(async move {
            let outcome = source.round(clock.as_ref()).await;
            Some(Observation { node: source.spec().id.clone(), at: clock.now(), outcome })
        }));
    }
    let mut seen = Vec::with_capacity(tasks.len());
    for task in tasks {
        if let Ok(Some(observation)) = task.await {
            seen.push(observation);
        }
    }
    seen
}
