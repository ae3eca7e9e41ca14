//! The arguments as clap reads them: what every verb knows, and the list of verbs in groups.
//! Verbs that are not built are not here: help never promises what does not work.

use std::path::PathBuf;

use clap::Args;
use clap::Parser;
use clap::Subcommand;

use crate::cli::context::Context;
use crate::cli::outcome::CliError;
use crate::cli::verbs::completions::Completions;
use crate::cli::verbs::init::Init;
use crate::cli::verbs::supervise::Supervise;

const ABOUT: &str = "The console for the hour when a decentralized network is in trouble.";

const EXAMPLES: &str = "\
Examples:
  warroom init                    write a commented configuration
  warroom completions bash        a completion script for your shell

Exit codes:
  0  done, or true
  1  checked and false: tampered, lint errors, a failed step
  2  wrong use, or a bad input file (file, line, what is wrong, how to mend it)
  3  refused by policy: role, quorum, timelock, guard
  4  could not: I/O, network, disk full; nothing acknowledged is lost";

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "warroom", version, about = ABOUT, after_help = EXAMPLES, max_term_width = 100)]
#[command(disable_help_subcommand = true, infer_subcommands = false, arg_required_else_help = true)]
pub struct Cli {
    /// What every verb knows.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

/// Arguments of every verb.
#[derive(Clone, Debug, Args)]
pub struct Global {
    /// Keep everything (configuration, incidents, state) in this one folder
    #[arg(long, global = true, value_name = "DIR", env = "WARROOM_HOME")]
    pub home: Option<PathBuf>,
    /// Who acts; without it the login name
    #[arg(long = "as", global = true, value_name = "NAME", env = "WARROOM_ACTOR")]
    pub actor: Option<String>,
    /// Which incident; without it the only open one that is no drill
    #[arg(long, global = true, value_name = "ID", env = "WARROOM_INCIDENT")]
    pub incident: Option<String>,
    /// A stand-in for the wall clock, for tests
    #[arg(long, global = true, hide = true, env = "WARROOM_CLOCK")]
    pub clock: Option<String>,
}

/// What to do, in groups.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Setting up.
    #[command(flatten)]
    Setup(Setup),
    /// Run one step outside the console (the console starts this itself)
    #[command(hide = true)]
    Supervise(Supervise),
}

/// Verbs about this installation.
#[derive(Debug, Subcommand)]
pub enum Setup {
    /// Write a commented configuration and roster to begin with
    Init(Init),
    /// Print a completion script for a shell
    Completions(Completions),
}

impl Verb {
    /// Does it.
    ///
    /// # Errors
    /// The verb's own, each with its exit code.
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        match self {
            Self::Setup(verb) => verb.run(context),
            Self::Supervise(verb) => verb.run(context),
        }
    }
}

impl Setup {
    fn run(self, context: &mut Context) -> Result<(), CliError> {
        match self {
            Self::Init(verb) => verb.run(context),
            Self::Completions(verb) => verb.run(context),
        }
    }
}
