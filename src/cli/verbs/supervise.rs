//! `warroom supervise SPEC`: the process that runs one step outside the console. Started by the console, never by hand.

use std::path::PathBuf;

use clap::Args;

use crate::cli::context::Context;
use crate::cli::outcome::CliError;
use crate::runtime::supervisor;

/// Which step.
#[derive(Debug, Args)]
pub struct Supervise {
    /// What is to be done, as the console wrote it down
    spec: PathBuf,
}

impl Supervise {
    /// Runs the step to its end.
    ///
    /// # Errors
    /// When the step cannot be read, or its result cannot be written.
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let clock = context.clock()?;
        supervisor::run(&self.spec, &*clock)
            .map_err(|why| CliError::Failed(format!("{}: {why}; the console starts this itself", self.spec.display())))
    }
}
