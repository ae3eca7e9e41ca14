//! The files of one attempt: names, whole-or-nothing writing, and the lock that proves a supervisor alive.
//! The lock, not the process number, is the proof: numbers are used again, a lock dies with its holder.

use std::fs::File;
use std::fs::OpenOptions;
use std::fs::TryLockError;
use std::io;
use std::io::Read;
use std::io::Seek;
use std::io::SeekFrom;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::path::PathBuf;

use serde::Deserialize;
use serde::Serialize;

use crate::domain::id::RunId;
use crate::domain::id::StepId;

/// What is to be done.
pub(super) const SPEC: &str = "spec.json";
/// Who does it; locked while it is being done.
pub(super) const PID: &str = "pid";
/// How it ended; written last, whole or not at all.
pub(super) const RESULT: &str = "result.json";
/// The output's beginning while it runs; all that is kept when it is over.
pub(super) const OUTPUT: &str = "output";
/// The output's end while it runs, once it is larger than its beginning may be.
pub(super) const TAIL: &str = "tail";
/// There when somebody wants it to end.
pub(super) const CANCEL: &str = "cancel";
/// What a supervisor says when it cannot begin.
pub(super) const COMPLAINT: &str = "complaint";

/// A file of ours larger than this is not ours: it is refused.
const MAX_JSON_BYTES: u64 = 512 << 10;

/// The supervisor and its command, each with its start time: a number alone may mean another process by now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PidFile {
    /// The supervisor.
    pub pid: u32,
    /// Its start, clock ticks since boot.
    pub start: u64,
    /// The command's shell, 0 before it runs.
    pub child: u32,
    /// Its start, clock ticks since boot.
    pub child_start: u64,
}

/// Where an attempt lives: `steps/<run>/<step>-<attempt>` under the state folder.
#[must_use]
pub fn step_dir(state_dir: &Path, run: &RunId, step: &StepId, attempt: u32) -> PathBuf {
    run_dir(state_dir, run).join(format!("{}-{attempt}", safe(step.as_str())))
}

pub(super) fn run_dir(state_dir: &Path, run: &RunId) -> PathBuf {
    state_dir.join("steps").join(safe(run.as_str()))
}

/// Ids may come from another writer's log: whatever could lead out of the folder is percent-encoded.
fn safe(id: &str) -> String {
    let mut name = String::new();
    for b in id.bytes() {
        if b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'@') {
            name.push(char::from(b));
        } else {
            name.push_str(&format!("%{b:02x}"));
        }
    }
    name
}

/// Writes a file that is there as a whole or not at all, and stays after a power cut.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = path.with_extension("new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&temporary, path)?;
    path.parent().map_or(Ok(()), |dir| File::open(dir)?.sync_all())
}

pub(super) fn write_json<T: Serialize>(path: &Path, value: &T) -> io::Result<()> {
    write_whole(path, &serde_json::to_vec(value)?)
}

/// `None` when the file is not there.
pub(super) fn read_json<T: for<'de> Deserialize<'de>>(path: &Path) -> io::Result<Option<T>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(why) => return Err(why),
    };
    let mut text = String::new();
    file.take(MAX_JSON_BYTES).read_to_string(&mut text)?;
    Ok(Some(serde_json::from_str(&text)?))
}

/// Opens the pid file and locks it for this process; waits for whoever looks at it at the moment.
pub(super) fn lock(dir: &Path) -> io::Result<File> {
    let file =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(dir.join(PID))?;
    file.lock()?;
    Ok(file)
}

/// Whether somebody holds the lock; `None` when there is no pid file.
pub(super) fn is_locked(dir: &Path) -> io::Result<Option<bool>> {
    let file = match File::open(dir.join(PID)) {
        Ok(file) => file,
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(why) => return Err(why),
    };
    match file.try_lock_shared() {
        Ok(()) => Ok(Some(false)),
        Err(TryLockError::WouldBlock) => Ok(Some(true)),
        Err(TryLockError::Error(why)) => Err(why),
    }
}

/// Writes who does it into the locked file, in place: a rename would leave the lock behind.
pub(super) fn write_pid(file: &mut File, pid: &PidFile) -> io::Result<()> {
    let text = serde_json::to_vec(pid)?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&text)?;
    file.set_len(u64::try_from(text.len()).unwrap_or(0))
}
