//! Reads a bundle that nobody vouches for into a folder of our own, bounded: plain files with the names of a bundle, each once, each
//! with the sum that SHA256SUMS gives. Links, devices, other names, larger files: refused as a whole, before anything is taken over.
//! Must not know what is in the files.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};

use tar::{Archive, Entry, EntryType};

use crate::domain::id::{IncidentId, WriterId};
use crate::share::bundle::layout::{BUNDLE_MAX, MEMBERS_MAX, Member, PATH_MAX, SUMS};
use crate::share::bundle::sums::{self, Summed};

/// A bundle's files, unpacked.
#[derive(Debug)]
pub(super) struct Staged {
    pub incident: IncidentId,
    /// Chains and where they lie now.
    pub chains: Vec<(WriterId, PathBuf)>,
    /// Outputs by name, and where they lie now.
    pub outputs: Vec<(String, PathBuf)>,
    /// Whether it says who may sign.
    pub signers: bool,
}

/// Why it is refused.
pub(super) enum Refused {
    /// What is wrong with the bundle.
    Bundle(String),
    /// Our own disk.
    Disk(PathBuf, io::Error),
}

impl From<String> for Refused {
    fn from(what: String) -> Self {
        Self::Bundle(what)
    }
}

/// Unpacks and checks; `folder` must be empty.
pub(super) fn stage(bundle: &Path, folder: &Path) -> Result<Staged, Refused> {
    let file = File::open(bundle).map_err(|e| Refused::Disk(bundle.to_owned(), e))?;
    let size = file.metadata().map_err(|e| Refused::Disk(bundle.to_owned(), e))?.len();
    if size > BUNDLE_MAX {
        return Err(format!("it has {size} bytes, and no bundle has more than {BUNDLE_MAX}").into());
    }
    let mut staged = Staged { incident: IncidentId::new(""), chains: Vec::new(), outputs: Vec::new(), signers: false };
    let mut unpacked = Unpacked { folder, incident: None, found: BTreeMap::new() };
    let mut archive = Archive::new(file);
    let entries = archive.entries().map_err(|_| "it is no tar".to_owned())?;
    let mut long = None;
    // Raw: names and sizes are what the plain headers say; every extension but a long name is refused below.
    for entry in entries.raw(true) {
        // The reader's own words quote the file, and that may be anything.
        let entry = entry.map_err(|_| "it is no whole tar; was it copied to its end?".to_owned())?;
        long = unpacked.take(entry, long.take())?;
    }
    let incident = unpacked.incident.take().ok_or_else(|| "it holds no files; is it a tar?".to_owned())?;
    unpacked.check()?;
    for (name, (member, _)) in unpacked.found {
        match member {
            Member::Sums => {}
            Member::Signers => staged.signers = true,
            Member::Chain(writer) => staged.chains.push((writer, folder.join(flat(&name)))),
            Member::Output(hash) => staged.outputs.push((hash, folder.join(flat(&name)))),
        }
    }
    staged.incident = incident;
    Ok(staged)
}

/// A member's name as a file of the staging folder.
fn flat(name: &str) -> String {
    name.replace('/', "+")
}

/// What was unpacked so far.
struct Unpacked<'a> {
    folder: &'a Path,
    incident: Option<IncidentId>,
    /// By name behind the incident's folder: what it is, and its sum.
    found: BTreeMap<String, (Member, String)>,
}

