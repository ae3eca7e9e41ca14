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
use crate::journal::write_new;
use crate::runbook::sheet::{MAX_SHEET_BYTES, Sheet, blank, differences, frozen, lint, read};

/// `warroom runbook sheet`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  warroom runbook sheet new solana-restart > 2026-11-21.toml
  warroom runbook sheet lint 2026-11-21.toml --last 2024-02-06.toml
  warroom runbook sheet freeze 2026-11-21.toml

A frozen sheet stands in the incident's log; runs of its runbook take their constants from there.
Sheets of the same runbook in the same folder count as older ones: a value, or the incident's words, left over from
them is an error, and so is one that cannot be read.")]
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
            SheetVerb::Lint(args) => args.checked(context, &args.bytes()?, false).map(drop),
            SheetVerb::Freeze { file, manner } => file.freeze(context, &manner),
        }
    }
}

impl FileArgs {
    fn bytes(&self) -> Result<Vec<u8>, CliError> {
        bytes(&self.file)
    }

    /// The sheet that these bytes of its file are, when nothing is wrong with it; all is only talk where stdout is for JSON.
    fn checked(&self, context: &mut Context, text: &[u8], talk: bool) -> Result<Sheet, CliError> {
        let sheet = parse(&self.file, text)?;
        let book = find(context, sheet.runbook.as_str())?;
        let older = self.older(&sheet)?;
        let found = lint(&book, &sheet, &older);
        for finding in &found {
            say(context, talk, &finding.in_file(&self.file.display().to_string()));
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
        let count = sheet.values.len();
        say(context, talk, &format!("digest {digest}, {count} constants, {state}, {} says go", sheet.says_go));
        Ok(sheet)
    }

    /// Those named, and the other sheets of the same runbook in the same folder.
    fn older(&self, sheet: &Sheet) -> Result<Vec<Sheet>, CliError> {
        let mut older = self.last.iter().map(|f| load(f)).collect::<Result<Vec<Sheet>, CliError>>()?;
        let folder = self.file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
        let unread = |why: std::io::Error| CliError::Usage(format!("{}: cannot be listed: {why}", folder.display()));
        let entries = std::fs::read_dir(folder).map_err(unread)?;
        let mut files = entries.map(|e| Ok(e.map_err(unread)?.path())).collect::<Result<Vec<PathBuf>, CliError>>()?;
        files.sort();
        let own = self.file.file_name();
        let others = files.iter().filter(|f| f.extension().is_some_and(|e| e == "toml") && f.file_name() != own);
        for file in others.filter(|f| f.is_file()) {
            older.extend(neighbour(file)?.filter(|s| s.runbook == sheet.runbook));
        }
        Ok(older)
    }

    fn freeze(&self, context: &mut Context, manner: &Manner) -> Result<(), CliError> {
        // Read once: what is checked, what is recorded and what is written back are the same text, whoever edits meanwhile.
        let read = self.bytes()?;
        let sheet = self.checked(context, &read, manner.json)?;
        if sheet.frozen.is_some() {
            return Err(CliError::usage(
                "it is frozen already; set status = \"draft\" to change it and freeze it again",
            ));
        }
        let digest = sheet.digest();
        let text = String::from_utf8_lossy(&read);
        let event = SheetFrozen {
            runbook: sheet.runbook.clone(),
            sheet: digest.clone(),
            values: sheet.values.clone(),
            says_go: sheet.says_go.clone(),
        };
        record::record(context, manner, Command::Run(vec![event.into()]))?;
        let name = self.file.display();
        replace(&self.file, frozen(&text, &digest).as_bytes()).map_err(|why| {
            CliError::Failed(format!(
                "{name}: recorded as frozen, but the file could not be marked so, and is as it was: {why}; when that is mended, \
                 write status = \"frozen\" and digest = \"{digest}\" into it"
            ))
        })?;
        say(context, manner.json, &format!("frozen; read it aloud: {}", short_digest(&digest)));
        Ok(())
    }
}

/// A line of result, or of talk where stdout is for JSON alone.
fn say(context: &mut Context, talk: bool, text: &str) {
    if talk { context.out.talk(text) } else { context.out.line(text) }
}

/// The new text in the old one's place, whole or not at all, with its permissions; behind a link, where the link leads.
fn replace(file: &Path, text: &[u8]) -> std::io::Result<()> {
    let file = std::fs::canonicalize(file)?;
    let permissions = std::fs::metadata(&file)?.permissions();
    write_new(&file, text)?;
    std::fs::set_permissions(&file, permissions)
}

fn bytes(file: &Path) -> Result<Vec<u8>, CliError> {
    let limit = u64::try_from(MAX_SHEET_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    std::fs::File::open(file)
        .and_then(|f| f.take(limit).read_to_end(&mut bytes))
        .map_err(|why| CliError::Usage(format!("{}: cannot be read: {why}", file.display())))?;
    Ok(bytes)
}

/// The sheet in a file beside another; none where it is somebody else's file. One that cannot be read is an error: its
/// values may be the very ones that are left over.
fn neighbour(file: &Path) -> Result<Option<Sheet>, CliError> {
    let bytes = bytes(file)?;
    if String::from_utf8_lossy(&bytes).contains("warroom-sheet") { parse(file, &bytes).map(Some) } else { Ok(None) }
}

fn load(file: &Path) -> Result<Sheet, CliError> {
    parse(file, &bytes(file)?)
}

fn parse(file: &Path, text: &[u8]) -> Result<Sheet, CliError> {
    read(text).map_err(|fault| CliError::Usage(fault.in_file(&file.display().to_string())))
}
