//! `warroom init`: a commented configuration and roster to begin with. Overwrites nothing.

use std::io::Write;
use std::path::Path;

use clap::Args;

use crate::cli::context::Context;
use crate::cli::outcome::CliError;

const EXAMPLES: &str = "\
Examples:
  warroom init                       in your own configuration folder
  warroom --home /srv/warroom init   everything in one folder, for a bastion

Nothing that exists is touched: a file that is there is named, and the exit code is 2.";

const CONFIG: &str = include_str!("init/config.toml");
const ROSTER: &str = include_str!("init/roster.toml");

/// No arguments of its own.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Init {}

impl Init {
    /// Writes both files, or neither when one exists.
    ///
    /// # Errors
    /// Wrong use when a file is there already; could not, when the folder cannot be written.
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let paths = context.paths()?;
        let files = [(paths.config(), CONFIG), (paths.roster(), ROSTER)];
        if let Some((there, _)) = files.iter().find(|(file, _)| file.symlink_metadata().is_ok()) {
            return Err(CliError::Usage(format!(
                "{} exists and is left alone; edit it, or move it away and run `warroom init` again",
                there.display()
            )));
        }
        for folder in [paths.config_dir.clone(), paths.runbooks(), paths.peers(), paths.incidents(), paths.state_dir] {
            std::fs::create_dir_all(&folder).map_err(|why| cannot(&folder, &why))?;
        }
        for (file, text) in &files {
            write_new(file, text).map_err(|why| cannot(file, &why))?;
            context.out.line(&format!("wrote {}", file.display()));
        }
        context.out.talk("next: edit them, then `warroom doctor` says whether all is well");
        Ok(())
    }
}

fn write_new(file: &Path, text: &str) -> std::io::Result<()> {
    let mut out = std::fs::OpenOptions::new().write(true).create_new(true).open(file)?;
    out.write_all(text.as_bytes())?;
    out.sync_all()
}

fn cannot(path: &Path, why: &std::io::Error) -> CliError {
    CliError::Failed(format!("cannot write {}: {why}; choose another folder with --home DIR", path.display()))
}
