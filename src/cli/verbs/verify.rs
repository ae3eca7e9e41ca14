//! `warroom verify`: is an incident's log whole and untouched? Repairs nothing.

use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::outcome::CliError;
use crate::cli::which;
use crate::journal;

/// `warroom verify`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  warroom verify                               the only open incident, else the newest
  warroom verify 2026-11-21-finality-stall
  warroom verify /media/usb/incident           any folder with chains in it

Exit 0: every chain is whole; a torn last line that was never acknowledged is told and is no fault.
Exit 1: something was changed, cut out or is missing; each fault is named with its file and line.
Signatures are counted, and not checked by this version: docs/log.md shows how ssh-keygen checks them.")]
pub struct Verify {
    /// An incident's id, or a folder
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
    says: String,
}

impl Verify {
    /// Checks it.
    ///
    /// # Errors
    /// The log is not whole (1), or there is none (2).
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let as_folder =
            self.incident.as_deref().map(std::path::Path::new).filter(|p| p.is_dir() && p.components().count() > 1);
        let dir = match as_folder {
            Some(folder) => folder.to_path_buf(),
            None => which::for_reading(context, self.incident.as_deref())?.dir,
        };
        let report = journal::verify(&dir);
        let found = findings(&report);
        if self.json {
            context.out.json(&found)?;
        } else {
            found.iter().for_each(|f| context.out.line(&f.says));
        }
        if report.chains.is_empty() {
            return Err(CliError::Usage(format!("{} holds no chain; name an incident or its folder", dir.display())));
        }
        if report.is_sound() {
            context.out.talk(&format!("sound: {} entries in {} chains", report.entries, report.chains.len()));
            return Ok(());
        }
        let count = report.faults.len();
        let faults = if count == 1 { "1 fault".to_owned() } else { format!("{count} faults") };
        Err(CliError::False(format!("NOT SOUND: {faults}; nothing was repaired")))
    }
}

fn findings(report: &journal::Report) -> Vec<Found> {
    let chains = report.chains.iter().map(|chain| Found {
        id: chain.writer.to_string(),
        what: "chain",
        file: chain.file.display().to_string(),
        line: None,
        lines: Some(chain.lines),
        signed: Some(chain.signed),
        says: format!("{}: {} lines, {} signed", chain.writer, chain.lines, chain.signed),
    });
    let faults = report.faults.iter().map(|fault| Found {
        id: format!("{}:{}", fault.file.display(), fault.line),
        what: "fault",
        file: fault.file.display().to_string(),
        line: Some(fault.line),
        lines: None,
        signed: None,
        says: format!("FAULT {fault}"),
    });
    let notes = report.notes.iter().map(|note| Found {
        id: format!("{}:{}", note.file.display(), note.line),
        what: "note",
        file: note.file.display().to_string(),
        line: Some(note.line),
        lines: None,
        signed: None,
        says: format!("note {note}"),
    });
    chains.chain(faults).chain(notes).collect()
}
