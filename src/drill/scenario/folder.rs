//! Finds a scenario: a folder that was named, one of the home's fixtures, or one that is shipped.

use std::path::{Path, PathBuf};

use crate::drill::scenario::model::Scenario;
use crate::drill::scenario::outputs::RecordedOutputs;
use crate::drill::scenario::read::{MAX_SCENARIO_BYTES, read_scenario};
use crate::drill::scenario::script::{Script, read_script};
use crate::drill::scenario::shipped::{Shipped, shipped};

/// A scenario with what belongs to it.
#[derive(Debug)]
pub struct FoundScenario {
    /// The scenario.
    pub scenario: Scenario,
    /// What its runbooks' commands answered.
    pub outputs: RecordedOutputs,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Folder(PathBuf),
    Shipped(&'static Shipped),
}

/// Finds `name`: a folder with a `scenario.toml`, else a folder of that name in `fixtures`, else a shipped scenario.
///
/// # Errors
/// File, line, what is wrong and how to mend it; or that there is no such scenario, and which there are.
pub fn find_scenario(name: &str, fixtures: &Path) -> Result<FoundScenario, String> {
    let own = [PathBuf::from(name), fixtures.join(name)];
    if let Some(folder) = own.into_iter().find(|f| f.join("scenario.toml").is_file()) {
        return open(Place::Folder(folder));
    }
    let found = shipped().iter().find(|s| s.id == name);
    found.map_or_else(
        || {
            let known: Vec<&str> = shipped().iter().map(|s| s.id).collect();
            Err(format!("there is no scenario `{name}`; shipped are {}, or name a folder", known.join(", ")))
        },
        |s| open(Place::Shipped(s)),
    )
}

fn open(place: Place) -> Result<FoundScenario, String> {
    let (path, text) = place.text("scenario.toml")?.ok_or("scenario.toml is missing")?;
    let scenario = read_scenario(&path, &text).map_err(|p| lines(&p))?;
    let outputs = match place.text("outputs.toml")? {
        Some((path, text)) => RecordedOutputs::read(&path, &text, scenario.length.secs()).map_err(|p| lines(&p))?,
        None => RecordedOutputs::default(),
    };
    Ok(FoundScenario { scenario, outputs, place })
}

impl FoundScenario {
    /// The script of that name (`good`, `bad`), or the file that the name is.
    ///
    /// # Errors
    /// File, line, what is wrong; or that there is none of that name.
    pub fn script(&self, name: &str) -> Result<Script, String> {
        let file = format!("scripts/{name}.toml");
        let own = Path::new(name);
        let found = if own.is_file() { Some((own.to_owned(), read(own)?)) } else { self.place.text(&file)? };
        let (path, text) = found.ok_or_else(|| format!("{} has no script `{name}`", self.scenario.id))?;
        read_script(&path, &text, &self.scenario).map_err(|p| lines(&p))
    }
}

impl Place {
    /// A file of the folder; `None` when there is none.
    fn text(&self, file: &str) -> Result<Option<(PathBuf, String)>, String> {
        match self {
            Self::Folder(folder) => {
                let path = folder.join(file);
                if path.is_file() { read(&path).map(|text| Some((path, text))) } else { Ok(None) }
            }
            Self::Shipped(shipped) => {
                let script = file.strip_prefix("scripts/").and_then(|f| f.strip_suffix(".toml"));
                let text = match (file, script) {
                    ("scenario.toml", _) => Some(shipped.scenario),
                    ("outputs.toml", _) => Some(shipped.outputs),
                    (_, Some(name)) => shipped.scripts.iter().find(|(n, _)| *n == name).map(|(_, text)| *text),
                    _ => None,
                };
                Ok(text.map(|t| (PathBuf::from(shipped.id).join(file), t.to_owned())))
            }
        }
    }
}

fn read(path: &Path) -> Result<String, String> {
    let size = std::fs::metadata(path).map_err(|e| format!("{}: {e}", path.display()))?.len();
    if size > MAX_SCENARIO_BYTES as u64 {
        return Err(format!("{}: larger than {MAX_SCENARIO_BYTES} bytes; split it", path.display()));
    }
    std::fs::read_to_string(path).map_err(|e| format!("{}: cannot be read: {e}", path.display()))
}

fn lines(problems: &[crate::config::Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
