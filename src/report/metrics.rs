//! Milestones and the durations between them, each with its name, its two ends and the entries they rest on.
//! Times are whole seconds, so that a printed duration is exactly the difference of the two printed times.

use crate::domain::entry::Entry;
use crate::domain::event::{Event, HealthEvent, IncidentEvent, NodeState, Status, WordEvent};
use crate::domain::id::EntryRef;
use crate::domain::incident::Incident;
use crate::domain::time::{At, Span};

/// One point of the incident's life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Milestone {
    /// `started`, `detected`, …
    pub name: &'static str,
    /// What counts as reaching it.
    pub meaning: &'static str,
    /// When, in whole seconds; `None` when it was not reached.
    pub at: Option<At>,
    /// The entry it rests on.
    pub source: Option<EntryRef>,
}

/// The time between two milestones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duration {
    /// `time to detect`, …
    pub name: &'static str,
    /// The earlier milestone.
    pub from: &'static str,
    /// The later one.
    pub to: &'static str,
    /// The time between; `None` when one of the two was not reached.
    pub took: Option<Span>,
}

/// Name, earlier milestone, later milestone. Names differ between tools: the two ends are always printed.
const DURATIONS: [(&str, &str, &str); 9] = [
    ("duration (onset to recovery)", "started", "recovered"),
    ("time to detect", "started", "detected"),
    ("time to acknowledge", "started", "declared"),
    ("time to command", "declared", "commanded"),
    ("time to respond", "detected", "recovered"),
    ("time to mitigate", "declared", "mitigated"),
    ("time to fix", "declared", "recovered"),
    ("time to resolve", "started", "resolved"),
    ("time to close", "started", "closed"),
];

fn second(at: Option<At>) -> Option<At> {
    at.map(|at| At::from_secs(at.secs()))
}

/// Every milestone, in the order of an incident's life. `entries` are the log as it counts (corrected, struck ones out).
#[must_use]
pub fn milestones(incident: &Incident, entries: &[Entry]) -> Vec<Milestone> {
    let m = &incident.milestones;
    let find = |reached: Option<At>, fits: &dyn Fn(&Entry, At) -> bool| {
        reached.and_then(|at| entries.iter().find(|e| fits(e, at)).map(Entry::name))
    };
    let status = |wanted: &'static [Status]| {
        move |e: &Entry, at: At| {
            e.when() == at && matches!(&e.event, Event::Incident(IncidentEvent::Status(s)) if wanted.contains(&s.to))
        }
    };
    let mark = |name, meaning, at: Option<At>, source| Milestone { name, meaning, at: second(at), source };
    vec![
        mark(
            "started",
            "the first sample out of its limits on the way to failing, or the declarer's word",
            m.started,
            find(m.started, &begins),
        ),
        mark(
            "detected",
            "the first rule, alert or outside report that told of it",
            m.detected,
            find(m.detected, &detects),
        ),
        mark("declared", "somebody called it an incident", m.declared, find(m.declared, &declares)),
        mark("commanded", "somebody first took command", m.commanded, find(m.commanded, &commands)),
        mark(
            "mitigated",
            "it first hurt less, by the status",
            m.mitigated,
            find(m.mitigated, &status(&[Status::Mitigated, Status::Resolved])),
        ),
        mark("recovered", "the last failing verdict cleared on real progress", m.recovered, find(m.recovered, &clears)),
        mark("resolved", "it was called over", m.resolved, find(m.resolved, &status(&[Status::Resolved]))),
        mark("closed", "every loose end was tied", m.closed, find(m.closed, &status(&[Status::Closed]))),
    ]
}

fn begins(e: &Entry, at: At) -> bool {
    match &e.event {
        Event::Health(HealthEvent::Verdict(v)) => matches!(v.to, NodeState::Bad | NodeState::Warn) && v.since == at,
        Event::Incident(IncidentEvent::Declared(d)) => d.onset == Some(at),
        _ => false,
    }
}

fn detects(e: &Entry, at: At) -> bool {
    match &e.event {
        Event::Health(HealthEvent::Verdict(v)) => v.to == NodeState::Bad && v.judged == at,
        Event::Health(HealthEvent::Fired(_)) | Event::Word(WordEvent::Report(_)) => e.when() == at,
        _ => false,
    }
}

fn declares(e: &Entry, at: At) -> bool {
    matches!(e.event, Event::Incident(IncidentEvent::Declared(_))) && e.when() == at
}

fn commands(e: &Entry, at: At) -> bool {
    let commander = |role: &crate::domain::id::RoleId| role.as_str() == "incident-commander";
    matches!(&e.event, Event::Incident(IncidentEvent::Assigned(a)) if commander(&a.role)) && e.when() == at
}

fn clears(e: &Entry, at: At) -> bool {
    matches!(&e.event, Event::Health(HealthEvent::Verdict(v)) if v.to != NodeState::Bad && (v.since == at || v.judged == at))
}

/// Every duration between two milestones.
#[must_use]
pub fn durations(milestones: &[Milestone]) -> Vec<Duration> {
    let at = |name| milestones.iter().find(|m| m.name == name).and_then(|m| m.at);
    let between = |from, to| Some(at(to)?.since(at(from)?));
    DURATIONS.iter().map(|(name, from, to)| Duration { name, from, to, took: between(*from, *to) }).collect()
}

/// How long it stood at each severity, from declaration to resolution (or the last entry): severity, time.
#[must_use]
pub fn minutes_by_severity(incident: &Incident, entries: &[Entry]) -> Vec<(u8, Span)> {
    let mut spans: std::collections::BTreeMap<u8, i64> = std::collections::BTreeMap::new();
    let mut now: Option<(u8, At)> = None;
    let end = incident.milestones.resolved.or_else(|| entries.iter().map(Entry::when).max());
    let mut leave = |state: Option<(u8, At)>, at: At| {
        if let Some((severity, since)) = state {
            *spans.entry(severity).or_default() += at.since(since).micros().max(0);
        }
    };
    for entry in entries {
        let severity = match &entry.event {
            Event::Incident(IncidentEvent::Declared(d)) if now.is_none() => d.severity,
            Event::Incident(IncidentEvent::Severity(s)) => s.to,
            _ => continue,
        };
        if end.is_some_and(|end| entry.when() >= end) {
            break;
        }
        leave(now, entry.when());
        now = Some((severity, entry.when()));
    }
    if let Some(end) = end {
        leave(now, end);
    }
    spans.into_iter().map(|(severity, micros)| (severity, Span::from_micros(micros))).collect()
}
