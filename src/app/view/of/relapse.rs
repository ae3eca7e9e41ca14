//! The relapse watch in words, for FAILING and NEXT. Must not keep a time of its own: all of it follows from the log.

use crate::app::matter::Matter;
use crate::app::model::Model;
use crate::app::view::tone::{Said, Tone};
use crate::domain::incident::{Incident, Relapse};

/// Signals named in a line; the others are counted.
const NAMED: usize = 3;

/// What came back, while it fails: first of all that fails.
pub(super) fn came_back(model: &Model) -> Option<(Matter, Said)> {
    let relapse = model.ledger()?.incident().relapsed()?;
    let long = model.now.elapsed_since(relapse.at).words();
    let words = format!("RELAPSE {}: came back {long} ago, {}", thing(relapse), held(relapse));
    let (signal, nodes) = (relapse.signal.clone(), vec![relapse.node.clone()]);
    let matter = Matter::Fault { signal, nodes, since: Some(relapse.at) };
    Some((matter, Said::new(Tone::Bad, words).or(format!("RELAPSE {}", relapse.node))))
}

/// What follows from it.
pub(super) fn after_relapse(incident: &Incident) -> Option<Said> {
    let relapse = incident.relapsed()?;
    let back = incident.active_run().is_some_and(|run| run.rollback.is_none() && !run.way_back().is_empty());
    let mut words = String::from("RELAPSE: the remedy did not hold");
    words.push_str(if back { "; another way, or back (u)" } else { "; another way (b)" });
    if let Some(wrong) = wrong_if(incident) {
        words.push_str(&format!(" · proved wrong by: {wrong}"));
    }
    Some(Said::new(Tone::Bad, words).or(format!("RELAPSE {}: another way", relapse.node)))
}

/// The watch over a recovery, with what is left of it.
pub(super) fn watching(model: &Model, incident: &Incident) -> Option<Said> {
    let watch = incident.relapse_watch().filter(|_| incident.is_open())?;
    let silent: Vec<String> = watch.signals.iter().filter(|s| !s.2).map(|(node, ..)| node.to_string()).collect();
    let names: Vec<String> = watch.signals.iter().map(|(node, signal, _)| format!("{node} {signal}")).collect();
    let left = watch.until.since(model.now);
    if left.micros() <= 0 {
        let held = incident.watch_length().words();
        return Some(Said::new(Tone::Ok, format!("no relapse within {held}")).or("no relapse"));
    }
    let left = if left.secs() < 60 { left.words() } else { left.clock() };
    let mut words = format!("watching for relapse: {left} left, {} hold", some(names));
    if !silent.is_empty() {
        words.push_str(&format!(" · not seen: {}", some(silent)));
    }
    if let Some(wrong) = wrong_if(incident) {
        words.push_str(&format!(" · wrong if: {wrong}"));
    }
    Some(Said::new(Tone::Plain, words).or(format!("relapse watch {left}")))
}

/// In a sentence, for the moment in which it happens.
#[must_use]
pub fn alarm(relapse: &Relapse) -> String {
    format!("RELAPSE: {} fails again, {}; the incident is active", thing(relapse), held(relapse))
}

/// What would prove the newest remedy wrong, as its runbook says.
fn wrong_if(incident: &Incident) -> Option<&str> {
    let runs = incident.runs.values().filter(|run| !run.pinned.wrong_if.is_empty());
    runs.max_by_key(|run| run.begun).map(|run| run.pinned.wrong_if.as_str())
}

fn thing(relapse: &Relapse) -> String {
    format!("{} {}", relapse.node, relapse.signal)
}

fn held(relapse: &Relapse) -> String {
    format!("after it had held for {}", relapse.held.clock())
}

fn some(names: Vec<String>) -> String {
    match names.len().checked_sub(NAMED + 1) {
        Some(more) => format!("{} and {} more", names[..NAMED].join(", "), more + 1),
        None => names.join(", "),
    }
}
