//! `warroom completions SHELL`: a script that teaches a shell our verbs.

use clap::Args;
use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::args::Cli;
use crate::cli::context::Context;
use crate::cli::outcome::CliError;

const EXAMPLES: &str = "\
Examples:
  warroom completions bash > ~/.local/share/bash-completion/completions/warroom
  warroom completions zsh  > ~/.zfunc/_warroom        (with ~/.zfunc in fpath)
  warroom completions fish > ~/.config/fish/completions/warroom.fish";

/// Which shell.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Completions {
    /// The shell to write for
    shell: Shell,
}

impl Completions {
    /// Prints the script.
    ///
    /// # Errors
    /// None of its own.
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "warroom", &mut script);
        context.out.raw(&String::from_utf8_lossy(&script));
        Ok(())
    }
}
