//! From arguments to an exit code: parses, runs the verb, prints what went wrong once.

use std::ffi::OsString;

use clap::Parser;

use crate::cli::args::Cli;
use crate::cli::console::console;
use crate::cli::context::Context;
use crate::cli::outcome::CliError;
use crate::cli::outcome::DONE;
use crate::cli::print::Printer;

/// Runs the command line; the answer is the process's exit code.
#[must_use]
pub fn run(args: impl IntoIterator<Item = OsString>) -> u8 {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(why) => return explain(&why),
    };
    let mut context = Context { global: cli.global, out: Printer::new() };
    let done = match cli.verb {
        Some(verb) => verb.run(&mut context),
        None => console(&context, None),
    };
    let Context { mut out, .. } = context;
    out.flush();
    let verdict = match done {
        Ok(code) => code,
        Err(why) => complain(&mut out, &why),
    };
    match out.finish() {
        Ok(()) => verdict,
        Err(why) => complain(&mut Printer::new(), &why),
    }
}

fn complain(out: &mut Printer, why: &CliError) -> u8 {
    out.talk(&format!("warroom: {why}"));
    why.code()
}

/// Help and version are results; wrong use is talk, with exit code 2.
fn explain(why: &clap::Error) -> u8 {
    let mut out = Printer::new();
    if why.use_stderr() {
        out.talk(why.render().to_string().trim_end());
        return CliError::usage("").code();
    }
    out.raw(&why.render().to_string());
    match out.finish() {
        Ok(()) => DONE,
        Err(why) => why.code(),
    }
}
