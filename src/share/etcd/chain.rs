//! One chain between its file here and the keys in etcd: which lines are known to stand there as they stand here, which came from
//! there and wait for those before them, and what is wrong. The file is the truth.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use tokio::time::{Duration, Instant};

use crate::domain::entry::Disclosure;
use crate::domain::id::{IncidentId, WriterId};
use crate::journal::{Hash, LINE_MAX, Lines, Replica, ReplicaError, keep_fork, opening_line, parse_line};

/// Most lines of a chain that wait for one before them; more are left out and read again later.
const PENDING_MAX: usize = 4_096;

/// Most bytes of them.
const PENDING_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Lines pushed in one transaction; etcd takes 128 operations.
const PUSH_LINES: usize = 64;

/// Bytes pushed in one transaction; etcd takes 1.5 MiB, and base64 makes a third more.
const PUSH_BYTES: usize = 512 * 1024;

/// An acknowledged line that is not seen in etcd after this long is looked for.
const UNSEEN_LIMIT: Duration = Duration::from_secs(5);

/// A chain of somebody at work on this host may be ahead in etcd for this long: its file is read a moment later than it is written.
const AHEAD_LIMIT: Duration = Duration::from_secs(5);

pub(super) struct Chain {
    dir: PathBuf,
    incident: IncidentId,
    writer: WriterId,
    pub lines: Lines,
    replica: Replica,
    /// Lines that stand in etcd as they stand here: all before this one, and those in `beyond`.
    confirmed: u64,
    beyond: BTreeSet<u64>,
    /// Keys of this chain whose value is another line than ours, or none at all.
    alien: BTreeSet<u64>,
    /// Lines that came from etcd and go on with ours, or will.
    pending: BTreeMap<u64, Vec<u8>>,
    pending_bytes: usize,
    /// Lines before this one were acknowledged, and when the last of them was.
    acked: u64,
    acked_at: Option<Instant>,
    /// Since when etcd has lines that a writer at work here does not have.
    ahead_since: Option<Instant>,
    /// Why nothing more of it is carried.
    stuck: Option<String>,
    /// What the disk said last.
    disk: Option<String>,
}

impl Chain {
    pub(super) fn new(dir: &Path, incident: &IncidentId, writer: &WriterId) -> Self {
        Self {
            dir: dir.to_owned(),
            incident: incident.clone(),
            writer: writer.clone(),
            lines: Lines::of(dir, writer),
            replica: Replica::of(dir, writer),
            confirmed: 0,
            beyond: BTreeSet::new(),
            alien: BTreeSet::new(),
            pending: BTreeMap::new(),
            pending_bytes: 0,
            acked: 0,
            acked_at: None,
            ahead_since: None,
            stuck: None,
            disk: None,
        }
    }

    /// Reads the file again. A file that is shorter or another one than before is compared anew.
    pub(super) fn look(&mut self) {
        let before = self.lines.next().checked_sub(1).and_then(|last| Some((last, self.lines.hash(last)?)));
        match self.lines.refresh() {
            Ok(_) => self.disk = None,
            Err(e) => self.disk = Some(format!("{}: {e}", self.writer)),
        }
        if before.is_some_and(|(last, hash)| self.lines.hash(last) != Some(hash)) {
            self.forget();
        }
    }

    /// Nothing is known of etcd any more.
    pub(super) fn forget(&mut self) {
        (self.confirmed, self.acked, self.acked_at) = (0, 0, None);
        self.beyond.clear();
        self.alien.clear();
        self.stuck = None;
    }

    /// How many lines are known to stand in etcd one after the other, and the hash of the last: what may be kept over a restart.
    pub(super) fn mark(&self) -> Option<(u64, Hash)> {
        let last = self.confirmed.min(self.lines.next()).checked_sub(1)?;
        Some((last + 1, self.lines.hash(last)?))
    }

    /// Takes up such a mark, when it still fits.
    pub(super) fn restore(&mut self, count: u64, hash: &str) {
        let fits = count.checked_sub(1).and_then(|last| self.lines.hash(last)).is_some_and(|h| h.to_string() == hash);
        if fits {
            (self.confirmed, self.acked) = (count, count);
        }
    }

