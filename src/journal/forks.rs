//! Forks of chains: two different lines at one place. The other lines are kept beside the log, named loudly, never merged.
//! Must not judge which of them is the true one: people do.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::domain::id::WriterId;
use crate::journal::chain::Hash;
use crate::journal::fault::Fault;
use crate::journal::name;
use crate::journal::scan::{Raw, next_line};

/// Most fork files of one incident. A folder with so many is under attack or beyond repair: more are told and not kept.
pub const FORKS_MAX: usize = 64;

/// The folder of an incident that keeps them.
const FOLDER: &str = "forks";

/// Where a fork of `writer` that begins with the line of this hash is kept.
fn file(dir: &Path, writer: &WriterId, first: Hash) -> PathBuf {
    let hash = first.to_string();
    dir.join(FOLDER).join(format!("{writer}.{}.{}", hash.get(..12).unwrap_or(&hash), name::ENDING))
}

/// Keeps the lines of the other branch, from the first one that differs on. The same fork is kept once, in its longest form.
///
/// # Errors
/// When the disk does not take it, or there are [`FORKS_MAX`] already.
pub fn keep_fork(dir: &Path, writer: &WriterId, lines: &[Vec<u8>]) -> io::Result<PathBuf> {
    let Some(first) = lines.first() else { return Err(io::ErrorKind::InvalidInput.into()) };
    let path = file(dir, writer, Hash::of(first));
    let bytes = lines.concat();
    let here = fs::metadata(&path).map(|m| m.len()).ok();
    if here.is_some_and(|size| size >= bytes.len() as u64) {
        return Ok(path);
    }
    let folder = dir.join(FOLDER);
    fs::create_dir_all(&folder)?;
    if here.is_none() && fs::read_dir(&folder)?.count() >= FORKS_MAX {
        return Err(io::Error::other(format!("{} holds {FORKS_MAX} forks already", folder.display())));
    }
    write_new(&path, &bytes)?;
    Ok(path)
}

/// Writes a file so that it is there whole or not at all, also after a power cut; one that is there is replaced.
///
/// # Errors
/// When the disk does not take it.
pub fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let partial = folder.join(format!(".{name}.{}", std::process::id()));
    let write = || -> io::Result<()> {
        fs::create_dir_all(folder)?;
        let mut file = File::create(&partial)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&partial, path)?;
        File::open(folder)?.sync_all()
    };
    write().inspect_err(|_| {
        // What was half written is of no use to anybody; that removing it may fail too changes nothing.
        let _ = fs::remove_file(&partial);
    })
}

/// The forks that are kept in an incident's folder, each with what to do about it.
#[must_use]
pub fn forks(dir: &Path) -> Vec<Fault> {
    let Ok(found) = fs::read_dir(dir.join(FOLDER)) else { return Vec::new() };
    let mut files: Vec<_> = found.flatten().map(|f| f.path()).filter(|p| name::of_file(p).is_some()).collect();
    files.sort();
    files.truncate(FORKS_MAX);
    files.into_iter().map(told).collect()
}

fn told(file: PathBuf) -> Fault {
    let stem = file.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let writer = stem.rsplit_once('.').map_or(stem.as_str(), |(writer, _)| writer);
    let mut first = Vec::new();
    let read = File::open(&file).and_then(|f| next_line(&mut io::BufReader::new(f), &mut first));
    let seq = matches!(read, Ok(Raw::Line)).then(|| crate::journal::format::parse_line(&first).ok()).flatten();
    let line = seq.map_or(0, |(entry, _)| entry.seq + 1);
    let what = format!(
        "a FORK of {writer}: its line {line} is another one than in log/{writer}.jsonl; one of the two was written after a disk went \
         back in time, or by somebody else under that name"
    );
    let mend =
        "ask the writer which one is theirs; nothing of the other is merged. Move this file away once that is settled";
    Fault { file, line: 0, what, mend: mend.to_owned() }
}
