//! What the console and `runbook run` share about steps: the world a step runs in, and waiting for its end.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};

use crate::domain::event::{Event, RunEvent, StepFinished, StepStarted};
use crate::domain::id::IncidentId;
use crate::journal;
use crate::runbook::model::Step;
use crate::runtime::paths::Paths;
use crate::runtime::supervisor::{StepSpec, Surroundings};

/// What a supervisor is told about a step of the incident in `folder`.
#[must_use]
pub fn spec_of(
    paths: &Paths,
    folder: &Path,
    started: &StepStarted,
    step: &Step,
    values: &BTreeMap<String, String>,
    secrets: &BTreeMap<String, String>,
) -> StepSpec {
    let id = folder.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let home = std::env::var_os("HOME").map_or_else(|| PathBuf::from("/"), PathBuf::from);
    let path = std::env::var("PATH").unwrap_or_default();
    let around = Surroundings::new(paths.data_dir.clone(), IncidentId::from(id), home.clone(), home, &path);
    let names: Vec<String> = secrets.keys().cloned().collect();
    StepSpec::new(step, (&started.run, started.attempt), values, &names, around)
}

/// Whether the log has this end already: another console may have told it.
#[must_use]
pub fn is_told(folder: &Path, finished: &StepFinished) -> bool {
    journal::load(folder).entries.iter().any(|e| match &e.event {
        Event::Run(RunEvent::StepFinished(f)) => {
            f.run == finished.run && f.step == finished.step && f.attempt == finished.attempt
        }
        _ => false,
    })
}

/// Whether this process is the one to tell a step's end: the first of this host to claim it.
#[must_use]
pub fn claim_end(step_dir: &Path) -> bool {
    OpenOptions::new().create_new(true).write(true).open(step_dir.join("told")).is_ok()
}
