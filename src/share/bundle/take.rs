//! Takes a bundle (or one chain's file) over into the incidents of this home: checked first, merged then, forks kept aside.
//! Must not overwrite anything, and must not believe who the bundle says may sign.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufReader, Read as _};
use std::path::{Path, PathBuf};

use crate::domain::id::{IncidentId, WriterId};
use crate::journal::{
    Fault, Hash, LINE_MAX, Lines, ReplicaError, incident_folder, is_incident_id, is_shared_writer, opening_line,
    shared_chains, write_new,
};
use crate::share::bundle::layout::CHAIN_MAX;
use crate::share::bundle::read::{Refused, Staged, stage};
use crate::share::bundle::scratch::Scratch;
use crate::share::fault::ShareError;
use crate::share::merge::{Merged, merge};
use crate::share::outputs::{Named, ledger_of, named};

/// What became of one chain.
#[derive(Clone, Debug)]
pub struct Chain {
    /// Whose.
    pub writer: WriterId,
    /// What became of it.
    pub merged: Merged,
    /// Where its own valid lines end early, if they do: the rest was left out.
    pub fault: Option<Fault>,
}

/// What was taken over.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The incident.
    pub incident: IncidentId,
    /// Each chain of the bundle.
    pub chains: Vec<Chain>,
    /// Outputs that are new here.
    pub outputs: usize,
    /// Outputs that differ from ours of the same name: ours were kept.
    pub differing: Vec<String>,
    /// Outputs of the bundle that are not what their name says, and that no entry names as cut: left out.
    pub untrue: Vec<String>,
    /// Outputs of ours that were not what their name says, and are now.
    pub replaced: Vec<String>,
    /// Chains whose file here is damaged: nothing was taken over of them.
    pub spoiled: Vec<(WriterId, Fault)>,
    /// The bundle says who may sign; that was not taken over.
    pub signers: bool,
}

/// Takes `file` over into `incidents/`.
///
/// # Errors
/// When it is no bundle that may be believed (nothing was taken over then), or the disk does not take it (what was merged stays, and
/// the same may be imported again).
pub fn import(incidents: &Path, file: &Path) -> Result<Imported, ShareError> {
    let refuse =
        |what: String, mend: &str| ShareError::NotABundle { file: file.to_owned(), what, mend: mend.to_owned() };
    if let Some((writer, incident)) = single_chain(file)? {
        let chains = vec![(writer, file.to_owned())];
        return merge_all(incidents, &incident, &chains).map_err(|why| told(why, &refuse));
    }
    // Hidden, and on the disk that the incidents are on.
    let scratch = Scratch::new(incidents, ".import-")?;
    let staged = stage(file, scratch.path()).map_err(|why| match why {
        Refused::Bundle(what) => refuse(what, "Ask for it again, made with `warroom export`"),
        Refused::Disk(file, source) => ShareError::Io { file, source },
    })?;
    let mut done = merge_all(incidents, &staged.incident, &staged.chains).map_err(|why| told(why, &refuse))?;
    // Where it was unpacked is gone by the time that anybody reads this.
    for chain in &mut done.chains {
        let member = format!("{}: log/{}.jsonl", file.display(), chain.writer);
        chain.fault.iter_mut().for_each(|fault| fault.file = PathBuf::from(&member));
    }
    done.signers = staged.signers;
    take_outputs(&incidents.join(staged.incident.as_str()), &staged, &mut done)?;
    Ok(done)
}

/// Why chains were not merged.
enum Why {
    Bundle(String),
    Share(ShareError),
}

fn told(why: Why, refuse: &dyn Fn(String, &str) -> ShareError) -> ShareError {
    match why {
        Why::Bundle(what) => refuse(what, "Ask its writer for the chain as it is in their own folder"),
        Why::Share(why) => why,
    }
}

/// The writer and incident, when the file is one chain as it lies in a log's folder: a conflict copy of a sync tool, say.
fn single_chain(file: &Path) -> Result<Option<(WriterId, IncidentId)>, ShareError> {
    let about = fs::metadata(file).map_err(|e| match e.kind() {
        io::ErrorKind::NotFound => ShareError::NoFile(file.to_owned()),
        _ => ShareError::io(file)(e),
    })?;
    if !about.is_file() {
        return Err(ShareError::io(file)(io::Error::other("it is no plain file")));
    }
    let mut first = Vec::new();
    let open = fs::File::open(file).map_err(ShareError::io(file))?;
    let mut open = BufReader::new(open).take(LINE_MAX as u64);
    io::BufRead::read_until(&mut open, b'\n', &mut first).map_err(ShareError::io(file))?;
    let Some((writer, opening)) = opening_line(&first) else { return Ok(None) };
    let fits = is_shared_writer(&writer) && is_incident_id(opening.incident.as_str()) && about.len() <= CHAIN_MAX;
    Ok(fits.then_some((writer, opening.incident)))
}

