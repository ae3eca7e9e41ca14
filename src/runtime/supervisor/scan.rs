//! What a console finds when it comes back: which attempts run, which ended meanwhile, which were lost.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::path::PathBuf;

use crate::domain::event::StepFinished;
use crate::domain::event::StepOutcome;
use crate::domain::event::StepStarted;
use crate::domain::id::RunId;
use crate::domain::id::StepId;
use crate::domain::time::At;
use crate::runtime::supervisor::files::PID;
use crate::runtime::supervisor::files::PidFile;
use crate::runtime::supervisor::files::RESULT;
use crate::runtime::supervisor::files::SPEC;
use crate::runtime::supervisor::files::is_locked;
use crate::runtime::supervisor::files::lock;
use crate::runtime::supervisor::files::read_json;
use crate::runtime::supervisor::files::run_dir;
use crate::runtime::supervisor::files::step_dir;
use crate::runtime::supervisor::files::write_json;
use crate::runtime::supervisor::process::start_of;
use crate::runtime::supervisor::spec::StepResult;
use crate::runtime::supervisor::spec::StepSpec;

/// How an attempt stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// Its supervisor is alive.
    Running {
        /// The supervisor.
        pid: u32,
    },
    /// It has ended.
    Finished(Box<StepResult>),
    /// Told to begin, but no supervisor has come (yet): nothing has run. See [`void`].
    NotBegun,
    /// Its supervisor was killed, or the power was cut.
    Lost {
        /// The command itself, where it still runs without anybody to end it.
        orphan: Option<u32>,
    },
}

/// One attempt on the disk.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The step.
    pub step: StepId,
    /// From 1.
    pub attempt: u32,
    /// Its folder.
    pub dir: PathBuf,
    /// How it stands.
    pub standing: Standing,
}

/// Every attempt of a run that is on this host's disk, by step and attempt.
///
/// # Errors
/// When the folder is there but cannot be listed. A single attempt that cannot be read is left out: the log still
/// shows it as begun.
pub fn scan(state_dir: &Path, run: &RunId) -> io::Result<Vec<Found>> {
    let entries = match std::fs::read_dir(run_dir(state_dir, run)) {
        Ok(entries) => entries,
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(why) => return Err(why),
    };
    let mut found = Vec::new();
    for entry in entries {
        let dir = entry?.path();
        let spec = read_json::<StepSpec>(&dir.join(SPEC)).ok().flatten();
        if let (Some(spec), Ok(standing)) = (spec, standing(&dir)) {
            found.push(Found { step: spec.step, attempt: spec.attempt, dir, standing });
        }
    }
    found.sort_by(|a, b| (&a.step, a.attempt).cmp(&(&b.step, b.attempt)));
    Ok(found)
}

/// How one attempt stands.
///
/// # Errors
/// When its files cannot be read.
pub fn standing(dir: &Path) -> io::Result<Standing> {
    let ended = || read_json::<StepResult>(&dir.join(RESULT));
    if let Some(result) = ended()? {
        return Ok(Standing::Finished(Box::new(result)));
    }
    let locked = is_locked(dir)?;
    // It may have ended between the two looks.
    if let Some(result) = ended()? {
        return Ok(Standing::Finished(Box::new(result)));
    }
    let pid = read_json::<PidFile>(&dir.join(PID)).ok().flatten();
    Ok(match (locked, pid) {
        (Some(true), pid) => Standing::Running { pid: pid.map_or(0, |p| p.pid) },
        (None, _) | (Some(false), None) => Standing::NotBegun,
        (Some(false), Some(pid)) => {
            let same = pid.child != 0 && start_of(pid.child) == Some(pid.child_start);
            Standing::Lost { orphan: same.then_some(pid.child) }
        }
    })
}

/// Gives an attempt up that is [`Standing::NotBegun`] or [`Standing::Lost`], and returns the end to append. A
/// supervisor that should still come finds itself too late and runs nothing; where one has come meanwhile, `None`.
/// Without a folder (the console died before it could make one) it is made, for the same reason.
///
/// # Errors
/// When the end cannot be written down.
pub fn void(state_dir: &Path, started: &StepStarted, now: At) -> io::Result<Option<StepResult>> {
    let dir = step_dir(state_dir, &started.run, &started.step, started.attempt);
    DirBuilder::new().recursive(true).mode(0o700).create(&dir)?;
    if matches!(standing(&dir)?, Standing::Running { .. }) {
        return Ok(None);
    }
    let _held = lock(&dir)?;
    let actual = match standing_when_held(&dir)? {
        Standing::Finished(result) => return Ok(Some(*result)),
        Standing::NotBegun => "its supervisor never came: nothing has run".to_owned(),
        Standing::Lost { orphan: Some(pid) } => {
            format!("its supervisor is gone; the command still runs as process {pid}")
        }
        Standing::Lost { orphan: None } | Standing::Running { .. } => {
            "its supervisor is gone: what it had done by then is not known".to_owned()
        }
    };
    let finished = StepFinished {
        run: started.run.clone(),
        step: started.step.clone(),
        attempt: started.attempt,
        outcome: StepOutcome::Lost,
        exit: None,
        expected: "an end".to_owned(),
        actual,
        took_ms: 0,
        output: None,
    };
    let result = StepResult { finished, started: now, ended: now, signal: None, tries: 0, left_running: 0 };
    write_json(&dir.join(RESULT), &result)?;
    Ok(Some(result))
}

/// The same look while this process itself holds the lock.
fn standing_when_held(dir: &Path) -> io::Result<Standing> {
    if let Some(result) = read_json::<StepResult>(&dir.join(RESULT))? {
        return Ok(Standing::Finished(Box::new(result)));
    }
    Ok(match read_json::<PidFile>(&dir.join(PID)).ok().flatten() {
        None => Standing::NotBegun,
        Some(pid) => {
            let same = pid.child != 0 && start_of(pid.child) == Some(pid.child_start);
            Standing::Lost { orphan: same.then_some(pid.child) }
        }
    })
}
