//! The console's side of a beginning: the attempt's folder, the spec in it, and a supervisor that has said it is there.

use std::collections::BTreeMap;
use std::fs::DirBuilder;
use std::fs::File;
use std::io;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use thiserror::Error;

use crate::runtime::supervisor::files::COMPLAINT;
use crate::runtime::supervisor::files::RESULT;
use crate::runtime::supervisor::files::SPEC;
use crate::runtime::supervisor::files::is_locked;
use crate::runtime::supervisor::files::step_dir;
use crate::runtime::supervisor::files::write_json;
use crate::runtime::supervisor::spec::StepSpec;

/// A supervisor that has not said it is there by then is given up; it will find itself voided.
const START_LIMIT: Duration = Duration::from_secs(10);
/// How often it is looked for.
const LOOK: Duration = Duration::from_millis(2);
/// Taken over into the supervisor's own environment (the command's is the spec's).
const INHERITED: [&str; 4] = ["PATH", "HOME", "LANG", "WARROOM_CLOCK"];

/// Why a step did not begin. In each of these cases nothing has run.
#[derive(Debug, Error)]
pub enum StartError {
    /// An attempt of this number exists.
    #[error("attempt {attempt} of step {step} was begun before ({}); look at its result, or retry as the next attempt", dir.display())]
    Begun {
        /// Which step.
        step: String,
        /// Which attempt.
        attempt: u32,
        /// Where.
        dir: PathBuf,
    },
    /// The folder, the spec or the process could not be made.
    #[error("cannot begin the step ({}): {why}; check the disk and the rights of the state folder", path.display())]
    Cannot {
        /// What could not be made.
        path: PathBuf,
        /// The system's reason.
        why: io::Error,
    },
    /// The supervisor did not come up.
    #[error("the step's supervisor did not come up: {why}; nothing has run")]
    Silent {
        /// What it said, or that it said nothing.
        why: String,
    },
}

/// The program to start as supervisor: this very one, also when its file was replaced meanwhile.
#[must_use]
pub fn own_program() -> PathBuf {
    let own = Path::new("/proc/self/exe");
    if own.exists() { own.to_path_buf() } else { std::env::current_exe().unwrap_or_else(|_| "warroom".into()) }
}

/// Starts a step under a supervisor of its own and returns its folder when the supervisor is there. Blocks for some
/// milliseconds, at most ten seconds: call it where blocking is allowed, and after `step.started` is on the disk.
///
/// # Errors
/// [`StartError`]; nothing has run then.
pub fn start(
    program: &Path,
    state_dir: &Path,
    spec: &StepSpec,
    secrets: &BTreeMap<String, String>,
) -> Result<PathBuf, StartError> {
    let dir = step_dir(state_dir, &spec.run, &spec.step, spec.attempt);
    let cannot = |path: &Path| {
        let path = path.to_path_buf();
        move |why| StartError::Cannot { path, why }
    };
    let parent = dir.parent().unwrap_or(state_dir);
    DirBuilder::new().recursive(true).mode(0o700).create(parent).map_err(cannot(parent))?;
    DirBuilder::new().mode(0o700).create(&dir).map_err(|why| match why.kind() {
        io::ErrorKind::AlreadyExists => {
            StartError::Begun { step: spec.step.to_string(), attempt: spec.attempt, dir: dir.clone() }
        }
        _ => StartError::Cannot { path: dir.clone(), why },
    })?;
    let spec_path = dir.join(SPEC);
    write_json(&spec_path, spec).map_err(cannot(&spec_path))?;
    let child = spawn(program, &dir, &spec_path, secrets).map_err(cannot(program))?;
    await_lock(child, &dir)?;
    Ok(dir)
}

fn spawn(program: &Path, dir: &Path, spec_path: &Path, secrets: &BTreeMap<String, String>) -> io::Result<Child> {
    let mut command = Command::new(program);
    command.arg0("warroom").arg("supervise").arg(spec_path).current_dir("/").env_clear();
    for name in INHERITED {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(File::create(dir.join(COMPLAINT))?);
    let mut child = command.spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        let text = if secrets.is_empty() { Vec::new() } else { serde_json::to_vec(secrets)? };
        // A supervisor that needs no secrets may be gone already; one that does will say so itself.
        let _ = stdin.write_all(&text);
    }
    Ok(child)
}

/// The supervisor is there when it holds the lock, or has already left a result.
fn await_lock(mut child: Child, dir: &Path) -> Result<(), StartError> {
    let begun = Instant::now();
    loop {
        if dir.join(RESULT).exists() || matches!(is_locked(dir), Ok(Some(true))) {
            // Somebody must collect it when it ends, or it stays a zombie as long as the console lives.
            let _ = std::thread::Builder::new().name("collect".to_owned()).spawn(move || child.wait());
            return Ok(());
        }
        if let Ok(Some(status)) = child.try_wait() {
            let said = std::fs::read_to_string(dir.join(COMPLAINT)).unwrap_or_default();
            let said = said.trim();
            let why = if said.is_empty() { format!("it said nothing ({status})") } else { said.to_owned() };
            return Err(StartError::Silent { why });
        }
        if begun.elapsed() > START_LIMIT {
            let _ = child.kill();
            return Err(StartError::Silent { why: "it said nothing for ten seconds".to_owned() });
        }
        std::thread::sleep(LOOK);
    }
}
