//! `warroom runbook sheet`: a recovery's constants, from a blank sheet to one that is frozen in the log.
//! Nothing here judges a value (`runbook::sheet`).

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use crate::cli::context::Context;
use crate::cli::manner::Manner;
use crate::cli::outcome::CliError;
use crate::cli::record;
use crate::cli::verbs::runbook::find;
use crate::domain::command::Command;
use crate::domain::event::SheetFrozen;
use crate::domain::run::short_digest;
use crate::runbook::model::Runbook;
use crate::runbook::sheet::{MAX_SHEET_BYTES, Sheet, blank, differences, frozen, lint, read};

/// `warroom runbook sheet`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  warroom runbook sheet new solana-restart > 2026-11-21.toml
  warroom runbook sheet lint 2026-11-21.toml --last 2024-02-06.toml
  warroom runbook sheet freeze 2026-11-21.toml

A frozen sheet stands in the incident's log; runs of its runbook take their constants from there.
Sheets of the same runbook in the same folder count as older ones: a value left over from them is an error.")]
pub struct SheetArgs {
    #[command(subcommand)]
    verb: SheetVerb,
}

#[derive(Debug, Subcommand)]
enum SheetVerb {
    /// A blank one to fill in, with what is asked of each constant
    New {
        /// The runbook
        id: String,
    },
    /// What is wrong with one, by line, and what differs from older ones
    Lint(FileArgs),
    /// Settle it: no value may change any more; recorded in the incident
    Freeze {
        #[command(flatten)]
        file: FileArgs,
        #[command(flatten)]
        manner: Manner,
    },
}

#[derive(Debug, Args)]
struct FileArgs {
    /// The sheet
    file: PathBuf,
    /// A sheet of an earlier incident; may be given several times
    #[arg(long = "last", value_name = "FILE")]
    last: Vec<PathBuf>,
}

impl SheetArgs {
    /// Does it.
    ///
    /// # Errors
    /// Faults of the sheet (1), wrong use (2), refused (3), could not (4).
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        match self.verb {
            SheetVerb::New { id } => {
                let book = find(context, &id)?;
                if book.sheet.is_empty() {
                    return Err(CliError::Usage(format!("{id} has no sheet; write `sheet:` into its front matter")));
                }
                context.out.text(&blank(&book));
                Ok(())
            }
            SheetVerb::Lint(args) => args.checked(context).map(drop),
            SheetVerb::Freeze { file, manner } => file.freeze(context, &manner),
        }
    }
}

impl FileArgs {
    /// The sheet, when nothing is wrong with it.
    fn checked(&self, context: &mut Context) -> Result<(Runbook, Sheet), CliError> {
        let sheet = load(&self.file)?;
        let book = find(context, sheet.runbook.as_str())?;
        let older = self.older(&sheet)?;
        let found = lint(&book, &sheet, &older);
        for finding in &found {
            context.out.line(&finding.in_file(&self.file.display().to_string()));
        }
        for old in &older {
            context.out.talk(&format!("against the sheet of {}:", old.incident));
            differences(old, &sheet).iter().for_each(|d| context.out.talk(&format!("  {d}")));
        }
        let digest = short_digest(&sheet.digest());
        if !found.is_empty() {
            return Err(CliError::False(format!("{} faults in a sheet with the digest {digest}", found.len())));
        }
        let state = if sheet.frozen.is_some() { "frozen" } else { "a draft" };
        context.out.line(&format!(
            "digest {digest}, {} constants, {state}, {} says go",
            sheet.values.len(),
            sheet.says_go
        ));
        Ok((book, sheet))
    }

    /// Those named, and the other sheets of the same runbook in the same folder.
    fn older(&self, sheet: &Sheet) -> Result<Vec<Sheet>, CliError> {
        let mut older = self.last.iter().map(|f| load(f)).collect::<Result<Vec<Sheet>, CliError>>()?;
        let folder = self.file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
        let mut files: Vec<PathBuf> =
            std::fs::read_dir(folder).into_iter().flatten().filter_map(|e| Some(e.ok()?.path())).collect();
        files.sort();
        let own = self.file.file_name();
        let others = files.iter().filter(|f| f.extension().is_some_and(|e| e == "toml") && f.file_name() != own);
        // What is no sheet is somebody else's file.
        older.extend(
            others.filter_map(|f| load(f).ok()).filter(|s| s.runbook == sheet.runbook && s.incident != sheet.incident),
        );
        Ok(older)
    }

    fn freeze(&self, context: &mut Context, manner: &Manner) -> Result<(), CliError> {
        let (_, sheet) = self.checked(context)?;
        if sheet.frozen.is_some() {
            return Err(CliError::usage(
                "it is frozen already; set status = \"draft\" to change it and freeze it again",
            ));
        }
        let digest = sheet.digest();
        let text = String::from_utf8_lossy(&bytes(&self.file)?).into_owned();
        let event = SheetFrozen {
            runbook: sheet.runbook.clone(),
            sheet: digest.clone(),
            values: sheet.values.clone(),
            says_go: sheet.says_go.clone(),
        };
        record::record(context, manner, Command::Run(vec![event.into()]))?;
        let name = self.file.display();
        std::fs::write(&self.file, frozen(&text, &digest)).map_err(|why| {
            CliError::Failed(format!("{name}: recorded as frozen, but the file could not be marked so: {why}"))
        })?;
        context.out.line(&format!("frozen; read it aloud: {}", short_digest(&digest)));
        Ok(())
    }
}

fn bytes(file: &Path) -> Result<Vec<u8>, CliError> {
    let limit = u64::try_from(MAX_SHEET_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    std::fs::File::open(file)
        .and_then(|f| f.take(limit).read_to_end(&mut bytes))
        .map_err(|why| CliError::Usage(format!("{}: cannot be read: {why}", file.display())))?;
    Ok(bytes)
}

fn load(file: &Path) -> Result<Sheet, CliError> {
    read(&bytes(file)?).map_err(|fault| CliError::Usage(fault.in_file(&file.display().to_string())))
}
