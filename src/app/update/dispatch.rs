//! The one entrance: hands each message to its family.

use crate::app::effect::Effect;
use crate::app::model::Model;
use crate::app::msg::{DrillMsg, Msg};
use crate::app::update::{edit, journal, keys, step, watch, world};
use crate::domain::entry::NewEntry;
use crate::domain::incident::Ledger;
use crate::domain::time::At;

/// Takes a message in and says what is to be done to the world.
#[must_use = "effects that are dropped never happen"]
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Tick(now) => tick(model, now),
        Msg::Key(key) => keys::press(model, key),
        Msg::Paste(text) => edit::paste(model, &text),
        Msg::Resized(width, height) => {
            model.screen.size = (width, height);
            Vec::new()
        }
        Msg::Observed(observation) => watch::observed(model, &observation),
        Msg::Peers(reports, faults) => watch::peers(model, reports, faults),
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

fn drill(model: &mut Model, msg: DrillMsg) -> Vec<Effect> {
    match msg {
        DrillMsg::Status(status) => {
            model.now = status.at;
            model.drill = Some(status);
        }
        DrillMsg::LookBack(entries) => model.past = entries.map(Ledger::of),
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
