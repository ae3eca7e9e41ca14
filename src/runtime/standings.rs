//! How the incidents of a home stand, without folding each one's log anew: what was found is kept in `state/standings`.
//! That file is disposable: a line of it counts only while every chain's file is exactly as it was when it was folded, and
//! without it, or without a disk that takes it, everything is folded. Must not be believed over a log.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::domain::event::Status;
use crate::domain::id::IncidentId;
use crate::domain::incident::{Incident, Ledger};
use crate::journal::{self, CHECK_AT_ONCE, Hash, Loaded, Witness};
use crate::runtime::disposable::write_whole;
use crate::runtime::paths::witness_file;

/// What the file begins with. A version that folds otherwise must not believe what an older one found.
const HEADING: &str = concat!("warroom standings 1 ", env!("CARGO_PKG_VERSION"), " ");
/// A larger file is not read, and none is written: 4 MiB are 10,000 incidents, and more are folded each time.
const BYTES_MAX: u64 = 4 * 1024 * 1024;

/// One incident in a few words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brief {
    /// Where it stands; `None` before it is declared.
    pub status: Option<Status>,
    /// 1 (worst) to 5; 0 before it is declared.
    pub severity: u8,
    /// Whether it is a drill.
    pub drill: bool,
    /// In a few words; from the log, so untrusted.
    pub title: String,
}

impl Brief {
    fn of(incident: &Incident) -> Self {
        let title = incident.title.clone();
        Self { status: incident.status, severity: incident.severity, drill: incident.drill, title }
    }

    /// Whether people work on it, and it is no drill.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.status.is_some_and(Status::is_open) && !self.drill
    }
}

/// A log that had to be read and folded to say how its incident stands.
pub struct Folded {
    /// What was read, its entries taken out.
    pub loaded: Loaded,
    /// What they fold to.
    pub ledger: Ledger,
}

impl Folded {
    /// What was read, its entries put back.
    #[must_use]
    pub fn into_loaded(self) -> Loaded {
        Loaded { entries: self.ledger.into_entries(), ..self.loaded }
    }
}

/// Reads and folds an incident's log, and keeps in `witness` what was seen of its chains.
#[must_use]
pub fn fold(dir: &Path, witness: &Path) -> Folded {
    let before = Witness::load(witness);
    let mut after = before.clone();
    let mut loaded = journal::load_checked(dir, &mut after, CHECK_AT_ONCE);
    if after != before {
        // What cannot be kept costs the next process time, and nothing else.
        drop(after.keep(witness, dir));
    }
    let anchor = journal::load_anchor(dir).0;
    let ledger = Ledger::anchored(std::mem::take(&mut loaded.entries), anchor);
    Folded { loaded, ledger }
}

#[derive(Serialize, Deserialize)]
struct Known {
    /// What the incident's files were.
    mark: String,
    brief: Brief,
}

/// What is known of the incidents of one home.
pub struct Standings {
    file: PathBuf,
    known: BTreeMap<IncidentId, Known>,
    changed: bool,
}

impl Standings {
    /// Reads what an earlier process found; nothing of it where the file is missing, damaged or of another version.
    #[must_use]
    pub fn open(state_dir: &Path) -> Self {
        let file = state_dir.join("standings");
        let known = read(&file).unwrap_or_default();
        Self { file, known, changed: false }
    }

    /// How one incident stands; its log too where that had to be folded.
    pub fn look(&mut self, id: &IncidentId, dir: &Path) -> (Brief, Option<Box<Folded>>) {
        // Taken before the log is read: what is written meanwhile makes the mark an old one.
        let mark = mark(dir);
        if let Some(known) = self.known.get(id).filter(|known| mark.as_ref() == Some(&known.mark)) {
            return (known.brief.clone(), None);
        }
        let state_dir = self.file.parent().unwrap_or(Path::new("."));
        let folded = fold(dir, &witness_file(state_dir, id.as_str()));
        let brief = Brief::of(folded.ledger.incident());
        // What could not be read whole says nothing about the next time.
        if let Some(mark) = mark.filter(|_| folded.loaded.faults.is_empty()) {
            self.known.insert(id.clone(), Known { mark, brief: brief.clone() });
            self.changed = true;
        }
        (brief, Some(Box::new(folded)))
    }

    /// Keeps what was found of these incidents for the next process. What cannot be kept costs it time and nothing else.
    pub fn keep(mut self, incidents: &[IncidentId]) {
        let before = self.known.len();
        self.known.retain(|id, _| incidents.binary_search(id).is_ok());
        if !self.changed && self.known.len() == before {
            return;
        }
        if let Ok(body) = serde_json::to_string(&self.known)
            && body.len() as u64 <= BYTES_MAX
        {
            let text = format!("{HEADING}{}\n{body}", Hash::of(body.as_bytes()));
            drop(write_whole(&self.file, text.as_bytes()));
        }
    }
}

fn read(file: &Path) -> Option<BTreeMap<IncidentId, Known>> {
    let mut text = String::new();
    fs::File::open(file).ok()?.take(BYTES_MAX + 256).read_to_string(&mut text).ok()?;
    let (hash, body) = text.strip_prefix(HEADING)?.split_once('\n')?;
    (Hash::parse(hash)? == Hash::of(body.as_bytes())).then(|| serde_json::from_str(body).ok())?
}

/// What a log's files are: each one's name, place, size and times. The time of the last change of anything about a file
/// (`ctime`) cannot be set by who changes it. `None` where something cannot be looked at: then the log is read.
fn mark(dir: &Path) -> Option<String> {
    let mut files = BTreeMap::new();
    for folder in ["log", "internal"] {
        let found = match fs::read_dir(dir.join(folder)) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
            found => found.ok()?,
        };
        for file in found {
            let file = file.ok()?;
            files.insert(file.path(), fs::metadata(file.path()).ok()?);
        }
    }
    let anchor = dir.join("allowed_signers");
    if let Ok(meta) = fs::metadata(&anchor) {
        files.insert(anchor, meta);
    }
    let mut text = Vec::new();
    for (path, meta) in files {
        text.extend(path.as_os_str().as_encoded_bytes());
        let times = (meta.mtime(), meta.mtime_nsec(), meta.ctime(), meta.ctime_nsec());
        text.extend(format!("\0{} {} {} {times:?}\n", meta.dev(), meta.ino(), meta.len()).into_bytes());
    }
    Some(Hash::of(&text).to_string())
}
