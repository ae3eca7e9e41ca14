//! Whether the people here know the revision that a run pinned.
//! Must not know how trust is kept; the runtime tells it.

use crate::app::model::Model;
use crate::domain::run::Run;
use crate::runbook::next::Footing;

/// A drill's commands never run, so nothing is asked there.
#[must_use]
pub fn footing(model: &Model, run: &Run) -> Footing {
    let sha256 = &run.pinned.sha256;
    let at_hand = || model.shelf.vouches(sha256);
    if model.is_drill() || model.trusted.contains(sha256) || at_hand() { Footing::Ours } else { Footing::Elsewhere }
}
