//! `warroom doctor`: config, roster, keys, clock, disk, terminal, nodes, peers, runbooks, logs: what is wrong and how to mend it.

use clap::Args;

use crate::cli::context::Context;
use crate::cli::doctor;
use crate::cli::doctor::Finding;
use crate::cli::doctor::Level;
use crate::cli::outcome::CliError;
use crate::config::load_config;
use crate::config::load_roster;
use crate::domain::watch::HOST_ID;
use crate::runtime::books;
use crate::runtime::peer_watch::Watched;

/// `warroom doctor`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  warroom doctor
  warroom doctor --json | jq -r '.[] | select(.level == \"bad\") | .says'

Looks only, mends nothing. Exit 0: nothing is bad (warnings are allowed). Exit 1: something does not work.")]
pub struct Doctor {
    /// Answer as JSON: one array of findings
    #[arg(long)]
    json: bool,
}

impl Doctor {
    /// Examines everything, and says how to mend what is wrong.
    ///
    /// # Errors
    /// Something does not work (1); wrong use (2); we cannot even look (4).
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let found = examine(context)?;
        if self.json {
            context.out.json(&found)?;
        } else {
            found.iter().for_each(|f| context.out.line(&f.line()));
        }
        match found.iter().filter(|f| f.level == Level::Bad).count() {
            0 => Ok(()),
            1 => Err(CliError::False("1 thing does not work".to_owned())),
            bad => Err(CliError::False(format!("{bad} things do not work"))),
        }
    }
}

fn examine(context: &Context) -> Result<Vec<Finding>, CliError> {
    let paths = context.paths()?;
    let config = load_config(&paths.config());
    let roster = load_roster(&paths.roster());
    let limits = &config.value.limits;
    let mut found = doctor::home(&paths);
    found.push(doctor::disk(&paths.data_dir, limits));
    found.extend(doctor::config(&paths.config(), &config));
    let actor = context.actor();
    found.extend(doctor::roster(
        &paths.roster(),
        &roster,
        actor.as_ref().ok().map(crate::domain::id::PersonId::as_str),
    ));
    match &actor {
        Ok(name) => found.push(Finding::ok("you", format!("{name}; another name with --as NAME or WARROOM_ACTOR"))),
        Err(why) => found.push(Finding::bad("you", why.to_string(), "say --as NAME, or set WARROOM_ACTOR")),
    }
    if let Ok(person) = &actor {
        found.extend(doctor::keys(&paths, &config.value, &roster.value, person));
    }
    let (specs, seen, discovery) = doctor::hear(&config.value, &context.clock()?).map_err(CliError::failed)?;
    let host = seen.iter().find(|o| o.node.as_str() == HOST_ID);
    found.push(doctor::clock(context.global.clock.as_deref(), host, limits));
    found.extend(doctor::terminal(&doctor::Surroundings::look()));
    found.extend(doctor::secrets(&config.value));
    found.extend(doctor::nodes(&specs, &seen));
    found.extend(doctor::discovered(&discovery));
    found.extend(doctor::share(config.value.share.as_ref()).map_err(CliError::failed)?);
    let watched = Watched {
        folder: paths.peers(),
        roster: roster.value,
        networks: config.value.networks,
        clock: context.clock()?,
    };
    found.extend(doctor::peers(&watched).map_err(CliError::failed)?);
    found.extend(doctor::runbooks(&books::shelf(&paths, context.clock()?.now())));
    found.extend(doctor::logs(&paths.incidents()));
    Ok(found)
}
