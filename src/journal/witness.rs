//! What this host has seen of an incident's chains: the last line of each, and how far signatures were looked at. Kept in state, so
//! that a log that shrank or changed below that is told, and signatures are not checked again by every verb.
//! Must not be believed over the log: what it says of a chain counts only while the line it names is still there.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::domain::id::WriterId;
use crate::journal::chain::Head;
use crate::journal::fault::Fault;
use crate::journal::name;
use crate::journal::scan::{Scan, scan};

/// A larger file is not read and counts as missing: 1 MiB are 5,000 chains.
const BYTES_MAX: u64 = 1024 * 1024;

/// Most lines with a bad signature that are remembered of one chain; of a chain with more nothing counts as looked at beyond them.
pub(super) const BAD_MAX: usize = 1000;

/// What was seen of the chains of one incident. Disposable.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Witness {
    chains: BTreeMap<WriterId, Seen>,
}

/// What was seen of one chain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Seen {
    /// The last line, from 0.
    pub seq: u64,
    /// Its hash, hex.
    pub head: String,
    /// The signatures of so many lines were looked at.
    #[serde(default)]
    pub checked: u64,
    /// Those of them that do not fit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bad: Vec<u64>,
}

impl Seen {
    /// Whether one of the two saw further, and of the other one more signatures were looked at.
    const fn is_apart(&self, other: &Self) -> bool {
        self.seq < other.seq && self.checked > other.checked || self.seq > other.seq && self.checked < other.checked
    }

    /// Whether its line stands in the valid part of the chain.
    fn is_in(&self, scan: &Scan) -> bool {
        self.seq < scan.links.next && scan.hash(self.seq).is_some_and(|hash| hash.to_string() == self.head)
    }
}

impl Witness {
    /// What was kept; nothing where it is missing, damaged or too large.
    #[must_use]
    pub fn load(file: &Path) -> Self {
        let read = || -> io::Result<Self> {
            let mut text = Vec::new();
            fs::File::open(file)?.take(BYTES_MAX + 1).read_to_end(&mut text)?;
            if text.len() as u64 > BYTES_MAX {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
            Ok(serde_json::from_slice(&text)?)
        };
        read().unwrap_or_default()
    }

    /// Adds it to what is kept: of each chain what was seen furthest, and how far signatures were looked at, which counts for a
    /// longer sight too where the chain in `dir` holds both. It took a while to find out, and others kept theirs meanwhile.
    ///
    /// # Errors
    /// As [`Self::renew`].
    pub fn keep(&self, file: &Path, dir: &Path) -> io::Result<()> {
        let before = Self::load(file);
        let apart = |writer: &&WriterId| Some(before.of(writer)?.is_apart(self.of(writer)?));
        let apart = self.chains.keys().filter(|writer| apart(writer) == Some(true));
        // Read before others have to wait for it: what they keep meanwhile is at most not proven.
        let proof = |writer: &WriterId| scan(&name::file(dir, writer), writer, true, None).ok();
        let proofs: BTreeMap<_, _> = apart.filter_map(|writer| Some((writer.clone(), proof(writer)?))).collect();
        Self::renew(file, |kept| kept.merge(self, &proofs))
    }

    /// Changes what is kept, one process after the other, so that no two at once lose what one of them saw: whole or not at all,
    /// readable by its owner alone. Where the file system knows no locks, it is at least written whole.
    ///
    /// # Errors
    /// When the disk does not take it; nothing but time is lost.
    pub fn renew(file: &Path, change: impl FnOnce(&mut Self)) -> io::Result<()> {
        let folder = file.parent().unwrap_or(Path::new("."));
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        // The folder, for the file itself is replaced; held for a few file operations, let go of when it is closed.
        let lock = fs::File::open(folder)?;
        let _locked = lock.lock();
        let mut kept = Self::load(file);
        let before = kept.clone();
        change(&mut kept);
        if kept == before && file.exists() { Ok(()) } else { kept.write(file) }
    }

    fn write(&self, file: &Path) -> io::Result<()> {
        let partial = file.with_extension(format!("{}.part", std::process::id()));
        let write = || -> io::Result<()> {
            let mut to = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&partial)?;
            to.write_all(&serde_json::to_vec(self)?)?;
            fs::rename(&partial, file)
        };
        write().inspect_err(|_| {
            // What was half written is of no use to anybody; that removing it may fail too changes nothing.
            let _ = fs::remove_file(&partial);
        })
    }

