//! A runbook followed from the command line: each step by its rules, its end recorded, the first failure ends it.
//! Nothing here decides what a step demands (`runbook::next`) or whether it may happen (`decide`).

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::time::Duration;

use crate::cli::context::Context;
use crate::cli::doctor::hear;
use crate::cli::outcome::CliError;
use crate::cli::record;
use crate::cli::record::sound;
use crate::cli::which::Chosen;
use crate::config::load_config;
use crate::domain::command::{Command, Request};
use crate::domain::decide::decide;
use crate::domain::event::{RunEvent, StepFinished, StepKind, StepOutcome, StepStarted};
use crate::domain::id::{NodeId, PersonId, RunId};
use crate::domain::incident::Ledger;
use crate::domain::observation::Family;
use crate::domain::policy::attempt;
use crate::domain::run::{Run, StepState, short_digest};
use crate::domain::time::At;
use crate::journal::{self, Journal};
use crate::runbook::client;
use crate::runbook::model::{OnFail, Runbook, Step};
use crate::runbook::next::{self, Act, Demand, Footing};
use crate::runtime::console::{host_name, user_name};
use crate::runtime::steps::{is_told, spec_of, wait_for_end};
use crate::runtime::supervisor::{self, StepResult, claim, forget_output, keep_output, own_program, step_dir};

/// How long the disk may take for one entry.
const DISK_LIMIT: Duration = Duration::from_secs(10);
/// How often another console's claim on an end is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// What the person allowed beforehand.
#[derive(Debug, Default)]
pub struct Allowed {
    /// Steps that change something may run.
    pub changes: bool,
    /// Answers by step, for `ask`, `decide`, `manual` and `confirm`.
    pub answers: BTreeMap<String, String>,
    /// The client that the person says runs here, whatever the nodes say.
    pub client: Option<String>,
    /// Stop behind this step.
    pub until: Option<String>,
}

/// Follows one run to its end, to a step that waits for a person, or to the first failure.
pub struct Following<'a> {
    pub context: &'a mut Context,
    pub chosen: &'a Chosen,
    pub journal: Journal,
    pub book: Runbook,
    pub run: RunId,
    pub who: PersonId,
    pub secrets: BTreeMap<String, String>,
    pub allowed: Allowed,
    pub footing: Footing,
    /// An open run as it stood when it was taken up: its set-up is looked at again first.
    pub taken_up: Option<Run>,
}

