//! The output of a command on its way to the disk: all of it hashed, its beginning and its end kept, secrets out.
//! A flood costs its reader time, never memory or disk.

use std::collections::VecDeque;
use std::fs::File;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;

use sha2::Digest;
use sha2::Sha256;

use crate::domain::event::OutputRef;
use crate::runbook::expect::MAX_JUDGED_BYTES;
use crate::runtime::supervisor::files::OUTPUT;
use crate::runtime::supervisor::files::TAIL;
use crate::runtime::supervisor::redact::Redactor;
use crate::runtime::supervisor::redact::Secrets;

/// Bytes kept of the output's beginning; with the end it makes the 1 MiB that is kept of any amount.
pub const KEPT_HEAD: usize = 512 << 10;
/// Bytes kept of the output's end; what lies between is hashed, counted and left out, and the file says so.
pub const KEPT_TAIL: usize = 512 << 10;
/// While it runs, the end is written for the screen at most this often.
const TAIL_EVERY: Duration = Duration::from_millis(500);
/// And no more of it than this.
const TAIL_SHOWN: usize = 16 << 10;

/// Where a piece came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stream {
    /// Standard output: what is judged.
    Out,
    /// Standard error: kept and shown.
    Err,
}

/// The output of one step, of all its tries.
pub(super) struct Capture {
    tail_path: PathBuf,
    file: Option<File>,
    secrets: Secrets,
    out: Redactor,
    err: Redactor,
    hash: Sha256,
    bytes: u64,
    head: usize,
    tail: VecDeque<u8>,
    told: Instant,
    /// Standard output of this try, its beginning.
    judged: Vec<u8>,
}

impl Capture {
    /// Into `dir`; with `keep` off nothing is stored at all.
    pub(super) fn new(dir: &Path, secrets: Secrets, keep: bool) -> std::io::Result<Self> {
        let mut options = OpenOptions::new();
        options.create(true).truncate(true).write(true).mode(0o600);
        Ok(Self {
            tail_path: dir.join(TAIL),
            file: if keep { Some(options.open(dir.join(OUTPUT))?) } else { None },
            secrets,
            out: Redactor::default(),
            err: Redactor::default(),
            hash: Sha256::new(),
            bytes: 0,
            head: 0,
            tail: VecDeque::new(),
            told: Instant::now(),
            judged: Vec::new(),
        })
    }

    /// A new try of a `wait`: its standard output is judged by itself, a line in the output tells them apart.
    pub(super) fn begin_try(&mut self, number: u32) {
        self.settle();
        self.judged.clear();
        if number > 1 {
            self.store(format!("--- try {number} ---\n").as_bytes());
        }
    }

    /// What comes now is judged by itself, under a heading of its own in the output.
    pub(super) fn begin_part(&mut self, heading: &str) {
        self.settle();
        self.judged.clear();
        self.store(heading.as_bytes());
    }

    /// Takes a piece in.
    pub(super) fn take(&mut self, stream: Stream, piece: &[u8]) {
        let redactor = if stream == Stream::Out { &mut self.out } else { &mut self.err };
        let clean = redactor.take(&self.secrets, piece);
        self.pass(stream, &clean);
    }

    /// Lets out what was held back for a secret that did not come.
    fn settle(&mut self) {
        let out = self.out.finish(&self.secrets);
        self.pass(Stream::Out, &out);
        let err = self.err.finish(&self.secrets);
        self.pass(Stream::Err, &err);
    }

    fn pass(&mut self, stream: Stream, clean: &[u8]) {
        if stream == Stream::Out {
            let room = MAX_JUDGED_BYTES.saturating_sub(self.judged.len());
            self.judged.extend_from_slice(clean.get(..clean.len().min(room)).unwrap_or_default());
        }
        self.store(clean);
    }

    fn store(&mut self, clean: &[u8]) {
        self.hash.update(clean);
        self.bytes = self.bytes.saturating_add(u64::try_from(clean.len()).unwrap_or(u64::MAX));
        let (head, tail) = clean.split_at(clean.len().min(KEPT_HEAD - self.head));
        self.head += head.len();
        self.write(head);
        if tail.is_empty() {
            return;
        }
        let tail = tail.get(tail.len().saturating_sub(KEPT_TAIL)..).unwrap_or_default();
        let over = (self.tail.len() + tail.len()).saturating_sub(KEPT_TAIL);
        self.tail.drain(..over);
        self.tail.extend(tail);
        if self.file.is_some() && self.told.elapsed() >= TAIL_EVERY {
            self.told = Instant::now();
            let from = self.tail.len().saturating_sub(TAIL_SHOWN);
            let shown: Vec<u8> = self.tail.iter().skip(from).copied().collect();
            // Only for the screen: what is kept is written at the end.
            let _ = std::fs::write(&self.tail_path, shown);
        }
    }

    /// A full disk costs the output, never the step: what is not on the disk is not claimed to be kept.
    fn write(&mut self, bytes: &[u8]) {
        if self.file.as_mut().is_some_and(|f| f.write_all(bytes).is_err()) {
            self.file = None;
        }
    }

    /// Standard output of this try so far.
    pub(super) fn judged(&mut self) -> String {
        self.settle();
        String::from_utf8_lossy(&self.judged).into_owned()
    }

    /// Writes the end down; `None` where nothing is kept.
    pub(super) fn finish(mut self) -> Option<OutputRef> {
        self.settle();
        let all_kept = self.head + self.tail.len();
        let left_out = self.bytes.saturating_sub(u64::try_from(all_kept).unwrap_or(u64::MAX));
        let mut end = Vec::new();
        if left_out > 0 {
            end.extend_from_slice(format!("\n[… {left_out} bytes left out here …]\n").as_bytes());
        }
        end.extend(&self.tail);
        self.write(&end);
        let synced = self.file.as_ref().is_some_and(|f| f.sync_all().is_ok());
        let _ = std::fs::remove_file(&self.tail_path);
        let kept = u64::try_from(all_kept).unwrap_or(0);
        let sha256 = self.hash.finalize().iter().map(|b| format!("{b:02x}")).collect();
        (synced && self.bytes > 0).then_some(OutputRef { sha256, bytes: self.bytes, kept })
    }
}
