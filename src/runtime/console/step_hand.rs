//! Steps of runbooks: handed to a supervisor each, looked after while they run, collected when they end,
//! whichever console began them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::app::msg::{Msg, StepMsg};
use crate::domain::event::StepStarted;
use crate::domain::id::{RunId, RunbookId, StepId};
use crate::domain::incident::Ledger;
use crate::domain::run::StepState;
use crate::journal;
use crate::runbook::model::Step;
use crate::runtime::console::drill_hand::Rehearsal;
use crate::runtime::console::hands::Tools;
use crate::runtime::steps::{PATIENCE, is_told, spec_of};
use crate::runtime::supervisor::{
    self, Standing, StepResult, cancel, claim, forget_output, keep_output, own_program, progress, step_dir,
};

/// How often a running step is looked at: quick enough to see it print, slow enough to cost nothing.
const LOOK: Duration = Duration::from_millis(250);
/// Lines of output that the pane is sent.
const TAIL_LINES: usize = 40;

/// The steps of the open incident.
pub(super) struct StepHand {
    tools: Tools,
    drill: Option<Rehearsal>,
    /// Counts incidents opened here; a watcher of an older one ends.
    era: Arc<AtomicU64>,
}

impl StepHand {
    pub fn new(tools: Tools) -> Self {
        Self { tools, drill: None, era: Arc::new(AtomicU64::new(0)) }
    }

    /// In a drill nothing real runs: recorded outputs take the place of commands.
    pub fn set_drill(&mut self, drill: Option<Rehearsal>) {
        self.drill = drill;
    }

    /// Another incident is open: its steps that run on this host, where there may be `any`, are looked after.
    pub fn follow(&self, incident: &Path, any: bool) {
        let era = self.era.fetch_add(1, Ordering::SeqCst) + 1;
        if self.drill.is_some() || !any {
            return;
        }
        let watcher = Watcher { tools: self.tools.clone(), incident: incident.to_owned(), era, now: self.era.clone() };
        spawn(&self.tools, "steps", move || watcher.take_up());
    }

    /// Begins a step whose start is in the log.
    pub fn start(
        &self,
        incident: &Path,
        runbook: &RunbookId,
        started: StepStarted,
        step: &Step,
        (env, secrets): (Vec<(String, String)>, BTreeMap<String, String>),
    ) -> Vec<Msg> {
        if let Some(recorded) = &self.drill {
            return recorded.begin(incident, runbook, &started, step);
        }
        let era = self.era.load(Ordering::SeqCst);
        let watcher = Watcher { tools: self.tools.clone(), incident: incident.to_owned(), era, now: self.era.clone() };
        let values = env.into_iter().collect();
        let spec = spec_of(&self.tools.paths, incident, &started, step, &values, &secrets);
        spawn(&self.tools, "step", move || {
            let state = watcher.tools.paths.state_dir.clone();
            match supervisor::start(&own_program(), &state, &spec, &secrets) {
                Ok(_) => watcher.watch(&started),
                Err(why) => watcher.lost(&started, why.to_string()),
            }
        });
        Vec::new()
    }

    /// Ends a running command.
    pub fn stop(&self, run: &RunId, step: &StepId, attempt: u32) -> Vec<Msg> {
        match cancel(&step_dir(&self.tools.paths.state_dir, run, step, attempt)) {
            Ok(()) => Vec::new(),
            Err(why) => vec![Tools::warn(format!("step {step} could not be told to stop: {why}"))],
        }
    }
}

fn spawn(tools: &Tools, name: &str, work: impl FnOnce() + Send + 'static) {
    if let Err(why) = std::thread::Builder::new().name(name.to_owned()).spawn(work) {
        // The loop reads its queue; a full one means that it hears enough already.
        drop(tools.to.try_send(Tools::warn(format!("no thread could be started: {why}"))));
    }
}

/// Looks after steps of one incident.
struct Watcher {
    tools: Tools,
    incident: PathBuf,
    era: u64,
    now: Arc<AtomicU64>,
}

