//! Which chain this process writes: the lowest of a person's names that is free, not continued elsewhere, not damaged,
//! not cut or gone since this host saw it.
//! Must not write lines.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use crate::domain::event::{ChainEvent, ChainOpened, Event};
use crate::domain::id::{IncidentId, WriterId};
use crate::journal::chain_file::{ChainFile, Torn, Unusable};
use crate::journal::checked::gone;
use crate::journal::disk::Disk;
use crate::journal::format::Envelope;
use crate::journal::limits::{CHAINS_MAX, LINE_MAX};
use crate::journal::name;
use crate::journal::scan::{Place, Raw, Scan, next_line};
use crate::journal::witness::Witness;

/// Whose chain is wanted, and where.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub dir: PathBuf,
    pub incident: IncidentId,
    pub person: String,
    pub host: String,
    /// This machine's mark, empty where nobody knows.
    pub machine: String,
    /// The mark in our names, once the folder has shown that another machine bears our host's name.
    pub mark: Option<String>,
    /// What this host has seen of the chains.
    pub known: Witness,
    /// Where the chains were left by whoever has just read them.
    pub left: Vec<Place>,
}

impl Wanted {
    fn writer(&self, n: u32) -> WriterId {
        name::marked_name(&self.person, &self.host, self.mark.as_deref(), n)
    }

    /// Whether both machines are known, this one and the chain's.
    fn is_marked(&self, opened: &ChainOpened) -> bool {
        !self.machine.is_empty() && !opened.machine.is_empty()
    }
}

/// A writer's two chains, locked.
pub(super) struct Claim {
    pub writer: WriterId,
    pub main: ChainFile,
    pub internal: ChainFile,
    /// What the files held: main, internal.
    pub held: [Option<Scan>; 2],
    pub torn: [Option<Torn>; 2],
    /// Why lower names were passed over, where people should know.
    pub passed: Vec<String>,
    /// Lower names that another process holds.
    pub busy: Vec<WriterId>,
}

/// Takes the lowest usable name; notes in `wanted` whether our names are marked from here on.
pub(super) fn claim(disk: &mut dyn Disk, wanted: &mut Wanted) -> Result<Claim, Vec<String>> {
    let (continued, twin) = survey(wanted);
    if twin {
        wanted.mark = Some(wanted.machine.clone());
    }
    let (mut passed, mut busy) = (Vec::new(), Vec::new());
    for n in 1..=CHAINS_MAX {
        let writer = wanted.writer(n);
        if continued.contains(&writer) || continued.contains(&name::internal_name(&writer)) {
            continue;
        }
        match take(disk, wanted, &writer) {
            Ok(claim) => return Ok(Claim { passed, busy, ..claim }),
            Err(Unusable::Locked(_)) => busy.push(writer),
            // A name that cannot even be made says that no other can; a file that is somebody else's says nothing of the next.
            Err(Unusable::Io { file, source }) if !file.exists() => {
                passed.push(format!("{}: {source}", file.display()));
                return Err(passed);
            }
            Err(why) => passed.push(why.to_string()),
        }
    }
    passed.push(format!("all {CHAINS_MAX} names of this person on this host are taken"));
    Err(passed)
}

fn take(disk: &mut dyn Disk, wanted: &Wanted, writer: &WriterId) -> Result<Claim, Unusable> {
    let (main, main_held, main_torn) = checked(disk, wanted, writer)?;
    let inner = name::internal_name(writer);
    let (internal, internal_held, internal_torn) = if name::file(&wanted.dir, &inner).exists() {
        let (internal, held, torn) = checked(disk, wanted, &inner)?;
        (internal, Some(held), torn)
    } else if wanted.known.of(&inner).is_some() {
        return Err(Unusable::Damaged(gone(&wanted.dir, &inner)));
    } else {
        (ChainFile::later(&wanted.dir, &inner), None, None)
    };
    Ok(Claim {
        writer: writer.clone(),
        main,
        internal,
        held: [Some(main_held), internal_held],
        torn: [main_torn, internal_torn],
        passed: Vec::new(),
        busy: Vec::new(),
    })
}

