//! Reads documents from files: everything dropped into the folder, and the files that the roster names.
//! Must not judge what it reads.

use std::io::Read;
use std::path::Path;

use crate::domain::id::OperatorId;
use crate::peers::envelope::MAX_DOCUMENT;
use crate::peers::fault::PeerFault;

/// Most files read from the folder, in the order of their names; the rest is told as one fault.
pub const MAX_FILES: usize = 2_000;

/// A document's bytes and its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// The file.
    pub origin: String,
    /// Whose it should be, where the roster says so.
    pub operator: Option<OperatorId>,
    /// Its bytes, at most one over the limit.
    pub bytes: Vec<u8>,
}

/// Every `*.json` of the folder. No folder: nobody dropped anything. Names that begin with a dot are somebody's half-written files.
#[must_use]
pub fn read_folder(folder: &Path) -> (Vec<Dropped>, Vec<PeerFault>) {
    let (mut documents, mut faults) = (Vec::new(), Vec::new());
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => return (documents, faults),
        Err(why) => {
            faults.push(PeerFault {
                operator: None,
                origin: folder.display().to_string(),
                says: format!("cannot be read: {why}; mend its permissions"),
            });
            return (documents, faults);
        }
    };
    let mut files: Vec<_> = entries.filter_map(Result::ok).map(|e| e.path()).filter(|p| is_document(p)).collect();
    files.sort();
    if files.len() > MAX_FILES {
        let says = format!("holds {} documents; only the first {MAX_FILES} are read", files.len());
        faults.push(PeerFault { operator: None, origin: folder.display().to_string(), says });
    }
    for file in files.iter().take(MAX_FILES) {
        match read_status_file(file, None) {
            Ok(document) => documents.push(document),
            Err(fault) => faults.push(fault),
        }
    }
    (documents, faults)
}

fn is_document(file: &Path) -> bool {
    let hidden = file.file_name().is_some_and(|n| n.as_encoded_bytes().starts_with(b"."));
    !hidden && file.extension().is_some_and(|e| e == "json")
}

/// One file, at most one byte over the limit.
///
/// # Errors
/// It cannot be read, or is no plain file (a pipe would hold us up).
pub fn read_status_file(file: &Path, operator: Option<&OperatorId>) -> Result<Dropped, PeerFault> {
    let origin = file.display().to_string();
    let fault = |says: String| PeerFault { operator: operator.cloned(), origin: origin.clone(), says };
    let about = std::fs::metadata(file).map_err(|why| fault(format!("cannot be read: {why}")))?;
    if !about.is_file() {
        return Err(fault("is no plain file".to_owned()));
    }
    let open =
        std::fs::File::open(file).map_err(|why| fault(format!("cannot be read: {why}; mend its permissions")))?;
    let mut bytes = Vec::new();
    open.take(MAX_DOCUMENT as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|why| fault(format!("cannot be read: {why}")))?;
    Ok(Dropped { origin: origin.clone(), operator: operator.cloned(), bytes })
}