impl Watcher {
    fn is_current(&self) -> bool {
        self.now.load(Ordering::SeqCst) == self.era && !self.tools.to.is_closed()
    }

    /// Steps that were running on this host when the incident was opened: their consoles may be gone.
    fn take_up(&self) {
        let ledger = Ledger::of(journal::load(&self.incident).entries);
        for run in ledger.incident().runs.values() {
            let Some(StepState::Running { started, .. }) = run.running_step().map(|s| run.state(s)) else { continue };
            if started.host == self.tools.host && started.kind.runs_command() {
                self.watch(started);
            }
        }
    }

    /// Until it ends, or another incident is opened here.
    fn watch(&self, started: &StepStarted) {
        let (run, step) = (&started.run, &started.step);
        let dir = step_dir(&self.tools.paths.state_dir, run, step, started.attempt);
        let (mut shown, begun) = (String::new(), Instant::now());
        while self.is_current() {
            match supervisor::standing(&dir) {
                Ok(Standing::Finished(result)) => {
                    // A quick one ends before it was looked at: what it wrote last says why it failed.
                    self.show(&dir, started, &mut shown);
                    return self.collect(&dir, &result);
                }
                Ok(Standing::Running { .. }) => {}
                // Another console may be about to start it.
                Ok(Standing::NotBegun) if begun.elapsed() < PATIENCE => {}
                Ok(Standing::NotBegun | Standing::Lost { .. }) => {
                    match supervisor::void(&self.tools.paths.state_dir, started, self.tools.clock.now()) {
                        Ok(Some(result)) => return self.collect(&dir, &result),
                        Ok(None) => {}
                        Err(why) => return self.lost(started, format!("the end of step {step} is not known: {why}")),
                    }
                }
                Err(why) => return self.lost(started, format!("step {step} cannot be looked at: {why}")),
            }
            self.show(&dir, started, &mut shown);
            std::thread::sleep(LOOK);
        }
    }

    /// The last lines that it has written, where they are not `shown` yet.
    fn show(&self, dir: &Path, started: &StepStarted, shown: &mut String) {
        let (run, step) = (started.run.clone(), started.step.clone());
        if let Ok(seen) = progress(dir)
            && seen.tail != *shown
        {
            let lines: Vec<String> = seen.tail.lines().map(str::to_owned).collect();
            let tail = lines.get(lines.len().saturating_sub(TAIL_LINES)..).unwrap_or_default().to_vec();
            self.tools.tell(Msg::Step(StepMsg::Output { run, step, tail }));
            *shown = seen.tail;
        }
    }

    /// Keeps the output and hands the end over: one console of this host does, and holds its claim until the end is in
    /// the log; if it dies before that, the next one does.
    fn collect(&self, dir: &Path, result: &StepResult) {
        if is_told(&self.incident, &result.finished) {
            return;
        }
        let kept = keep_output(dir, &self.incident.join("outputs"), result);
        if let Err(why) = &kept {
            self.tools.tell(Tools::warn(format!("the output of {} could not be kept: {why}", result.finished.step)));
        }
        let mut held = None;
        while self.is_current() && !is_told(&self.incident, &result.finished) {
            if held.is_none() {
                held = claim(dir).unwrap_or(None);
                if held.is_some() {
                    let ended = StepMsg::Ended { finished: Box::new(result.finished.clone()), at: result.ended };
                    self.tools.tell(Msg::Step(ended));
                }
            }
            std::thread::sleep(LOOK);
        }
        if held.is_some() && kept.is_ok() && is_told(&self.incident, &result.finished) {
            // Kept with the incident by now; what cannot be removed costs a megabyte, not the step.
            let _ = forget_output(dir);
        }
    }

    fn lost(&self, started: &StepStarted, why: String) {
        let (run, step, attempt) = (started.run.clone(), started.step.clone(), started.attempt);
        self.tools.tell(Msg::Step(StepMsg::Lost { run, step, attempt, why }));
    }
}
