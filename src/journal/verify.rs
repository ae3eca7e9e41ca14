//! Checks a whole incident: every chain, every line, and what the chains say of each other. Repairs nothing.
//! Must not write.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::domain::entry::{Disclosure, Entry};
use crate::domain::event::{ChainEvent, Event};
use crate::domain::id::WriterId;
use crate::domain::incident::Trust;
use crate::domain::time::At;
use crate::domain::time::Span;
use crate::journal::allowed::load_anchor;
use crate::journal::chain::Head;
use crate::journal::fault::{Fault, Note};
use crate::journal::forks;
use crate::journal::incidents;
use crate::journal::name;
use crate::journal::reader::{scan_all, torn_note, void_notes};
use crate::journal::scan::Scan;
use crate::journal::seal;
use crate::journal::strict;
use crate::journal::verify_heads::check_heads;
use crate::journal::verify_seals::{Sealed, check_lines, check_statements, is_of_interest, without_anchor};

/// One chain, as found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainReport {
    /// Whose.
    pub writer: WriterId,
    /// Its file.
    pub file: PathBuf,
    /// Valid lines.
    pub lines: u64,
    /// The last of them.
    pub head: Option<Head>,
    /// How many of them carry a signature.
    pub signed: u64,
    /// How many of them carry a good one.
    pub good: u64,
    /// How many of them are known to be by the person whose chain it is.
    pub trusted: u64,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Every chain.
    pub chains: Vec<ChainReport>,
    /// Valid entries in all.
    pub entries: u64,
    /// What must not be: any of them means that the log cannot be believed as it is.
    pub faults: Vec<Fault>,
    /// What is worth telling and no fault: torn tails, void lines, unknown kinds.
    pub notes: Vec<Note>,
}

impl Report {
    /// Whether nothing is wrong (notes are allowed).
    #[must_use]
    pub const fn is_sound(&self) -> bool {
        self.faults.is_empty()
    }
}

/// What is gathered line by line.
#[derive(Default)]
struct Gathered {
    /// Faults of single lines: writer, line, what.
    lines: Vec<(WriterId, u64, String)>,
    /// Who names which head of whom: of whom, head, by whom, in which line, recorded when.
    seen: Vec<(WriterId, String, WriterId, u64, At)>,
    /// Recorded time of each line, by chain.
    at: BTreeMap<WriterId, Vec<At>>,
    signed: BTreeMap<WriterId, u64>,
    unknown: BTreeMap<(WriterId, String), (u64, u64)>,
    /// Lines whose host's clock stood behind the log's: the first, how many, by how much at most.
    behind: BTreeMap<WriterId, (u64, u64, Span)>,
    /// The first line of a drill and of none.
    drill: BTreeMap<bool, (WriterId, u64)>,
    /// What trust is made of, and what carries a statement; all with their signatures looked at.
    matters: Vec<Entry>,
}

impl Gathered {
    fn line(&mut self, entry: Entry, raw: &[u8]) {
        let (writer, line) = (entry.writer.clone(), entry.seq + 1);
        let mut wrong = |what: String| self.lines.push((writer.clone(), line, what));
        if let Err(what) =
            std::str::from_utf8(raw).map_err(|e| e.to_string()).and_then(|text| strict::check(text.trim_end()))
        {
            wrong(format!("the line holds what no log may hold: {what}"));
        }
        let times = self.at.entry(writer.clone()).or_default();
        if times.last().is_some_and(|last| *last >= entry.at) {
            wrong(format!("it was recorded at {}, which is not after the line before it", entry.at));
        }
        times.push(entry.at);
        if let Some(clock) = entry.rare.clock {
            let (_, count, most) = self.behind.entry(writer.clone()).or_insert((line, 0, Span::ZERO));
            (*count, *most) = (*count + 1, entry.at.since(clock).max(*most));
        }
        let inside = name::is_internal(&writer);
        if !inside && entry.disclosure == Disclosure::Internal {
            wrong("an internal entry stands in a shared chain".to_owned());
        }
        if !inside && entry.rare.seen.iter().any(|(of, _)| name::is_internal(of)) {
            wrong("a shared chain names an internal one".to_owned());
        }
        self.drill.entry(entry.drill).or_insert_with(|| (writer.clone(), line));
        *self.signed.entry(writer.clone()).or_default() += u64::from(entry.seal.is_signed());
        if let Event::Unknown(unknown) = &entry.event {
            let kind = &unknown.kind;
            self.unknown.entry((writer.clone(), kind.clone())).or_insert((line, 0)).1 += 1;
        }
        if is_of_interest(&entry.event) {
            let mut matter = entry.clone();
            if matter.seal.is_signed() {
                matter.seal = seal::check(raw);
            }
            if matter.rare.proof.is_none()
                && let Some(proof) = seal::proof_of(&matter.event)
            {
                matter.rare.proof = Some(proof);
            }
            self.matters.push(matter);
        }
        let named = entry.rare.seen.iter().cloned().map(|(of, head)| (of, head, writer.clone(), line, entry.at));
        self.seen.extend(named);
    }
}

