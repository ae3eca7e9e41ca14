//! The one entrance: hands each message to its family.

use crate::app::effect::Effect;
use crate::app::model::{Model, Watch};
use crate::app::msg::{DrillMsg, Msg, Past};
use crate::app::update::{edit, journal, keys, step, watch, world};
use crate::domain::entry::NewEntry;
use crate::domain::incident::Ledger;
use crate::domain::time::At;
use crate::peers::model::PeerReport;

/// Takes a message in and says what is to be done to the world.
#[must_use = "effects that are dropped never happen"]
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let mut effects = handle(model, msg);
    if let Some(attempt) = model.attempt.take() {
        model.waiting += 1;
        effects.push(Effect::Append(vec![attempt]));
    }
    effects
}

fn handle(model: &mut Model, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Tick(now) => tick(model, now),
        Msg::Key(key) => keys::press(model, key),
        Msg::Paste(text) => edit::paste(model, &text),
        Msg::Resized(width, height) => {
            model.screen.size = (width, height);
            Vec::new()
        }
        Msg::Observed(observation) => in_present(model, |m| watch::observed(m, &observation)),
        Msg::Peers(reports, faults) => in_present(model, |m| watch::peers(m, reports, faults)),
        Msg::Journal(msg) => journal::take(model, msg),
        Msg::Step(msg) => step::take(model, msg),
        Msg::Drill(msg) => drill(model, msg),
        Msg::World(msg) => world::take(model, msg),
    }
}

fn tick(model: &mut Model, now: At) -> Vec<Effect> {
    model.now = now;
    model.notices.retain(|n| !n.is_over(now));
    watch::tick(model)
}

/// What comes now belongs to the present, also while somebody looks back.
fn in_present(model: &mut Model, take: impl FnOnce(&mut Model) -> Vec<Effect>) -> Vec<Effect> {
    swap_present(model);
    let effects = take(model);
    swap_present(model);
    effects
}

fn swap_present(model: &mut Model) {
    if let Some((watch, peers)) = &mut model.present {
        std::mem::swap(&mut model.watch, watch);
        std::mem::swap(&mut model.peers, peers);
    }
}

/// Shows the drill as it stood, log and nodes alike; `None` returns to now.
fn look_back(model: &mut Model, past: Option<Past>) {
    if let Some((watch, peers)) = model.present.take() {
        (model.watch, model.peers) = (watch, peers);
    }
    let Some(past) = past else {
        model.past = None;
        return;
    };
    let mut then = Watch::of(&model.watch.specs);
    then.heard = past.seen.last().map(|seen| seen.at);
    for seen in &past.seen {
        then.board.observe(seen);
        then.judge.observe(seen);
    }
    let views: Vec<_> = past.peers.iter().map(PeerReport::view).collect();
    then.judge.hear_peers(&views, then.heard.unwrap_or(model.now));
    model.present = Some((std::mem::replace(&mut model.watch, then), std::mem::replace(&mut model.peers, past.peers)));
    model.past = Some(Ledger::of(past.entries));
}

fn drill(model: &mut Model, msg: DrillMsg) -> Vec<Effect> {
    match msg {
        DrillMsg::Status(status) => {
            model.now = status.at;
            model.drill = Some(status);
        }
        DrillMsg::LookBack(past) => look_back(model, past.map(|p| *p)),
        DrillMsg::Inject(inject, at) => {
            model.warn(format!("{} → {}: {}", inject.delivered_as, inject.to, inject.text));
            let entry = NewEntry { happened: Some(at), ..NewEntry::tool(inject) };
            if model.is_in_incident() {
                model.waiting += 1;
                return vec![Effect::Append(vec![entry])];
            }
            model.early.push(entry);
        }
        DrillMsg::Over => model.say("the drill has played through; q leaves, warroom postmortem writes the draft"),
    }
    Vec::new()
}
