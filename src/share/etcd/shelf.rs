//! One incident's files under `outputs/` between its folder and etcd: which ones shared entries speak of, which are here, which are
//! there in how many pieces, and what is to be done next. Must not speak to anybody.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use tokio::time::{Duration, Instant};

use crate::domain::id::IncidentId;
use crate::journal::{OUTPUT_MAX, write_new};
use crate::share::etcd::key::{Part, outputs};
use crate::share::outputs::{Named, ledger_of, named};

/// Bytes of a piece: far below etcd's 1.5 MiB for a request, and small enough for a slow line's five seconds.
const PART_BYTES: usize = 256 * 1024;

/// Most pieces of a file.
const PARTS_MAX: u32 = (OUTPUT_MAX / PART_BYTES) as u32;

/// Most files of an incident that etcd carries; the later ones are told and travel in a bundle.
const FILES_MAX: usize = 2_000;

/// Most bytes of them, an eighth of etcd's usual quota; as above.
const BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Most keys of an incident's files that are looked at: more are of somebody who floods the prefix, and are left out.
pub(super) const LISTED_MAX: usize = 16_384;

/// What is there is listed again this soon while something is awaited, then later and later.
const LIST_FIRST: Duration = Duration::from_secs(1);

/// At the latest after this, also when nothing is awaited: somebody may have deleted something.
const LIST_MOST: Duration = Duration::from_secs(60);

/// The log is read again for its files at most so often, and never for more than a twentieth of the time.
const READ_AGAIN: Duration = Duration::from_secs(1);

/// What a log had said of files when it was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spoken {
    /// How many shared lines speak of files, or take words back.
    pub shared: u64,
    /// Bytes of the internal chains, which may strike what is shared.
    pub internal: u64,
}

/// What is to be asked of the cluster.
#[derive(Clone, Debug)]
pub(super) enum Errand {
    /// Which keys there are.
    List { from: String, to: String },
    /// A piece that is not there yet.
    Put { part: Part, value: Vec<u8> },
    /// A piece that is not here yet.
    Get { part: Part },
}

/// A file's pieces: into how many it was cut, and which of them are there.
type Pieces = BTreeMap<u32, BTreeSet<u32>>;

pub(super) struct Shelf {
    dir: PathBuf,
    incident: IncidentId,
    named: Vec<(String, Named)>,
    /// Files past the limits.
    beyond: usize,
    /// What the log had said when it was read, and when it may be read again.
    read: Option<(Spoken, Instant)>,
    /// Whether it says more by now.
    behind: bool,
    /// True files here, with their sizes.
    here: BTreeMap<String, usize>,
    /// Files here that are not what they should be, as they were when that was found: size and time of the last change.
    untrue: BTreeMap<String, (u64, i64, i64)>,
    there: Option<BTreeMap<String, Pieces>>,
    /// Pieces that were put there, and were not seen there since.
    unseen: BTreeSet<(String, u32, u32)>,
    /// Whether there are more keys than are looked at.
    flooded: bool,
    list_at: Instant,
    pause: Duration,
    arriving: Option<(Part, Vec<u8>)>,
    /// Sets of pieces in etcd that are not what their key says, and the words for it.
    unfit: BTreeMap<(String, u32), String>,
    disk: Option<String>,
}

impl Shelf {
    pub(super) fn new(dir: &Path, incident: &IncidentId) -> Self {
        Self {
            dir: dir.to_owned(),
            incident: incident.clone(),
            named: Vec::new(),
            beyond: 0,
            read: None,
            behind: false,
            here: BTreeMap::new(),
            untrue: BTreeMap::new(),
            there: None,
            unseen: BTreeSet::new(),
            flooded: false,
            list_at: Instant::now(),
            pause: LIST_FIRST,
            arriving: None,
            unfit: BTreeMap::new(),
            disk: None,
        }
    }

