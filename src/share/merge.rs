//! How a chain that came from elsewhere meets the one that is here: ours is only ever extended by one that begins with it; two
//! different lines at one place are a fork, kept aside and named, never merged. Whatever comes in whatever order, one state.

use std::path::{Path, PathBuf};

use crate::domain::id::WriterId;
use crate::journal::{LINE_MAX, Lines, Replica, ReplicaError, keep_fork};
use crate::share::fault::ShareError;

/// Lines that are read and written in one go.
const AT_ONCE: usize = 2_048;

/// Bytes that are read and written in one go.
const BYTES_AT_ONCE: usize = 16 * LINE_MAX;

/// What became of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Merged {
    /// Ours was extended, or is new: from so many lines to so many.
    Extended {
        /// Lines before.
        from: u64,
        /// Lines now.
        to: u64,
    },
    /// Nothing in it is new; ours has so many lines more.
    Known {
        /// Lines that only we have.
        ahead: u64,
    },
    /// It is another chain from this line on (from 0); the other lines are kept in that file.
    Forked {
        /// The first line that differs.
        at: u64,
        /// Where its lines are kept.
        kept: PathBuf,
    },
    /// Its own writer has it open on this host and it has so many lines more than ours: ours is the truth, theirs is kept aside.
    Live {
        /// Where its lines are kept.
        kept: PathBuf,
    },
}

/// Merges a chain into an incident's folder.
///
/// # Errors
/// When a file cannot be read or written; what was merged before stays, and the same may be tried again.
pub fn merge(dir: &Path, writer: &WriterId, theirs: &Lines) -> Result<Merged, ShareError> {
    let file = dir.join("log").join(format!("{writer}.jsonl"));
    let mut ours = Lines::of(dir, writer);
    ours.refresh().map_err(ShareError::io(&file))?;
    if let Some(fault) = ours.broken() {
        return Err(ReplicaError::Damaged(fault.clone()).into());
    }
    if let Some(at) = ours.fork(theirs) {
        let kept = aside(dir, writer, theirs, at)?;
        return Ok(Merged::Forked { at, kept });
    }
    let from = ours.next();
    if theirs.next() <= from {
        return Ok(Merged::Known { ahead: from - theirs.next() });
    }
    let mut replica = Replica::of(dir, writer);
    let mut to = from;
    while to < theirs.next() {
        let lines = theirs.raw(to, AT_ONCE, BYTES_AT_ONCE).map_err(ShareError::io(&file))?;
        match replica.extend(to, &lines) {
            Ok(next) => to = next,
            Err(ReplicaError::Live(_)) => return live(dir, writer, theirs),
            Err(why) => return Err(why.into()),
        }
    }
    Ok(Merged::Extended { from, to })
}

/// The writer itself is at work here. What it has on the disk by now decides: usually it simply was ahead of its own copy.
fn live(dir: &Path, writer: &WriterId, theirs: &Lines) -> Result<Merged, ShareError> {
    let mut ours = Lines::of(dir, writer);
    ours.refresh().map_err(ShareError::io(dir))?;
    let at = ours.fork(theirs).unwrap_or(ours.next());
    if at >= theirs.next() {
        return Ok(Merged::Known { ahead: ours.next() - theirs.next() });
    }
    let kept = aside(dir, writer, theirs, at)?;
    Ok(Merged::Live { kept })
}

fn aside(dir: &Path, writer: &WriterId, theirs: &Lines, at: u64) -> Result<PathBuf, ShareError> {
    // The rest of a branch that nobody believes is of use only to people: its beginning is enough.
    let lines = theirs.raw(at, AT_ONCE, BYTES_AT_ONCE).map_err(ShareError::io(dir))?;
    keep_fork(dir, writer, &lines).map_err(ShareError::io(&dir.join("forks")))
}
