//! A console without a screen: follows a runbook through the real supervisor, the real shell and the real fold.
#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail there")]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use warroom::domain::event::{RunEvent, StepFinished};
use warroom::domain::id::{PersonId, RunId};
use warroom::domain::run::Run;
use warroom::domain::time::At;
use warroom::runbook::model::{Runbook, Step};
use warroom::runbook::{next, params};
use warroom::runtime::supervisor::{StepSpec, Surroundings, collect, start};

/// No step of these tests may take longer.
const LIMIT: Duration = Duration::from_secs(60);

/// A run being followed.
pub struct Runner<'a> {
    pub book: &'a Runbook,
    pub run: Run,
    who: PersonId,
    home: TempDir,
    now: i64,
    /// Folders that stand before the rest of PATH, each with a colon behind it.
    pub tools: String,
}

impl<'a> Runner<'a> {
    /// Begins a run with these parameters.
    pub fn new(book: &'a Runbook, given: &[(&str, &str)]) -> Self {
        let given = given.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let bound = params::bind(&book.params, &given, &book.set_later()).unwrap();
        let who = PersonId::new("alice");
        let started = book.started(RunId::new("r-1"), bound, "bastion");
        let run = Run::begin(&started, At::from_secs(0), &who);
        Self { book, run, who, home: TempDir::new().unwrap(), now: 0, tools: String::new() }
    }

    /// The step that people are at.
    pub fn step(&self) -> Option<&'a Step> {
        self.run.current().and_then(|id| self.book.step(id))
    }

    fn take(&mut self, event: &RunEvent) {
        self.now += 1;
        self.run.apply(event, At::from_secs(self.now), &self.who).unwrap();
    }

    fn settle(&mut self, end: &StepFinished) {
        self.take(&end.clone().into());
        for event in next::consequences(self.book, &self.run, end) {
            self.take(&event);
        }
    }

    /// Answers or confirms the current step.
    pub fn answer(&mut self, words: &str) {
        let end = next::answer(self.book, &self.run, self.step().unwrap(), words).unwrap();
        self.settle(&end);
    }

    /// Runs the current step's command, with another text where the test brings its own; returns its end.
    pub fn go(&mut self, instead: Option<&str>) -> StepFinished {
        let step = self.step().unwrap();
        let begun = next::begin(self.book, step, &self.run, "alice", "bastion");
        self.take(&begun.clone().into());
        let home = self.home.path().to_path_buf();
        let path = format!("{}{}", self.tools, std::env::var("PATH").unwrap());
        let around = Surroundings::new(home.clone(), "2026-11-21-x".into(), home.clone(), home.clone(), &path);
        let values = next::values(self.book, &self.run);
        let mut spec = StepSpec::new(step, (&self.run.id, begun.attempt), &values, &self.book.secrets(), around);
        spec.every_ms = spec.every_ms.min(50);
        if let Some(text) = instead {
            text.clone_into(&mut spec.command);
        }
        let dir = start(Path::new(env!("CARGO_BIN_EXE_warroom")), &home, &spec, &BTreeMap::new()).unwrap();
        let begun = Instant::now();
        let result = loop {
            if let Some(result) = collect(&dir).unwrap() {
                break result;
            }
            assert!(begun.elapsed() < LIMIT, "step {} does not end", step.id);
            std::thread::yield_now();
        };
        self.settle(&result.finished);
        result.finished
    }
}
