//! `warroom share`: carries entries between this home and a cluster without a console, until it is stopped or both have everything.

use std::time::Duration;

use clap::Args;
use tokio::sync::mpsc::Receiver;
use tokio::sync::mpsc::channel;
use tokio::time::timeout;

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
        let (tell, mut told) = channel::<Standing>(WAITING);
        let carrying = Carrying { settings, incidents: paths.incidents(), state: paths.state_dir };
        // A full queue means that nobody reads as fast as things change; the next word says more.
        let _carrier =
            Carrier::start(carrying, move |standing| drop(tell.try_send(standing))).map_err(CliError::failed)?;
        let waiting = tokio::runtime::Builder::new_current_thread().enable_time().build().map_err(CliError::failed)?;
        let mut last = String::from("nothing was heard of it");
        let limit = Duration::from_secs(u64::from(self.limit));
        waiting.block_on(async {
            if !self.once {
                return self.follow(context, &mut told, &mut last).await;
            }
            let ended = timeout(limit, self.follow(context, &mut told, &mut last)).await;
            ended.unwrap_or_else(|_| Err(CliError::Failed(format!("not in step within {} s: {last}", self.limit))))
        })
    }

    /// Shows how it stands until nobody reads any more, or, once, until both sides have everything.
    async fn follow(
        &self,
        context: &mut Context,
        told: &mut Receiver<Standing>,
        last: &mut String,
    ) -> Result<(), CliError> {
        while context.out.is_read() {
            match timeout(LOOK_UP, told.recv()).await {
                Ok(Some(standing)) => {
                    self.show(context, &standing)?;
                    if self.once && standing.level == Level::Well {
                        return Ok(());
                    }
                    *last = standing.says;
                }
                Ok(None) => return Err(CliError::failed("nothing is carried any more")),
                Err(_) => {}
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
