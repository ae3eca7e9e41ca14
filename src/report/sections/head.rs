//! Title block, summary, and what the draft itself is.

use crate::domain::event::{Event, IncidentEvent};
use crate::domain::time::At;
use crate::report::markdown::{Page, cite, inline};
use crate::report::metrics::{Milestone, milestones};
use crate::report::source::Source;

pub(in crate::report) fn head(page: &mut Page, source: &Source<'_>) {
    let incident = source.incident();
    if incident.drill {
        page.paragraph("> **DRILL.** This was an exercise. Nothing in it happened on a real network.");
    }
    let title = if incident.title.is_empty() { "(title not told)" } else { &incident.title };
    page.heading(1, &format!("Post-mortem draft: {title}"));
    page.table(&["", ""]);
    let mut line = |name: &str, value: String| page.row(&[name.to_owned(), value]);
    let id = incident.id.as_ref().map_or("?", |id| id.as_str());
    line("incident", inline(id));
    line("network", inline(&incident.network));
    let worst = source.entries.iter().filter_map(severity_of).min();
    let severity = match worst {
        Some(worst) if worst < incident.severity => format!("SEV-{} (worst: SEV-{worst})", incident.severity),
        Some(_) => format!("SEV-{}", incident.severity),
        None => "not declared".to_owned(),
    };
    line("severity", severity);
    line("status", incident.status.map_or("not declared", crate::domain::event::Status::as_str).to_owned());
    let dates = source.span().map_or_else(String::new, |(from, to)| days(from, to));
    line("date (UTC)", dates);
    line("document", format!("draft for the {} audience, not reviewed", source.audience.as_str()));
    line("authors", "_to be written_".to_owned());
    page.paragraph("All times are UTC. What stands in code, such as `person@host/7`, names the entry of the log that a statement rests on.");
}

fn severity_of(entry: &crate::domain::entry::Entry) -> Option<u8> {
    match &entry.event {
        Event::Incident(IncidentEvent::Declared(d)) => Some(d.severity),
        Event::Incident(IncidentEvent::Severity(s)) => Some(s.to),
        _ => None,
    }
}

fn days(from: At, to: At) -> String {
    if from.date() == to.date() { from.date() } else { format!("{} to {}", from.date(), to.date()) }
}

pub(in crate::report) fn summary(page: &mut Page, source: &Source<'_>) {
    page.heading(2, "Summary");
    let marks = milestones(source.incident(), &source.entries);
    let told = |name: &str| marks.iter().find(|m| m.name == name).and_then(|m| Some((m.at?, m)));
    match (told("started"), told("recovered")) {
        (Some((start, first)), Some((end, last))) => page.item(&format!(
            "It began at {} {} and was over at {} {}: {}.",
            stamp(start),
            source_of(first),
            stamp(end),
            source_of(last),
            end.since(start).clock()
        )),
        (Some((start, first)), None) => {
            page.item(&format!("It began at {} {}; the log holds no recovery.", stamp(start), source_of(first)));
        }
        _ => page.item("The log does not say when it began."),
    }
    if let Some((at, mark)) = told("detected") {
        page.item(&format!("It was detected at {} {}.", stamp(at), source_of(mark)));
    }
    if let (Some((at, mark)), Some(by)) = (told("declared"), &source.incident().declared_by) {
        page.item(&format!("{} declared it at {} {}.", inline(by.as_str()), stamp(at), source_of(mark)));
    }
    let network = source.entries.iter().rev().find_map(|e| match &e.event {
        Event::Health(crate::domain::event::HealthEvent::Scope(s))
            if !matches!(s.to, crate::domain::event::Scope::Healthy | crate::domain::event::Scope::Unknown) =>
        {
            Some((s, e))
        }
        _ => None,
    });
    if let Some((scope, entry)) = network {
        page.item(&format!(
            "Where the trouble was, by the last verdict that could say: {} {}.",
            scope.to.as_str(),
            cite(&entry.name())
        ));
    }
    if let Some(entry) =
        source.entries.iter().rev().find(|e| matches!(&e.event, Event::Incident(IncidentEvent::Status(_))))
    {
        page.item(&format!(
            "The last word on its status: {} {}.",
            inline(&entry.event.sentence()),
            cite(&entry.name())
        ));
    }
    page.prompt("in three sentences for an outsider: what failed, for whom, and how it ended");
}

/// `2026-05-14 20:21:15`
pub(super) fn stamp(at: At) -> String {
    format!("{} {}", at.date(), at.hms())
}

pub(super) fn source_of(mark: &Milestone) -> String {
    mark.source.as_ref().map_or_else(|| "(no entry)".to_owned(), cite)
}

pub(in crate::report) fn about(page: &mut Page, source: &Source<'_>) {
    page.heading(2, "About this draft");
    let writers = source.incident().writers.len();
    page.item(&format!(
        "Made from {} entries of {writers} writers; the same log gives the same draft.",
        source.entries.len()
    ));
    if source.struck > 0 {
        page.item(&format!("{} struck; struck entries are left out.", entries(source.struck)));
    }
    if source.withheld > 0 {
        page.item(&format!("{} not for this audience; they are left out.", entries(source.withheld)));
    }
    for (id, because) in &source.incident().no_effect {
        page.item(&format!("{} had no effect, because {}.", cite(id), inline(because)));
    }
    page.item("Milestones and formulas: docs/postmortem.md.");
}

fn entries(n: usize) -> String {
    if n == 1 { "1 entry".to_owned() } else { format!("{n} entries") }
}