impl Unpacked<'_> {
    /// Takes the next member; `long` is its name where a header before it gave one. Answers such a name for the next.
    fn take(&mut self, mut entry: Entry<'_, File>, long: Option<String>) -> Result<Option<String>, Refused> {
        let kind = entry.header().entry_type();
        let size = entry.header().entry_size().map_err(|_| "a header in it cannot be read".to_owned())?;
        if kind == EntryType::GNULongName {
            if size > PATH_MAX as u64 {
                return Err(format!("it holds a name of {size} bytes, and {PATH_MAX} fit").into());
            }
            let mut name = Vec::new();
            entry.read_to_end(&mut name).map_err(|_| "a name in it cannot be read".to_owned())?;
            let name = name.split(|b| *b == 0).next().unwrap_or_default();
            return Ok(Some(text(name)?));
        }
        let name = match long {
            Some(name) => name,
            None => text(&entry.path_bytes())?,
        };
        match kind {
            EntryType::Directory => return Ok(None),
            EntryType::Regular => {}
            other => {
                return Err(format!(
                    "`{}` is {}, and a bundle holds plain files only (made by hand? `tar --format=gnu`)",
                    name.escape_debug(),
                    kind_words(other)
                )
                .into());
            }
        }
        let (incident, member) = Member::parse(&name)?;
        if self.incident.get_or_insert_with(|| incident.clone()) != &incident {
            return Err(format!("it holds files of two incidents; `{}` is of the second", name.escape_debug()).into());
        }
        if size > member.limit() {
            return Err(format!("{} has {size} bytes, and {} fit", member.name(), member.limit()).into());
        }
        if self.found.len() >= MEMBERS_MAX {
            return Err(format!("it holds more than {MEMBERS_MAX} files").into());
        }
        if self.found.contains_key(&member.name()) {
            return Err(format!("it holds {} twice", member.name()).into());
        }
        self.unpack(member, entry, size)?;
        Ok(None)
    }

    fn unpack(&mut self, member: Member, entry: Entry<'_, File>, size: u64) -> Result<(), Refused> {
        let name = member.name();
        let path = self.folder.join(flat(&name));
        let disk = |e| Refused::Disk(path.clone(), e);
        let mut to = File::create_new(&path).map_err(disk)?;
        let mut from = Summed::new(entry);
        let mut buffer = vec![0; 64 * 1024];
        let mut taken = 0;
        loop {
            let n = from.read(&mut buffer).map_err(|_| format!("{name} cannot be read to its end"))?;
            if n == 0 {
                break;
            }
            taken += n as u64;
            to.write_all(buffer.get(..n).unwrap_or_default()).map_err(disk)?;
        }
        if taken != size {
            return Err(format!("{name} ends after {taken} of {size} bytes; was it copied to its end?").into());
        }
        self.found.insert(name, (member, from.hex()));
        Ok(())
    }

    /// Everything has the sum it should have, and nothing is missing or beyond.
    fn check(&self) -> Result<(), Refused> {
        if !self.found.contains_key(SUMS) {
            return Err("it holds no SHA256SUMS".to_owned().into());
        }
        let path = self.folder.join(flat(SUMS));
        let text = fs::read(&path).map_err(|e| Refused::Disk(path, e))?;
        let sums = sums::read(&String::from_utf8_lossy(&text))?;
        for (name, (_, sum)) in self.found.iter().filter(|(name, _)| *name != SUMS) {
            match sums.get(name) {
                None => return Err(format!("SHA256SUMS does not name {name}").into()),
                Some(due) if due != sum => {
                    return Err(format!("{name} is not what SHA256SUMS says; it was changed or badly copied").into());
                }
                Some(_) => {}
            }
        }
        match sums.keys().find(|name| !self.found.contains_key(*name)) {
            Some(name) => Err(format!("{} is missing, and SHA256SUMS names it", name.escape_debug()).into()),
            None => Ok(()),
        }
    }
}

fn text(name: &[u8]) -> Result<String, Refused> {
    let name = std::str::from_utf8(name).map_err(|_| "a name in it is not UTF-8".to_owned())?;
    Ok(name.to_owned())
}

fn kind_words(kind: EntryType) -> &'static str {
    match kind {
        EntryType::Symlink | EntryType::Link => "a link",
        EntryType::Block | EntryType::Char | EntryType::Fifo => "a device or a pipe",
        _ => "of a kind that no bundle has",
    }
}
