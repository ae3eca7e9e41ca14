//! One scene from one model: every part in its place.

use crate::app::model::Model;
use crate::app::pane::Pane;
use crate::app::view::of::{entries, head, health, layer, roster, runbook, strip};
use crate::app::view::scene::Scene;
use crate::app::view::tone::{Said, Tone};

impl Scene {
    /// All that the screen shows of this model. The same model gives an equal scene: compare two to know whether to draw.
    #[must_use]
    pub fn of(model: &Model) -> Self {
        let cursors = Pane::ALL.map(|p| cursor(model, p));
        Self {
            head: head::head(model),
            strip: strip::strip(model),
            health: health::health(model),
            timeline: entries::timeline(model),
            roster: roster::roster(model),
            runbook: runbook::runbook(model),
            focus: model.screen.focus,
            zoom: model.screen.zoom,
            cursors,
            layer: model.screen.top().map(|top| layer::layer(top, &model.shelf, &model.sought)),
            contexts: model.screen.contexts(model.drill.is_some()),
            notice: model.notice().map(|n| {
                let tone = match n.level {
                    crate::app::notice::Level::Info => Tone::Ok,
                    crate::app::notice::Level::Warning => Tone::Warn,
                };
                Said::new(tone, n.text.as_str())
            }),
        }
    }
}

/// The row under a pane's cursor; the runbook's follows the current step until somebody moves it.
fn cursor(model: &Model, pane: Pane) -> usize {
    match (pane, model.screen.row(pane)) {
        (Pane::Runbook, 0) => runbook::current(model).unwrap_or(0),
        (_, row) => row,
    }
}
