//! What whoever takes a run up must know first, until the run has gone on: where it stood, what was last, what nobody knows.

use crate::app::model::Model;
use crate::app::so_far::standing;
use crate::app::view::tone::{Said, Tone};
use crate::domain::id::StepId;
use crate::domain::run::Run;
use crate::domain::time::At;
use crate::runbook::next;

/// This run as it stood when it was taken up here, and when that was.
fn before<'a>(model: &'a Model, run: &Run) -> Option<(At, &'a Run)> {
    model.taken_up.as_ref().filter(|(_, before)| before.id == run.id).map(|(at, before)| (*at, &**before))
}

/// Set-up checks that look once more before anything else.
pub(super) fn due(model: &Model, run: &Run) -> Vec<StepId> {
    let book = model.pinned.get(&run.pinned.sha256);
    before(model, run).zip(book).map(|((_, before), book)| next::due_again(book, run, before)).unwrap_or_default()
}

/// The summary; nothing once something has happened to the run since.
pub(super) fn resume(model: &Model, run: &Run) -> Vec<Said> {
    let (Some((at, before)), Some(ledger)) = (before(model, run), model.ledger()) else { return Vec::new() };
    if run.steps != before.steps || run.is_done() {
        return Vec::new();
    }
    let book = model.pinned.get(&run.pinned.sha256);
    let mut said: Vec<Said> = Vec::new();
    for (i, line) in standing(ledger, run, book, (at, Some(before))).into_iter().enumerate() {
        let tone = if line.starts_with("END UNKNOWN") { Tone::Bad } else { Tone::Due };
        let lead = if i == 0 { format!("TAKEN UP {}: ", at.hm()) } else { String::new() };
        said.push(Said::new(tone, format!("{lead}{line}")));
    }
    said.push(Said::new(Tone::Quiet, "H shows the run so far, with every output"));
    said
}
