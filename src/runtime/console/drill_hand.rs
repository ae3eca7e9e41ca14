//! A drill in the console: the stage is ticked, its happenings come as messages, and nothing real is asked or run.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::app::effect::DrillOrder;
use crate::app::keymap::DrillKey;
use crate::app::msg::{DrillMsg, DrillStatus, Msg, Past, Recorder, StepMsg, WorldMsg};
use crate::domain::event::StepStarted;
use crate::domain::id::{PersonId, RunbookId};
use crate::domain::time::{At, Clock, Span};
use crate::drill::folder::Folder;
use crate::drill::scenario::{RecordedOutputs, Scenario};
use crate::drill::{DrillClock, DrillOutput, Happening, RecordedEnd, Speed, Stage, recorded_end};
use crate::journal;
use crate::runbook::model::Step;
use crate::runtime::console::case_hand::Noticing;
use crate::runtime::console::hands::Tools;
use crate::runtime::console::start::DrillOptions;

/// How often the drill's clock is moved on.
const TICK: Duration = Duration::from_millis(200);
/// How far one key looks back or goes on.
const SEEK: Span = Span::from_mins(1);

/// The drill being played.
pub(super) struct DrillHand {
    stage: Arc<Mutex<Stage>>,
    /// The time looked back at, while somebody does.
    past: Arc<Mutex<Option<At>>>,
    folder: Arc<Mutex<Option<std::path::PathBuf>>>,
    ends: Ends,
    scenario: Arc<Scenario>,
    outputs: Arc<RecordedOutputs>,
    clock: Arc<DrillClock>,
    tools: Tools,
}

impl DrillHand {
    /// A drill at its beginning.
    pub fn new(options: DrillOptions, tools: &Tools) -> Self {
        let Folder { scenario, outputs, .. } = options.folder;
        let seed = options.seed.unwrap_or(scenario.seed);
        let stage = Stage::new(Arc::clone(&scenario), seed, options.speed);
        let clock = stage.clock();
        Self {
            stage: Arc::new(Mutex::new(stage)),
            past: Arc::default(),
            folder: Arc::default(),
            ends: Arc::default(),
            scenario,
            outputs: Arc::new(outputs),
            clock,
            tools: tools.clone(),
        }
    }

    /// The drill's own clock.
    pub fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    /// Whom the player plays.
    pub fn player(&self) -> PersonId {
        self.scenario.players.first().map_or_else(|| PersonId::new("player"), |p| p.name.clone())
    }

    /// The host of the drill.
    pub fn host(&self) -> String {
        self.scenario.host.clone()
    }

    /// Steps take recorded outputs instead of running.
    pub fn rehearsal(&self) -> Rehearsal {
        Rehearsal {
            scenario: Arc::clone(&self.scenario),
            outputs: Arc::clone(&self.outputs),
            clock: Arc::clone(&self.clock),
            ends: Arc::clone(&self.ends),
        }
    }

    /// The incident of the drill is open here.
    pub fn joined(&self, folder: &Path) {
        *lock(&self.folder) = Some(folder.to_owned());
    }

    /// An entry stands in the log: the scenario may wait for it.
    pub fn noticing(&self) -> Noticing {
        let stage = Arc::clone(&self.stage);
        Arc::new(move |entries| {
            let mut stage = lock(&stage);
            entries.iter().for_each(|e| stage.notice(e));
        })
    }

    /// Starts the clock.
    pub fn begin(&self) {
        let (tools, stage, past) = (self.tools.clone(), Arc::clone(&self.stage), Arc::clone(&self.past));
        let (scenario, ends) = (Arc::clone(&self.scenario), Arc::clone(&self.ends));
        tokio::spawn(async move {
            let specs = scenario.specs();
            let limits = Box::default();
            let watching = WorldMsg::Watching { specs, found: Vec::new(), limits, memory: None };
            send(&tools, Msg::World(WorldMsg::Recorder(Recorder::Ours))).await;
            send(&tools, Msg::World(watching)).await;
            let mut last = Instant::now();
            loop {
                let real = Span::from_micros(i64::try_from(last.elapsed().as_micros()).unwrap_or(0));
                last = Instant::now();
                let (outputs, status) = {
                    let mut stage = lock(&stage);
                    (stage.tick(real), status(&stage, *lock(&past)))
                };
                let (is_over, over) =
                    (status.over, due(&ends, if status.over { At::from_micros(i64::MAX) } else { status.at }));
                send(&tools, Msg::Drill(DrillMsg::Status(status))).await;
                for output in outputs {
                    send(&tools, message(output)).await;
                }
                for end in over {
                    send(&tools, end).await;
                }
                if tools.to.is_closed() {
                    return;
                }
                tokio::time::sleep(if is_over { TICK * 5 } else { TICK }).await;
            }
        });
    }

