//! Reading a log with its signatures: at once as far as they were looked at before and a few more, the rest in the background.
//! Must not decide whose word counts, and must not write.

use std::collections::BTreeMap;
use std::path::Path;

use crate::domain::entry::{Entry, Seal};
use crate::domain::id::WriterId;
use crate::domain::incident::Sealed;
use crate::journal::fault::Fault;
use crate::journal::name;
use crate::journal::reader::{Loaded, chain_files, load_with};
use crate::journal::scan::{Scan, scan};
use crate::journal::seal::{self, Claimed, bad_seal};
use crate::journal::witness::Witness;

/// Most signatures that a verb checks before it goes on; some 20 ms on a slow core. The others stay unchecked for it, and count.
pub const CHECK_AT_ONCE: u64 = 200;

/// Most lines told of at once by [`check_rest`].
const TELL_LINES: u64 = 1000;

/// Looks at signatures line by line, as far as it goes.
struct Looking<'a> {
    witness: &'a Witness,
    left: u64,
    claimed: Claimed,
    /// By chain: so many lines are looked at, and those that are bad.
    done: BTreeMap<WriterId, (u64, Vec<u64>)>,
}

impl Looking<'_> {
    fn look(&mut self, entry: &mut Entry, raw: &[u8]) {
        let before = self.witness.of(&entry.writer);
        let known = before.filter(|seen| entry.seq < seen.checked);
        let (checked, bad) = self.done.entry(entry.writer.clone()).or_default();
        match known {
            Some(seen) if entry.seal.is_signed() && seen.bad.contains(&entry.seq) => entry.seal = Seal::Bad,
            Some(_) if entry.seal.is_signed() => entry.seal = self.claimed.read(raw),
            Some(_) => {}
            // Behind a line that was left out nothing counts as looked at.
            None if *checked != entry.seq || entry.seal.is_signed() && self.left == 0 => return,
            None if entry.seal.is_signed() => {
                self.left -= 1;
                entry.seal = seal::check(raw);
            }
            None => {}
        }
        *checked = entry.seq + 1;
        bad.extend((entry.seal == Seal::Bad).then_some(entry.seq));
    }
}

/// Loads what can be believed, with signatures looked at as far as `witness` knows them and `most` more; what contradicts the
/// witness, and what does not fit, is a fault. The witness then knows how the log stands.
#[must_use]
pub fn load_checked(dir: &Path, witness: &mut Witness, most: u64) -> Loaded {
    let known = witness.clone();
    let mut looking = Looking { witness: &known, left: most, claimed: Claimed::default(), done: BTreeMap::new() };
    let (mut loaded, scans) = load_with(dir, |entry, raw| looking.look(entry, raw));
    let mut done = looking.done;
    for scan in &scans {
        let writer = &scan.links.writer;
        if let Some(fault) = known.objection(scan) {
            loaded.faults.push(fault);
            // It is not the file that was looked at.
            let of_it = loaded.entries.iter_mut().filter(|e| e.writer == *writer && e.seal.is_signed());
            of_it.for_each(|entry| entry.seal = Seal::Unchecked);
            continue;
        }
        let (checked, bad) = done.remove(writer).unwrap_or_default();
        loaded.faults.extend(bad.iter().map(|seq| bad_seal(&scan.file, *seq)));
        witness.take(scan, checked, bad);
    }
    loaded.faults.extend(known.missing(&scans).map(|writer| gone(dir, writer)));
    loaded
}

/// Loads what can be believed, with the signatures of those entries looked at that matter to the caller; the others stay unchecked.
/// For work on the whole log that asks a question only few entries answer.
#[must_use]
pub fn load_looking(dir: &Path, matters: impl Fn(&Entry) -> bool) -> Loaded {
    let look = |entry: &mut Entry, raw: &[u8]| {
        if entry.seal.is_signed() && matters(entry) {
            entry.seal = seal::check(raw);
        }
    };
    load_with(dir, look).0
}

/// A chain that was seen, and has no file any more.
pub(super) fn gone(dir: &Path, writer: &WriterId) -> Fault {
    let what = "this host has seen the chain, and the file is gone".to_owned();
    let mend = "fetch it from its writer or from a colleague and `warroom import` it".to_owned();
    Fault { file: name::file(dir, writer), line: 0, what, mend }
}

/// What this host has seen against a log as it is.
#[must_use]
pub fn witness_faults(dir: &Path, witness: &Witness) -> Vec<Fault> {
    let mut faults = Vec::new();
    let files = chain_files(dir, &mut Vec::new());
    let scans: Vec<Scan> =
        files.into_iter().filter_map(|(file, writer)| scan(&file, &writer, false, None).ok()).collect();
    faults.extend(scans.iter().filter_map(|scan| witness.objection(scan)));
    faults.extend(witness.missing(&scans).map(|writer| gone(dir, writer)));
    faults
}

/// Looks at every signature that `witness` does not know, chain by chain; `on` takes what was found and the faults, and says whether
/// to go on. Answers what is known then.
#[must_use]
pub fn check_rest(dir: &Path, witness: &Witness, mut on: impl FnMut(Vec<Sealed>, Vec<Fault>) -> bool) -> Witness {
    let mut after = witness.clone();
    let mut goes_on = true;
    for (file, writer) in chain_files(dir, &mut Vec::new()) {
        let first = witness.of(&writer).map_or(0, |seen| seen.checked);
        let mut bad = witness.of(&writer).map(|seen| seen.bad.clone()).unwrap_or_default();
        let (mut found, mut checked): (Vec<Sealed>, u64) = (Vec::new(), first);
        let mut each = |entry: Entry, raw: &[u8]| {
            if entry.seq < first || !goes_on {
                return;
            }
            let seal = if entry.seal.is_signed() { seal::check(raw) } else { Seal::Unsigned };
            let faults: Vec<_> = (seal == Seal::Bad).then(|| bad_seal(&file, entry.seq)).into_iter().collect();
            bad.extend((seal == Seal::Bad).then_some(entry.seq));
            checked = entry.seq + 1;
            match found.last_mut().filter(|last| last.seal == seal) {
                Some(last) => last.to = entry.seq,
                None => found.push(Sealed { writer: writer.clone(), from: entry.seq, to: entry.seq, seal }),
            }
            if !faults.is_empty() || checked.is_multiple_of(TELL_LINES) {
                goes_on = on(std::mem::take(&mut found), faults);
            }
        };
        if let Ok(scan) = scan(&file, &writer, false, Some(&mut each)) {
            after.take(&scan, checked, bad);
        }
        if goes_on && !found.is_empty() {
            goes_on = on(found, Vec::new());
        }
        if !goes_on {
            break;
        }
    }
    after
}
