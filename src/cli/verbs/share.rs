//! `warroom share`: carries entries between this home and a cluster without a console, until it is stopped or both have everything.

use std::sync::mpsc::RecvTimeoutError;
use std::sync::mpsc::sync_channel;
use std::time::Duration;
use std::time::Instant;

use clap::Args;

use crate::cli::context::Context;
use crate::cli::outcome::CliError;
use crate::cli::record::sound;
use crate::config::load_config;
use crate::share::etcd::Carrier;
use crate::share::etcd::Carrying;
use crate::share::etcd::Level;
use crate::share::etcd::Standing;

/// Words that wait to be printed; a reader that is slower misses the older ones.
const WAITING: usize = 64;

/// How often we look whether anybody still reads.
const LOOK_UP: Duration = Duration::from_secs(1);

/// `warroom share`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  warroom share                        carries until Ctrl-C, one line for each change: for a service on a bastion
  warroom share --once                 carries until both sides have everything: after a one-shot verb, or from cron
  warroom share --json | jq .waiting

A console does this by itself while it is open, and one process of a host is enough: a second one waits to take its place.
The cluster stands in [share.etcd] of config.toml (docs/sharing.md). With --once, exit 4: not in step within the limit.")]
pub struct Share {
    /// End as soon as both sides have everything
    #[arg(long)]
    once: bool,
    /// Seconds that --once takes at most
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=86_400), requires = "once")]
    limit: u32,
    /// One object a line
    #[arg(long)]
    json: bool,
}

impl Share {
    /// Carries.
    ///
    /// # Errors
    /// No cluster is named (2); it is not in step in time (4).
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let paths = context.paths()?;
        let config = sound(load_config(&paths.config()))?;
        let Some(settings) = config.share else {
            return Err(CliError::Usage(format!(
                "{} names no cluster; add [share.etcd] with `endpoints` (docs/sharing.md)",
                paths.config().display()
            )));
        };
        let (tell, told) = sync_channel::<Standing>(WAITING);
        let carrying = Carrying { settings, incidents: paths.incidents(), state: paths.state_dir };
        // A full queue means that nobody reads as fast as things change; the next word says more.
        let _carrier =
            Carrier::start(carrying, move |standing| drop(tell.try_send(standing))).map_err(CliError::failed)?;
        let until = Instant::now() + Duration::from_secs(u64::from(self.limit));
        let mut last = String::from("nothing was heard of it");
        while context.out.is_read() {
            let left = until.saturating_duration_since(Instant::now());
            if self.once && left.is_zero() {
                return Err(CliError::Failed(format!("not in step within {} s: {last}", self.limit)));
            }
            match told.recv_timeout(if self.once { left.min(LOOK_UP) } else { LOOK_UP }) {
                Ok(standing) => {
                    self.show(context, &standing)?;
                    if self.once && standing.level == Level::Well {
                        return Ok(());
                    }
                    last = standing.says;
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(CliError::failed("nothing is carried any more")),
            }
        }
        Ok(())
    }

    fn show(&self, context: &mut Context, standing: &Standing) -> Result<(), CliError> {
        if self.json {
            context.out.json(standing)?;
        } else {
            context.out.line(&format!("{} {}", context.clock()?.now().hms(), standing.says));
            standing.troubles.iter().for_each(|t| context.out.line(&format!("         {t}")));
        }
        context.out.flush();
        Ok(())
    }
}
