//! Keys of the layers above the panes, and what a row under a cursor opens.

use crate::app::detail;
use crate::app::effect::Effect;
use crate::app::evidence as proof;
use crate::app::keymap::LayerKey;
use crate::app::layer::{Confirm, Layer, Line, Picked, Then};
use crate::app::model::Model;
use crate::app::pane::Pane;
use crate::app::update::{commands, evidence, find, output, step, suggest, verbs};
use crate::app::verbs::suggested;
use crate::app::view;
use crate::domain::command::Command;
use crate::domain::entry::Entry;

pub(super) fn press(model: &mut Model, key: LayerKey) -> Vec<Effect> {
    match key {
        LayerKey::Close => {
            model.screen.layers.pop();
        }
        LayerKey::Accept => return accept(model),
        LayerKey::Next | LayerKey::Prev if matches!(model.screen.top(), Some(Layer::Reader { .. })) => {
            let forward = key == LayerKey::Next;
            return step::or_warn(model, |m| find::go(m, forward, false).map(|()| Vec::new()));
        }
        LayerKey::Next => choose(model, 1),
        LayerKey::Prev => choose(model, -1),
        LayerKey::Complete => complete(model),
    }
    Vec::new()
}

fn choose(model: &mut Model, by: isize) {
    if let Some(Layer::Pick(pick)) = model.screen.layers.last_mut() {
        pick.chosen = pick.chosen.saturating_add_signed(by).min(pick.rows.len().saturating_sub(1));
    }
    if let Some(Layer::Palette { input, chosen, .. }) = model.screen.layers.last_mut() {
        let last = suggested(input.text()).len().saturating_sub(1);
        *chosen = chosen.saturating_add_signed(by).min(last);
    }
}

fn complete(model: &mut Model) {
    if let Some(Layer::Palette { input, chosen, refused }) = model.screen.layers.last_mut()
        && let Some(verb) = suggested(input.text()).get(*chosen)
    {
        *input = Line::with(&format!("{} ", verb.verb));
        (*chosen, *refused) = (0, None);
    }
}

fn accept(model: &mut Model) -> Vec<Effect> {
    match model.screen.layers.last().cloned() {
        Some(Layer::Palette { input, chosen, .. }) => accept_line(model, input.text(), chosen),
        Some(Layer::Confirm(confirm)) => accept_confirm(model, confirm),
        Some(Layer::Pick(pick)) => pick.rows.get(pick.chosen).map(|(_, what)| picked(model, what)).unwrap_or_default(),
        Some(Layer::Help { .. } | Layer::Reader { .. }) => {
            model.screen.layers.pop();
            Vec::new()
        }
        None => Vec::new(),
    }
}

/// The list stays under the evidence, so that closing one goes back to the others; a runbook ends the choice.
fn picked(model: &mut Model, what: &Picked) -> Vec<Effect> {
    match what {
        Picked::Evidence(matter, line) => evidence::open_page(model, matter, line),
        Picked::Output(step, attempt) => step::or_warn(model, |m| output::named(m, &format!("{step} {attempt}"))),
        Picked::Runbook(id) => {
            model.screen.layers.pop();
            suggest::begin(model, id)
        }
    }
}

/// Runs the line; one that is not a whole command yet takes the chosen suggestion first, a refused one stays with the reason.
fn accept_line(model: &mut Model, text: &str, chosen: usize) -> Vec<Effect> {
    if !verbs::is_verb(text)
        && let Some(verb) = suggested(text).get(chosen)
    {
        if !verb.args.is_empty() {
            complete(model);
            return Vec::new();
        }
        model.screen.layers.pop();
        return say(model, verb.verb);
    }
    let layer = model.screen.layers.pop();
    match verbs::say(model, text) {
        Ok(effects) => {
            let recorded = |effect: &Effect| matches!(effect, Effect::Append(_) | Effect::Declare { .. });
            model.said = effects.iter().any(recorded).then(|| text.to_owned());
            effects
        }
        Err(why) => {
            if let Some(Layer::Palette { input, chosen, .. }) = layer {
                model.screen.open(Layer::Palette { input, chosen, refused: Some(why) });
            }
            Vec::new()
        }
    }
}

fn accept_confirm(model: &mut Model, confirm: Confirm) -> Vec<Effect> {
    if confirm.type_name.as_ref().is_some_and(|name| name != confirm.input.text().trim()) {
        return Vec::new();
    }
    model.screen.layers.pop();
    match confirm.then {
        Then::StartStep(started) => step::or_warn(model, |m| commands::give(m, Command::Run(vec![(*started).into()]))),
        Then::SettleStep(both) => {
            let (started, finished) = *both;
            step::or_warn(model, |m| step::settle(m, started, finished))
        }
        Then::StopStep(run, step, attempt) => vec![Effect::StopStep(run, step, attempt)],
        Then::Say(line) => say(model, &line),
        Then::Leave => vec![Effect::Leave],
    }
}

fn say(model: &mut Model, line: &str) -> Vec<Effect> {
    step::or_warn(model, |m| verbs::say(m, line))
}

/// How many rows a pane has.
pub(super) fn rows(model: &Model, pane: Pane) -> usize {
    match pane {
        Pane::Health => model.watch.specs.len() + model.peers.len(),
        Pane::Timeline => model.ledger().map_or(0, |l| l.entries().len()),
        Pane::Roster => view::roles(model).len() + model.ledger().map_or(0, |l| l.incident().open_tasks().count()),
        Pane::Runbook => {
            let run = model.ledger().and_then(|l| l.incident().active_run());
            run.map_or_else(|| model.shelf.books().len(), |r| r.pinned.steps.len())
        }
    }
}

/// The entry under the timeline's cursor, which counts back from the newest.
pub(super) fn entry_under_cursor(model: &Model) -> Option<&Entry> {
    model.ledger()?.entries().iter().rev().nth(model.screen.row(Pane::Timeline))
}

/// Opens all that is known of the row under the cursor; of a node also what it answered, as soon as that is fetched.
pub(super) fn open_detail(model: &mut Model) -> Vec<Effect> {
    let row = model.screen.row(Pane::Health);
    let detail = match model.screen.focus {
        Pane::Health => match proof::node_page(model, row) {
            Some(page) => return evidence::show(model, page),
            None => None,
        },
        Pane::Timeline => entry_under_cursor(model).map(|e| detail::entry(model, e)),
        Pane::Roster => detail::role(model, model.screen.row(Pane::Roster)),
        Pane::Runbook => detail::run(model),
    };
    let Some((title, lines)) = detail else {
        model.say("there is nothing under the cursor");
        return Vec::new();
    };
    model.screen.open(Layer::Reader { title, lines, scroll: 0 });
    Vec::new()
}
