//! What was judged, kept in `state/judgement` for the next process: so that a restart in an outage neither clears what fails
//! nor learns the outage as normal. Disposable: without the file, or without a disk that takes it, all is judged anew.
//! Must not know what judgement means.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::domain::time::At;
use crate::domain::verdict::JudgeMemory;
use crate::runtime::disposable::write_whole;

/// What the file begins with.
const HEADING: &str = "warroom judgement 1\n";

/// A larger file is not read, and none is written: a megabyte holds 300 nodes with all that they fail by.
const BYTES_MAX: u64 = 1024 * 1024;

/// The file of one home.
#[derive(Clone, Debug)]
pub struct JudgementFile {
    file: PathBuf,
    busy: Arc<AtomicBool>,
}

impl JudgementFile {
    /// The one in this folder.
    #[must_use]
    pub fn of(state_dir: &Path) -> Self {
        Self { file: state_dir.join("judgement"), busy: Arc::default() }
    }

    /// What an earlier process kept; `None` where it is missing, damaged, of another version, or too old to say anything.
    #[must_use]
    pub fn load(&self, now: At) -> Option<JudgeMemory> {
        let mut text = String::new();
        fs::File::open(&self.file).ok()?.take(BYTES_MAX + 1).read_to_string(&mut text).ok()?;
        let memory: JudgeMemory = serde_json::from_str(text.strip_prefix(HEADING)?).ok()?;
        memory.holds(now).then_some(memory)
    }

    /// Keeps it, on a thread of its own, so that a slow disk delays nobody; while one is being written, others are dropped,
    /// for the next comes soon. Inside a tokio runtime.
    pub fn keep(&self, memory: JudgeMemory) {
        if self.busy.swap(true, Ordering::AcqRel) {
            return;
        }
        let this = self.clone();
        tokio::task::spawn_blocking(move || {
            // What cannot be kept costs the next process its memory, and nothing else.
            drop(this.write(&memory));
            this.busy.store(false, Ordering::Release);
        });
    }

    /// Writes it here and now.
    ///
    /// # Errors
    /// When the disk does not take it. A memory over the limit is not written, and is no error.
    pub fn write(&self, memory: &JudgeMemory) -> std::io::Result<()> {
        let text = format!("{HEADING}{}", serde_json::to_string(memory)?);
        if text.len() as u64 > BYTES_MAX {
            return Ok(());
        }
        write_whole(&self.file, text.as_bytes())
    }
}
