//! A script: what players say and do at which time, in the words of the console and the command line.
//! Must not know what the words do.

use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use crate::config::{Problem, Report};
use crate::domain::id::PersonId;
use crate::drill::scenario::check::{known, moment, place, words};
use crate::drill::scenario::fault;
use crate::drill::scenario::file::{Moment, Text};
use crate::drill::scenario::model::Scenario;

/// One move of a player.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// Seconds from the start.
    pub at: i64,
    /// Who.
    pub who: PersonId,
    /// The command as typed; `{label}` stands for the entry that an earlier move made.
    pub say: String,
    /// How later moves call the entry that this one makes.
    pub label: Option<String>,
    /// Where the words stand: `good.toml:12`, for messages.
    pub line: String,
}

/// What the players do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// What it shows.
    pub title: String,
    /// The moves, by time.
    pub moves: Vec<Move>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ScriptFile {
    title: Text,
    #[serde(default, rename = "do")]
    moves: Vec<MoveFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct MoveFile {
    at: Spanned<Moment>,
    who: Text,
    say: Text,
    label: Option<Text>,
}

/// Reads a script for a scenario.
///
/// # Errors
/// Every problem of the file, in the order of lines.
pub fn read_script(path: &Path, text: &str, scenario: &Scenario) -> Result<Script, Vec<Problem>> {
    let mut report = Report::new(path, text);
    let file: ScriptFile = match toml::from_str(text) {
        Ok(file) => file,
        Err(error) => {
            fault::note(&mut report, &error);
            return Err(report.found());
        }
    };
    let people: Vec<String> = scenario.players.iter().map(|p| p.name.to_string()).collect();
    let mut labels: Vec<String> = Vec::new();
    let mut script = Script { title: words(&mut report, &file.title, "title"), moves: Vec::new() };
    for found in &file.moves {
        known(&mut report, &found.who, "person", &people);
        let at = moment(&mut report, &found.at, scenario.length.secs());
        if script.moves.last().is_some_and(|last| last.at > at) {
            report.add(place(&found.at), "times must not fall from one move to the next");
        }
        let say = words(&mut report, &found.say, "say");
        for label in used(&say).filter(|l| !labels.iter().any(|known| known == l)) {
            report.add(place(&found.say), format!("no earlier move has `label = \"{label}\"`"));
        }
        let label = found.label.as_ref().map(|l| l.get_ref().clone());
        labels.extend(label.clone());
        let (line, _) = report.place(place(&found.say));
        let line = format!("{}:{line}", path.display());
        script.moves.push(Move { at, who: found.who.get_ref().as_str().into(), say, label, line });
    }
    report.done(script)
}

/// Labels that a command uses.
fn used(say: &str) -> impl Iterator<Item = &str> {
    say.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(label, _)| label))
}
