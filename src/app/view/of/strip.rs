//! FAILING, DOING, NEXT: the sentences that the console, `watch --plain` and `watch --json` all show.

use crate::app::model::Model;
use crate::app::msg::Recorder;
use crate::app::view::of::{doing, failing, next};
use crate::app::view::strip::Strip;
use crate::app::view::tone::{Said, Tone};
use crate::domain::event::NodeState;
use crate::domain::time::Span;

/// The situation in three lists, or one sentence on a quiet day.
#[must_use]
pub fn strip(model: &Model) -> Strip {
    let failing = failing::failing(model);
    if failing.is_empty() && !model.is_in_incident() {
        return Strip { quiet: Some(quiet(model)), ..Strip::default() };
    }
    Strip {
        quiet: None,
        failing: failing::or_none(model, failing),
        doing: doing::doing(model),
        next: next::next(model),
    }
}

/// Nothing fails and nobody works on an incident.
fn quiet(model: &Model) -> Said {
    let nodes = model.watch.specs.len();
    let views: Vec<_> = model.watch.board.views(&model.watch.judge).collect();
    if nodes == 0 {
        return Said::new(Tone::Quiet, "starting: nothing has been measured yet · declare: d");
    }
    let waiting = views.iter().filter(|v| v.heard.is_none()).count();
    let watching = match nodes {
        1 => "watching 1 node".to_owned(),
        n => format!("watching {n} nodes"),
    };
    let doubtful: Vec<_> = views.iter().filter(|v| v.heard.is_some() && v.state != NodeState::Ok).collect();
    let (tone, begin) = match doubtful.first() {
        _ if waiting > 0 => (Tone::Quiet, format!("looking: {} of {nodes} nodes have answered", nodes - waiting)),
        None => (Tone::Ok, format!("all quiet · {watching}")),
        Some(v) => {
            let more = if doubtful.len() > 1 { format!(", and {} more", doubtful.len() - 1) } else { String::new() };
            let why = v.why.first().map(|w| format!(" ({w})")).unwrap_or_default();
            let own = if v.spec.mine { "" } else { " (not ours)" };
            (
                Tone::Warn,
                format!("nothing of ours fails · {watching} · {}{own} is {}{why}{more}", v.spec.id, v.state.as_str()),
            )
        }
    };
    Said::new(tone, format!("{begin} · {} · declare: d", recorder(model)))
        .or(format!("{} · declare: d", begin.split(" · ").next().unwrap_or(&begin)))
}

/// How much of the past the flight recorder holds, and whose it is.
fn recorder(model: &Model) -> String {
    let views = model.watch.board.views(&model.watch.judge);
    let first = views
        .flat_map(|v| v.signals.into_iter().filter_map(|s| s.ring.and_then(|r| r.iter().next())).map(|(at, _)| at))
        .min();
    let held = first.map_or(Span::ZERO, |at| model.now.since(at)).min(crate::app::board::RING_SPAN);
    let whose = match model.watch.recorder {
        Recorder::Ours => "recorder",
        Recorder::Theirs => "another console records,",
    };
    format!("{whose} {} min", (held.secs() / 60).max(0))
}