    /// Keys of this chain that are known to be in etcd.
    pub(super) fn keys(&self) -> u64 {
        self.confirmed + (self.beyond.len() + self.alien.len()) as u64
    }

    /// Lines here that are not known to be in etcd.
    pub(super) fn waiting(&self) -> u64 {
        self.lines.next().saturating_sub(self.confirmed + self.beyond.len() as u64)
    }

    /// Why nothing more of it is carried, or what is wrong with its file.
    pub(super) fn trouble(&self) -> Option<String> {
        let late = self.ahead_since.is_some_and(|since| since.elapsed() > AHEAD_LIMIT);
        let ahead = late.then(|| {
            format!(
                "etcd holds {} later lines of {}, which is written here now: its file went back in time; leave that console, so that \
                 its tail comes back before anybody writes on",
                self.pending.len(),
                self.writer
            )
        });
        let broken = self.lines.broken().map(ToString::to_string);
        let internal = self.lines.internal().map(|line| {
            format!(
                "{}: line {line} is internal; nothing of the chain is carried. `warroom verify` tells more",
                self.writer
            )
        });
        self.stuck.clone().or(internal).or(broken).or(ahead).or_else(|| self.disk.clone())
    }

    /// A line as it stands in etcd.
    pub(super) fn seen(&mut self, seq: u64, raw: Vec<u8>) {
        if seq < self.lines.next() {
            self.compare(seq, raw);
        } else if raw.len() > LINE_MAX {
            self.alien.insert(seq);
            self.stuck.get_or_insert_with(|| {
                format!("etcd holds {} bytes as line {} of {}, no line", raw.len(), seq + 1, self.writer)
            });
        } else if self.pending.len() < PENDING_MAX && self.pending_bytes + raw.len() <= PENDING_BYTES_MAX {
            self.confirm(seq);
            self.pending_bytes += raw.len();
            if let Some(before) = self.pending.insert(seq, raw) {
                self.pending_bytes -= before.len();
            }
        }
    }

    fn confirm(&mut self, seq: u64) {
        if seq > self.confirmed {
            self.beyond.insert(seq);
        } else if seq == self.confirmed {
            self.confirmed += 1;
            while self.beyond.remove(&self.confirmed) {
                self.confirmed += 1;
            }
        }
    }

    fn compare(&mut self, seq: u64, raw: Vec<u8>) {
        if self.lines.hash(seq) == Some(Hash::of(&raw)) {
            return self.confirm(seq);
        }
        self.alien.insert(seq);
        let what = format!("line {} in etcd is another one than here", seq + 1);
        self.fork(&[raw], &what);
    }

    fn fork(&mut self, lines: &[Vec<u8>], what: &str) {
        let kept = match keep_fork(&self.dir, &self.writer, lines) {
            Ok(file) => format!("it is kept in {}", file.display()),
            Err(e) => format!("it could not be kept: {e}"),
        };
        self.stuck = Some(format!(
            "FORK of {}: {what}; ours stays, {kept}. Nothing more of this chain is carried until people have settled it: \
             delete the wrong line's key in etcd, or move our file away, and it goes on",
            self.writer
        ));
    }

    /// A key is gone from etcd.
    pub(super) fn deleted(&mut self, seq: u64) {
        let upto = self.confirmed;
        if seq < upto {
            self.beyond.extend(seq + 1..upto);
            self.confirmed = seq;
        }
        self.beyond.remove(&seq);
        self.alien.remove(&seq);
        self.acked = self.acked.min(seq);
        if let Some(raw) = self.pending.remove(&seq) {
            self.pending_bytes -= raw.len();
        }
        // Whatever stood in the way may be what was deleted: it is looked at again.
        self.stuck = None;
    }

