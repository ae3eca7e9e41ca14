//! The arguments as clap reads them: what every verb knows, and the whole command line.
//! Must not know what a verb does.

use std::path::PathBuf;

use clap::Args;
use clap::Parser;

use crate::cli::verb::Verb;

const ABOUT: &str = "The console for the hour when a decentralized network is in trouble.";

const EXAMPLES: &str = "\
Examples:
  warroom                                          the console (needs a terminal)
  warroom doctor                                   is everything set up?
  warroom declare --severity 2 finality stall      begin an incident
  warroom role assign ic alice                     somebody commands
  warroom note northstake says they are on it      anything worth remembering
  warroom log --follow                             the merged timeline
  warroom verify                                   is the log whole and untouched?

Exit codes:
  0  done, or true
  1  checked and false: tampered, lint errors, a failed step
  2  wrong use, or a bad input file (file, line, what is wrong, how to mend it)
  3  refused by policy: role, quorum, timelock, guard
  4  could not: I/O, network, disk full; nothing acknowledged is lost";

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "warroom", version, about = ABOUT, after_help = EXAMPLES, max_term_width = 100)]
#[command(disable_help_subcommand = true)]
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
