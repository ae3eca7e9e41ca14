//! The folders of incidents: their ids, which there are, making a new one.
//! Must not know what state an incident is in: that takes its log.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::domain::id::IncidentId;
use crate::domain::time::At;
use crate::journal::disk::{Disk, RealDisk, make_folders, sync_names};

/// Longest slug of a title; longer ones end at a whole word where one fits.
pub const SLUG_MAX: usize = 40;

/// Most incidents of one day with one slug; beyond it a new one must be named differently.
pub const SAME_SLUG_MAX: u32 = 99;

/// Why an incident's folder cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Not a name that an incident can have.
    #[error("`{0}` is no incident id: a date and words, like 2026-11-21-finality-stall")]
    NotAnId(String),
    /// Every suffix is taken.
    #[error("there are {SAME_SLUG_MAX} incidents named {0} already; choose another title")]
    Taken(String),
    /// The disk.
    #[error("{}: {source}; check its owner and permissions, and the disk's free space", folder.display())]
    Io {
        /// Which folder.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// A title as part of an id: lower-case ASCII letters, digits and single hyphens.
#[must_use]
pub fn slug(title: &str) -> String {
    let mut out = String::new();
    for word in title.to_lowercase().split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        let room = SLUG_MAX.saturating_sub(out.len() + usize::from(!out.is_empty()));
        if word.len() > room && !out.is_empty() {
            break;
        }
        if !out.is_empty() {
            out.push('-');
        }
        out.push_str(&word[..word.len().min(room)]);
    }
    if out.is_empty() { "incident".to_owned() } else { out }
}

/// Whether this can be an incident's id (and so a folder's name that leads nowhere else).
#[must_use]
pub fn is_incident_id(id: &str) -> bool {
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    !id.is_empty() && id.len() <= 100 && id.starts_with(|c: char| c.is_ascii_alphanumeric()) && id.chars().all(safe)
}

/// Whether an id begins with a date, as those that we make do.
pub(super) fn is_dated(id: &str) -> bool {
    let digit_or_hyphen = |(i, c): (usize, char)| if matches!(i, 4 | 7 | 10) { c == '-' } else { c.is_ascii_digit() };
    is_incident_id(id) && id.len() > 11 && id.chars().take(11).enumerate().all(digit_or_hyphen)
}

/// The folder of an incident under `incidents/`.
///
/// # Errors
/// When the id cannot be one.
pub fn incident_folder(incidents: &Path, id: &str) -> Result<PathBuf, FolderError> {
    if is_incident_id(id) { Ok(incidents.join(id)) } else { Err(FolderError::NotAnId(id.to_owned())) }
}

/// Ids of all incidents in the folder `incidents/`, in order (the newest day last). A missing folder holds none.
///
/// # Errors
/// When the folder cannot be read.
pub fn list_incidents(incidents: &Path) -> Result<Vec<IncidentId>, FolderError> {
    let io = |source| FolderError::Io { folder: incidents.to_owned(), source };
    let found = match fs::read_dir(incidents) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        found => found.map_err(io)?,
    };
    let mut ids = Vec::new();
    for folder in found {
        let folder = folder.map_err(io)?;
        let holds_log = folder.path().join("log").is_dir() || folder.path().join("internal").is_dir();
        ids.extend(folder.file_name().to_str().filter(|id| is_incident_id(id) && holds_log).map(IncidentId::new));
    }
    ids.sort_unstable();
    Ok(ids)
}

/// Makes the folder of a new incident (date and slug, suffixed when taken) and returns its id. Two processes never get the same.
///
/// # Errors
/// When the folder cannot be made.
pub fn create_incident(incidents: &Path, day: At, title: &str) -> Result<IncidentId, FolderError> {
    create_incident_on(&mut RealDisk, incidents, day, title)
}

/// [`create_incident`] on a given disk.
///
/// # Errors
/// When the folder cannot be made.
pub fn create_incident_on(
    disk: &mut dyn Disk,
    incidents: &Path,
    day: At,
    title: &str,
) -> Result<IncidentId, FolderError> {
    let io = |folder: &Path, source| FolderError::Io { folder: folder.to_owned(), source };
    let made = make_folders(disk, incidents).map_err(|e| io(incidents, e))?;
    let base = format!("{}-{}", day.date(), slug(title));
    for n in 1..=SAME_SLUG_MAX {
        let id = if n == 1 { base.clone() } else { format!("{base}-{n}") };
        let folder = incidents.join(&id);
        match disk.make_folder(&folder) {
            Ok(()) => {
                sync_names(disk, incidents, made).map_err(|e| io(incidents, e))?;
                return Ok(IncidentId::from(id));
            }
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(io(&folder, e)),
        }
    }
    Err(FolderError::Taken(base))
}
