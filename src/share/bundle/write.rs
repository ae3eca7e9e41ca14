//! Writes a bundle: the shared chains as far as they are valid, the outputs that shared entries speak of, and the sums of all.
//! The same incident gives the same bytes. Nothing internal comes in: not a chain, not an entry, not an output of one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write as _};
use std::path::{Path, PathBuf};

use tar::{Builder, EntryType, Header};

use crate::domain::entry::Entry;
use crate::domain::id::{EntryRef, IncidentId};
use crate::domain::incident::Ledger;
use crate::journal::{Fault, Lines, OUTPUT_MAX, shared_chains};
use crate::share::bundle::layout::{Member, SIGNERS, SIGNERS_MAX, SUMS};
use crate::share::bundle::sums::{self, Summed};
use crate::share::fault::ShareError;
use crate::share::outputs::{ledger_of, may_leave, named};

/// What was written.
#[derive(Clone, Debug)]
pub struct Exported {
    /// Which incident.
    pub incident: IncidentId,
    /// Chains in it.
    pub chains: usize,
    /// Their lines.
    pub entries: u64,
    /// Outputs in it.
    pub outputs: usize,
    /// Bytes of the file.
    pub bytes: u64,
    /// Outputs that entries speak of and that are not here.
    pub missing: usize,
    /// What is wrong with chains: they are in it up to there.
    pub faults: Vec<Fault>,
}

/// A file on its way into the bundle: so many bytes from its beginning.
struct Part {
    member: Member,
    file: PathBuf,
    size: u64,
}

/// The struck entries of shared chains, whoever struck them.
#[must_use]
pub fn struck(ledger: &Ledger) -> Vec<EntryRef> {
    let shared = ledger.entries().iter().filter(|e| may_leave(e));
    shared.map(Entry::name).filter(|name| ledger.correction(name).is_some_and(|c| c.struck)).collect()
}

/// Writes the incident in `dir` to `out`, which must not exist unless `force` says that it may be replaced.
///
/// # Errors
/// When struck entries stand in the chains and `with_struck` does not allow them, when there is nothing that may leave, or when a
/// file cannot be read or written. Then `out` is as it was.
pub fn export(
    dir: &Path,
    incident: &IncidentId,
    out: &Path,
    with_struck: bool,
    force: bool,
) -> Result<Exported, ShareError> {
    if !force && out.exists() {
        return Err(ShareError::Exists(out.to_owned()));
    }
    let ledger = ledger_of(dir);
    let struck = struck(&ledger);
    if !with_struck && !struck.is_empty() {
        return Err(ShareError::Struck(struck));
    }
    let mut done = Exported {
        incident: incident.clone(),
        chains: 0,
        entries: 0,
        outputs: 0,
        bytes: 0,
        missing: 0,
        faults: Vec::new(),
    };
    let mut parts = chains(dir, &mut done)?;
    if parts.is_empty() {
        let says = format!("incident {incident} has no shared chain; what is internal never leaves");
        return Err(ShareError::Nothing(says));
    }
    parts.extend(outputs(dir, &ledger, &mut done));
    parts.extend(signers(dir));
    let last = ledger.entries().iter().rev().find(|e| may_leave(e)).map_or(0, |e| e.at.micros() / 1_000_000);
    done.bytes = write(out, incident, &parts, u64::try_from(last).unwrap_or(0))?;
    Ok(done)
}

fn chains(dir: &Path, done: &mut Exported) -> Result<Vec<Part>, ShareError> {
    let mut parts = Vec::new();
    for writer in shared_chains(dir) {
        let file = dir.join("log").join(format!("{writer}.jsonl"));
        let mut lines = Lines::of(dir, &writer);
        lines.refresh().map_err(ShareError::io(&file))?;
        if let Some(line) = lines.internal() {
            return Err(ShareError::Nothing(format!(
                "{}:{line}: an internal entry stands in a shared chain; nothing of this incident is exported. `warroom verify` tells more",
                file.display()
            )));
        }
        done.faults.extend(lines.broken().cloned());
        let Some(size) = lines.valid_bytes().filter(|size| *size > 0) else { continue };
        (done.chains, done.entries) = (done.chains + 1, done.entries + lines.next());
        parts.push(Part { member: Member::Chain(writer), file, size });
    }
    Ok(parts)
}

