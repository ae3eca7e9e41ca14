//! The console's side of a running or finished step: what it has printed, its result, its end on request.

use std::fs::File;
use std::io;
use std::io::Read;
use std::io::Seek;
use std::io::SeekFrom;
use std::path::Path;

use crate::runtime::supervisor::files::CANCEL;
use crate::runtime::supervisor::files::OUTPUT;
use crate::runtime::supervisor::files::RESULT;
use crate::runtime::supervisor::files::TAIL;
use crate::runtime::supervisor::files::read_json;
use crate::runtime::supervisor::files::write_whole;
use crate::runtime::supervisor::spec::StepResult;

/// Bytes of the output's end that are read for the screen.
const SHOWN_BYTES: u64 = 16 << 10;

/// What a step has printed so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The end of it, as text; untrusted.
    pub tail: String,
    /// Whether there is more before it.
    pub cut: bool,
}

/// What a step has printed so far (nothing, when its output is not kept).
///
/// # Errors
/// When a file that is there cannot be read.
pub fn progress(dir: &Path) -> io::Result<Progress> {
    for (name, more) in [(TAIL, true), (OUTPUT, false)] {
        match end_of(&dir.join(name)) {
            Ok((tail, cut)) => return Ok(Progress { tail, cut: cut || more }),
            Err(why) if why.kind() == io::ErrorKind::NotFound => {}
            Err(why) => return Err(why),
        }
    }
    Ok(Progress::default())
}

fn end_of(path: &Path) -> io::Result<(String, bool)> {
    let mut file = File::open(path)?;
    let from = file.metadata()?.len().saturating_sub(SHOWN_BYTES);
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(SHOWN_BYTES).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    // A line that is cut at its beginning is left out.
    let whole = if from == 0 { &*text } else { text.split_once('\n').map_or("", |(_, rest)| rest) };
    Ok((whole.to_owned(), from > 0))
}

/// The result; `None` while there is none.
///
/// # Errors
/// When the result is there but cannot be read.
pub fn collect(dir: &Path) -> io::Result<Option<StepResult>> {
    read_json(&dir.join(RESULT))
}

/// Asks the supervisor to end the step; it does so within its grace time.
///
/// # Errors
/// When the wish cannot be written down.
pub fn cancel(dir: &Path) -> io::Result<()> {
    write_whole(&dir.join(CANCEL), b"")
}

/// Copies the kept output to `outputs_dir` under its hash, whole or not at all; does nothing where none was kept or
/// it is there already.
///
/// # Errors
/// When it cannot be read or written.
pub fn keep_output(dir: &Path, outputs_dir: &Path, result: &StepResult) -> io::Result<()> {
    let Some(output) = &result.finished.output else { return Ok(()) };
    if output.sha256.len() != 64 || !output.sha256.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(io::Error::other("the result names no SHA-256"));
    }
    let to = outputs_dir.join(&output.sha256);
    if to.exists() {
        return Ok(());
    }
    std::fs::create_dir_all(outputs_dir)?;
    write_whole(&to, &std::fs::read(dir.join(OUTPUT))?)
}

/// Removes an attempt's output, once its end is in the log and the output kept with the incident. The few small files
/// that are left keep the attempt from being begun again.
///
/// # Errors
/// When it cannot be removed.
pub fn forget_output(dir: &Path) -> io::Result<()> {
    match std::fs::remove_file(dir.join(OUTPUT)) {
        Err(why) if why.kind() != io::ErrorKind::NotFound => Err(why),
        _ => Ok(()),
    }
}
