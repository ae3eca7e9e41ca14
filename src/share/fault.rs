//! What can go wrong while chains are carried, told so that a person can act. Must not decide anything.

use std::io;
use std::path::{Path, PathBuf};

use crate::domain::id::EntryRef;
use crate::journal::ReplicaError;

/// Most struck entries that a sentence names; the others are counted.
const NAMED_MAX: usize = 5;

/// Why something was not carried.
#[derive(Debug, thiserror::Error)]
pub enum ShareError {
    /// The file is no bundle that may be believed; nothing was taken over.
    #[error("{}: {what}; nothing was taken over. {mend}", file.display())]
    NotABundle {
        /// Which file.
        file: PathBuf,
        /// What is wrong with it.
        what: String,
        /// What a person can do.
        mend: String,
    },
    /// The file that was named is not there.
    #[error("{}: there is no such file; name what `warroom export` wrote, or one chain's .jsonl file", .0.display())]
    NoFile(PathBuf),
    /// Struck entries stand in the chains, and a chain without them could not be checked any more.
    #[error("{}", struck_words(.0))]
    Struck(Vec<EntryRef>),
    /// Nothing may leave.
    #[error("{0}")]
    Nothing(String),
    /// A file that is there already.
    #[error("{}: it exists already; name another file, or say --force", .0.display())]
    Exists(PathBuf),
    /// A copy of a chain could not be extended.
    #[error(transparent)]
    Replica(#[from] ReplicaError),
    /// The disk.
    #[error("{}: {source}; check its owner and permissions, and the disk's free space", file.display())]
    Io {
        /// Which file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl ShareError {
    /// What the disk said about a file.
    pub(super) fn io(file: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::Io { file: file.to_owned(), source }
    }
}

fn struck_words(struck: &[EntryRef]) -> String {
    let mut names: Vec<String> = struck.iter().take(NAMED_MAX).map(ToString::to_string).collect();
    if struck.len() > NAMED_MAX {
        names.push(format!("{} more", struck.len() - NAMED_MAX));
    }
    format!(
        "the chains hold struck entries ({}), and a chain with a line taken out cannot be checked any more; \
         `--timeline` writes the timeline without them, `--with-struck` writes the chains with them",
        names.join(", ")
    )
}
