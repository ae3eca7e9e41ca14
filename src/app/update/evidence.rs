//! From FAILING to what proves it: one line goes straight to its page, several are chosen from. Raw replies are added as they
//! come.

use crate::app::effect::{Effect, JudgeOrder};
use crate::app::evidence::{Awaited, Page, page, replies};
use crate::app::layer::{Layer, Pick, Picked};
use crate::app::matter::Matter;
use crate::app::model::Model;
use crate::app::view;
use crate::domain::id::NodeId;
use crate::domain::raw::RawRound;

/// Opens the evidence of what fails.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    let mut rows: Vec<(Vec<String>, Picked)> = view::matters(model)
        .into_iter()
        .map(|(matter, said)| {
            let line = said.text.to_string();
            (vec![line.clone()], Picked::Evidence(matter, line))
        })
        .collect();
    match rows.len() {
        0 => {
            model.say("nothing of ours fails; enter on a node shows all that is known of it");
            Vec::new()
        }
        1 => match rows.remove(0).1 {
            Picked::Evidence(matter, line) => open_page(model, &matter, &line),
            Picked::Runbook(_) | Picked::Output(..) => Vec::new(),
        },
        _ => {
            model.screen.open(Layer::Pick(Pick {
                title: "what fails: enter shows what proves it".to_owned(),
                rows,
                chosen: 0,
            }));
            Vec::new()
        }
    }
}

/// Opens the page of one FAILING line.
pub(super) fn open_page(model: &mut Model, matter: &Matter, line: &str) -> Vec<Effect> {
    let page = page(model, matter, line);
    show(model, page)
}

/// Opens a page, and asks for the raw replies that belong under it.
pub(super) fn show(model: &mut Model, page: Page) -> Vec<Effect> {
    let Page { title, mut lines, nodes } = page;
    if model.drill.is_some() {
        nodes.iter().for_each(|(node, sources)| lines.extend(replies(model, node, sources, None)));
    }
    let asked: Vec<NodeId> = nodes.iter().filter(|_| model.drill.is_none()).map(|(node, _)| node.clone()).collect();
    model.screen.awaited = Awaited { title: title.clone(), nodes: nodes.into_iter().collect() };
    model.screen.open(Layer::Reader { title, lines, scroll: 0 });
    asked.into_iter().map(|node| Effect::Judge(JudgeOrder::Show(node))).collect()
}

/// Adds a node's raw replies to the page that waits for them, if that is still what is read.
pub(super) fn add_replies(model: &mut Model, node: &NodeId, round: Option<&RawRound>) {
    let waits = matches!(model.screen.top(), Some(Layer::Reader { title, .. }) if *title == model.screen.awaited.title);
    let Some(sources) = model.screen.awaited.nodes.remove(node).filter(|_| waits) else { return };
    let more = replies(model, node, &sources, round);
    if let Some(Layer::Reader { lines, .. }) = model.screen.layers.last_mut() {
        lines.extend(more);
    }
}
