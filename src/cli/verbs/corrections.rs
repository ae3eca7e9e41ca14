//! `warroom amend` and `warroom strike`: corrections are new entries; the old ones are shown struck out.

use clap::Args;

use crate::cli::context::Context;
use crate::cli::manner::Manner;
use crate::cli::outcome::CliError;
use crate::cli::record::record;
use crate::domain::command::Command;

/// `warroom amend`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  warroom amend alice@bastion/7 \"val-2, not val-1\"
  warroom amend alice@bastion/7 --happened 02:43        only the time was wrong")]
pub struct Amend {
    /// The entry, as `warroom log` names it
    entry: String,
    /// The words as they should have been
    #[arg(num_args = 0..)]
    text: Vec<String>,
    /// Why
    #[arg(long, default_value = "")]
    reason: String,
    #[command(flatten)]
    manner: Manner,
}

impl Amend {
    /// Corrects an entry.
    ///
    /// # Errors
    /// As [`record`].
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let command = Command::Amend { entry: self.entry, text: self.text.join(" "), reason: self.reason };
        record(context, &self.manner, command)
    }
}

/// `warroom strike`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  warroom strike alice@bastion/9 --reason \"a password was pasted\"

A struck entry is left out of every export and draft. The log's file still holds it: change the password.")]
pub struct Strike {
    /// The entry, as `warroom log` names it
    entry: String,
    /// Why
    #[arg(long, default_value = "")]
    reason: String,
    #[command(flatten)]
    manner: Manner,
}

impl Strike {
    /// Strikes an entry out.
    ///
    /// # Errors
    /// As [`record`].
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        record(context, &self.manner, Command::Strike { entry: self.entry, reason: self.reason })
    }
}
