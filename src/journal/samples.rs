//! Recorded signal samples: one JSON line each, appended, rotated, read back for charts. Samples are measurements, not facts:
//! floats are allowed, nothing is chained, and a line that cannot be read is left out and counted.
//! Must not know of rings and verdicts.

use std::fs::{self, File};
use std::io::{self, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::domain::id::{NodeId, WriterId};
use crate::domain::observation::Sample;
use crate::domain::signal::SignalId;
use crate::domain::time::At;
use crate::journal::limits::LINE_MAX;
use crate::journal::scan::{Raw, next_line};

/// A sample file is put aside at this size (about 150,000 samples, a day and a half of ten signals a second apart).
pub const SAMPLES_FILE_MAX: u64 = 16 * 1024 * 1024;

/// How many files that were put aside are kept beside the current one; the oldest is removed.
pub const SAMPLES_KEPT: u32 = 8;

/// Most samples read at once; beyond it the oldest are left out.
pub const SAMPLES_READ_MAX: usize = 2_000_000;

#[derive(Serialize, Deserialize)]
struct Line<'a> {
    at: At,
    node: NodeId,
    signal: &'a str,
    value: f64,
}

/// One writer's sample file, open for appending. One process per host records, so there is one writer a file.
pub struct SampleFile {
    path: PathBuf,
    file: File,
    bytes: u64,
    most: u64,
}

impl SampleFile {
    /// Opens or makes `samples/<writer>.jsonl` in a folder (an incident's, or the flight recorder's).
    ///
    /// # Errors
    /// When the disk does not allow it.
    pub fn open(dir: &Path, writer: &WriterId) -> io::Result<Self> {
        Self::open_rotating_at(dir, writer, SAMPLES_FILE_MAX)
    }

    /// [`Self::open`], put aside at `most` bytes.
    ///
    /// # Errors
    /// When the disk does not allow it.
    pub fn open_rotating_at(dir: &Path, writer: &WriterId, most: u64) -> io::Result<Self> {
        let folder = dir.join("samples");
        fs::create_dir_all(&folder)?;
        let path = folder.join(format!("{writer}.jsonl"));
        let mut file = append_to(&path)?;
        let mut bytes = file.metadata()?.len();
        if bytes > 0 && !ends_in_newline(&mut file)? {
            // What a crash cut off stays an unreadable line of its own.
            file.write_all(b"\n")?;
            bytes += 1;
        }
        Ok(Self { path, file, bytes, most })
    }

    /// Appends samples in one write. Values that are no numbers are left out.
    ///
    /// # Errors
    /// When the disk does not take them; some may have been written.
    pub fn append(&mut self, samples: &[Sample]) -> io::Result<()> {
        let mut text = Vec::with_capacity(samples.len() * 112);
        for sample in samples.iter().filter(|s| s.value.is_finite()) {
            let line =
                Line { at: sample.at, node: sample.node.clone(), signal: sample.signal.name(), value: sample.value };
            serde_json::to_writer(&mut text, &line)?;
            text.push(b'\n');
        }
        if self.bytes > 0 && self.bytes + text.len() as u64 > self.most {
            self.rotate()?;
        }
        self.file.write_all(&text)?;
        self.bytes += text.len() as u64;
        Ok(())
    }

    /// Makes what was appended survive a power cut.
    ///
    /// # Errors
    /// When it may not.
    pub fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn rotate(&mut self) -> io::Result<()> {
        let aside = |n: u32| self.path.with_extension(format!("jsonl.{n}"));
        for n in (1..SAMPLES_KEPT).rev() {
            match fs::rename(aside(n), aside(n + 1)) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
                _ => {}
            }
        }
        fs::rename(&self.path, aside(1))?;
        self.file = append_to(&self.path)?;
        self.bytes = 0;
        Ok(())
    }
}

fn append_to(path: &Path) -> io::Result<File> {
    fs::OpenOptions::new().create(true).read(true).append(true).open(path)
}

fn ends_in_newline(file: &mut File) -> io::Result<bool> {
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

/// Samples read back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Samples {
    /// In order of time.
    pub samples: Vec<Sample>,
    /// Lines that could not be read (cut off by a crash, of an unknown signal), and samples over the limit.
    pub left_out: usize,
}

/// Reads all writers' samples of a folder between two times (both included), in order of time, node and signal.
///
/// # Errors
/// When a file cannot be read. A folder without samples gives none.
pub fn read_samples(dir: &Path, from: At, to: At) -> io::Result<Samples> {
    let mut all = Samples::default();
    let found = match fs::read_dir(dir.join("samples")) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(all),
        found => found?,
    };
    let mut paths = Vec::new();
    for file in found {
        let file = file?;
        if file.file_name().to_str().is_some_and(|name| name.contains(".jsonl")) {
            paths.push(file.path());
        }
    }
    paths.sort_unstable();
    for path in paths {
        read_file(&path, (from, to), &mut all)?;
    }
    all.samples.sort_by(|a, b| (a.at, &a.node, a.signal).cmp(&(b.at, &b.node, b.signal)));
    // A declaration pours what the flight recorder also wrote: the same measurement counts once.
    all.samples.dedup_by(|a, b| (a.at, &a.node, a.signal) == (b.at, &b.node, b.signal));
    let over = all.samples.len().saturating_sub(SAMPLES_READ_MAX);
    all.samples.drain(..over);
    all.left_out += over;
    Ok(all)
}

fn read_file(path: &Path, (from, to): (At, At), all: &mut Samples) -> io::Result<()> {
    let mut lines = BufReader::with_capacity(LINE_MAX, File::open(path)?);
    let mut buffer = Vec::new();
    loop {
        let line = match next_line(&mut lines, &mut buffer)? {
            Raw::End => return Ok(()),
            Raw::TooLong(_) => None,
            Raw::Line => serde_json::from_slice::<Line<'_>>(&buffer).ok(),
        };
        let sample = line.and_then(|line| {
            let signal = SignalId::find(line.signal)?;
            Some(Sample { at: line.at, node: line.node, signal, value: line.value })
        });
        match sample {
            None => all.left_out += 1,
            // The final cut keeps the newest; this one keeps memory bounded while reading.
            Some(sample) if (from..=to).contains(&sample.at) && all.samples.len() < 2 * SAMPLES_READ_MAX => {
                all.samples.push(sample);
            }
            Some(_) => {}
        }
    }
}
