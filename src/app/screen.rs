//! What this console shows of the model: size, focus, zoom, cursors, and the layers above the panes.
//! Must not know colours or cells.

use std::collections::BTreeMap;

use crate::app::evidence::Awaited;
use crate::app::keymap::Context;
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
    /// Whose raw replies the page that is read still waits for.
    pub awaited: Awaited,
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

    /// Where keys are looked up now: a layer takes all of them; else the pane, the drill, then what holds everywhere.
    #[must_use]
    pub fn contexts(&self, in_drill: bool) -> Vec<Context> {
        match self.top() {
            Some(Layer::Help { .. }) => vec![Context::Help],
            Some(Layer::Palette { .. }) => vec![Context::Palette],
            Some(Layer::Pick(_)) => vec![Context::Pick],
            Some(Layer::Confirm(confirm)) if confirm.type_name.is_some() => vec![Context::Typed],
            Some(Layer::Confirm(_)) => vec![Context::Confirm],
            Some(Layer::Reader { .. }) => vec![Context::Reader],
            None if in_drill => vec![Context::Pane(self.focus), Context::Drill, Context::Everywhere],
            None => vec![Context::Pane(self.focus), Context::Everywhere],
        }
    }

    /// Opens a layer above the others.
    pub fn open(&mut self, layer: Layer) {
        if self.layers.len() >= MAX_LAYERS {
            self.layers.pop();
        }
        self.layers.push(layer);
    }
}
