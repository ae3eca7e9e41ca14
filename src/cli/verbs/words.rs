//! People's words: `note`, `fact`, `concern`, `report`, `claim`, `hypothesis`.

use clap::Args;
use clap::Subcommand;
use clap::ValueEnum;

use crate::cli::context::Context;
use crate::cli::manner::Manner;
use crate::cli::outcome::CliError;
use crate::cli::record::record;
use crate::cli::record::record_lines;
use crate::domain::command::Command;
use crate::domain::command::WordCommand;

fn word(context: &mut Context, manner: &Manner, command: WordCommand) -> Result<(), CliError> {
    record(context, manner, Command::Word(command))
}

/// `warroom note`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  warroom note northstake says they are on it
  warroom note --happened 02:50 --disclosure internal \"the pager was muted\"
  tail -f node.log | grep --line-buffered ERROR | warroom note -")]
pub struct Note {
    /// The words; `-` for a remark from each line of the input
    #[arg(required = true, num_args = 1..)]
    text: Vec<String>,
    #[command(flatten)]
    manner: Manner,
}

impl Note {
    /// Records a remark.
    ///
    /// # Errors
    /// As [`record`].
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        if self.text == ["-"] {
            return record_lines(context, &self.manner, std::io::stdin());
        }
        word(context, &self.manner, WordCommand::Note(self.text.join(" ")))
    }
}

/// `warroom fact`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  warroom fact \"5.3.1 fixes a replay bug\" --evidence https://example.org/release-notes")]
pub struct Fact {
    /// What is known to be so
    #[arg(required = true, num_args = 1..)]
    text: Vec<String>,
    /// How it is known: a link, a command, a name
    #[arg(long, default_value = "")]
    evidence: String,
    #[command(flatten)]
    manner: Manner,
}

impl Fact {
    /// Records a fact.
    ///
    /// # Errors
    /// As [`record`].
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        word(context, &self.manner, WordCommand::Fact(self.text.join(" "), self.evidence))
    }
}

/// `warroom concern`
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(after_help = "\
Examples:
  warroom concern \"nobody has checked that the old signer is dead\"
  warroom concern answer carol@val3/4 \"checked: stopped and disabled\"

Anyone may raise one, observers too; it must be answered.")]
pub struct Concern {
    #[command(subcommand)]
    verb: Option<ConcernVerb>,
    /// What looks wrong
    #[arg(required = true, num_args = 1..)]
    text: Vec<String>,
    #[command(flatten)]
    manner: Manner,
}

#[derive(Debug, Subcommand)]
enum ConcernVerb {
    /// Answer a concern
    Answer {
        /// The concern's entry, as `warroom log` names it
        entry: String,
        /// The answer
        #[arg(required = true, num_args = 1..)]
        text: Vec<String>,
    },
}

impl Concern {
    /// Raises a concern, or answers one.
    ///
    /// # Errors
    /// As [`record`].
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let command = match self.verb {
            Some(ConcernVerb::Answer { entry, text }) => WordCommand::AnswerConcern(entry, text.join(" ")),
            None => WordCommand::Concern(self.text.join(" ")),
        };
        word(context, &self.manner, command)
    }
}

/// `warroom report`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  warroom report --from \"a user on the forum\" \"my withdrawal has been pending for an hour\"")]
pub struct Report {
    /// Who says so
    #[arg(long)]
    from: String,
    /// What they say
    #[arg(required = true, num_args = 1..)]
    text: Vec<String>,
    #[command(flatten)]
    manner: Manner,
}

impl Report {
    /// Records word from outside.
    ///
    /// # Errors
    /// As [`record`].
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        word(context, &self.manner, WordCommand::Report(self.from, self.text.join(" ")))
    }
}

/// What became of a rumour.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Truth {
    /// Nobody knows yet.
    Open,
    /// It is so.
    Confirmed,
    /// It is not so.
    Refuted,
}

/// `warroom claim`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  warroom claim open \"the bridge is drained\"
  warroom claim refuted \"the bridge is drained\" --evidence \"balance unchanged since 01:00\"")]
pub struct Claim {
    /// What became of it
    verdict: Truth,
    /// The claim
    #[arg(required = true, num_args = 1..)]
    text: Vec<String>,
    /// What shows it
    #[arg(long, default_value = "")]
    evidence: String,
    #[command(flatten)]
    manner: Manner,
}

impl Claim {
    /// Records a rumour and what became of it.
    ///
    /// # Errors
    /// As [`record`].
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let verdict = match self.verdict {
            Truth::Open => "open",
            Truth::Confirmed => "confirmed",
            Truth::Refuted => "refuted",
        };
        let command = WordCommand::Claim(self.text.join(" "), verdict.to_owned(), self.evidence);
        word(context, &self.manner, command)
    }
}

/// `warroom hypothesis`
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(after_help = "\
Examples:
  warroom hypothesis \"prysm 5.3.0 replays old attestations\"
  warroom hypothesis judge alice@bastion/12 for \"only prysm nodes are affected\"")]
pub struct Hypothesis {
    #[command(subcommand)]
    verb: Option<HypothesisVerb>,
    /// A possible cause
    #[arg(required = true, num_args = 1..)]
    text: Vec<String>,
    #[command(flatten)]
    manner: Manner,
}

#[derive(Debug, Subcommand)]
enum HypothesisVerb {
    /// Weigh evidence
    Judge {
        /// The hypothesis's entry, as `warroom log` names it
        entry: String,
        /// Which way it speaks
        #[arg(value_parser = ["for", "against", "confirmed", "refuted"])]
        verdict: String,
        /// The evidence
        #[arg(required = true, num_args = 1..)]
        text: Vec<String>,
    },
}

impl Hypothesis {
    /// Records a possible cause, or evidence about one.
    ///
    /// # Errors
    /// As [`record`].
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let command = match self.verb {
            Some(HypothesisVerb::Judge { entry, verdict, text }) => WordCommand::Judge(entry, verdict, text.join(" ")),
            None => WordCommand::Hypothesis(self.text.join(" ")),
        };
        word(context, &self.manner, command)
    }
}
