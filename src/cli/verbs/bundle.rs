//! `warroom export` and `warroom import`: an incident in one file, out and in. Says what became of each chain.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::outcome::CliError;
use crate::cli::verbs::log::line;
use crate::cli::which;
use crate::cli::which::Chosen;
use crate::domain::entry::Entry;
use crate::domain::id::WriterId;
use crate::journal;
use crate::journal::Fault;
use crate::share::Merged;
use crate::share::ShareError;
use crate::share::bundle;
use crate::share::may_leave;

/// `warroom export`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  warroom export --out finality-stall.tar              the only open incident, else the newest
  warroom export 2026-11-21-finality-stall --out x.tar
  warroom export --timeline --out timeline.json        for reading: without what was struck, nothing to import

The bundle is a plain tar: `tar xf FILE; cd INCIDENT; sha256sum -c SHA256SUMS`, and docs/verify.sh checks its log/.
It carries shared chains, their outputs and allowed_signers; never anything internal.
Exit 3: struck entries stand in the chains. A chain with a line taken out cannot be checked, so say --with-struck, or --timeline.")]
pub struct Export {
    /// An incident's id
    incident: Option<String>,
    /// The file to write
    #[arg(long, short, value_name = "FILE")]
    out: PathBuf,
    /// Carry struck entries too: their words are in the chains
    #[arg(long, conflicts_with = "timeline")]
    with_struck: bool,
    /// Write the timeline as one JSON array instead, without struck and internal entries
    #[arg(long)]
    timeline: bool,
    /// Replace the file if it is there
    #[arg(long)]
    force: bool,
}

/// `warroom import`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  warroom import finality-stall.tar
  warroom import 'alice@bastion (conflict).jsonl'      one chain's file, as a sync tool left it behind

Nothing is overwritten: a chain here is only extended by one that begins with it. Where two have different lines at one place
(a fork), ours stays, theirs is kept in the incident's forks/ and named; exit 1 then. The same file may be imported again.")]
pub struct Import {
    /// A bundle, or one chain's file
    file: PathBuf,
    /// Answer as JSON: one array of chains
    #[arg(long)]
    json: bool,
}

impl Export {
    /// Writes the bundle, or the timeline.
    ///
    /// # Errors
    /// Wrong use (2), struck entries (3), or could not (4).
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let chosen = which::for_reading(context, self.incident.as_deref())?;
        if self.timeline {
            return self.timeline(context, &chosen);
        }
        let done = bundle::export(&chosen.dir, &chosen.id, &self.out, self.with_struck, self.force).map_err(failed)?;
        for fault in &done.faults {
            context.out.talk(&format!("warroom: DAMAGED LOG, exported only up to there: {fault}"));
        }
        if done.missing > 0 {
            let missing =
                counted(done.missing as u64, "output that entries speak of is", "outputs that entries speak of are");
            context.out.talk(&format!("warroom: {missing} not here"));
        }
        let (chains, entries, outputs) = (done.chains, done.entries, done.outputs);
        let file = self.out.display();
        context.out.line(&format!(
            "{file}  {}: {} in {}, {}, {} bytes",
            done.incident,
            counted(entries, "entry", "entries"),
            counted(chains as u64, "chain", "chains"),
            counted(outputs as u64, "output", "outputs"),
            done.bytes
        ));
        Ok(())
    }

    fn timeline(&self, context: &mut Context, chosen: &Chosen) -> Result<(), CliError> {
        if !self.force && self.out.exists() {
            return Err(CliError::usage(ShareError::Exists(self.out.clone())));
        }
        let ledger = &chosen.ledger;
        let readable = |e: &&Entry| may_leave(e) && ledger.effective(e).is_some();
        let lines: Vec<_> = ledger.entries().iter().filter(readable).map(|e| line(ledger, e)).collect();
        let text = serde_json::to_string(&lines).map_err(CliError::failed)? + "\n";
        journal::write_new(&self.out, text.as_bytes())
            .map_err(|e| CliError::Failed(format!("{}: {e}", self.out.display())))?;
        let left_out = ledger.entries().len() - lines.len();
        context.out.line(&format!(
            "{}  {}: {} entries, {left_out} left out (struck or internal)",
            self.out.display(),
            chosen.id,
            lines.len()
        ));
        Ok(())
    }
}

/// One chain, for scripts.
#[derive(Serialize)]
struct Taken {
    id: String,
    incident: String,
    outcome: &'static str,
    lines: u64,
    says: String,
}

