//! What this console shows of the model: size, focus, zoom, cursors, and the layers above the panes.
//! Must not know colours or cells.

use std::collections::BTreeMap;

use crate::app::layer::Layer;
use crate::app::pane::Pane;

/// Layers stand at most this deep; opening one more closes the topmost first.
const MAX_LAYERS: usize = 4;

/// The state of the view.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Screen {
    /// Columns and rows.
    pub size: (u16, u16),
    /// The pane that takes the keys.
    pub focus: Pane,
    /// Whether the focused pane stands alone.
    pub zoom: bool,
    /// The row under the cursor, by pane; the timeline counts back from its newest entry. The view scrolls to it.
    pub cursor: BTreeMap<Pane, usize>,
    /// What stands above the panes; the last one takes the keys.
    pub layers: Vec<Layer>,
    /// The theme's name.
    pub theme: String,
}

impl Screen {
    /// The row under a pane's cursor.
    #[must_use]
    pub fn row(&self, pane: Pane) -> usize {
        self.cursor.get(&pane).copied().unwrap_or(0)
    }

    /// The layer that takes the keys.
    #[must_use]
    pub fn top(&self) -> Option<&Layer> {
        self.layers.last()
    }

    /// Opens a layer above the others.
    pub fn open(&mut self, layer: Layer) {
        if self.layers.len() >= MAX_LAYERS {
            self.layers.pop();
        }
        self.layers.push(layer);
    }
}
