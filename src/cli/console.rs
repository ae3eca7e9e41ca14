//! `warroom` without a verb: the console.

use crate::cli::context::Context;
use crate::cli::outcome::CliError;
use crate::domain::id::IncidentId;
use crate::runtime::console::{ConsoleError, ConsoleOptions, DrillOptions, run};

/// Opens the console, for a drill when one is given; answers the process's exit code.
///
/// # Errors
/// No terminal, or the system refuses.
pub fn console(context: &Context, drill: Option<DrillOptions>) -> Result<u8, CliError> {
    let options = ConsoleOptions {
        paths: context.paths()?,
        clock: context.clock()?,
        person: context.actor()?,
        incident: context.global.incident.as_deref().map(IncidentId::from),
        drill,
    };
    run(options).map_err(|why| match why {
        ConsoleError::Tty(_) => CliError::usage(why),
        ConsoleError::System(_) | ConsoleError::Panicked => CliError::failed(why),
    })
}
