//! What a supervisor is told and what it leaves behind, as JSON: the whole agreement between console and supervisor.
//! Secrets are never part of either.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use serde::Serialize;

use crate::domain::event::StepFinished;
use crate::domain::event::StepKind;
use crate::domain::id::IncidentId;
use crate::domain::id::RunId;
use crate::domain::id::StepId;
use crate::domain::time::At;
use crate::runbook::model::Keep;
use crate::runbook::model::Step;

/// Taken when the console's own `PATH` has no absolute folder.
const PLAIN_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The world a step runs in; all of it is shown before it runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Surroundings {
    /// `WARROOM_HOME` for the command.
    pub warroom_home: PathBuf,
    /// `WARROOM_INCIDENT` for the command.
    pub incident: IncidentId,
    /// The working folder.
    pub cwd: PathBuf,
    /// `HOME` for the command.
    pub home: PathBuf,
    /// `PATH` for the command.
    pub path: String,
    /// Where the agent of the person's keys listens, for ssh alone; never part of a command's environment.
    #[serde(default)]
    pub agent: Option<String>,
}

impl Surroundings {
    /// With the absolute folders of `path`, so that nothing in a working folder passes for a tool.
    #[must_use]
    pub fn new(warroom_home: PathBuf, incident: IncidentId, cwd: PathBuf, home: PathBuf, path: &str) -> Self {
        let absolute: Vec<&str> = path.split(':').filter(|p| p.starts_with('/')).collect();
        let path = if absolute.is_empty() { PLAIN_PATH.to_owned() } else { absolute.join(":") };
        Self { warroom_home, incident, cwd, home, path, agent: None }
    }
}

/// A check that must pass before the step's own command begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuardSpec {
    /// Which check.
    pub step: StepId,
    /// Its shell text.
    pub command: String,
    /// What must come out, as runbooks write it.
    pub expect: String,
    /// Ends it, milliseconds.
    pub timeout_ms: u64,
    /// The host that it reaches over ssh, as the runbook names it.
    #[serde(default)]
    pub host: Option<String>,
}

/// What a supervisor is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepSpec {
    /// The run.
    pub run: RunId,
    /// The step.
    pub step: StepId,
    /// From 1.
    pub attempt: u32,
    /// `check`, `run` or `wait`.
    pub kind: StepKind,
    /// The shell text.
    pub command: String,
    /// What must come out, as runbooks write it.
    pub expect: String,
    /// Ends one attempt, milliseconds.
    pub timeout_ms: u64,
    /// `wait`: ends the waiting, milliseconds.
    pub deadline_ms: u64,
    /// `wait`: the pause between tries, milliseconds.
    pub every_ms: u64,
    /// Whether the output may be stored and quoted.
    pub keep: bool,
    /// Parameters that are no secrets.
    pub params: BTreeMap<String, String>,
    /// Names of the secret ones; their values come over standard input.
    pub secrets: Vec<String>,
    /// The world it runs in.
    pub around: Surroundings,
    /// The host that the command reaches over ssh, as the runbook names it.
    #[serde(default)]
    pub host: Option<String>,
    /// Run first, in this order; the command begins only when all have passed.
    #[serde(default)]
    pub guards: Vec<GuardSpec>,
}

impl StepSpec {
    /// For one attempt of a step; values of those parameters that `secrets` names are left out.
    #[must_use]
    pub fn new(
        step: &Step,
        (run, attempt): (&RunId, u32),
        values: &BTreeMap<String, String>,
        secrets: &[String],
        around: Surroundings,
    ) -> Self {
        let open = values.iter().filter(|(n, _)| !secrets.contains(n));
        let params = open.map(|(n, v)| (n.clone(), v.clone())).collect();
        let secrets = secrets.to_vec();
        let ms = |span: crate::domain::time::Span| u64::try_from(span.millis()).unwrap_or(0);
        let guards = step.guards.iter().map(|g| GuardSpec {
            step: g.id.clone(),
            command: g.command.clone(),
            expect: g.expect.to_string(),
            timeout_ms: ms(g.timeout),
            host: g.host.clone(),
        });
        Self {
            run: run.clone(),
            step: step.id.clone(),
            attempt,
            kind: step.kind,
            command: step.command.clone(),
            expect: step.expectation().to_string(),
            timeout_ms: ms(step.timeout),
            deadline_ms: ms(step.deadline),
            every_ms: ms(step.every),
            keep: step.keep == Keep::Always,
            params,
            secrets,
            around,
            host: step.host.clone(),
            guards: guards.collect(),
        }
    }

    /// The command's whole environment but for the secrets, in order of names.
    #[must_use]
    pub fn environment(&self) -> BTreeMap<String, String> {
        let around = &self.around;
        let mut env = self.params.clone();
        for (name, value) in [
            ("PATH", around.path.clone()),
            ("HOME", around.home.display().to_string()),
            ("LANG", "C.UTF-8".to_owned()),
            ("TERM", "dumb".to_owned()),
            ("WARROOM_HOME", around.warroom_home.display().to_string()),
            ("WARROOM_INCIDENT", around.incident.to_string()),
        ] {
            env.insert(name.to_owned(), value);
        }
        env
    }
}

/// What a supervisor leaves behind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepResult {
    /// The entry for the log, ready to append.
    pub finished: StepFinished,
    /// When the command began.
    pub started: At,
    /// When it was over; `happened` of the entry, where a console collects it later.
    pub ended: At,
    /// The signal that ended it, where one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<i32>,
    /// How often a `wait` tried.
    pub tries: u32,
    /// Processes that the command started and left running (a `run` step may).
    pub left_running: u32,
}
