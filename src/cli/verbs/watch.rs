//! `warroom watch`: the console's eyes without a console, for screen readers, slow lines and scripts. Writes nothing.

use clap::Args;

use crate::cli::context::Context;
use crate::cli::outcome::CliError;
use crate::cli::print::Printer;
use crate::cli::watch::Eyes;
use crate::cli::watch::Picture;
use crate::cli::watch::changes;
use crate::cli::watch::whole;
use crate::config::load_config;
use crate::config::load_roster;

/// `warroom watch`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  warroom watch --plain                          lines for people, one for each change, until Ctrl-C
  warroom watch --json | jq -c '{at, failing}'   one object a line for each change
  warroom watch --json --once | jq .scope        one object after a full round

Writes nothing, needs no terminal, and exits 0 whatever it sees.
In lines, a number that merely grows is no change; in JSON, ages, host values and latencies alone are none.")]
pub struct Watch {
    /// Lines for people (the default)
    #[arg(long, conflicts_with = "json")]
    plain: bool,
    /// Objects for scripts
    #[arg(long)]
    json: bool,
    /// One full round, and no more
    #[arg(long)]
    once: bool,
}

impl Watch {
    /// Watches.
    ///
    /// # Errors
    /// Wrong use (2), or we cannot even look (4).
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let paths = context.paths()?;
        let (config, roster) = (load_config(&paths.config()), load_roster(&paths.roster()));
        for problem in config.problems.iter().chain(&roster.problems) {
            context.out.talk(&format!("warroom: {problem}"));
        }
        let incident = context.global.incident.clone().filter(|i| !i.is_empty());
        let mut eyes = Eyes::new(paths, context.clock()?, config.value, roster.value, incident);
        let waiting = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(CliError::failed)?;
        let (out, json) = (&mut context.out, self.json);
        if self.once {
            waiting.block_on(eyes.once());
            return show(out, json, None, &Picture::of(&eyes.model));
        }
        let (mut before, mut trouble): (Option<Picture>, Option<CliError>) = (None, None);
        waiting.block_on(eyes.watch(|model| {
            if !model.watch.judge.heard_all() && before.is_none() {
                return true;
            }
            let now = Picture::of(model);
            if before.as_ref().is_none_or(|b| b.still() != now.still()) {
                trouble = show(out, json, before.as_ref(), &now).err();
                out.flush();
                before = Some(now);
            }
            trouble.is_none() && out.is_read()
        }));
        trouble.map_or(Ok(()), Err)
    }
}

fn show(out: &mut Printer, json: bool, before: Option<&Picture>, now: &Picture) -> Result<(), CliError> {
    if json {
        return out.json(now);
    }
    let lines = before.map_or_else(|| whole(now), |before| changes(before, now));
    lines.iter().for_each(|line| out.line(line));
    Ok(())
}
