//! How the revision that a run pinned stands beside what is at hand and what other operators follow.
//! Must not move a run: an edited file is offered, never forced.

use crate::app::footing::footing;
use crate::app::model::Model;
use crate::app::view::tone::{Said, Tone};
use crate::domain::run::{Run, short_digest};
use crate::peers::model::{PeerReport, Trust};
use crate::runbook::next::Footing;

/// Operators named in a line; the others are counted.
const NAMED: usize = 4;

/// What people must know of the pinned revision; nothing when it is the one at hand.
pub(super) fn revision(model: &Model, run: &Run) -> Vec<Said> {
    let mut said: Vec<Said> = superseded(model, run).into_iter().chain(foreign(model, run)).collect();
    said.extend(edited(model, run));
    said.extend(followed(model, run));
    said
}

/// Another runbook says that it takes this one's place.
pub(super) fn superseded(model: &Model, run: &Run) -> Option<Said> {
    let by =
        model.shelf.books().iter().find(|book| book.supersedes.contains(&run.runbook) && book.id != run.runbook)?;
    let words = format!("SUPERSEDED: {} r{} takes the place of {} (: run {})", by.id, by.revision, run.runbook, by.id);
    Some(Said::new(Tone::Bad, words).or(format!("superseded by {}", by.id)))
}

/// It came with an import or a colleague's log, and nobody here has said yes to it.
fn foreign(model: &Model, run: &Run) -> Option<Said> {
    if footing(model, run) == Footing::Ours {
        return None;
    }
    let (by, host, digest) = (&run.by, &run.pinned.host, run.digest());
    let words = format!(
        "FROM ELSEWHERE: {by} began it on {host}, and this revision is not at hand here; each command asks first · \
         : runbook read · : runbook trust {digest}"
    );
    Some(Said::new(Tone::Due, words))
}

fn edited(model: &Model, run: &Run) -> Option<Said> {
    let at_hand = model.shelf.book(run.runbook.as_str()).filter(|book| book.sha256 != run.pinned.sha256)?;
    let words = format!(
        "edited since this run began: r{} {} is at hand, the run stays with r{} {} · : runbook diff · : run {} again",
        at_hand.revision,
        at_hand.digest(),
        run.pinned.revision,
        run.digest(),
        run.runbook
    );
    Some(Said::new(Tone::Due, words))
}

/// Operators whose documents are believed, by whether they follow the same revision.
fn followed(model: &Model, run: &Run) -> Vec<Said> {
    let follows = |peer: &&PeerReport| peer.trust == Trust::Verified;
    let books = model.peers.iter().filter(follows).filter_map(|peer| {
        let book = peer.document.as_ref()?.runbook.as_ref()?;
        (book.id == run.runbook.as_str()).then_some((peer.operator.as_str(), book))
    });
    let (same, other): (Vec<_>, Vec<_>) = books.partition(|(_, book)| book.is(&run.pinned.sha256));
    let mut said = Vec::new();
    if !other.is_empty() {
        let names = other.iter().map(|(name, book)| format!("{name} {}", short_digest(&book.digest))).collect();
        let words = format!("another revision is followed by {}; ours is {}", some(names), run.digest());
        said.push(Said::new(Tone::Bad, words));
    }
    if !same.is_empty() {
        let names = same.iter().map(|(name, _)| (*name).to_owned()).collect();
        said.push(Said::new(Tone::Quiet, format!("the same revision is followed by {}", some(names))));
    }
    said
}

fn some(names: Vec<String>) -> String {
    match names.len().checked_sub(NAMED + 1) {
        Some(more) => format!("{} and {} more", names[..NAMED].join(", "), more + 1),
        None => names.join(", "),
    }
}
