//! The incident's course: `declare`, `severity`, `status`.

use clap::Args;
use clap::ValueEnum;

use crate::cli::context::Context;
use crate::cli::manner::Manner;
use crate::cli::manner::moment;
use crate::cli::outcome::CliError;
use crate::cli::record::declare;
use crate::cli::record::record;
use crate::domain::command::Command;
use crate::domain::event;

/// `warroom declare`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  warroom declare --severity 2 finality stall
  warroom declare --severity 1 --onset 02:43 \"two forks at height 19000000\"

The incident's id comes first in the answer; it is date and title, 2026-11-21-finality-stall.
When unsure about the severity take the worse one; it is changed with `warroom severity`.")]
pub struct Declare {
    /// 1 (worst) to 5
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=5))]
    severity: u8,
    /// When the trouble began, as far as known: a time as --happened takes it
    #[arg(long, value_name = "TIME")]
    onset: Option<String>,
    /// In a few words
    #[arg(required = true, num_args = 1..)]
    title: Vec<String>,
    #[command(flatten)]
    manner: Manner,
}

impl Declare {
    /// Begins an incident.
    ///
    /// # Errors
    /// As [`declare`].
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let title = self.title.join(" ");
        let now = context.clock()?.now();
        let onset = self.onset.as_deref().map(|t| moment(t, now)).transpose()?;
        let command = Command::Declare { title: title.clone(), severity: self.severity, onset };
        declare(context, &self.manner, &title, command)
    }
}

/// `warroom severity`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  warroom severity 1 --reason \"exchanges have halted deposits\"")]
pub struct Severity {
    /// 1 (worst) to 5
    #[arg(value_parser = clap::value_parser!(u8).range(1..=5))]
    to: u8,
    /// Why
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    manner: Manner,
}

impl Severity {
    /// Makes it worse or better.
    ///
    /// # Errors
    /// As [`record`].
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        record(context, &self.manner, Command::SetSeverity { to: self.to, reason: self.reason })
    }
}

/// `warroom status`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  warroom status active --reason \"two nodes agree, it is real\"
  warroom status resolved --reason \"finality has moved for 10 epochs\"

From triage an incident goes to active or cancelled, then to mitigated and resolved, then it is closed.")]
pub struct Status {
    /// Where it stands now
    to: Stage,
    /// Why
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    manner: Manner,
}

/// A stage of the incident's life.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Stage {
    /// It is one, and it hurts.
    Active,
    /// It hurts less; not over.
    Mitigated,
    /// Over; under watch.
    Resolved,
    /// Over, and every loose end tied.
    Closed,
    /// It was none.
    Cancelled,
}

impl Status {
    /// Moves the incident on.
    ///
    /// # Errors
    /// As [`record`].
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let to = match self.to {
            Stage::Active => event::Status::Active,
            Stage::Mitigated => event::Status::Mitigated,
            Stage::Resolved => event::Status::Resolved,
            Stage::Closed => event::Status::Closed,
            Stage::Cancelled => event::Status::Cancelled,
        };
        record(context, &self.manner, Command::SetStatus { to, reason: self.reason })
    }
}
