//! Whether a step belongs on this host: our own nodes' own words, from the board, against what the runbook is written for.

use crate::app::model::Model;
use crate::domain::observation::Value;
use crate::domain::signal::SignalId;
use crate::runbook::client;
use crate::runbook::model::{Runbook, Step};

/// Why it does not, in a sentence, and the name to type to begin it all the same; `None` where it does.
pub(in crate::app) fn stranger(model: &Model, book: &Runbook, step: &Step) -> Option<(String, String)> {
    let wanted = client::wanted(book, step);
    let ours = model
        .watch
        .board
        .views(&model.watch.judge)
        .filter(|v| v.spec.mine && v.family() != crate::domain::observation::Family::Host);
    let seen: Vec<(String, Option<String>)> = ours
        .map(|v| {
            let version = v.get(SignalId::VERSION).and_then(|s| match s.value() {
                Value::Text(text) => Some(text.to_string()),
                Value::Number(_) => None,
            });
            (v.id().to_string(), version)
        })
        .collect();
    let says = client::stranger(wanted, &seen)?;
    Some((says, wanted.first().cloned().unwrap_or_default()))
}
