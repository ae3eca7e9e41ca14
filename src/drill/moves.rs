//! What a script's words do: the verbs of the console, and the current step of the run that is open.

use std::collections::BTreeMap;

use crate::domain::command::{Command, Request, parse};
use crate::domain::decide::decide;
use crate::domain::event::{ApprovalGiven, RunEvent, StepSkipped};
use crate::domain::id::{EntryRef, PersonId, RunId};
use crate::domain::run::Run;
use crate::domain::time::At;
use crate::drill::play::Play;
use crate::drill::rehearsal::{RecordedEnd, recorded_end};
use crate::drill::scenario::Move;
use crate::journal::EncodeError;
use crate::runbook::model::{Runbook, Step};
use crate::runbook::next;
use crate::runbook::params::bind;
use crate::runbook::sheet;

/// The entry that was made, or why nothing was.
type Outcome = Result<Option<EntryRef>, String>;

impl Play {
    /// Does what a player says; a refusal is an outcome, not an error.
    pub(super) fn obey(&mut self, next: &Move, now: At) -> Result<Outcome, EncodeError> {
        let mut say = next.say.clone();
        for (label, entry) in &self.labels {
            say = say.replace(&format!("{{{label}}}"), &entry.to_string());
        }
        let words: Vec<&str> = say.split_whitespace().collect();
        let command = match words.as_slice() {
            ["run", id, params @ ..] => self.begin(&next.who, id, params),
            ["step"] => self.go(&next.who, now),
            ["step", "answer", ..] => self.answer(say.split_once("answer").map_or("", |(_, rest)| rest)),
            ["step", "rollback", ..] => self.roll_back(say.split_once("rollback").map_or("", |(_, rest)| rest)),
            ["step", "skip", ..] => self.skip(say.split_once("skip").map_or("", |(_, rest)| rest)),
            _ => parse(&say),
        };
        match command {
            Ok(command) => self.give(&next.who, command, now),
            Err(why) => Ok(Err(why)),
        }
    }

    fn give(&mut self, who: &PersonId, command: Command, now: At) -> Result<Outcome, EncodeError> {
        match decide(&self.ledger, &Request::new(who, command)) {
            Ok(entries) => self.write(who.as_str(), entries, now).map(Ok),
            Err(rejection) => Ok(Err(rejection.says)),
        }
    }

    fn begin(&mut self, who: &PersonId, id: &str, words: &[&str]) -> Result<Command, String> {
        let book = self.plan.runbooks.iter().find(|b| b.id.as_str() == id);
        let book = book.ok_or_else(|| format!("there is no runbook `{id}`"))?;
        let mut given = BTreeMap::new();
        for word in words {
            let (name, value) = word.split_once('=').ok_or_else(|| format!("`{word}` is not NAME=VALUE"))?;
            given.insert(name.to_owned(), value.to_owned());
        }
        // The same rule as in the console: constants come from the frozen sheet, and from nowhere else.
        let given = sheet::given(book, &self.ledger.incident().sheets, given)?;
        let later: Vec<&str> = book.steps.iter().filter_map(|s| s.sets.as_deref()).collect();
        let params = bind(&book.params, &given, &later).map_err(|faults| faults.join(" · "))?;
        let number = self.ledger.incident().runs.len() + 1;
        let open = params.into_iter().filter(|(name, _)| !book.param(name).is_some_and(|p| p.secret));
        let run = RunId::from(format!("{id}-{number}-{who}"));
        let started = book.started(run, open.collect(), &self.plan.scenario.host);
        // The pinned text stays with the incident, as it does in the console.
        let (sha256, text) = (book.sha256.clone(), book.text.to_string());
        self.keep(sha256, text);
        Ok(Command::Run(vec![started.into()]))
    }

    /// The open run, its runbook and its current step.
    fn at(&self) -> Result<(&Run, &Runbook, &Step), String> {
        let run = self.ledger.incident().active_run().ok_or("no runbook is being followed; say `run ID` first")?;
        let book = self.plan.runbooks.iter().find(|b| b.sha256 == run.pinned.sha256);
        let book = book.ok_or("the pinned runbook is not at hand")?;
        let step = run.current().and_then(|id| book.step(id)).ok_or("every step is done")?;
        Ok((run, book, step))
    }

    /// Does the current step: begins its command, or says that it is done.
    fn go(&mut self, who: &PersonId, now: At) -> Result<Command, String> {
        let host = self.plan.scenario.host.clone();
        let (run, book, step) = self.at()?;
        if let Some(busy) = run.running_step() {
            return Err(format!("step {busy} is running"));
        }
        if next::missing_approvals(step, run, who) > 0 {
            let (run, step) = (run.id.clone(), step.id.clone());
            let yes = ApprovalGiven { run, step, statement: String::new(), sig: String::new(), reason: String::new() };
            return Ok(Command::Run(vec![yes.into()]));
        }
        let started = next::begin(book, step, run, who.as_str(), &host);
        if !step.kind.runs_command() {
            let finished = next::answer(book, run, step, "")?;
            let mut events = vec![RunEvent::from(started), finished.clone().into()];
            events.extend(next::consequences(book, run, &finished));
            return Ok(Command::Run(events));
        }
        let scenario = &self.plan.scenario;
        let end = recorded_end(scenario, &self.plan.outputs, &book.id, &started, step, now);
        self.running.push((who.clone(), end));
        Ok(Command::Run(vec![started.into()]))
    }

    fn answer(&self, words: &str) -> Result<Command, String> {
        let (run, book, step) = self.at()?;
        let started = next::begin(book, step, run, run.by.as_str(), &self.plan.scenario.host);
        let finished = next::answer(book, run, step, words)?;
        let mut events = vec![RunEvent::from(started), finished.clone().into()];
        events.extend(next::consequences(book, run, &finished));
        Ok(Command::Run(events))
    }

    fn skip(&self, reason: &str) -> Result<Command, String> {
        let (run, _, step) = self.at()?;
        let skipped = StepSkipped {
            run: run.id.clone(),
            step: step.id.clone(),
            reason: reason.trim().to_owned(),
            rolls_back: false,
        };
        Ok(Command::Run(vec![skipped.into()]))
    }

    fn roll_back(&self, reason: &str) -> Result<Command, String> {
        let (run, _, step) = self.at()?;
        Ok(Command::Run(next::roll_back(run, step, reason)))
    }

    /// A recorded command has ended; what follows from its end is written with it.
    pub(super) fn step_ended(&mut self, who: &PersonId, end: &RecordedEnd, now: At) -> Result<(), EncodeError> {
        let Some(run) = self.ledger.incident().runs.get(&end.finished.run) else { return Ok(()) };
        let mut events = vec![RunEvent::from(end.finished.clone())];
        if let Some(book) = self.plan.runbooks.iter().find(|b| b.sha256 == run.pinned.sha256) {
            events.extend(next::consequences(book, run, &end.finished));
        }
        self.give(who, Command::Run(events), now).map(drop)
    }
}