    /// Pause, speed, seek.
    pub fn order(&self, order: DrillOrder) {
        let mut stage = lock(&self.stage);
        let now = stage.clock().now();
        match order {
            DrillOrder::Key(DrillKey::Pause) => {
                let paused = stage.status().paused;
                stage.pause(!paused);
            }
            DrillOrder::Key(DrillKey::Faster) => change_speed(&mut stage, |n| n.saturating_mul(2)),
            DrillOrder::Key(DrillKey::Slower) => change_speed(&mut stage, |n| n / 2),
            DrillOrder::Speed(n) => stage.set_speed(Speed::Times(n.max(1))),
            DrillOrder::Key(DrillKey::Back) => {
                let from = lock(&self.past).unwrap_or(now);
                self.look_at(&stage, from.plus(Span::from_micros(-SEEK.micros())));
            }
            DrillOrder::Key(DrillKey::Forward) => {
                let from = *lock(&self.past);
                self.go_to(&mut stage, from.unwrap_or(now).plus(SEEK));
            }
            DrillOrder::Seek(minutes) => {
                let to = self.scenario.start.plus(Span::from_mins(i64::from(minutes)));
                self.go_to(&mut stage, to);
            }
        }
        let status = status(&stage, *lock(&self.past));
        drop(stage);
        self.tell(Msg::Drill(DrillMsg::Status(status)));
    }

    fn go_to(&self, stage: &mut Stage, to: At) {
        let now = stage.clock().now();
        if to < now {
            return self.look_at(stage, to);
        }
        let was_back = lock(&self.past).take().is_some();
        if was_back {
            self.tell(Msg::Drill(DrillMsg::LookBack(None)));
        }
        for output in stage.forward_to(to) {
            self.tell(message(output));
        }
    }

    /// A view of the past, read only.
    fn look_at(&self, stage: &Stage, at: At) {
        let at = at.max(self.scenario.start);
        *lock(&self.past) = Some(at);
        let folder = lock(&self.folder).clone();
        let entries = folder.map(|f| journal::load(&f).entries).unwrap_or_default();
        let (entries, outputs) = stage.look_back(&entries, at);
        let mut past = Past { entries, seen: Vec::new(), peers: Vec::new() };
        for output in outputs {
            match output.what {
                Happening::Observed(seen) => past.seen.push(seen),
                Happening::Peers(reports) => past.peers = reports,
                Happening::Inject(_) | Happening::Over => {}
            }
        }
        self.tell(Msg::Drill(DrillMsg::LookBack(Some(Box::new(past)))));
    }

    /// The loop is at work while an order is given: what does not fit into its queue at once comes a moment later.
    fn tell(&self, msg: Msg) {
        if let Err(tokio::sync::mpsc::error::TrySendError::Full(msg)) = self.tools.to.try_send(msg) {
            let to = self.tools.to.clone();
            tokio::spawn(async move { to.send(msg).await });
        }
    }
}

async fn send(tools: &Tools, msg: Msg) {
    // A console that has left no longer listens.
    drop(tools.to.send(msg).await);
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn change_speed(stage: &mut Stage, change: impl Fn(u32) -> u32) {
    if let Speed::Times(n) = stage.status().speed {
        stage.set_speed(Speed::Times(change(n).clamp(1, crate::drill::FASTEST)));
    }
}

fn status(stage: &Stage, past: Option<At>) -> DrillStatus {
    let s = stage.status();
    let speed = match s.speed {
        Speed::Times(n) => n,
        Speed::Max => crate::drill::FASTEST,
    };
    let start = s.now.plus(Span::from_micros(-s.elapsed.micros()));
    let at = past.unwrap_or(s.now);
    DrillStatus {
        title: s.title,
        at,
        elapsed: at.since(start),
        length: s.length,
        paused: s.paused,
        speed,
        looking_back: past.is_some(),
        over: s.over,
    }
}

fn message(output: DrillOutput) -> Msg {
    match output.what {
        Happening::Observed(observation) => Msg::Observed(observation),
        Happening::Peers(reports) => Msg::Peers(reports, Vec::new()),
        Happening::Inject(inject) => Msg::Drill(DrillMsg::Inject(inject, output.at)),
        Happening::Over => Msg::Drill(DrillMsg::Over),
    }
}

/// Ends of steps that the drill's clock has not come to.
type Ends = Arc<Mutex<Vec<RecordedEnd>>>;

/// What commands answered when the scenario was recorded.
#[derive(Clone)]
pub(super) struct Rehearsal {
    scenario: Arc<Scenario>,
    outputs: Arc<RecordedOutputs>,
    clock: Arc<DrillClock>,
    ends: Ends,
}

impl Rehearsal {
    /// A step begins: its end comes when the drill's clock is there. Its output is kept at once.
    pub fn begin(&self, folder: &Path, runbook: &RunbookId, started: &StepStarted, step: &Step) -> Vec<Msg> {
        let end = recorded_end(&self.scenario, &self.outputs, runbook, started, step, self.clock.now());
        let kept = end.output.as_ref().map(|text| journal::store_output(folder, text.as_bytes()));
        lock(&self.ends).push(end);
        match kept {
            Some(Err(why)) => vec![Tools::warn(format!("the recorded output could not be kept: {why}"))],
            _ => Vec::new(),
        }
    }
}

/// The ends that the clock has come to.
fn due(ends: &Ends, now: At) -> Vec<Msg> {
    let mut waiting = lock(ends);
    let (over, later) = waiting.drain(..).partition(|e| e.at <= now);
    *waiting = later;
    let over: Vec<RecordedEnd> = over;
    over.into_iter().map(|e| Msg::Step(StepMsg::Ended { finished: Box::new(e.finished), at: e.at })).collect()
}