impl Following<'_> {
    /// Goes on, step by step.
    ///
    /// # Errors
    /// A step failed (1), a step waits for a person or a permission (3), or the system refused (4).
    pub fn follow(&mut self) -> Result<(), CliError> {
        loop {
            let ledger = self.ledger();
            let run = self.current_run(&ledger)?;
            if self.look_again(&ledger, run)? {
                continue;
            }
            let Some(id) = run.current().cloned() else {
                self.context.out.talk("every step is done");
                return Ok(());
            };
            let step = self.book.step(&id).cloned();
            let step = step.ok_or_else(|| CliError::failed(format!("the pinned text has no step {id}")))?;
            let passed = match run.state(&id) {
                StepState::Running { started, .. } if started.kind.runs_command() => {
                    self.wait_for(&step, &started.clone())?
                }
                _ => self.one_step(&ledger, run, &step)?,
            };
            if !passed && step.on_fail == OnFail::Stop {
                return Err(CliError::False(format!(
                    "step {id} did not end as expected; the run stays open: mend it and run this again"
                )));
            }
            if self.allowed.until.as_deref() == Some(id.as_str()) {
                return Ok(());
            }
        }
    }

    /// Looks once more at what a run that was taken up rests on; whether it did.
    fn look_again(&mut self, ledger: &Ledger, run: &Run) -> Result<bool, CliError> {
        let due = self.taken_up.as_ref().map(|before| next::due_again(&self.book, run, before)).unwrap_or_default();
        let step = due.first().and_then(|id| self.book.step(id)).cloned();
        let Some(step) = step.filter(|_| run.running_step().is_none()) else { return Ok(false) };
        self.permitted(&step, &Demand::None)?;
        self.belongs(&step)?;
        let started = next::begin(&self.book, &step, run, &user_name(), &host_name());
        self.append(ledger, vec![started.clone().into()], None)?;
        self.begin(&step, run, &started)?;
        if self.wait_for(&step, &started)? {
            return Ok(true);
        }
        Err(CliError::False(format!(
            "{}: what this run rests on does not hold any more; the run stands there now",
            step.id
        )))
    }

    fn ledger(&self) -> Ledger {
        self.chosen.ledger.again(journal::load(&self.chosen.dir).entries)
    }

    fn current_run<'l>(&self, ledger: &'l Ledger) -> Result<&'l Run, CliError> {
        let run = ledger.incident().runs.get(&self.run);
        run.ok_or_else(|| CliError::failed(format!("run {} is not in the log", self.run)))
    }

    /// Whether it passed.
    fn one_step(&mut self, ledger: &Ledger, run: &Run, step: &Step) -> Result<bool, CliError> {
        let host = host_name();
        let offer = next::offer(&self.book, run, &self.who, &host, self.footing);
        let offer = offer.ok_or_else(|| CliError::failed("nothing can be done with this step"))?;
        let started = next::begin(&self.book, step, run, &user_name(), &host);
        match offer.acts.first() {
            Some(Act::Run | Act::Retry) => {
                self.permitted(step, &offer.demand)?;
                self.belongs(step)?;
                self.append(ledger, vec![started.clone().into()], None)?;
                self.begin(step, run, &started)?;
                self.wait_for(step, &started)
            }
            Some(Act::Confirm | Act::Answer | Act::Choose) => {
                let words = self.words_for(step)?;
                let finished = next::answer(&self.book, run, step, &words).map_err(CliError::usage)?;
                let mut events = vec![RunEvent::from(started), finished.clone().into()];
                events.extend(next::consequences(&self.book, run, &finished));
                self.append(ledger, events, None)?;
                self.tell(step, &finished);
                Ok(true)
            }
            _ => Err(CliError::Refused(format!(
                "step {} waits for somebody else's yes: they say `warroom approve {} {}`, and `warroom approve` lists what waits",
                step.id, run.id, step.id
            ))),
        }
    }

    fn permitted(&self, step: &Step, demand: &Demand) -> Result<(), CliError> {
        let id = &step.id;
        if self.footing == Footing::Elsewhere {
            let digest = short_digest(&self.book.sha256);
            return Err(CliError::Refused(format!(
                "this revision came from elsewhere: read it (`warroom runbook show {digest}`), then say `warroom runbook trust {digest}`, or run its steps in the console",
            )));
        }
        match demand {
            Demand::None => Ok(()),
            Demand::Ask if self.allowed.changes => Ok(()),
            Demand::Ask => Err(CliError::Refused(format!(
                "step {id} changes something ({}); allow it with --yes, or run it in the console",
                step.command.lines().next().unwrap_or_default()
            ))),
            Demand::TypeName(_) | Demand::SecondPerson(_) => Err(CliError::Refused(format!(
                "step {id} cannot be taken back ({}); it runs in the console only",
                step.effect.as_str()
            ))),
        }
    }

    /// A step written for one client does not run beside another: our nodes are asked, now.
    fn belongs(&self, step: &Step) -> Result<(), CliError> {
        let wanted = client::wanted(&self.book, step);
        if wanted.is_empty() || self.allowed.client.as_ref().is_some_and(|c| wanted.contains(c)) {
            return Ok(());
        }
        let path = self.context.paths()?.config();
        let config = sound(load_config(&path))?;
        let (specs, seen, _) = hear(&config, &self.context.clock()?).map_err(CliError::failed)?;
        let ours = specs.iter().filter(|s| s.mine && s.family != Family::Host);
        let version = |id: &NodeId| seen.iter().find(|o| o.node == *id)?.outcome.as_ref().ok()?.version();
        let seen: Vec<(String, Option<String>)> = ours.map(|s| (s.id.to_string(), version(&s.id))).collect();
        match client::stranger(wanted, &seen) {
            None => Ok(()),
            Some(why) => {
                Err(CliError::Refused(format!("{why}; if it is right all the same, add --client {}", wanted.join("|"))))
            }
        }
    }

    /// What a person says to the step: given beforehand, typed at the terminal; a note needs nothing.
    fn words_for(&mut self, step: &Step) -> Result<String, CliError> {
        if let Some(words) = self.allowed.answers.get(step.id.as_str()) {
            return Ok(words.clone());
        }
        if step.kind == StepKind::Note {
            return Ok(String::new());
        }
        let offered: Vec<&str> = step.choices.iter().map(|c| c.label.as_str()).collect();
        if !std::io::stdin().is_terminal() {
            let form = if offered.is_empty() { "TEXT".to_owned() } else { offered.join("|") };
            return Err(CliError::Refused(format!(
                "step {} waits for a person ({}); answer it with --answer {}={form}, or go on in the console",
                step.id,
                step.kind.as_str(),
                step.id
            )));
        }
        self.context.out.talk(&format!("{}\n{}", step.title, step.why.trim()));
        let question = match step.kind {
            StepKind::Ask => "answer".to_owned(),
            StepKind::Decide => offered.join(" | "),
            _ => "enter when it is done, or what you saw".to_owned(),
        };
        self.context.out.talk(&format!("  {question}?"));
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).map_err(CliError::failed)?;
        Ok(line.trim().to_owned())
    }

    fn begin(&mut self, step: &Step, run: &Run, started: &StepStarted) -> Result<(), CliError> {
        let paths = self.context.paths()?;
        let values = next::values(&self.book, run);
        let spec = spec_of(&paths, &self.chosen.dir, started, step, &values, &self.secrets);
        self.context.out.talk(&format!("▸ {}  {}@{}", step.title, started.user, started.host));
        for line in step.command.lines() {
            self.context.out.talk(&format!("    $ {line}"));
        }
        supervisor::start(&own_program(), &paths.state_dir, &spec, &self.secrets).map(drop).map_err(CliError::failed)
    }

    /// Until the step ends, whoever began it; whether it passed.
    fn wait_for(&mut self, step: &Step, started: &StepStarted) -> Result<bool, CliError> {
        if started.host != host_name() {
            return Err(CliError::Refused(format!(
                "step {} is running on {}; its end is collected there",
                step.id, started.host
            )));
        }
        let (state, clock) = (self.context.paths()?.state_dir, self.context.clock()?);
        let dir = step_dir(&state, &started.run, &started.step, started.attempt);
        let result = wait_for_end(&state, started, &*clock).map_err(CliError::failed)?;
        self.record_end(step, &dir, &result)
    }

    /// Records the end, or waits until the console that claimed it has: whoever dies in between lets go of the claim.
    fn record_end(&mut self, step: &Step, dir: &std::path::Path, result: &StepResult) -> Result<bool, CliError> {
        keep_output(dir, &self.chosen.dir.join("outputs"), result).map_err(CliError::failed)?;
        let finished = &result.finished;
        while !is_told(&self.chosen.dir, finished) {
            let Some(_held) = claim(dir).map_err(CliError::failed)? else {
                std::thread::sleep(LOOK);
                continue;
            };
            let ledger = self.ledger();
            let run = self.current_run(&ledger)?;
            let mut events = vec![RunEvent::from(finished.clone())];
            events.extend(next::consequences(&self.book, run, finished));
            self.append(&ledger, events, Some(result.ended))?;
            // Kept with the incident by now; what cannot be removed costs a megabyte, not the step.
            let _ = forget_output(dir);
        }
        self.tell(step, finished);
        Ok(finished.outcome == StepOutcome::Passed)
    }

    fn append(&mut self, ledger: &Ledger, events: Vec<RunEvent>, ended: Option<At>) -> Result<(), CliError> {
        let request = Request { happened: ended, ..record::request(self.context, ledger, Command::Run(events))? };
        let entries = decide(ledger, &request).map_err(|no| {
            if let Some(tried) = attempt(ledger, &request, &no) {
                // What cannot be recorded is refused all the same.
                let _ = self.journal.append_and_wait(vec![tried], DISK_LIMIT);
            }
            record::refused(no)
        })?;
        self.journal.observe(&journal::load(&self.chosen.dir).heads);
        self.journal.append_or_give_up(entries, DISK_LIMIT).map(drop).map_err(CliError::failed)
    }

    fn tell(&mut self, step: &Step, finished: &StepFinished) {
        let mark = if finished.outcome == StepOutcome::Passed { "✓" } else { "✗" };
        let out = &mut self.context.out;
        out.line(&format!("{mark} {}  {}  {}", step.id, finished.outcome.as_str(), step.title));
        out.line(&format!("    expected  {}", finished.expected));
        out.line(&format!("    actual    {}", finished.actual));
        out.flush();
    }
}