/// Checks the incident in this folder (or the chains that stand in the folder itself).
#[must_use]
pub fn verify(dir: &Path) -> Report {
    let mut gathered = Gathered::default();
    let (scans, mut faults) = scan_all(dir, true, |entry, raw| gathered.line(entry, raw));
    faults.extend(scans.iter().filter_map(Scan::fault));
    let files: BTreeMap<_, _> = scans.iter().map(|scan| (&scan.links.writer, scan)).collect();
    let place = |writer: &WriterId| files.get(writer).map_or_else(|| name::file(dir, writer), |scan| scan.file.clone());
    for (writer, line, what) in std::mem::take(&mut gathered.lines) {
        let mend = "the line was not written by this program as it stands; ask its writer".to_owned();
        faults.push(Fault { file: place(&writer), line, what, mend });
    }
    faults.extend(unseen(&gathered, &files, &place));
    faults.extend(other_incident(dir, &scans));
    faults.extend(loose_ends(&scans, &files));
    faults.extend(mixed_drill(&gathered, &place));
    faults.extend(forks::forks(dir));
    let mut notes = notes(&scans, &gathered, &place);
    let good = signatures(dir, &scans, &gathered, &mut faults, &mut notes);
    faults.extend(check_heads(&gathered.matters, &good.0, &files, &place));
    faults.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    let chains: Vec<_> = scans.iter().map(|scan| chain_report(scan, &gathered, &good.1)).collect();
    Report { entries: chains.iter().map(|c| c.lines).sum(), notes, chains, faults }
}

/// By chain: lines with a good signature, and lines by the person whose chain it is.
type Good = BTreeMap<WriterId, (u64, u64)>;

/// Every signature, and whose it is.
fn signatures(
    dir: &Path,
    scans: &[Scan],
    gathered: &Gathered,
    faults: &mut Vec<Fault>,
    notes: &mut Vec<Note>,
) -> (Trust, Good) {
    let (anchor, odd) = load_anchor(dir);
    let pinned = gathered.matters.iter().any(|e| matches!(e.event, Event::Chain(ChainEvent::Pinned(_))));
    // Where the log has a roster, the file beside it decides nothing.
    notes.extend(odd.into_iter().filter(|_| !pinned));
    let trust = Trust::of(&gathered.matters, anchor);
    let lines = if gathered.signed.values().any(|n| *n > 0) || trust.requires() {
        check_lines(scans, &trust)
    } else {
        Sealed::default()
    };
    let place = |writer: &WriterId| {
        let found = scans.iter().find(|scan| scan.links.writer == *writer);
        found.map_or_else(|| name::file(dir, writer), |scan| scan.file.clone())
    };
    let statements = check_statements(&gathered.matters, &trust, &place);
    notes.extend(without_anchor(&trust, lines.good.values().map(|(good, _)| good).sum(), dir));
    for found in [&lines, &statements] {
        faults.extend(found.faults.iter().cloned());
        notes.extend(found.notes.iter().cloned());
    }
    (trust, lines.good)
}

fn chain_report(scan: &Scan, gathered: &Gathered, good: &Good) -> ChainReport {
    let writer = scan.links.writer.clone();
    let signed = gathered.signed.get(&writer).copied().unwrap_or(0);
    let (good, trusted) = good.get(&writer).copied().unwrap_or_default();
    let (lines, head) = (scan.links.next, scan.links.head());
    ChainReport { file: scan.file.clone(), lines, head, signed, good, trusted, writer }
}

/// Lines that others have seen and that are not there, or were recorded later than the line that has seen them. One cause is one
/// fault: of each chain the first line that names what is missing, and how many more do.
fn unseen(gathered: &Gathered, files: &BTreeMap<&WriterId, &Scan>, place: &dyn Fn(&WriterId) -> PathBuf) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut known: BTreeMap<&WriterId, BTreeMap<String, usize>> = BTreeMap::new();
    let mut gone: BTreeMap<&WriterId, Gone<'_>> = BTreeMap::new();
    for (of, head, by, line, at) in &gathered.seen {
        let hashes = known.entry(of).or_insert_with(|| {
            let scan = files.get(of).into_iter();
            scan.flat_map(|scan| scan.hashes.iter().flatten()).enumerate().map(|(i, h)| (h.to_string(), i)).collect()
        });
        let Some(i) = hashes.get(head) else {
            let gone = gone.entry(of).or_insert_with(|| Gone { by, line: *line, head, heads: BTreeSet::new() });
            gone.heads.insert(head);
            continue;
        };
        let recorded = gathered.at.get(of).and_then(|times| times.get(*i));
        if recorded.is_some_and(|recorded| recorded >= at) {
            let what = format!("it was recorded at {at}, before line {} of {of} that it has seen", i + 1);
            let mend = "the order of these lines cannot be relied on; ask its writer".to_owned();
            faults.push(Fault { file: place(by), line: *line, what, mend });
        }
    }
    faults.extend(gone.iter().map(|(of, gone)| match files.get(*of) {
        Some(scan) => missing(scan, gone),
        None => {
            let what = format!("the chain is missing: {} has seen it ({})", gone.by, gone.names());
            let mend = "fetch it from its writer or from a colleague".to_owned();
            Fault { file: place(of), line: 0, what, mend }
        }
    }));
    faults
}

