//! Loads an incident's folder: every chain's longest valid prefix, merged into the total order, with what is wrong beside it.
//! Must not write, and must not judge more than reading needs: `verify` does.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::domain::entry::Entry;
use crate::domain::id::WriterId;
use crate::journal::chain::Head;
use crate::journal::fault::{Fault, Note};
use crate::journal::limits::ENTRIES_MAX;
use crate::journal::name;
use crate::journal::scan::{Place, Scan, scan};

/// An incident's log as it can be believed.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// All chains merged, in the total order.
    pub entries: Vec<Entry>,
    /// The last valid line of each chain.
    pub heads: Vec<Head>,
    /// Where each chain was left, for [`super::Follower::go_on`]; without those that end in damage or in a torn line.
    pub places: Vec<Place>,
    /// What must not be.
    pub faults: Vec<Fault>,
    /// What is worth telling: torn tails, void lines.
    pub notes: Vec<Note>,
}

/// The chains of an incident, each with its scan; entries go to `on`.
pub(super) fn scan_all(dir: &Path, hashes: bool, mut on: impl FnMut(Entry, &[u8])) -> (Vec<Scan>, Vec<Fault>) {
    let (mut scans, mut faults) = (Vec::new(), Vec::new());
    for (file, writer) in chain_files(dir, &mut faults) {
        match scan(&file, &writer, hashes, Some(&mut on)) {
            Ok(scan) => scans.push(scan),
            Err(e) => faults.push(unreadable(&file, &e)),
        }
    }
    (scans, faults)
}

fn unreadable(file: &Path, e: &io::Error) -> Fault {
    let mend = "check its owner and permissions, and the disk".to_owned();
    Fault { file: file.to_owned(), line: 0, what: format!("it cannot be read ({e})"), mend }
}

/// What to do about a second copy of a chain under another name, as tools that synchronise folders leave behind.
pub(super) const CONFLICT_COPY: &str = "a copy that a sync tool left behind? `warroom import FILE` takes over what is new in it; then move it out of the log's folder";

fn stranger(file: PathBuf) -> Fault {
    let what = "it is no plain file with a writer's name (person@host, and ~2 and so on)".to_owned();
    Fault { file, line: 0, what, mend: format!("{CONFLICT_COPY}; anything else belongs elsewhere") }
}

/// The chains' files, by writer: those in `log/` and `internal/`, or those in the folder itself (a bundle) when it has neither.
pub(super) fn chain_files(dir: &Path, faults: &mut Vec<Fault>) -> BTreeMap<PathBuf, WriterId> {
    let folders = [dir.join("log"), dir.join("internal")];
    let bundle = folders.iter().all(|folder| !folder.is_dir());
    let folders = if bundle { vec![dir.to_owned()] } else { folders.to_vec() };
    let mut files = BTreeMap::new();
    for folder in folders {
        match fs::read_dir(&folder) {
            Ok(found) => {
                for path in found.flatten().map(|f| f.path()) {
                    let Some(writer) = name::of_file(&path) else { continue };
                    // A pipe would never end, and a name with other characters was given by nobody who writes logs.
                    if path.is_file() && name::is_writer(writer.as_str()) {
                        files.insert(path, writer);
                    } else {
                        faults.push(stranger(path));
                    }
                }
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound && !bundle => {}
            Err(e) => faults.push(unreadable(&folder, &e)),
        }
    }
    files
}

/// Loads what can be believed. A folder without chains gives an empty log.
#[must_use]
pub fn load(dir: &Path) -> Loaded {
    load_with(dir, |_, _| ()).0
}

/// The same; each entry is shown with its raw line, to be looked at closer.
pub(super) fn load_with(dir: &Path, mut look: impl FnMut(&mut Entry, &[u8])) -> (Loaded, Vec<Scan>) {
    let mut entries = Vec::new();
    let mut left_out = 0_u64;
    let (scans, mut faults) = scan_all(dir, false, |mut entry, raw| {
        if entries.len() < ENTRIES_MAX {
            look(&mut entry, raw);
            entries.push(entry);
        } else {
            left_out += 1;
        }
    });
    if left_out > 0 {
        let what = format!("it holds more than {ENTRIES_MAX} entries; {left_out} were left out");
        faults.push(Fault {
            file: dir.to_owned(),
            line: 0,
            what,
            mend: "split the incident: link a new one to it".to_owned(),
        });
    }
    faults.extend(scans.iter().filter_map(Scan::fault));
    let mut notes: Vec<_> = scans.iter().filter_map(torn_note).collect();
    notes.extend(void_notes(&scans));
    let void = void_after(&scans);
    if !void.is_empty() {
        entries.retain(|entry| void.get(&entry.writer).is_none_or(|last| entry.seq <= *last));
    }
    if !entries.is_sorted_by_key(Entry::place) {
        entries.sort_by(|a, b| a.place().cmp(&b.place()));
    }
    entries.shrink_to_fit();
    let heads = scans.iter().filter_map(|scan| scan.links.head()).collect();
    let places = scans.iter().filter_map(Scan::place).collect();
    (Loaded { entries, heads, places, faults, notes }, scans)
}

pub(super) fn torn_note(scan: &Scan) -> Option<Note> {
    let (line, _) = scan.broken.as_ref().filter(|_| scan.torn())?;
    let bytes = scan.bytes - scan.valid;
    let what = format!(
        "the file ends in {bytes} torn bytes that were never acknowledged; its writer sets them aside when it next opens it"
    );
    Some(Note { file: scan.file.clone(), line: *line, what })
}

/// The last valid line of each chain that a later one of the same writer continues.
pub(super) fn void_after(scans: &[Scan]) -> BTreeMap<WriterId, u64> {
    let mut void = BTreeMap::new();
    for scan in scans {
        let Some(continues) = scan.opened.as_ref().and_then(|opened| opened.continues.as_ref()) else { continue };
        let same = name::same_hand(&scan.links.writer, &continues.writer) && scan.links.writer != continues.writer;
        let there = scans.iter().find(|other| other.links.writer == continues.writer);
        let fits =
            there.and_then(|other| other.hash(continues.seq)).is_some_and(|hash| hash.to_string() == continues.head);
        if same && fits {
            let last = void.entry(continues.writer.clone()).or_insert(continues.seq);
            *last = continues.seq.min(*last);
        }
    }
    void
}

/// Tells of lines that stand after the end which a later chain continues.
pub(super) fn void_notes(scans: &[Scan]) -> Vec<Note> {
    let note = |(writer, seq): (WriterId, u64)| {
        let scan = scans.iter().find(|scan| scan.links.writer == writer && scan.links.next > seq + 1)?;
        let (lines, kept) = (scan.links.next - seq - 1, seq + 1);
        let what =
            format!("{lines} lines from here on are void: a later chain of the same writer continues from line {kept}");
        Some(Note { file: scan.file.clone(), line: kept + 1, what })
    };
    void_after(scans).into_iter().filter_map(note).collect()
}
