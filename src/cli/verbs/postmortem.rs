//! `warroom postmortem`: the draft, from the log alone.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::context::Context;
use crate::cli::outcome::CliError;
use crate::cli::which;
use crate::domain::entry::Entry;
use crate::domain::event::{Event, OutputRef, RunEvent};
use crate::journal;
use crate::report::{Audience, postmortem};

/// `warroom postmortem`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  warroom postmortem > draft.md
  warroom postmortem 2026-11-21-finality-stall --audience public
  warroom postmortem --out drafts/first.md

Every statement names the entry it comes from; what the log does not say stands as a question, to be
answered by people. Entries that were struck out are nowhere in it.")]
pub struct Postmortem {
    /// Which incident; without it the open one, else the newest (drills too)
    incident: Option<String>,
    /// For whom it is
    #[arg(long, value_enum, default_value_t = For::Internal)]
    audience: For,
    /// The form
    #[arg(long, value_enum, default_value_t = Form::Md)]
    format: Form,
    /// Into this file instead of to stdout; one that exists is not overwritten
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// For whom a draft is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum For {
    /// Us: everything.
    Internal,
    /// Those who decide and those who run nodes with us.
    Executive,
    /// Everybody: only what is marked public.
    Public,
}

/// The form of a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Markdown.
    Md,
}

impl Postmortem {
    /// Writes the draft.
    ///
    /// # Errors
    /// There is no such incident (2), or the file cannot be written (4).
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let chosen = which::for_reading(context, self.incident.as_deref())?;
        for fault in &chosen.faults {
            context.out.talk(&format!("warroom: DAMAGED LOG, read only up to there: {fault}"));
        }
        let audience = match self.audience {
            For::Internal => Audience::Internal,
            For::Executive => Audience::Executive,
            For::Public => Audience::Public,
        };
        let Form::Md = self.format;
        let kept: BTreeMap<&str, &OutputRef> = chosen.ledger.entries().iter().filter_map(kept_of).collect();
        let output = |sha256: &str| {
            let kept = kept.get(sha256)?;
            journal::load_kept(&chosen.dir, kept).ok().map(|b| String::from_utf8_lossy(&b).into_owned())
        };
        let draft = postmortem(&chosen.ledger, audience, &output);
        if draft.withheld > 0 {
            context.out.talk(&format!("{} entries are not for this audience and are left out", draft.withheld));
        }
        match self.out {
            None => context.out.raw(&draft.markdown),
            Some(file) => {
                let made = std::fs::OpenOptions::new().write(true).create_new(true).open(&file);
                let written = made.and_then(|mut f| std::io::Write::write_all(&mut f, draft.markdown.as_bytes()));
                written.map_err(|why| CliError::failed(format!("{}: {why}", file.display())))?;
                context.out.talk(&format!("written: {}", file.display()));
            }
        }
        Ok(())
    }
}

/// The output that a step's end names, by its hash.
fn kept_of(entry: &Entry) -> Option<(&str, &OutputRef)> {
    match &entry.event {
        Event::Run(RunEvent::StepFinished(end)) => end.output.as_ref().map(|o| (o.sha256.as_str(), o)),
        _ => None,
    }
}
