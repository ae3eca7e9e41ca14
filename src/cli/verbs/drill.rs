//! `warroom drill`: the scenarios there are, and playing one, on the screen or without it.

use std::path::Path;

use clap::{Args, Subcommand};
use serde::Serialize;

use crate::cli::console::console;
use crate::cli::context::Context;
use crate::cli::outcome::CliError;
use crate::cli::which;
use crate::drill::folder::{self, Folder};
use crate::drill::score::{self, Scored};
use crate::drill::{Plan, Speed, play};
use crate::runbook::shelf::Shelf;
use crate::runtime::console::DrillOptions;

/// `warroom drill`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  warroom drill list
  warroom drill run finality-slips
  warroom drill run finality-slips --speed 20
  warroom drill run finality-slips --headless --script good
  warroom postmortem        (the newest incident, drills too)

On the screen, p stops the drill's clock, + and - change its speed, [ looks a minute back, ] goes a minute on.
Nothing real is asked or run in a drill, and every line of its log says that it is one.
Without the screen the same seed and script give the same bytes.")]
pub struct Drill {
    #[command(subcommand)]
    verb: DrillVerb,
}

#[derive(Debug, Subcommand)]
enum DrillVerb {
    /// The scenarios there are
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Play one
    Run(RunArgs),
    /// Hold a played drill against what its scenario expects
    Score {
        /// Which incident; without it the newest
        incident: Option<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
struct RunArgs {
    /// Which scenario
    id: String,
    /// The seed; without it the scenario's own
    #[arg(long)]
    seed: Option<u64>,
    /// How fast its clock runs: 1 to 1000, or max (headless)
    #[arg(long, value_parser = Speed::parse, value_name = "X|max")]
    speed: Option<Speed>,
    /// Without the screen, as fast as the machine can
    #[arg(long)]
    headless: bool,
    /// What the players do when headless: good, bad, or a file
    #[arg(long, default_value = "good")]
    script: String,
}

#[derive(Serialize)]
struct ScenarioRow {
    id: String,
    title: String,
    minutes: i64,
    origin: String,
    modelled_on: Vec<String>,
    scripts: Vec<String>,
}

#[derive(Serialize)]
struct ScoreRow<'a> {
    id: &'a str,
    result: String,
    points: u32,
    of: u32,
}

impl Drill {
    /// Does it.
    ///
    /// # Errors
    /// The verb's own, each with its exit code.
    pub fn run(self, context: &mut Context) -> Result<u8, CliError> {
        match self.verb {
            DrillVerb::List { json } => list(context, json).map(|()| 0),
            DrillVerb::Run(args) if args.headless => headless(context, &args).map(|()| 0),
            DrillVerb::Run(args) => on_screen(context, args),
            DrillVerb::Score { incident, json } => judge(context, incident.as_deref(), json).map(|()| 0),
        }
    }
}

fn load(context: &Context, id: &str) -> Result<Folder, CliError> {
    Folder::load(&context.paths()?.fixtures(), id).map_err(CliError::usage)
}

fn list(context: &mut Context, json: bool) -> Result<(), CliError> {
    let mut rows = Vec::new();
    for id in folder::ids(&context.paths()?.fixtures()) {
        match load(context, &id) {
            Ok(found) => rows.push(ScenarioRow {
                title: found.scenario.title.clone(),
                minutes: found.scenario.length.secs() / 60,
                origin: found.origin.clone(),
                modelled_on: found.scenario.modelled_on.iter().map(|m| m.incident.clone()).collect(),
                scripts: found.scripts().map(str::to_owned).collect(),
                id,
            }),
            Err(why) => context.out.talk(&why.to_string()),
        }
    }
    if json {
        return context.out.json(&rows);
    }
    for row in rows {
        let after = row.modelled_on.join("; ");
        context.out.line(&format!("{:<18} {:>3} min  {}  (after {after})", row.id, row.minutes, row.title));
    }
    Ok(())
}

fn on_screen(context: &Context, args: RunArgs) -> Result<u8, CliError> {
    if args.speed == Some(Speed::Max) {
        return Err(CliError::usage("nobody can follow a drill at full speed; use --headless, or a speed up to 1000"));
    }
    let folder = load(context, &args.id)?;
    let speed = args.speed.unwrap_or(Speed::Times(folder.scenario.factor.max(1)));
    console(context, Some(DrillOptions { folder, seed: args.seed, speed }))
}

fn headless(context: &mut Context, args: &RunArgs) -> Result<(), CliError> {
    let found = load(context, &args.id)?;
    let script = found.script(&args.script).map_err(CliError::usage)?;
    let incidents = context.paths()?.incidents();
    let incident = folder::make_room(&incidents, &found.scenario).map_err(CliError::failed)?;
    let plan = Plan {
        seed: args.seed.unwrap_or(found.scenario.seed),
        scenario: found.scenario,
        outputs: found.outputs,
        script,
        // Names, ids and texts come from the program alone: a runbook of this home would change the bytes.
        runbooks: Shelf::shipped().books().to_vec(),
        incident,
    };
    let played = play(plan).map_err(CliError::failed)?;
    let folder = folder::write(&incidents, &played).map_err(CliError::failed)?;
    played.refused.iter().for_each(|r| context.out.talk(&format!("refused: {r}")));
    let entries = played.ledger.entries().len();
    context.out.line(&format!("{}  DRILL  {entries} entries  {}", played.incident, folder.display()));
    Ok(())
}

fn judge(context: &mut Context, incident: Option<&str>, json: bool) -> Result<(), CliError> {
    let chosen = which::for_reading(context, incident)?;
    let scenario = scenario_of(context, &chosen.dir)?;
    let scored = score::score(&scenario.scenario, chosen.ledger.entries());
    let (points, of) = scored.iter().fold((0, 0), |(p, o), s| (p + s.points, o + s.of));
    if json {
        let rows: Vec<ScoreRow<'_>> =
            scored.iter().map(|s| ScoreRow { id: &s.id, result: said(s), points: s.points, of: s.of }).collect();
        context.out.json(&rows)?;
    } else {
        for s in &scored {
            context.out.line(&format!("{:>3} of {:>3}  {}: {}", s.points, s.of, s.text, said(s)));
        }
        context.out.line(&format!("{points:>3} of {of:>3}  in all"));
    }
    Ok(())
}

/// How it came out, in words.
fn said(s: &Scored) -> String {
    match &s.result {
        score::Result::Met(entry) => format!("met by {entry}"),
        score::Result::Late(entry, by) => format!("late by {}: {entry}", by.words()),
        score::Result::Missed => "missed".to_owned(),
        score::Result::Spoiled(entry) => format!("spoiled by {entry}"),
    }
}

/// The scenario that an incident's folder is named after.
fn scenario_of(context: &Context, dir: &Path) -> Result<Folder, CliError> {
    let name = dir.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let ids = folder::ids(&context.paths()?.fixtures());
    let id = ids.into_iter().filter(|id| name.contains(id.as_str())).max_by_key(String::len);
    let id = id.ok_or_else(|| CliError::Usage(format!("{name} is no drill of a scenario that is at hand")))?;
    load(context, &id)
}
