//! Which chain this process writes: the lowest of a person's names that is free, not continued elsewhere, not damaged.
//! Must not write lines.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use crate::domain::event::{ChainEvent, ChainOpened, Event};
use crate::domain::id::{IncidentId, WriterId};
use crate::journal::chain_file::{ChainFile, Torn, Unusable};
use crate::journal::disk::Disk;
use crate::journal::format::Envelope;
use crate::journal::limits::{CHAINS_MAX, LINE_MAX};
use crate::journal::name;
use crate::journal::scan::{Raw, Scan, next_line};

/// Whose chain is wanted, and where.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub dir: PathBuf,
    pub incident: IncidentId,
    pub person: String,
    pub host: String,
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
}

/// Takes the lowest usable name.
pub(super) fn claim(disk: &mut dyn Disk, wanted: &Wanted) -> Result<Claim, Vec<String>> {
    let continued = continued(&wanted.dir);
    let mut passed = Vec::new();
    for n in 1..=CHAINS_MAX {
        let writer = name::writer_name(&wanted.person, &wanted.host, n);
        if continued.contains(&writer) || continued.contains(&name::internal_name(&writer)) {
            continue;
        }
        match take(disk, wanted, &writer) {
            Ok(claim) => return Ok(Claim { passed, ..claim }),
            Err(Unusable::Locked(_)) => {}
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
    })
}

fn checked(
    disk: &mut dyn Disk,
    wanted: &Wanted,
    writer: &WriterId,
) -> Result<(ChainFile, Scan, Option<Torn>), Unusable> {
    let file = name::file(&wanted.dir, writer);
    if let Some(opened) = opened(&file).filter(|opened| opened.incident != wanted.incident) {
        return Err(Unusable::Foreign { file, of: opened.incident.to_string() });
    }
    ChainFile::open(disk, &wanted.dir, writer)
}

/// New chains under the next name that was never used, for going on after a poisoned one.
pub(super) fn claim_fresh(disk: &mut dyn Disk, wanted: &Wanted) -> Result<Claim, String> {
    for n in 2..=CHAINS_MAX {
        let writer = name::writer_name(&wanted.person, &wanted.host, n);
        let inner = name::internal_name(&writer);
        if name::file(&wanted.dir, &inner).exists() {
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
                });
            }
            Err(Unusable::Exists(_)) => {}
            Err(why) => return Err(why.to_string()),
        }
    }
    Err(format!("all {CHAINS_MAX} names of this person on this host are taken"))
}

/// Every chain that another one continues.
fn continued(dir: &Path) -> BTreeSet<WriterId> {
    let mut found = BTreeSet::new();
    for folder in ["log", "internal"] {
        let Ok(files) = fs::read_dir(dir.join(folder)) else { continue };
        let paths = files.flatten().map(|f| f.path()).filter(|path| name::of_file(path).is_some());
        let continues = paths.filter_map(|path| Some((name::of_file(&path)?, opened(&path)?.continues?)));
        found.extend(continues.filter(|(by, of)| name::same_hand(by, &of.writer)).map(|(_, of)| of.writer));
    }
    found
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
