//! What the surroundings say: what is watched, who records, files that cannot be read, incidents that appear.

use crate::app::effect::Effect;
use crate::app::model::Model;
use crate::app::msg::{Recorder, WorldMsg};
use crate::app::update::{evidence, watch};

pub(super) fn take(model: &mut Model, msg: WorldMsg) -> Vec<Effect> {
    match msg {
        WorldMsg::Watching { specs, found, limits, memory } => {
            model.watch.board.set_specs(&specs);
            model.watch.judge.set_limits(*limits);
            model.watch.judge.set_specs(&specs);
            model.watch.specs = specs;
            model.watch.found = found;
            model.watch.looked = true;
            watch::go_on(model, memory.as_deref());
        }
        WorldMsg::Replies(node, round) => evidence::add_replies(model, &node, round.as_deref()),
        WorldMsg::Recorder(recorder) => {
            let ours = recorder == Recorder::Ours && model.watch.recorder != Recorder::Ours;
            model.watch.recorder = recorder;
            if ours {
                return watch::pour(model);
            }
        }
        WorldMsg::Roster(roster) => model.roster = *roster,
        WorldMsg::Shelf(shelf) => model.shelf = shelf,
        WorldMsg::Trusted(revisions) => model.trusted = revisions,
        WorldMsg::Pinned(book) => {
            model.pinned.insert(book.sha256.clone(), *book);
        }
        WorldMsg::Faults(faults) => model.faults = faults,
        WorldMsg::Sharing(standing) => model.sharing = standing,
        WorldMsg::Appeared(id) => {
            if model.is_in_incident() {
                if model.case.as_ref().is_some_and(|c| c.id != id) {
                    model.say(format!("another incident was opened: {id} (: open {id})"));
                }
                return Vec::new();
            }
            return vec![Effect::Open(id)];
        }
        WorldMsg::Signing(signing) if signing.turn < model.signing.turn => {}
        WorldMsg::Signing(signing) => {
            if let Some(why) = signing.failed.as_ref().filter(|why| model.signing.failed.as_ref() != Some(why)) {
                model.warn(format!("not signed: {why} (: key asks again)"));
            }
            model.signing = *signing;
        }
        WorldMsg::Theme(name) => model.screen.theme = name,
        WorldMsg::Warn(words) => model.warn(words),
        WorldMsg::Leave => return vec![Effect::Leave],
    }
    Vec::new()
}