impl Import {
    /// Takes it over.
    ///
    /// # Errors
    /// A fork or a damaged chain (1), a file that is no bundle (2), or could not (4).
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let incidents = context.paths()?.incidents();
        let done = bundle::import(&incidents, &self.file).map_err(failed)?;
        let mut taken: Vec<Taken> = done.chains.iter().map(|chain| taken(&done, chain)).collect();
        taken.extend(done.spoiled.iter().map(|(writer, fault)| spoiled(&done, writer, fault)));
        if self.json {
            context.out.json(&taken)?;
        } else {
            taken.iter().for_each(|t| context.out.line(&format!("{}  {}", t.id, t.says)));
        }
        for fault in done.chains.iter().filter_map(|c| c.fault.as_ref()) {
            context.out.talk(&format!("warroom: DAMAGED CHAIN, taken over only up to there: {fault}"));
        }
        for name in &done.differing {
            context.out.talk(&format!("warroom: output {name} differs from ours; ours was kept"));
        }
        for name in &done.untrue {
            context.out.talk(&format!(
                "warroom: output {name} of the bundle is not what its name says (its SHA-256 is another one); it was left out"
            ));
        }
        for name in &done.replaced {
            context.out.talk(&format!(
                "warroom: output {name} of ours was not what its name says; the true one took its place"
            ));
        }
        if done.signers {
            context.out.talk(
                "warroom: the bundle says who may sign (allowed_signers); that was not taken over, for whom to believe is your decision",
            );
        }
        let outputs = counted(done.outputs as u64, "new output", "new outputs");
        context.out.talk(&format!("incident {}, {outputs}", done.incident));
        for (_, fault) in &done.spoiled {
            context.out.talk(&format!(
                "warroom: OUR FILE IS DAMAGED: {}: {}; nothing was taken over of this chain: move the file aside and import again",
                fault.place(),
                fault.what
            ));
        }
        verdict(&done)
    }
}

/// `1 chain is`, `2 chains are`.
fn chains_are(count: usize) -> String {
    if count == 1 { "1 chain is".to_owned() } else { format!("{count} chains are") }
}

fn counted(count: u64, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}

/// A chain of which nothing was taken over, for our own file of it is damaged.
fn spoiled(done: &bundle::Imported, writer: &WriterId, fault: &Fault) -> Taken {
    Taken {
        id: writer.to_string(),
        incident: done.incident.to_string(),
        outcome: "damaged-here",
        lines: 0,
        says: format!("nothing taken over: our file is damaged at {}: {}", fault.place(), fault.what),
    }
}

/// Whether everything was as it should be.
fn verdict(done: &bundle::Imported) -> Result<(), CliError> {
    let forked = |c: &&bundle::Chain| matches!(c.merged, Merged::Forked { .. } | Merged::Live { .. });
    let forks = done.chains.iter().filter(forked).count();
    let damaged = done.chains.iter().filter(|c| c.fault.is_some()).count();
    let mut says = Vec::new();
    if forks > 0 {
        says.push(format!(
            "{} FORKED; nothing of the other branch was merged, and it is kept in forks/",
            chains_are(forks)
        ));
    }
    if damaged > 0 {
        says.push(format!("{} DAMAGED in the file, and taken over only up to there", chains_are(damaged)));
    }
    if !done.spoiled.is_empty() {
        says.push(format!("{} DAMAGED here, and nothing was taken over of it", chains_are(done.spoiled.len())));
    }
    if says.is_empty() { Ok(()) } else { Err(CliError::False(says.join("; "))) }
}

fn taken(done: &bundle::Imported, chain: &bundle::Chain) -> Taken {
    let (outcome, lines, says) = match &chain.merged {
        Merged::Extended { from: 0, to } => ("new", *to, format!("new, {}", counted(*to, "entry", "entries"))),
        Merged::Extended { from, to } => {
            ("extended", to - from, format!("{} before, {to} now", counted(*from, "entry", "entries")))
        }
        Merged::Known { ahead: 0 } => ("known", 0, "nothing new".to_owned()),
        Merged::Known { ahead } => ("known", 0, format!("nothing new; ours goes on for {ahead} more")),
        Merged::Forked { at, kept } => (
            "forked",
            0,
            format!("FORK: line {} is another one there; ours stays, theirs is kept in {}", at + 1, kept.display()),
        ),
        Merged::Live { kept } => (
            "forked",
            0,
            format!(
                "its writer has it open on this host, and the file has more lines than that; they are kept in {}",
                kept.display()
            ),
        ),
    };
    let (outcome, says) = match &chain.fault {
        Some(_) if outcome == "forked" => (outcome, says),
        Some(fault) => (
            "damaged-there",
            format!("{says}; damaged in the file at {}, and taken over only up to there", fault.place()),
        ),
        None => (outcome, says),
    };
    Taken { id: chain.writer.to_string(), incident: done.incident.to_string(), outcome, lines, says }
}

/// What could not be carried, with its exit code.
pub fn failed(why: ShareError) -> CliError {
    match why {
        ShareError::NoFile(_) | ShareError::NotABundle { .. } | ShareError::Nothing(_) | ShareError::Exists(_) => {
            CliError::usage(why)
        }
        ShareError::Struck(_) => CliError::Refused(why.to_string()),
        ShareError::Replica(_) | ShareError::Io { .. } => CliError::failed(why),
    }
}
