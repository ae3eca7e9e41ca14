//! Scenario folders and played drills on disk: what is at hand, reading one, writing a log where any incident's log lies.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::Problem;
use crate::domain::id::IncidentId;
use crate::drill::play::Played;
use crate::drill::scenario::{
    MAX_SCENARIO_BYTES, RecordedOutputs, Scenario, Script, read_scenario, read_script, shipped,
};
use crate::journal::{FolderError, OutputError, create_incident, incident_folder, store_output};

/// A scenario with all that belongs to it.
#[derive(Clone, Debug)]
pub struct Folder {
    /// The scenario.
    pub scenario: Arc<Scenario>,
    /// Its recorded outputs.
    pub outputs: RecordedOutputs,
    /// Where it came from: a path, or `built-in`.
    pub origin: String,
    scripts: Vec<(String, PathBuf, String)>,
}

/// Why a scenario or a script cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderFault {
    /// There is none of that name.
    #[error("there is no {what} `{name}`; there are: {known}")]
    None {
        /// Scenario or script.
        what: &'static str,
        /// Its name.
        name: String,
        /// What there is.
        known: String,
    },
    /// The file is not right.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Problems(Vec<Problem>),
}

impl Folder {
    /// The scenario of this id: from `fixtures` (the home's), else a built-in one, else the folder that the name is.
    ///
    /// # Errors
    /// When there is none, or what is wrong with its files, by line.
    pub fn load(fixtures: &Path, id: &str) -> Result<Self, FolderFault> {
        let own = fixtures.join(id);
        let plain = !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if plain && own.join("scenario.toml").is_file() {
            return Self::read(&own);
        }
        let Some(files) = shipped().iter().find(|s| s.id == id) else {
            if Path::new(id).join("scenario.toml").is_file() {
                return Self::read(Path::new(id));
            }
            let known = ids(fixtures).join(", ");
            return Err(FolderFault::None { what: "scenario", name: id.to_owned(), known });
        };
        let path = PathBuf::from(format!("built-in/{id}"));
        let scripts = files
            .scripts
            .iter()
            .map(|(name, text)| ((*name).to_owned(), path.join(format!("scripts/{name}.toml")), (*text).to_owned()));
        Self::make(&path, "built-in", files.scenario, files.outputs, scripts.collect())
    }

    fn read(folder: &Path) -> Result<Self, FolderFault> {
        let scenario = text(&folder.join("scenario.toml"))?;
        let outputs = folder.join("outputs.toml");
        let outputs = if outputs.exists() { text(&outputs)? } else { String::new() };
        let mut scripts = Vec::new();
        for path in files(&folder.join("scripts")) {
            let name = path.file_stem().and_then(|s| s.to_str()).unwrap_or_default().to_owned();
            let words = text(&path)?;
            scripts.push((name, path, words));
        }
        Self::make(folder, &folder.display().to_string(), &scenario, &outputs, scripts)
    }

    fn make(
        folder: &Path,
        origin: &str,
        scenario: &str,
        outputs: &str,
        scripts: Vec<(String, PathBuf, String)>,
    ) -> Result<Self, FolderFault> {
        let scenario = read_scenario(&folder.join("scenario.toml"), scenario).map_err(FolderFault::Problems)?;
        let length = scenario.length.secs();
        let outputs = RecordedOutputs::read(&folder.join("outputs.toml"), outputs, length);
        let outputs = outputs.map_err(FolderFault::Problems)?;
        Ok(Self { scenario: Arc::new(scenario), outputs, origin: origin.to_owned(), scripts })
    }

    /// Names of its scripts.
    pub fn scripts(&self) -> impl Iterator<Item = &str> {
        self.scripts.iter().map(|(name, ..)| name.as_str())
    }

    /// A script by its name, else from a file.
    ///
    /// # Errors
    /// When there is none, or what is wrong with it, by line.
    pub fn script(&self, name: &str) -> Result<Script, FolderFault> {
        if let Some((_, path, words)) = self.scripts.iter().find(|(n, ..)| n == name) {
            return read_script(path, words, &self.scenario).map_err(FolderFault::Problems);
        }
        let path = Path::new(name);
        if !path.is_file() {
            let known = self.scripts().collect::<Vec<_>>().join(", ");
            return Err(FolderFault::None { what: "script", name: name.to_owned(), known });
        }
        read_script(path, &text(path)?, &self.scenario).map_err(FolderFault::Problems)
    }
}

/// Ids of every scenario at hand, in order.
#[must_use]
pub fn ids(fixtures: &Path) -> Vec<String> {
    let mut ids: Vec<String> = shipped().iter().map(|s| s.id.to_owned()).collect();
    let folders = fs::read_dir(fixtures).into_iter().flatten().flatten();
    let own = folders.filter(|f| f.path().join("scenario.toml").is_file());
    ids.extend(own.filter_map(|f| f.file_name().into_string().ok()));
    ids.sort();
    ids.dedup();
    ids
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let found = fs::read_dir(folder).into_iter().flatten().flatten().map(|f| f.path());
    let mut files: Vec<PathBuf> = found.filter(|p| p.extension().is_some_and(|e| e == "toml")).collect();
    files.sort();
    files
}

/// A file's text, bounded.
fn text(path: &Path) -> Result<String, FolderFault> {
    let fault = |says: String| FolderFault::Problems(vec![Problem::whole(path, says)]);
    let file = fs::File::open(path).map_err(|e| fault(format!("cannot be read: {e}")))?;
    let mut bytes = Vec::new();
    let most = MAX_SCENARIO_BYTES as u64;
    file.take(most + 1).read_to_end(&mut bytes).map_err(|e| fault(format!("cannot be read: {e}")))?;
    if bytes.len() as u64 > most {
        return Err(fault(format!("the file is larger than {most} bytes; shorten it")));
    }
    String::from_utf8(bytes).map_err(|_| fault("the file is not UTF-8; save it as UTF-8".to_owned()))
}

/// Why a played drill could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteFault {
    /// The incident's folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A kept output.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// A chain's file.
    #[error("{}: {source}", file.display())]
    Io {
        /// Which file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Makes the folder for a drill: the scenario's date and id, suffixed when taken.
///
/// # Errors
/// When the folder cannot be made.
pub fn make_room(incidents: &Path, scenario: &Scenario) -> Result<IncidentId, FolderError> {
    create_incident(incidents, scenario.start, &scenario.id)
}

/// Writes a played drill into its folder, where every reader of incidents finds it.
///
/// # Errors
/// When the disk does not take it.
pub fn write(incidents: &Path, played: &Played) -> Result<PathBuf, WriteFault> {
    let folder = incident_folder(incidents, played.incident.as_str())?;
    let log = folder.join("log");
    let io = |file: &Path| {
        let file = file.to_owned();
        move |source| WriteFault::Io { file, source }
    };
    fs::create_dir_all(&log).map_err(io(&log))?;
    for (writer, lines) in &played.chains {
        let path = log.join(format!("{writer}.jsonl"));
        let mut file = fs::File::create_new(&path).map_err(io(&path))?;
        file.write_all(lines.as_bytes()).and_then(|()| file.sync_all()).map_err(io(&path))?;
    }
    for output in played.outputs.values() {
        store_output(&folder, output.as_bytes())?;
    }
    Ok(folder)
}