    /// Writes what came from etcd and goes on with our file; true when the file grew.
    pub(super) fn write(&mut self) -> bool {
        let next = self.lines.next();
        let known = self.pending.keys().take_while(|seq| **seq < next).copied().collect::<Vec<_>>();
        for seq in known {
            let raw = self.pending.remove(&seq).unwrap_or_default();
            self.pending_bytes -= raw.len();
            self.compare(seq, raw);
        }
        if self.stuck.is_some() || !self.pending.contains_key(&next) {
            return false;
        }
        let run: Vec<u64> = (next..).take_while(|seq| self.pending.contains_key(seq)).collect();
        let lines: Vec<Vec<u8>> = run.iter().filter_map(|seq| self.pending.get(seq).cloned()).collect();
        if let Some(why) = self.unfit(next, &lines) {
            self.stuck = Some(why);
            return false;
        }
        match self.replica.extend(next, &lines) {
            Ok(_) => {
                for seq in run {
                    self.pending_bytes -= self.pending.remove(&seq).map_or(0, |raw| raw.len());
                }
                (self.disk, self.ahead_since) = (None, None);
                self.look();
                return true;
            }
            // Its own writer is at work here: its file decides, and usually it has these lines by now.
            Err(ReplicaError::Live(_)) => {
                self.look();
                if self.lines.next() > next {
                    return self.write();
                }
                self.ahead_since.get_or_insert_with(Instant::now);
            }
            Err(ReplicaError::Misfit { line, why, .. }) => {
                let at = usize::try_from(line - 1 - next.min(line - 1)).unwrap_or(0);
                let what = format!("line {line} in etcd does not go on with the chain ({why})");
                self.fork(lines.get(at..).unwrap_or_default(), &what);
            }
            Err(why) => self.disk = Some(why.to_string()),
        }
        false
    }

    /// Why lines may not be written here, whatever chain they make.
    fn unfit(&self, first: u64, lines: &[Vec<u8>]) -> Option<String> {
        let (incident, writer) = (&self.incident, &self.writer);
        if first == 0 {
            let opening = lines.first().and_then(|raw| opening_line(raw));
            match opening {
                Some((_, opening)) if opening.incident != *incident => {
                    return Some(format!(
                        "etcd holds {writer} under {incident}, and it belongs to {}",
                        opening.incident
                    ));
                }
                Some((_, opening)) if opening.drill => {
                    return Some(format!("etcd holds {writer}, which is of a drill"));
                }
                _ => {}
            }
        }
        let internal =
            |raw: &&Vec<u8>| parse_line(raw).is_ok_and(|(entry, _)| entry.disclosure == Disclosure::Internal);
        let found = lines.iter().any(|raw| internal(&raw));
        found.then(|| format!("etcd holds an internal line of {writer}; nothing of that chain is taken over"))
    }

    /// The next lines to push, and the first one's number.
    pub(super) fn push(&self) -> Option<(u64, Vec<Vec<u8>>)> {
        if self.stuck.is_some() || self.lines.internal().is_some() {
            return None;
        }
        let mut first = self.confirmed.max(self.acked);
        while self.beyond.contains(&first) {
            first += 1;
        }
        let end = self.beyond.range(first..).next().copied().unwrap_or(u64::MAX).min(self.lines.next());
        let most = usize::try_from(end.saturating_sub(first)).unwrap_or(PUSH_LINES).min(PUSH_LINES);
        if most == 0 {
            return None;
        }
        // A file that changes under us is read again at the next look.
        let lines = self.lines.raw(first, most, PUSH_BYTES).ok().filter(|lines| !lines.is_empty())?;
        Some((first, lines))
    }

    /// etcd says that it has all lines before this one. That is a word; it counts once they are seen there.
    pub(super) fn pushed(&mut self, upto: u64) {
        self.acked = self.acked.max(upto);
        self.acked_at = Some(Instant::now());
    }

    /// Lines that were acknowledged long ago and not seen since.
    pub(super) fn unseen(&self) -> Option<(u64, u64)> {
        let late = self.acked_at.is_some_and(|at| at.elapsed() > UNSEEN_LIMIT);
        (late && self.acked > self.confirmed && self.stuck.is_none()).then_some((self.confirmed, self.acked))
    }

    /// They were looked for: those that are still not seen are not there, and are pushed again. Answers how many.
    pub(super) fn looked_for(&mut self) -> u64 {
        let lost = self.acked.saturating_sub(self.confirmed);
        (self.acked, self.acked_at) = (self.confirmed, None);
        lost
    }
}