/// What lines name of one chain and is not there: the first of them, and all such heads.
struct Gone<'a> {
    by: &'a WriterId,
    line: u64,
    head: &'a str,
    heads: BTreeSet<&'a str>,
}

impl Gone<'_> {
    fn names(&self) -> String {
        let first = format!("line {} of {} names {}…", self.line, self.by, self.head.get(..12).unwrap_or(self.head));
        match self.heads.len() - 1 {
            0 => first,
            1 => format!("{first}, and 1 more line of it is named elsewhere"),
            more => format!("{first}, and {more} more lines of it are named elsewhere"),
        }
    }
}

fn missing(scan: &Scan, gone: &Gone<'_>) -> Fault {
    let (last, by, names) = (scan.links.next, gone.by, gone.names());
    let whole = scan.broken.is_none() || scan.torn();
    let what = if whole {
        format!(
            "{by} has seen line {} or a later one ({names}), the file ends at {last}: the tail is missing",
            last + 1
        )
    } else {
        format!("{by} has seen a line that is not in the file ({names})")
    };
    let mend = "fetch the whole file from its writer or from a colleague; a power cut can do this as well as a person";
    Fault { file: scan.file.clone(), line: last + 1, what, mend: mend.to_owned() }
}

/// Chains that were opened for another incident than most, or than the folder is named for.
fn other_incident(dir: &Path, scans: &[Scan]) -> Vec<Fault> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let opened = || scans.iter().filter_map(|scan| Some((scan, scan.opened.as_ref()?)));
    for (_, opened) in opened() {
        *counts.entry(opened.incident.as_str()).or_default() += 1;
    }
    let folder = dir.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let Some((most, _)) = counts.iter().max_by_key(|(id, count)| (**id == folder, **count)) else { return Vec::new() };
    if folder != *most && incidents::is_dated(folder) {
        let what = format!("the folder is named `{folder}`, its chains belong to `{most}`");
        return vec![Fault { file: dir.to_owned(), line: 0, what, mend: format!("name the folder {most}") }];
    }
    let strays = opened().filter(|(_, opened)| opened.incident.as_str() != *most);
    let fault = |(scan, opened): (&Scan, &crate::domain::event::ChainOpened)| Fault {
        file: scan.file.clone(),
        line: 1,
        what: format!("the chain belongs to incident `{}`, the others to `{most}`", opened.incident),
        mend: "move the file to its own incident's folder".to_owned(),
    };
    strays.map(fault).collect()
}

/// Chains that say they continue one that is not there, not theirs, or not as they say.
fn loose_ends(scans: &[Scan], files: &BTreeMap<&WriterId, &Scan>) -> Vec<Fault> {
    let mut faults = Vec::new();
    for scan in scans {
        let Some(continues) = scan.opened.as_ref().and_then(|opened| opened.continues.as_ref()) else { continue };
        let line = continues.seq + 1;
        let hash = files.get(&continues.writer).and_then(|scan| scan.hash(continues.seq));
        let wrong = if !name::same_hand(&scan.links.writer, &continues.writer) || scan.links.writer == continues.writer
        {
            Some("which is another writer's".to_owned())
        } else if hash.is_none() {
            Some("which is not there: it is missing".to_owned())
        } else {
            hash.filter(|hash| hash.to_string() != continues.head).map(|_| "which is not the line it was".to_owned())
        };
        if let Some(why) = wrong {
            let what = format!("the chain continues line {line} of {}, {why}", continues.writer);
            let mend = "fetch that file from its writer or from a colleague".to_owned();
            faults.push(Fault { file: scan.file.clone(), line: 1, what, mend });
        }
    }
    faults
}

/// `drill` is true on every line of a drill and on no other.
fn mixed_drill(gathered: &Gathered, place: &dyn Fn(&WriterId) -> PathBuf) -> Option<Fault> {
    let ((real, real_line), (drill, line)) = (gathered.drill.get(&false)?, gathered.drill.get(&true)?);
    let what = format!("the line is of a drill, and line {real_line} of {real} is not");
    let mend = "keep a drill's chains in a folder of their own".to_owned();
    Some(Fault { file: place(drill), line: *line, what, mend })
}

fn notes(scans: &[Scan], gathered: &Gathered, place: &dyn Fn(&WriterId) -> PathBuf) -> Vec<Note> {
    let mut notes: Vec<_> = scans.iter().filter_map(torn_note).collect();
    notes.extend(void_notes(scans));
    for ((writer, kind), (line, count)) in &gathered.unknown {
        let what =
            format!("{count} entries of kind `{kind}` are not understood by this version; they are kept and shown");
        notes.push(Note { file: place(writer), line: *line, what });
    }
    for (writer, (line, count, most)) in &gathered.behind {
        let what = format!(
            "the clock of this host stood behind the log in {count} lines from here on, by up to {}: it was set back, or \
             runs behind others'; the order of the lines is right all the same",
            most.words()
        );
        notes.push(Note { file: place(writer), line: *line, what });
    }
    notes
}