/// Outputs that entries which may leave, and were not struck, speak of.
fn outputs(dir: &Path, ledger: &Ledger, done: &mut Exported) -> Vec<Part> {
    let names: BTreeSet<String> = named(ledger).into_iter().map(|(name, _)| name).collect();
    let mut parts = Vec::new();
    for name in names {
        let file = dir.join("outputs").join(&name);
        match plain(&file, OUTPUT_MAX as u64) {
            Some(size) => parts.push(Part { member: Member::Output(name), file, size }),
            None => done.missing += 1,
        }
    }
    done.outputs = parts.len();
    parts
}

fn signers(dir: &Path) -> Option<Part> {
    let file = dir.join(SIGNERS);
    plain(&file, SIGNERS_MAX).map(|size| Part { member: Member::Signers, file, size })
}

/// The size of a plain file that is not too large.
fn plain(file: &Path, most: u64) -> Option<u64> {
    fs::symlink_metadata(file).ok().filter(|m| m.is_file() && m.len() <= most).map(|m| m.len())
}

fn write(out: &Path, incident: &IncidentId, parts: &[Part], mtime: u64) -> Result<u64, ShareError> {
    let mut sums = BTreeMap::new();
    for part in parts {
        let mut from = Summed::new(part.open()?);
        io::copy(&mut from, &mut io::sink()).map_err(ShareError::io(&part.file))?;
        sums.insert(part.member.name(), from.hex());
    }
    let name = out.file_name().unwrap_or_default().to_string_lossy();
    let partial = out.with_file_name(format!(".{name}.{}", std::process::id()));
    let written = (|| {
        let file = File::create(&partial).map_err(ShareError::io(&partial))?;
        let mut tar = Builder::new(BufWriter::new(file));
        let list = sums::write(&sums);
        add(&mut tar, &format!("{incident}/{SUMS}"), list.len() as u64, mtime, list.as_bytes())
            .map_err(ShareError::io(&partial))?;
        for part in parts {
            let mut from = Summed::new(part.open()?);
            let name = part.member.name();
            add(&mut tar, &format!("{incident}/{name}"), part.size, mtime, &mut from)
                .map_err(ShareError::io(&part.file))?;
            if sums.get(&name) != Some(&from.hex()) {
                let changed = io::Error::other("it changed while it was read; try again");
                return Err(ShareError::io(&part.file)(changed));
            }
        }
        finish(tar, &partial, out).map_err(ShareError::io(out))
    })();
    if written.is_err() {
        // Half a bundle is of no use; that removing it may fail too changes nothing.
        let _ = fs::remove_file(&partial);
    }
    written
}

fn finish(tar: Builder<BufWriter<File>>, partial: &Path, out: &Path) -> io::Result<u64> {
    let mut buffered = tar.into_inner()?;
    buffered.flush()?;
    let file = buffered.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()?;
    fs::rename(partial, out)?;
    let folder = out.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()?;
    Ok(file.metadata()?.len())
}

impl Part {
    fn open(&self) -> Result<io::Take<File>, ShareError> {
        Ok(File::open(&self.file).map_err(ShareError::io(&self.file))?.take(self.size))
    }
}

fn add(tar: &mut Builder<BufWriter<File>>, name: &str, size: u64, mtime: u64, from: impl Read) -> io::Result<()> {
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::Regular);
    header.set_size(size);
    header.set_mode(0o644);
    header.set_mtime(mtime);
    tar.append_data(&mut header, name, from)
}