    /// Takes over what another one saw further. Of two different lines at one place the one that is kept stays.
    fn merge(&mut self, other: &Self, proofs: &BTreeMap<WriterId, Scan>) {
        for (writer, theirs) in &other.chains {
            let ours = self.chains.entry(writer.clone()).or_insert_with(|| theirs.clone());
            let same = ours.seq == theirs.seq && ours.head == theirs.head;
            let is_one = |scan: &Scan| ours.is_in(scan) && theirs.is_in(scan);
            if !same && proofs.get(writer).is_some_and(is_one) {
                let (head, looked) = if ours.seq < theirs.seq { (theirs, &*ours) } else { (&*ours, theirs) };
                let looked = if looked.checked > head.checked { looked } else { head };
                let (checked, bad) = (looked.checked, looked.bad.clone());
                *ours = Seen { seq: head.seq, head: head.head.clone(), checked, bad };
            } else if ours.seq < theirs.seq || same && ours.checked < theirs.checked {
                ours.clone_from(theirs);
            }
        }
    }

    pub(super) fn of(&self, writer: &WriterId) -> Option<&Seen> {
        self.chains.get(writer)
    }

    /// What is wrong with a chain against what was seen of it.
    pub(super) fn objection(&self, scan: &Scan) -> Option<Fault> {
        let seen = self.chains.get(&scan.links.writer)?;
        let line = seen.seq + 1;
        // Behind a break nothing is chained to what stands before it: only the valid prefix proves anything.
        let there = match scan.links.next.checked_sub(line) {
            None => None,
            // What is there is usually what was seen, and its hash is at hand.
            Some(0) => Some(scan.links.prev),
            Some(_) => scan.hash(seen.seq),
        };
        let what = match there {
            Some(hash) if hash.to_string() == seen.head => return None,
            Some(_) => format!(
                "line {line} is not the one that this host saw before: the file was replaced or changed below it"
            ),
            None => {
                let ends = scan.links.next;
                format!("the file is whole up to line {ends}, and this host has seen {line}: the tail is missing")
            }
        };
        let mend = "fetch the whole file from its writer or from a colleague and `warroom import` it; a power cut can cut a tail as well as a person";
        Some(Fault { file: scan.file.clone(), line, what, mend: mend.to_owned() })
    }

    /// Chains that were seen and are gone.
    pub(super) fn missing<'a>(&'a self, scans: &'a [Scan]) -> impl Iterator<Item = &'a WriterId> {
        self.chains.keys().filter(|writer| !scans.iter().any(|scan| scan.links.writer == **writer))
    }

    /// Takes over what our own process has just put on the disk.
    pub(super) fn wrote(&mut self, heads: &[Head]) {
        for head in heads {
            let seen = self.chains.entry(head.writer.clone()).or_default();
            if seen.head.is_empty() || seen.seq < head.seq {
                (seen.seq, seen.head) = (head.seq, head.hash.to_string());
            }
        }
    }

    /// Takes over how a chain stands now; not where that contradicts what was seen, which is told until the file is whole again.
    pub(super) fn take(&mut self, scan: &Scan, checked: u64, bad: Vec<u64>) {
        let Some(head) = scan.links.head() else { return };
        if self.objection(scan).is_some() {
            return;
        }
        let checked = if bad.len() > BAD_MAX { bad.get(BAD_MAX).copied().unwrap_or(0) } else { checked };
        let bad = bad.into_iter().take(BAD_MAX).collect();
        self.chains.insert(head.writer.clone(), Seen { seq: head.seq, head: head.hash.to_string(), checked, bad });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(seq: u64, head: &str, checked: u64) -> Seen {
        Seen { seq, head: head.to_owned(), checked, bad: Vec::new() }
    }

    #[test]
    fn of_each_chain_what_was_seen_furthest_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("heads/x.json");
        let keep = |seen: Seen| Witness { chains: [("a@h".into(), seen)].into() }.keep(&file, folder.path()).unwrap();
        let now = || Witness::load(&file).chains[&WriterId::new("a@h")].clone();
        keep(seen(3, "c", 2));
        keep(seen(2, "b", 3));
        assert_eq!(now(), seen(3, "c", 2), "an older sight takes nothing back");
        keep(seen(3, "x", 4));
        assert_eq!(now(), seen(3, "c", 2), "another line at its place replaces nothing");
        keep(seen(3, "c", 4));
        keep(seen(4, "d", 1));
        assert_eq!(now(), seen(4, "d", 1));
    }

    #[test]
    fn eight_at_once_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("heads/x.json");
        let rounds = 40;
        std::thread::scope(|scope| {
            for n in 0..8 {
                let file = &file;
                scope.spawn(move || {
                    let writer: WriterId = format!("p{n}@h").into();
                    for seq in 1..=rounds {
                        if n % 2 == 0 {
                            Witness { chains: [(writer.clone(), seen(seq, "c", 0))].into() }.keep(file, file).unwrap();
                        } else {
                            Witness::renew(file, |kept| {
                                kept.chains.insert(writer.clone(), seen(seq, "c", 0));
                            })
                            .unwrap();
                        }
                    }
                });
            }
        });
        let kept = Witness::load(&file).chains;
        assert_eq!(kept.len(), 8);
        assert!(kept.values().all(|seen| seen.seq == rounds), "{kept:?}");
    }
}