fn checked(
    disk: &mut dyn Disk,
    wanted: &Wanted,
    writer: &WriterId,
) -> Result<(ChainFile, Scan, Option<Torn>), Unusable> {
    let file = name::file(&wanted.dir, writer);
    if let Some(opened) = opened(&file) {
        if opened.incident != wanted.incident {
            return Err(Unusable::Foreign { file, of: opened.incident.to_string() });
        }
        if wanted.is_marked(&opened) && opened.machine != wanted.machine {
            return Err(Unusable::Twin { file, host: opened.host });
        }
    }
    let left = wanted.left.iter().find(|place| place.head.writer == *writer);
    ChainFile::open(disk, &wanted.dir, writer, &wanted.known, left)
}

/// New chains under the next name that was never used, for going on after a poisoned one.
pub(super) fn claim_fresh(disk: &mut dyn Disk, wanted: &mut Wanted) -> Result<Claim, String> {
    // A folder that is synchronised may have brought another machine's chain in the place of ours.
    let there = opened(&name::file(&wanted.dir, &wanted.writer(1)));
    if there.is_some_and(|opened| wanted.is_marked(&opened) && opened.machine != wanted.machine) {
        wanted.mark = Some(wanted.machine.clone());
    }
    let first = if wanted.mark.is_some() { 1 } else { 2 };
    for n in first..=CHAINS_MAX {
        let writer = wanted.writer(n);
        let inner = name::internal_name(&writer);
        let known = |writer| wanted.known.of(writer).is_some();
        if name::file(&wanted.dir, &inner).exists() || known(&writer) || known(&inner) {
            continue;
        }
        match ChainFile::fresh(disk, &wanted.dir, &writer) {
            Ok(main) => {
                let internal = ChainFile::later(&wanted.dir, &inner);
                return Ok(Claim {
                    writer,
                    main,
                    internal,
                    held: [None, None],
                    torn: [None, None],
                    passed: Vec::new(),
                    busy: Vec::new(),
                });
            }
            Err(Unusable::Exists(_)) => {}
            Err(why) => return Err(why.to_string()),
        }
    }
    Err(format!("all {CHAINS_MAX} names of this person on this host are taken"))
}

/// Every chain that another one continues; and whether another machine bears our host's name: a chain of whomever on a host
/// of this name says so, unless this person has one there that is of our own machine.
fn survey(wanted: &Wanted) -> (BTreeSet<WriterId>, bool) {
    let (mut found, mut twin, mut own) = (BTreeSet::new(), false, false);
    let first = name::writer_name(&wanted.person, &wanted.host, 1);
    for folder in ["log", "internal"] {
        let Ok(files) = fs::read_dir(wanted.dir.join(folder)) else { continue };
        let paths = files.flatten().map(|f| f.path());
        for (by, opened) in paths.filter_map(|path| Some((name::of_file(&path)?, opened(&path)?))) {
            if name::is_of_host(&by, &wanted.host) && wanted.is_marked(&opened) {
                let ours = opened.machine == wanted.machine;
                twin |= !ours;
                own |= ours && name::same_hand(&by, &first);
            }
            if let Some(of) = opened.continues.filter(|of| name::same_hand(&by, &of.writer)) {
                found.insert(of.writer);
            }
        }
    }
    (found, twin && !own)
}

/// The first entry of a chain's file; `None` when there is none.
pub(super) fn opened(path: &Path) -> Option<ChainOpened> {
    let mut from = BufReader::with_capacity(LINE_MAX, File::open(path).ok()?);
    let mut buffer = Vec::new();
    let Ok(Raw::Line) = next_line(&mut from, &mut buffer) else { return None };
    match Envelope::read(&buffer).ok()?.entry().event {
        Event::Chain(ChainEvent::Opened(opened)) => Some(*opened),
        _ => None,
    }
}
