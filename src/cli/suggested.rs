//! `warroom runbook list --suggested`: the runbooks that fit what fails now, by one full round of polls and what consoles of this
//! home have judged. Writes nothing.

use serde::Serialize;

use crate::app::msg::{Msg, WorldMsg};
use crate::app::suggest::{Sure, suggested};
use crate::app::update;
use crate::cli::context::Context;
use crate::cli::outcome::CliError;
use crate::cli::verbs::runbook::shelf;
use crate::cli::watch::Eyes;
use crate::config::{load_config, load_roster};
use crate::domain::text::Shown;

#[derive(Serialize)]
struct Row {
    id: String,
    title: String,
    why: Vec<String>,
    begun: Option<String>,
}

/// Looks once, and lists.
///
/// # Errors
/// Could not (4): we cannot even look.
pub(in crate::cli) fn list(context: &mut Context, json: bool) -> Result<(), CliError> {
    let paths = context.paths()?;
    let (config, roster) = (load_config(&paths.config()), load_roster(&paths.roster()));
    for problem in config.problems.iter().chain(&roster.problems) {
        context.out.talk(&format!("warroom: {problem}"));
    }
    let shelf = shelf(context)?;
    shelf.faults().iter().for_each(|f| context.out.talk(f));
    let incident = context.global.incident.clone().filter(|i| !i.is_empty());
    let mut eyes = Eyes::new(paths, context.clock()?, config.value, roster.value, incident);
    drop(update(&mut eyes.model, Msg::World(WorldMsg::Shelf(shelf))));
    let waiting = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(CliError::failed)?;
    waiting.block_on(eyes.once());
    // A single look never sees a run of bad samples: what is out of its limit counts, as in `watch --once`.
    let shown = |text: &str| Shown::line(text).to_string();
    let rows: Vec<Row> = suggested(&eyes.model, Sure::Seen)
        .into_iter()
        .map(|s| Row {
            id: s.id.to_string(),
            title: shown(&s.title),
            why: s.why.iter().map(|why| shown(why)).collect(),
            begun: s.done.map(|at| at.to_string()),
        })
        .collect();
    if json {
        return context.out.json(&rows);
    }
    if rows.is_empty() {
        context.out.talk("no runbook is suggested for what is seen now; `warroom runbook list` lists them all");
    }
    for row in rows {
        let begun = row.begun.map(|at| format!("  (begun already, {at})")).unwrap_or_default();
        context.out.line(&format!("{:<20} {}{begun}", row.id, row.title));
        row.why.iter().for_each(|why| context.out.line(&format!("  because {why}")));
    }
    Ok(())
}
