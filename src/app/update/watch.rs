//! What nodes and other operators say: onto the board, before the judge; what the judge says goes to the log.

use crate::app::effect::{Effect, JudgeOrder};
use crate::app::model::Model;
use crate::app::msg::Recorder;
use crate::domain::entry::NewEntry;
use crate::domain::event::{Event, HealthEvent, NodeState, PeerReported};
use crate::domain::observation::Observation;
use crate::domain::observation::Reading;
use crate::domain::observation::Sample;
use crate::domain::time::Span;
use crate::domain::verdict::JudgeMemory;
use crate::peers::model::PeerReport;

/// How far back the flight recorder pours when an incident is declared.
pub(super) const FLIGHT: Span = Span::from_mins(30);

/// Between two times that the judgement is kept for another process: after it changed, while something fails, and else.
const KEEP_CHANGED: Span = Span::from_secs(2);
const KEEP_FAILING: Span = Span::from_secs(30);
const KEEP_QUIET: Span = Span::from_mins(5);

pub(super) fn observed(model: &mut Model, observation: &Observation) -> Vec<Effect> {
    let watch = &mut model.watch;
    watch.heard = watch.heard.max(Some(observation.at));
    watch.board.observe(observation);
    let events = watch.judge.observe(observation);
    let mut effects = record(model, events);
    let samples = samples_of(observation);
    if model.watch.recorder == Recorder::Ours && model.is_in_incident() && !samples.is_empty() {
        effects.push(Effect::Samples(samples));
    }
    effects
}

/// The numbers of one observation.
fn samples_of(seen: &Observation) -> Vec<Sample> {
    let readings = seen.outcome.iter().flat_map(|answer| &answer.readings);
    let sample = |r: &Reading| {
        r.value.number().map(|value| Sample { at: seen.at, node: seen.node.clone(), signal: r.signal, value })
    };
    readings.filter_map(sample).collect()
}

pub(super) fn tick(model: &mut Model) -> Vec<Effect> {
    let events = model.watch.judge.tick(model.now);
    let mut effects = record(model, events);
    effects.extend(ask(model));
    effects.extend(keep(model));
    effects
}

/// Goes on where an earlier process ended; what stood then is not said anew.
pub(super) fn go_on(model: &mut Model, memory: Option<&JudgeMemory>) {
    let Some(memory) = memory else { return };
    let events = model.watch.judge.restore(memory, model.now);
    remember(model, &events);
}

/// What is judged goes into the state folder: soon after it changed, often while something fails, seldom on a quiet day.
fn keep(model: &mut Model) -> Option<Effect> {
    let watch = &model.watch;
    if watch.recorder != Recorder::Ours || !watch.looked || model.drill.is_some() || model.past.is_some() {
        return None;
    }
    let (kept, changed) = watch.kept;
    if kept.is_some_and(|at| model.now.since(at) < KEEP_CHANGED) {
        return None;
    }
    let wait = match (changed, watch.judge.failing().is_empty()) {
        (true, _) => KEEP_CHANGED,
        (false, false) => KEEP_FAILING,
        (false, true) => KEEP_QUIET,
    };
    let since = kept.unwrap_or(model.now);
    if kept.is_some() && model.now.since(since) < wait {
        return None;
    }
    model.watch.kept = (Some(model.now), false);
    // The first tick has measured nothing yet: what an earlier process kept must not be overwritten by that.
    kept.is_some().then(|| Effect::Judge(JudgeOrder::Keep(Box::new(model.watch.judge.memory(model.now)))))
}

/// Blocks that nodes are to be asked for. Where somebody else polls, their console asks for the same.
fn ask(model: &mut Model) -> Option<Effect> {
    let questions = model.watch.judge.questions(model.now);
    (!questions.is_empty()).then_some(Effect::Judge(JudgeOrder::Ask(questions)))
}

pub(super) fn peers(model: &mut Model, reports: Vec<PeerReport>, faults: Vec<String>) -> Vec<Effect> {
    model.peer_faults = faults;
    let views: Vec<_> = reports.iter().map(PeerReport::view).collect();
    let mut events = model.watch.judge.hear_peers(&views, model.now);
    events.extend(news(model, &reports).into_iter().map(Event::from));
    model.peers = reports;
    record(model, events)
}

