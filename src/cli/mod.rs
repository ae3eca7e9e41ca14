//! The command line: one file for each verb, one place that prints, one place that turns an outcome into an exit code.

mod args;
mod beacon_silence;
mod book_fetch;
mod console;
mod context;
mod doctor;
mod dry_run;
mod following;
mod lines;
mod manner;
mod outcome;
mod own_key;
mod paper;
mod print;
mod record;
mod revision;
mod runbook_test;
mod sheet_verb;
mod signing;
mod silence;
mod start;
mod suggested;
mod turn;
mod verb;
mod verbs;
mod watch;
mod which;

pub use args::Cli;
pub use outcome::CliError;
pub use start::run;