fn merge_all(incidents: &Path, incident: &IncidentId, files: &[(WriterId, PathBuf)]) -> Result<Imported, Why> {
    let dir = incident_folder(incidents, incident.as_str()).map_err(|e| Why::Bundle(e.to_string()))?;
    let drill = drill_here(&dir);
    let mut checked = Vec::new();
    for (writer, file) in files {
        let mut lines = Lines::of_file(file, writer);
        lines.refresh().map_err(|e| Why::Share(ShareError::io(file)(e)))?;
        check(writer, &lines, incident, drill).map_err(Why::Bundle)?;
        checked.push((writer, lines));
    }
    let mut done = Imported {
        incident: incident.clone(),
        chains: Vec::new(),
        outputs: 0,
        differing: Vec::new(),
        untrue: Vec::new(),
        replaced: Vec::new(),
        spoiled: Vec::new(),
        signers: false,
    };
    for (writer, lines) in checked {
        let merged = match merge(&dir, writer, &lines) {
            Err(ShareError::Replica(ReplicaError::Damaged(fault))) => {
                done.spoiled.push((writer.clone(), fault));
                continue;
            }
            merged => merged.map_err(Why::Share)?,
        };
        done.chains.push(Chain { writer: writer.clone(), merged, fault: lines.broken().cloned() });
    }
    Ok(done)
}

/// Whether the incident that is here already is a drill.
fn drill_here(dir: &Path) -> Option<bool> {
    shared_chains(dir).iter().find_map(|writer| {
        let mut lines = Lines::of(dir, writer);
        lines.refresh().ok()?;
        lines.opening().map(|opening| opening.drill)
    })
}

fn check(writer: &WriterId, lines: &Lines, incident: &IncidentId, drill: Option<bool>) -> Result<(), String> {
    let Some(opening) = lines.opening() else {
        let why = lines.broken().map_or_else(|| "it is empty".to_owned(), |fault| fault.what.clone());
        return Err(format!("the chain of {writer} has no valid first line: {why}"));
    };
    if opening.incident != *incident {
        return Err(format!("the chain of {writer} belongs to incident `{}`, not to {incident}", opening.incident));
    }
    if let Some(line) = lines.internal() {
        return Err(format!("line {line} of {writer} is internal, which no shared chain may hold"));
    }
    match drill {
        Some(drill) if drill != opening.drill => {
            Err(format!("the chain of {writer} {} a drill's, and the incident here {}", is(opening.drill), is(drill)))
        }
        _ => Ok(()),
    }
}

const fn is(drill: bool) -> &'static str {
    if drill { "is" } else { "is not" }
}

/// An output that is not what its name says is taken only where entries name it as cut, and none as whole: its name is then the hash
/// of all that came out.
fn take_outputs(dir: &Path, staged: &Staged, done: &mut Imported) -> Result<(), ShareError> {
    let mut spoken = None;
    for (name, from) in &staged.outputs {
        let to = dir.join("outputs").join(name);
        let bytes = fs::read(from).map_err(ShareError::io(from))?;
        let is_whole = Hash::of(&bytes).to_string() == *name;
        let named = || named(&ledger_of(dir)).into_iter().collect::<BTreeMap<_, _>>();
        let of_it = |spoken: &BTreeMap<String, Named>| spoken.get(name).is_some_and(|named| named.fits(name, &bytes));
        if !is_whole && !of_it(spoken.get_or_insert_with(named)) {
            done.untrue.push(name.clone());
            continue;
        }
        match fs::read(&to) {
            Ok(ours) if ours == bytes => {}
            // Ours is then another one, and not what its name says.
            Ok(_) if is_whole => {
                write_new(&to, &bytes).map_err(ShareError::io(&to))?;
                done.replaced.push(name.clone());
            }
            Ok(_) => done.differing.push(name.clone()),
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                write_new(&to, &bytes).map_err(ShareError::io(&to))?;
                done.outputs += 1;
            }
            Err(e) => return Err(ShareError::io(&to)(e)),
        }
    }
    Ok(())
}