/// What operators say that the log does not have yet.
fn news(model: &Model, reports: &[PeerReport]) -> Vec<PeerReported> {
    let Some(case) = &model.case else { return Vec::new() };
    let known = &case.incident().peers;
    let said = reports.iter().filter_map(PeerReport::reported);
    said.filter(|r| known.get(&r.operator).is_none_or(|k| k.report.summary != r.summary || k.report.trust != r.trust))
        .collect()
}

/// Only the recorder of this host writes verdicts, and only into an open incident; the others see them come.
fn record(model: &mut Model, events: Vec<Event>) -> Vec<Effect> {
    remember(model, &events);
    if events.is_empty() || model.watch.recorder != Recorder::Ours || !model.is_in_incident() {
        return Vec::new();
    }
    // What the log says to be firing is not said again, whoever wrote it: an earlier process, or the recorder before us.
    let known = |event: &Event| match event {
        Event::Health(HealthEvent::Fired(alert)) => {
            model.case.as_ref().is_some_and(|c| c.incident().alerts.contains_key(&alert.fingerprint))
        }
        _ => false,
    };
    let entries: Vec<NewEntry> = events.into_iter().filter(|e| !known(e)).map(entry).collect();
    if entries.is_empty() {
        return Vec::new();
    }
    model.waiting += entries.len();
    vec![Effect::Append(entries)]
}

fn entry(event: Event) -> NewEntry {
    match event {
        Event::Health(HealthEvent::Peer(report)) => {
            let actor = crate::domain::id::PersonId::new(report.operator.as_str());
            let source = crate::domain::entry::Source::Peer;
            NewEntry { actor, source, ..NewEntry::tool(*report) }
        }
        event => Model::measured(event),
    }
}

/// An incident has just been opened here: what stands already goes into its log, the flight recorder into its samples.
pub(super) fn pour(model: &mut Model) -> Vec<Effect> {
    if model.watch.recorder != Recorder::Ours || !model.is_in_incident() {
        return Vec::new();
    }
    let events = standing(model);
    let mut effects = record(model, events);
    let early = std::mem::take(&mut model.early);
    if !early.is_empty() {
        model.waiting += early.len();
        effects.push(Effect::Append(early));
    }
    let since = model.now.plus(Span::from_micros(-FLIGHT.micros()));
    effects.push(Effect::Samples(model.watch.board.samples_since(Some(since))));
    effects
}

/// What the judge holds now that the log does not say yet.
fn standing(model: &Model) -> Vec<Event> {
    let Some(case) = &model.case else { return Vec::new() };
    let incident = case.incident();
    let fresh = |event: &&Event| match event {
        Event::Health(HealthEvent::Verdict(v)) => {
            let known = incident.verdicts.get(&(v.node.clone(), v.signal.clone()));
            known.map_or(v.to != NodeState::Ok, |k| k.state != v.to && k.judged < v.judged)
        }
        Event::Health(HealthEvent::Scope(s)) => incident.scope.as_ref().is_none_or(|k| k.scope != s.to),
        Event::Health(HealthEvent::Fired(a)) => !incident.alerts.contains_key(&a.fingerprint),
        _ => false,
    };
    let mut events: Vec<Event> = model.watch.said.values().filter(fresh).cloned().collect();
    events.extend(news(model, &model.peers).into_iter().map(Event::from));
    events
}

/// Remembers the judge's newest word on each thing, incident or not.
fn remember(model: &mut Model, events: &[Event]) {
    model.watch.kept.1 |= !events.is_empty();
    for event in events {
        let Event::Health(health) = event else { continue };
        let key = match health {
            HealthEvent::Verdict(v) => format!("node {}", v.node),
            HealthEvent::Scope(_) => "scope".to_owned(),
            HealthEvent::Fired(a) => format!("alert {}", a.fingerprint),
            HealthEvent::Cleared(a) => {
                model.watch.said.remove(&format!("alert {}", a.fingerprint));
                continue;
            }
            HealthEvent::Peer(_) => continue,
        };
        model.watch.said.insert(key, event.clone());
    }
}
