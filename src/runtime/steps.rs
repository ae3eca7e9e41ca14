//! What the console and `runbook run` share about steps: the world a step runs in, and waiting for its end.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::domain::event::{Event, RunEvent, StepFinished, StepStarted};
use crate::domain::id::IncidentId;
use crate::domain::time::Clock;
use crate::journal;
use crate::runbook::model::Step;
use crate::runtime::paths::Paths;
use crate::runtime::supervisor::{self, Standing, StepResult, StepSpec, Surroundings, step_dir};

/// A start in the log whose supervisor has not come by then never will.
pub const PATIENCE: Duration = Duration::from_secs(15);
/// How often a step is looked at that somebody waits for.
const LOOK: Duration = Duration::from_millis(50);

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
    let around = surroundings(paths, IncidentId::from(id));
    let names: Vec<String> = secrets.keys().cloned().collect();
    StepSpec::new(step, (&started.run, started.attempt), values, &names, around)
}

/// The world that steps of an incident run in on this host.
#[must_use]
pub fn surroundings(paths: &Paths, incident: IncidentId) -> Surroundings {
    let home = std::env::var_os("HOME").map_or_else(|| PathBuf::from("/"), PathBuf::from);
    let path = std::env::var("PATH").unwrap_or_default();
    let mut around = Surroundings::new(paths.data_dir.clone(), incident, home.clone(), home, &path);
    around.agent = std::env::var("SSH_AUTH_SOCK").ok();
    // Guards are verbs of this program; one that the person's own PATH has comes first.
    if let Some(own) = std::env::current_exe().ok().and_then(|p| p.parent().map(Path::to_path_buf)) {
        around.path = format!("{}:{}", around.path, own.display());
    }
    around
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

/// Waits until a step that was begun on this host has ended, whoever began it; what cannot end any more is given up.
///
/// # Errors
/// When its files cannot be read or written.
pub fn wait_for_end(state_dir: &Path, started: &StepStarted, clock: &dyn Clock) -> io::Result<StepResult> {
    let dir = step_dir(state_dir, &started.run, &started.step, started.attempt);
    let begun = Instant::now();
    loop {
        match supervisor::standing(&dir)? {
            Standing::Finished(result) => return Ok(*result),
            Standing::Running { .. } => {}
            // A console may be about to start it.
            Standing::NotBegun if begun.elapsed() < PATIENCE => {}
            Standing::NotBegun | Standing::Lost { .. } => {
                if let Some(result) = supervisor::void(state_dir, started, clock.now())? {
                    return Ok(result);
                }
            }
        }
        std::thread::sleep(LOOK);
    }
}