    /// Looks at the log, when `spoken` says that it speaks of other files than before, and for files that were missing here.
    pub(super) fn look(&mut self, spoken: Spoken) {
        let now = Instant::now();
        if spoken.shared == 0 {
            // Most logs speak of no file, and are never read for that.
            (self.read, self.behind) = (None, false);
            self.named.clear();
            return;
        }
        if self.read.is_none_or(|(before, again)| before != spoken && now >= again) {
            let before = std::mem::take(&mut self.named);
            self.read_log(&before);
            let took = now.elapsed();
            self.read = Some((spoken, Instant::now() + READ_AGAIN.max(took * 20)));
            if self.named != before {
                (self.list_at, self.pause) = (now, LIST_FIRST);
            }
        }
        self.behind = self.read.is_some_and(|(read, _)| read != spoken);
        let missing = self.named.iter().filter(|(name, _)| !self.here.contains_key(name));
        let missing: Vec<_> = missing.cloned().collect();
        for (name, named) in missing {
            self.find(&name, &named);
        }
    }

    fn read_log(&mut self, before: &[(String, Named)]) {
        let mut bytes = 0_u64;
        let all = named(&ledger_of(&self.dir));
        let count = all.len();
        let fits = |(name, named): &(String, Named)| {
            let size = named.size.or_else(|| fs::metadata(self.dir.join("outputs").join(name)).ok().map(|m| m.len()));
            bytes = bytes.saturating_add(size.unwrap_or(0));
            bytes <= BYTES_MAX
        };
        let kept: Vec<_> = all.into_iter().take(FILES_MAX).take_while(fits).collect();
        self.beyond = count - kept.len();
        // What was taken for true may not be by what is said of it now, and the other way round.
        let before: BTreeMap<_, _> = before.iter().map(|(name, named)| (name, named)).collect();
        let same: BTreeSet<_> = kept.iter().filter(|(n, now)| before.get(n) == Some(&now)).map(|(n, _)| n).collect();
        self.here.retain(|name, _| same.contains(name));
        self.untrue.retain(|name, _| same.contains(name));
        self.unfit.retain(|(name, _), _| same.contains(name));
        self.named = kept;
    }

    /// Whether a file is here by now, and what it should be.
    fn find(&mut self, name: &str, named: &Named) {
        let path = self.dir.join("outputs").join(name);
        let Ok(about) = fs::symlink_metadata(&path) else { return };
        let mark = (about.len(), about.mtime(), about.mtime_nsec());
        if !about.is_file() || about.len() > OUTPUT_MAX as u64 || self.untrue.get(name) == Some(&mark) {
            return;
        }
        let Ok(bytes) = fs::read(&path) else { return };
        if named.fits(name, &bytes) && !bytes.is_empty() {
            self.untrue.remove(name);
            self.here.insert(name.to_owned(), bytes.len());
        } else {
            self.untrue.insert(name.to_owned(), mark);
        }
    }

    /// Nothing is known of etcd any more.
    pub(super) fn forget(&mut self) {
        (self.there, self.arriving) = (None, None);
        self.unseen.clear();
        (self.list_at, self.pause) = (Instant::now(), LIST_FIRST);
        self.unfit.clear();
    }

    fn pieces(&self, name: &str, of: u32) -> usize {
        let there = self.there.as_ref().and_then(|there| there.get(name));
        there.and_then(|pieces| pieces.get(&of)).map_or(0, BTreeSet::len)
    }

    /// A set of pieces in etcd that is whole and may be what it should.
    fn whole(&self, name: &str) -> Option<u32> {
        let pieces = self.there.as_ref()?.get(name)?;
        let whole = pieces.iter().filter(|(of, set)| set.len() == **of as usize).map(|(of, _)| *of);
        whole.into_iter().find(|of| !self.unfit.contains_key(&(name.to_owned(), *of)))
    }

