//! All that one screen shows, ready to be drawn; drawing it twice gives the same cells.

use crate::app::keymap::Context;
use crate::app::pane::Pane;
use crate::app::view::head::Head;
use crate::app::view::health::Health;
use crate::app::view::layer::LayerView;
use crate::app::view::roster::Roster;
use crate::app::view::runbook::RunbookView;
use crate::app::view::strip::Strip;
use crate::app::view::timeline::Timeline;
use crate::app::view::tone::Said;

/// One screen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    /// The first line and what is pinned.
    pub head: Head,
    /// FAILING, DOING, NEXT.
    pub strip: Strip,
    /// Pane 1.
    pub health: Health,
    /// Pane 2.
    pub timeline: Timeline,
    /// Pane 3.
    pub roster: Roster,
    /// Pane 4.
    pub runbook: RunbookView,
    /// The pane that takes the keys.
    pub focus: Pane,
    /// Whether it stands alone.
    pub zoom: bool,
    /// The row under the cursor, by pane.
    pub cursors: [usize; 4],
    /// What stands above the panes.
    pub layer: Option<LayerView>,
    /// Where keys are looked up now, most special first.
    pub contexts: Vec<Context>,
    /// A word to the person at the console, in the place of the key line until a key is pressed.
    pub notice: Option<Said>,
}

impl Scene {
    /// The row under a pane's cursor.
    #[must_use]
    pub const fn cursor(&self, pane: Pane) -> usize {
        self.cursors[pane as usize]
    }
}
