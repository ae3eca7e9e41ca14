//! The signatures of a whole log: every line's, every statement's, and whose they are. Uses all cores, holds few lines at once.
//! Must not write, and must not know of chains and heads.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::thread;

use crate::domain::entry::{Entry, Seal};
use crate::domain::event::{ChainEvent, Event};
use crate::domain::id::WriterId;
use crate::domain::incident::{Standing, Trust};
use crate::journal::fault::{Fault, Note};
use crate::journal::scan::{Scan, scan};
use crate::journal::seal;

/// Most lines, and most bytes, that wait to be checked together.
const BATCH_LINES: usize = 4096;
const BATCH_BYTES: usize = 8 * 1024 * 1024;

/// More cores than this are left to others.
const CORES_MAX: usize = 8;

/// Lines that say the same about a signature, of one chain: the first of them, and how many.
type Tally = BTreeMap<(WriterId, &'static str, String), (u64, u64)>;

/// What was found out about signatures.
#[derive(Default)]
pub(super) struct Sealed {
    pub faults: Vec<Fault>,
    pub notes: Vec<Note>,
    /// Lines with a good signature, and lines by the person whose chain it is, by chain.
    pub good: BTreeMap<WriterId, (u64, u64)>,
}

/// Checks the signatures of all lines of these chains.
pub(super) fn check_lines(scans: &[Scan], trust: &Trust) -> Sealed {
    let mut sealed = Sealed::default();
    let mut tally = Tally::new();
    for found in scans.iter().filter(|scan| scan.links.next > 0) {
        let writer = &found.links.writer;
        let mut batch = Batch::default();
        let mut on = |entry: Entry, raw: &[u8]| {
            batch.take(entry, raw);
            if batch.is_full() {
                settle(&mut batch, trust, &mut tally, &mut sealed);
            }
        };
        // A file that cannot be read was told of when its chain was; one that grew meanwhile is read as far as it goes.
        if scan(&found.file, writer, false, Some(&mut on)).is_ok() {
            settle(&mut batch, trust, &mut tally, &mut sealed);
        }
    }
    let file = |writer: &WriterId| scans.iter().find(|s| s.links.writer == *writer).map(|s| s.file.clone());
    for ((writer, word, says), (line, count)) in tally {
        let file = file(&writer).unwrap_or_default();
        tell(&mut sealed, trust, word, Told { file, line, count, says });
    }
    sealed
}

/// An unsigned line that has its effect all the same.
const UNSIGNED_AND_COUNTS: &str = "unsigned-and-counts";

#[derive(Default)]
struct Batch {
    lines: Vec<(Entry, Vec<u8>)>,
    bytes: usize,
}

impl Batch {
    fn take(&mut self, entry: Entry, raw: &[u8]) {
        let raw = if entry.seal.is_signed() { raw.to_vec() } else { Vec::new() };
        self.bytes += raw.len();
        self.lines.push((entry, raw));
    }

    const fn is_full(&self) -> bool {
        self.lines.len() >= BATCH_LINES || self.bytes >= BATCH_BYTES
    }
}

/// Checks what waits, on all cores, and notes what it is worth.
fn settle(batch: &mut Batch, trust: &Trust, tally: &mut Tally, sealed: &mut Sealed) {
    let mut lines = std::mem::take(&mut batch.lines);
    batch.bytes = 0;
    let cores = thread::available_parallelism().map_or(1, |n| n.get().min(CORES_MAX));
    let share = lines.len().div_ceil(cores).max(1);
    thread::scope(|scope| {
        for part in lines.chunks_mut(share) {
            scope.spawn(move || part.iter_mut().for_each(|(entry, raw)| look(entry, raw)));
        }
    });
    for (entry, _) in lines {
        let standing = trust.standing(&entry);
        let (good, trusted) = sealed.good.entry(entry.writer.clone()).or_default();
        *good += u64::from(matches!(entry.seal, Seal::Good(_)));
        *trusted += u64::from(standing.is_trusted());
        if standing.is_trusted() {
            continue;
        }
        // What the chain itself needs counts whoever signed: a torn tail is told before there is a session to sign with.
        let counts = standing == Standing::Unsigned && trust.objection(&entry).is_none();
        let word = if counts { UNSIGNED_AND_COUNTS } else { standing.word() };
        let key = (entry.writer.clone(), word, standing.says());
        tally.entry(key).or_insert((entry.seq + 1, 0)).1 += 1;
    }
}

fn look(entry: &mut Entry, raw: &[u8]) {
    if entry.seal.is_signed() {
        entry.seal = seal::check(raw);
    }
}

struct Told {
    file: PathBuf,
    line: u64,
    count: u64,
    says: String,
}

/// What must not be is a fault, what only cannot be told is a note.
fn tell(sealed: &mut Sealed, trust: &Trust, word: &'static str, told: Told) {
    let Told { file, line, count, says } = told;
    let lines = if count == 1 { "the line".to_owned() } else { format!("{count} lines, this one the first") };
    let what = format!("{lines}: {says}");
    let mend = match word {
        "bad" => "it has no effect; compare with a colleague's copy, and ask its writer",
        "revoked" => "ask whose key it was, and record anew what is to stand",
        "another-person" => "ask both; record anew what is to stand",
        "unknown-key" if trust.has_keys() => "put the key into the roster if it is theirs, and pin the roster again",
        "expired" => "ask the writer; a clock that was wrong is told by the `clock` of the lines",
        "unsigned" | "unvouched" if trust.requires() => "the roster requires signatures: such lines have no effect",
        _ => {
            // Unsigned lines are only worth a word where others are signed.
            if !matches!(word, "unsigned" | UNSIGNED_AND_COUNTS)
                || trust.has_keys()
                || sealed.good.values().any(|(good, _)| *good > 0)
            {
                sealed.notes.push(Note { file, line, what });
            }
            return;
        }
    };
    sealed.faults.push(Fault { file, line, what, mend: mend.to_owned() });
}

/// Statements and what trust is made of: signatures that do not fit, keys that are nobody's, rosters without effect.
pub(super) fn check_statements(entries: &[Entry], trust: &Trust, place: &dyn Fn(&WriterId) -> PathBuf) -> Sealed {
    let mut sealed = Sealed::default();
    for entry in entries {
        let (file, line) = (place(&entry.writer), entry.seq + 1);
        if let Some(why) = trust.refused().get(&entry.name()) {
            let delegation = matches!(entry.event, Event::Chain(ChainEvent::Delegated(_)));
            let nobody = delegation && entry.rare.proof.is_some() && !trust.has_keys();
            let what = format!("{} has no effect: {why}", entry.event.kind());
            if nobody {
                sealed.notes.push(Note { file, line, what });
            } else {
                let mend = "ask its writer; have it done again by somebody whose key the roster has".to_owned();
                sealed.faults.push(Fault { file, line, what, mend });
            }
            continue;
        }
        let Some((_, sig)) = seal::statement_of(&entry.event) else { continue };
        if matches!(entry.event, Event::Chain(ChainEvent::Delegated(_))) || sig.is_empty() {
            continue;
        }
        if let Err(why) = trust.statement_signer(entry) {
            let what = format!("the statement of {} does not count: {why}", entry.event.kind());
            if entry.rare.proof.is_some() && !trust.has_keys() {
                sealed.notes.push(Note { file, line, what });
            } else {
                let mend = "ask whoever it names; have it given again".to_owned();
                sealed.faults.push(Fault { file, line, what, mend });
            }
        }
    }
    sealed
}

/// Whether nobody can tell whose signatures these are.
pub(super) fn without_anchor(trust: &Trust, good: u64, dir: &std::path::Path) -> Option<Note> {
    let what = "the lines are signed, and nothing here says by whom: the log has no roster with keys, and no allowed_signers beside it";
    (good > 0 && !trust.has_keys()).then(|| Note { file: dir.to_owned(), line: 0, what: what.to_owned() })
}

/// Whether an entry is one that trust is made of or that carries a statement.
pub(super) fn is_of_interest(event: &Event) -> bool {
    let matters = matches!(
        event,
        Event::Chain(
            ChainEvent::Opened(_) | ChainEvent::Delegated(_) | ChainEvent::Pinned(_) | ChainEvent::Checkpoint(_)
        )
    );
    matters || seal::statement_of(event).is_some()
}
