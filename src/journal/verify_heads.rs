//! What people have seen of each other's chains and signed: checkpoints, held against the chains as they are.
//! Must not judge signatures: a statement that does not count is not looked at here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::domain::entry::Entry;
use crate::domain::event::{ChainEvent, Event};
use crate::domain::id::WriterId;
use crate::domain::incident::Trust;
use crate::domain::statement::{Checkpoint, Statement};
use crate::journal::fault::Fault;
use crate::journal::name;
use crate::journal::scan::Scan;

/// Lines that a signed checkpoint names and that are missing or other ones now.
pub(super) fn check_heads(
    entries: &[Entry],
    trust: &Trust,
    files: &BTreeMap<&WriterId, &Scan>,
    place: &dyn Fn(&WriterId) -> PathBuf,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut told = BTreeSet::new();
    for entry in entries {
        let Event::Chain(ChainEvent::Checkpoint(signed)) = &entry.event else { continue };
        let (file, line) = (place(&entry.writer), entry.seq + 1);
        let checkpoint = match Statement::parse(&signed.statement) {
            Ok(Statement::Checkpoint(checkpoint)) => checkpoint,
            Ok(_) => continue,
            Err(why) => {
                let mend = "nothing follows from it; ask its writer".to_owned();
                faults.push(Fault { file, line, what: format!("the checkpoint cannot be read: {why}"), mend });
                continue;
            }
        };
        if trust.incident().is_some_and(|id| *id != checkpoint.incident) {
            let what = format!("the checkpoint is of incident {}", checkpoint.incident);
            faults.push(Fault { file, line, what, mend: "nothing follows from it; ask its writer".to_owned() });
            continue;
        }
        if !name::is_internal(&entry.writer) && checkpoint.heads.keys().any(name::is_internal) {
            let what = "a checkpoint in a shared chain names an internal one".to_owned();
            faults.push(Fault { file, line, what, mend: "ask its writer".to_owned() });
        }
        if entry.rare.proof.is_none() {
            continue;
        }
        let by = format!("line {line} of {}, signed by {}", entry.writer, checkpoint.principal);
        let new = against(&checkpoint, &by, files, place);
        faults.extend(new.into_iter().filter(|fault| told.insert((fault.file.clone(), fault.line))));
    }
    faults
}

fn against(
    checkpoint: &Checkpoint,
    by: &str,
    files: &BTreeMap<&WriterId, &Scan>,
    place: &dyn Fn(&WriterId) -> PathBuf,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (writer, (seq, hash)) in &checkpoint.heads {
        let is = files.get(writer).and_then(|scan| scan.hash(*seq));
        let line = seq + 1;
        let (what, at) = match (files.get(writer), is) {
            (None, _) => (format!("the chain is missing: a checkpoint ({by}) names its line {line}"), 0),
            (Some(scan), None) => {
                let ends = scan.links.next;
                let what =
                    format!("the file ends at {ends}, a checkpoint ({by}) names line {line}: the tail is missing");
                (what, ends + 1)
            }
            (Some(_), Some(is)) if is.to_string() == *hash => continue,
            (Some(_), Some(_)) => (format!("the line is not the one that a checkpoint ({by}) names"), line),
        };
        let mend =
            "fetch the whole file from its writer or from a colleague; a power cut can cut a tail as well as a person";
        faults.push(Fault { file: place(writer), line: at, what, mend: mend.to_owned() });
    }
    faults
}