    /// A file that is here and not there, and into how many pieces it is cut.
    fn to_put(&self) -> Option<(&str, u32)> {
        let here = self.named.iter().filter_map(|(name, _)| Some((name.as_str(), parts_of(*self.here.get(name)?))));
        let open = |&(name, of): &(&str, u32)| {
            self.pieces(name, of) < of as usize && !self.unfit.contains_key(&(name.to_owned(), of))
        };
        here.into_iter().find(open)
    }

    fn to_get(&self) -> Option<(&str, u32)> {
        let missing = self.named.iter().map(|(name, _)| name.as_str()).filter(|name| !self.here.contains_key(*name));
        missing.filter_map(|name| Some((name, self.whole(name)?))).next()
    }

    /// Files that are on their way in either direction; one that nobody has is not.
    pub(super) fn waiting(&self) -> u64 {
        if self.there.is_none() {
            return u64::from(!self.named.is_empty());
        }
        let moves = |(name, _): &&(String, Named)| match self.here.get(name) {
            Some(size) => {
                let of = parts_of(*size);
                self.pieces(name, of) < of as usize && !self.unfit.contains_key(&(name.clone(), of))
            }
            None => self.whole(name).is_some(),
        };
        let moving = self.named.iter().filter(moves).count() as u64;
        moving.max(u64::from(!self.unseen.is_empty() || self.behind))
    }

    /// What people should know.
    pub(super) fn troubles(&self) -> impl Iterator<Item = String> {
        let beyond = (self.beyond > 0).then(|| {
            format!(
                "{} outputs of {} are past what etcd carries of an incident ({FILES_MAX} files, {} MiB); `warroom export` takes them all",
                self.beyond,
                self.incident,
                BYTES_MAX / (1024 * 1024)
            )
        });
        // Where everything is here, nobody misses what was not looked at.
        let flooded = (self.flooded && self.named.iter().any(|(name, _)| !self.here.contains_key(name))).then(|| {
            format!(
                "somebody floods ~outputs/{}/ in etcd: of its keys {LISTED_MAX} are looked at, and an output that is not here may be \
                 behind them; `etcdctl del --prefix` it, and hosts put the true ones back",
                self.incident
            )
        });
        self.disk.clone().into_iter().chain(self.unfit.values().next().cloned()).chain(beyond).chain(flooded)
    }

    /// What is to be done next.
    pub(super) fn errand(&mut self, prefix: &str) -> Option<Errand> {
        if self.named.is_empty() {
            return None;
        }
        if self.there.is_none() || Instant::now() >= self.list_at {
            let (from, to) = outputs(prefix, &self.incident);
            return Some(Errand::List { from, to });
        }
        if let Some((part, _)) = &self.arriving {
            return Some(Errand::Get { part: part.clone() });
        }
        if let Some((name, of)) = self.to_get() {
            let part = Part { incident: self.incident.clone(), name: name.to_owned(), of, part: 0 };
            self.arriving = Some((part.clone(), Vec::new()));
            return Some(Errand::Get { part });
        }
        let (name, of) = self.to_put().map(|(name, of)| (name.to_owned(), of))?;
        self.piece(&name, of)
    }

    /// The next piece of a file, which is read and checked again.
    fn piece(&mut self, name: &str, of: u32) -> Option<Errand> {
        let there = self.there.as_ref().and_then(|there| there.get(name)).and_then(|pieces| pieces.get(&of));
        let next = (0..of).find(|n| !there.is_some_and(|set| set.contains(n)))?;
        let named = self.named.iter().find(|(n, _)| n == name).map(|(_, named)| named.clone())?;
        let bytes = fs::read(self.dir.join("outputs").join(name)).unwrap_or_default();
        if !named.fits(name, &bytes) || parts_of(bytes.len()) != of {
            self.here.remove(name);
            return None;
        }
        let value = bytes.chunks(PART_BYTES).nth(next as usize)?.to_vec();
        let part = Part { incident: self.incident.clone(), name: name.to_owned(), of, part: next };
        Some(Errand::Put { part, value })
    }

