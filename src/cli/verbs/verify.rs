//! `warroom verify`: is an incident's log whole and untouched? Repairs nothing.

use std::path::Path;

use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::outcome::CliError;
use crate::cli::verbs::bundle::failed;
use crate::cli::which;
use crate::domain::incident::{Conflict, Ledger};
use crate::journal;
use crate::journal::{Report, Witness};
use crate::share::bundle;

/// `warroom verify`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  warroom verify                               the only open incident, else the newest
  warroom verify 2026-11-21-finality-stall
  warroom verify /media/usb/incident           any folder with chains in it
  warroom verify finality-stall.tar            a bundle, as the log it would become here; nothing is taken over

Checked are the chains, every signature and whose it is, delegations, rosters, statements, and what people have
seen of each other's chains (`seen`, checkpoints),
and what this host has seen of them before. Whose key is whose is read from the roster in the log; in a log
without one, from allowed_signers beside it.

Exit 0: every chain is whole; a torn last line that was never acknowledged is told and is no fault.
Exit 1: something was changed, cut out, forged or is missing; each fault is named with its file and line.")]
pub struct Verify {
    /// An incident's id, a folder, or a bundle
    incident: Option<String>,
    /// Answer as JSON: one array of chains, faults and notes
    #[arg(long)]
    json: bool,
}

/// One finding, for scripts.
#[derive(Serialize)]
struct Found {
    id: String,
    what: &'static str,
    file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lines: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signed: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    good: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trusted: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mend: Option<String>,
    says: String,
}

impl Verify {
    /// Checks it.
    ///
    /// # Errors
    /// The log is not whole (1), or there is none (2).
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let as_folder = self.incident.as_deref().map(Path::new).filter(|p| p.is_dir() && p.components().count() > 1);
        if let Some(file) = self.incident.as_deref().map(Path::new).filter(|p| p.is_file()) {
            let report = of_bundle(context, file)?;
            return self.tell(context, &report, Vec::new(), file);
        }
        let (dir, witness) = match as_folder {
            Some(folder) => (folder.to_path_buf(), None),
            None => {
                let chosen = which::for_reading(context, self.incident.as_deref())?;
                (chosen.dir, Some(Witness::load(&context.paths()?.witness(chosen.id.as_str()))))
            }
        };
        let mut report = journal::verify(&dir);
        report.faults.extend(witness.iter().flat_map(|witness| journal::witness_faults(&dir, witness)));
        let conflicts = conflicts(&dir);
        self.tell(context, &report, conflicts, &dir)
    }

    /// What was found, and the verdict.
    fn tell(&self, context: &mut Context, report: &Report, more: Vec<Found>, of: &Path) -> Result<(), CliError> {
        let mut found = findings(report);
        found.extend(more);
        if self.json {
            context.out.json(&found)?;
        } else {
            found.iter().for_each(|f| context.out.line(&f.says));
        }
        if report.chains.is_empty() {
            return Err(CliError::Usage(format!("{} holds no chain; name an incident or its folder", of.display())));
        }
        if report.is_sound() {
            let chains =
                if report.chains.len() == 1 { "1 chain".to_owned() } else { format!("{} chains", report.chains.len()) };
            let entries =
                if report.entries == 1 { "1 entry".to_owned() } else { format!("{} entries", report.entries) };
            context.out.talk(&format!("sound: {entries} in {chains}"));
            return Ok(());
        }
        let count = report.faults.len();
        let faults = if count == 1 { "1 fault".to_owned() } else { format!("{count} faults") };
        Err(CliError::False(format!("NOT SOUND: {faults}; nothing was repaired")))
    }
}

/// A bundle, checked as the log it would become here; nothing of it is taken over.
fn of_bundle(context: &mut Context, file: &Path) -> Result<Report, CliError> {
    if file.extension().is_some_and(|e| e == "jsonl") {
        return Err(CliError::Usage(format!(
            "{}: one chain cannot be judged without the others; name the folder that it is in, or `warroom import` it",
            file.display()
        )));
    }
    let (incident, report) = bundle::check(file, &context.paths()?.state_dir).map_err(failed)?;
    context.out.talk(&format!("a bundle of incident {incident}; `warroom import` takes it over"));
    Ok(report)
}

/// What two people did at once: no fault of the log, but somebody's word did not count.
fn conflicts(dir: &std::path::Path) -> Vec<Found> {
    let ledger = Ledger::of(journal::load(dir).entries);
    let found = |c: &Conflict| Found {
        id: c.entry.to_string(),
        what: "conflict",
        file: String::new(),
        line: None,
        lines: None,
        signed: None,
        good: None,
        trusted: None,
        head: None,
        mend: None,
        says: format!("conflict at {}: {}", c.entry, c.says),
    };
    ledger.incident().conflicts.iter().map(found).collect()
}

fn findings(report: &journal::Report) -> Vec<Found> {
    let found = |id: String, what, file: &std::path::Path, says| Found {
        id,
        what,
        file: file.display().to_string(),
        line: None,
        lines: None,
        signed: None,
        good: None,
        trusted: None,
        head: None,
        mend: None,
        says,
    };
    let chains = report.chains.iter().map(|chain| {
        let says = format!("{}: {}", chain.writer, signatures(chain));
        let (signed, good, trusted) = (Some(chain.signed), Some(chain.good), Some(chain.trusted));
        let head = chain.head.as_ref().map(|head| head.hash.to_string());
        let base = found(chain.writer.to_string(), "chain", &chain.file, says);
        Found { lines: Some(chain.lines), signed, good, trusted, head, ..base }
    });
    let faults = report.faults.iter().map(|fault| {
        let id = format!("{}:{}", fault.file.display(), fault.line);
        let base = found(id, "fault", &fault.file, format!("FAULT {fault}"));
        Found { line: Some(fault.line), mend: Some(fault.mend.clone()), ..base }
    });
    let notes = report.notes.iter().map(|note| {
        let id = format!("{}:{}", note.file.display(), note.line);
        Found { line: Some(note.line), ..found(id, "note", &note.file, format!("note {note}")) }
    });
    chains.chain(faults).chain(notes).collect()
}

/// What is known of a chain's signatures, in a few words.
fn signatures(chain: &journal::ChainReport) -> String {
    let journal::ChainReport { lines, signed, good, trusted, .. } = chain;
    match (*signed, *trusted) {
        (0, _) => format!("{lines} lines, unsigned"),
        (signed, trusted) if signed == *lines && trusted == *lines => {
            format!("{lines} lines, all signed by the person whose chain it is")
        }
        (signed, trusted) => {
            format!("{lines} lines, {signed} signed, {good} signatures fit, {trusted} by the person whose chain it is")
        }
    }
}
