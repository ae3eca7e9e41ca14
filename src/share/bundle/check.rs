//! Checks a bundle as the log it would become here: unpacked into a folder of its own, verified, removed again.
//! Must not take anything over.

use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use crate::domain::id::IncidentId;
use crate::journal::{Report, verify};
use crate::share::bundle::scratch::Scratch;
use crate::share::bundle::take::import;
use crate::share::fault::ShareError;

/// What a bundle holds, and what is wrong with it; places are said as `BUNDLE: log/…`. It is unpacked into a folder of its own in
/// `state`, which is gone afterwards.
///
/// # Errors
/// When it is no bundle that may be believed, or the disk does not take it.
pub fn check(file: &Path, state: &Path) -> Result<(IncidentId, Report), ShareError> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(state).map_err(ShareError::io(state))?;
    let scratch = Scratch::new(state, ".verify-")?;
    // Not into the folder itself: it is locked, and whoever unpacks locks the one above.
    check_in(file, &scratch.path().join("incidents"))
}

fn check_in(file: &Path, folder: &Path) -> Result<(IncidentId, Report), ShareError> {
    let done = import(folder, file)?;
    let dir = folder.join(done.incident.as_str());
    let mut report = verify(&dir);
    let place = |path: &mut PathBuf| {
        if let Ok(inside) = path.strip_prefix(&dir) {
            *path = PathBuf::from(format!("{}: {}", file.display(), inside.display()));
        }
    };
    report.chains.iter_mut().for_each(|chain| place(&mut chain.file));
    report.faults.iter_mut().for_each(|fault| place(&mut fault.file));
    report.notes.iter_mut().for_each(|note| place(&mut note.file));
    // What was left out because it does not fit is not in the folder.
    report.faults.extend(done.chains.into_iter().filter_map(|chain| chain.fault));
    Ok((done.incident, report))
}