    /// Which pieces there are; all of them, or the first ones of a flood. What was seen there before counts until a whole list lacks it.
    pub(super) fn listed(&mut self, parts: impl Iterator<Item = Part>, whole: bool) {
        let mut there = self.there.take().filter(|_| !whole).unwrap_or_default();
        for (name, of, part) in std::mem::take(&mut self.unseen) {
            // Whether it was put is found out by putting it again: what stands there is answered then.
            there.get_mut(&name).and_then(|pieces| pieces.get_mut(&of)).map(|set| set.remove(&part));
        }
        self.flooded = !whole;
        for part in parts.filter(|part| part.of <= PARTS_MAX) {
            there.entry(part.name).or_default().entry(part.of).or_default().insert(part.part);
        }
        self.unfit.retain(|(name, of), _| there.get(name).is_some_and(|pieces| pieces.contains_key(of)));
        self.there = Some(there);
        // A file may have gone from here, too.
        let folder = self.dir.join("outputs");
        self.here.retain(|name, size| fs::metadata(folder.join(name)).is_ok_and(|m| m.len() == *size as u64));
        let awaited = self.named.iter().any(|(name, _)| !self.here.contains_key(name));
        self.list_at = Instant::now() + if awaited { self.pause } else { LIST_MOST };
        self.pause = (self.pause * 2).min(LIST_MOST);
    }

    /// A piece was put, or stands there already with this value.
    pub(super) fn stands(&mut self, part: &Part, ours: &[u8], theirs: Option<&[u8]>) {
        if theirs.is_some_and(|theirs| theirs != ours) {
            return self.misfit(part, "other bytes than");
        }
        let there = self.there.get_or_insert_default();
        there.entry(part.name.clone()).or_default().entry(part.of).or_default().insert(part.part);
        if theirs.is_none() {
            self.unseen.insert((part.name.clone(), part.of, part.part));
        }
        if self.to_put().is_none() && !self.unseen.is_empty() {
            self.list_at = Instant::now();
        }
    }

    /// A piece came, or is not there.
    pub(super) fn came(&mut self, part: &Part, value: Option<Vec<u8>>) {
        let Some((due, mut bytes)) = self.arriving.take().filter(|(due, _)| due == part) else { return };
        let Some(value) = value else {
            self.list_at = Instant::now() + self.pause;
            self.there.get_or_insert_default().remove(&part.name);
            return;
        };
        if value.len() > PART_BYTES {
            return self.misfit(part, "more bytes than");
        }
        bytes.extend(value);
        if part.part + 1 < part.of {
            self.arriving = Some((Part { part: part.part + 1, ..due }, bytes));
            return;
        }
        let named = self.named.iter().find(|(name, _)| *name == part.name).map(|(_, named)| named.clone());
        // What is not spoken of any more was struck meanwhile.
        let Some(named) = named else { return };
        if !named.fits(&part.name, &bytes) {
            return self.misfit(part, "other bytes than");
        }
        match write_new(&self.dir.join("outputs").join(&part.name), &bytes) {
            Ok(()) => {
                self.here.insert(part.name.clone(), bytes.len());
                self.untrue.remove(&part.name);
                self.disk = None;
            }
            Err(e) => {
                self.disk = Some(format!("outputs/{} could not be written: {e}", part.name));
                self.there = None;
                self.list_at = Instant::now() + LIST_MOST;
            }
        }
    }

    fn misfit(&mut self, part: &Part, what: &str) {
        let Part { incident, name, of, .. } = part;
        let says = format!(
            "etcd holds {what} output {}… of {incident} has; they are not taken over. `etcdctl del --prefix` the keys under \
             ~outputs/{incident}/{name}/, and a host that has the true ones puts them back",
            name.get(..12).unwrap_or(name)
        );
        self.unfit.insert((name.clone(), *of), says);
    }
}

fn parts_of(size: usize) -> u32 {
    u32::try_from(size.div_ceil(PART_BYTES)).unwrap_or(PARTS_MAX)
}

#[cfg(test)]
mod lies;
