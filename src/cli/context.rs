//! What every verb is handed: where things live, the clock, who acts, which incident was named, and the printer.
//! Each is found out only when a verb asks, so that `completions` needs no home.

use std::sync::Arc;

use crate::cli::args::Global;
use crate::cli::outcome::CliError;
use crate::cli::print::Printer;
use crate::domain::id::PersonId;
use crate::domain::time::Clock;
use crate::runtime::clock;
use crate::runtime::console::login_name;
use crate::runtime::paths::Paths;

/// Longest name of a person, in characters: it becomes part of a file's name. A longer one is refused.
const MAX_NAME: usize = 64;

/// What a verb works with.
pub struct Context {
    /// Arguments that every verb knows.
    pub global: Global,
    /// The only way to speak.
    pub out: Printer,
}

impl Context {
    /// Where things live.
    ///
    /// # Errors
    /// Wrong use: no home folder is known.
    pub fn paths(&self) -> Result<Paths, CliError> {
        Paths::resolve(self.global.home.as_deref()).map_err(CliError::usage)
    }

    /// The clock: the wall clock, or what `WARROOM_CLOCK` puts in its place.
    ///
    /// # Errors
    /// Wrong use: `WARROOM_CLOCK` is not a time.
    pub fn clock(&self) -> Result<Arc<dyn Clock>, CliError> {
        clock::clock(self.global.clock.as_deref()).map_err(CliError::usage)
    }

    /// Who acts: `--as`, `WARROOM_ACTOR`, else the login name.
    ///
    /// # Errors
    /// Wrong use: nobody is named, or the name cannot be one.
    pub fn actor(&self) -> Result<PersonId, CliError> {
        let named = self.global.actor.clone().filter(|n| !n.is_empty());
        let name = named.or_else(login_name).ok_or_else(|| {
            CliError::usage("nobody knows who you are: name yourself with --as NAME or WARROOM_ACTOR")
        })?;
        let fits = name.chars().count() <= MAX_NAME && !name.trim().is_empty() && !name.chars().any(char::is_control);
        if !fits {
            return Err(CliError::Usage(format!(
                "`{}` cannot be a person's name: 1 to {MAX_NAME} characters, none of them a control character; choose another with --as NAME",
                name.escape_debug()
            )));
        }
        Ok(PersonId::from(name))
    }
}
