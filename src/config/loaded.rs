//! Reads the files. A broken one never keeps the console shut: the model is then what it would be without the file,
//! and the problems are there to be said loudly.

use std::io::Read;
use std::path::Path;

use super::config_file::parse_config;
use super::problem::Problem;
use super::roster_file::parse_roster;
use super::settings::Config;
use crate::domain::roster::Roster;

/// Largest file that is read, 1 MiB: ten thousand operators take less. A larger one is a problem, and is not read.
pub const MAX_FILE: u64 = 1024 * 1024;

/// What reading a file gave.
#[derive(Clone, Debug)]
pub struct Loaded<T> {
    /// The model: the file's, or the one without a file.
    pub value: T,
    /// Whether the file is there.
    pub present: bool,
    /// What is wrong with it, in the order of lines; empty when nothing is.
    pub problems: Vec<Problem>,
}

/// Reads the configuration.
#[must_use]
pub fn load_config(file: &Path) -> Loaded<Config> {
    load(file, parse_config)
}

/// Reads the roster.
#[must_use]
pub fn load_roster(file: &Path) -> Loaded<Roster> {
    load(file, parse_roster)
}

fn load<T: Default>(file: &Path, parse: impl Fn(&Path, &str) -> Result<T, Vec<Problem>>) -> Loaded<T> {
    match read(file) {
        Ok(None) => Loaded { value: T::default(), present: false, problems: Vec::new() },
        Ok(Some(text)) => match parse(file, &text) {
            Ok(value) => Loaded { value, present: true, problems: Vec::new() },
            Err(problems) => Loaded { value: T::default(), present: true, problems },
        },
        Err(problem) => Loaded { value: T::default(), present: true, problems: vec![problem] },
    }
}

/// The text, `None` when there is no such file.
fn read(file: &Path) -> Result<Option<String>, Problem> {
    let cannot =
        |why: std::io::Error| Problem::whole(file, format!("cannot be read: {why}; mend its permissions or path"));
    let open = match std::fs::File::open(file) {
        Ok(open) => open,
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(why) => return Err(cannot(why)),
    };
    let mut bytes = Vec::new();
    open.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(cannot)?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(Problem::whole(
            file,
            format!("is larger than {} KiB; split it or take out what is not needed", MAX_FILE / 1024),
        ));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(text)),
        Err(why) => {
            let good = why.utf8_error().valid_up_to();
            let line = why.as_bytes()[..good].iter().filter(|b| **b == b'\n').count() + 1;
            Err(Problem { line, column: 1, ..Problem::whole(file, "this line is not UTF-8; save the file as UTF-8") })
        }
    }
}
