//! What was measured and told: impact, detection, scope, and how recovery was verified.

use std::collections::BTreeMap;

use crate::domain::entry::Entry;
use crate::domain::event::{Event, HealthEvent, IncidentEvent, NodeState, Status, VerdictChanged, WordEvent};
use crate::report::markdown::{Page, cite, inline};
use crate::report::sections::head::stamp;
use crate::report::source::Source;

fn verdicts<'a>(source: &'a Source<'_>) -> impl Iterator<Item = (&'a VerdictChanged, &'a Entry)> {
    source.entries.iter().filter_map(|e| match &e.event {
        Event::Health(HealthEvent::Verdict(v)) => Some((&**v, e)),
        _ => None,
    })
}

pub(in crate::report) fn impact(page: &mut Page, source: &Source<'_>) {
    page.heading(2, "Impact");
    let mut worst: BTreeMap<(&str, &str), (&VerdictChanged, &Entry)> = BTreeMap::new();
    for (v, e) in verdicts(source).filter(|(v, _)| v.to != NodeState::Ok) {
        let key = (v.node.as_str(), v.signal.as_str());
        // The last of the worst: by then the sentence holds the largest figure.
        if worst.get(&key).is_none_or(|(known, _)| rank(v.to) >= rank(known.to)) {
            worst.insert(key, (v, e));
        }
    }
    for ((node, signal), (v, e)) in &worst {
        page.item(&format!(
            "{} {} ({}): {} {}",
            inline(node),
            v.to.as_str(),
            inline(signal),
            inline(&v.why),
            cite(&e.name())
        ));
    }
    if worst.is_empty() {
        page.item("No verdict of this log says that a node was failing.");
    }
    for entry in &source.entries {
        if let Event::Word(WordEvent::Report(report)) = &entry.event {
            page.item(&format!("{} said: {} {}", inline(&report.from), inline(&report.text), cite(&entry.name())));
        }
    }
    page.prompt("what failed for users, in plain words; who was not affected");
    page.prompt("money, penalties, slashings: the sums, or an explicit none");
    page.prompt("others who depend on it (bridges, exchanges, providers): what they saw");
}

/// How bad; a state that is not known weighs less than one that is known to be bad.
const fn rank(state: NodeState) -> u8 {
    match state {
        NodeState::Ok => 0,
        NodeState::Warn => 1,
        NodeState::Unknown => 2,
        NodeState::Stale => 3,
        NodeState::Bad => 4,
    }
}

pub(in crate::report) fn detection(page: &mut Page, source: &Source<'_>) {
    page.heading(2, "Detection");
    let first = |fits: &dyn Fn(&Event) -> bool| source.happened().into_iter().find(|e| fits(&e.event));
    let rule = first(&|e| matches!(e, Event::Health(HealthEvent::Verdict(v)) if v.to == NodeState::Bad));
    let warned = first(&|e| matches!(e, Event::Health(HealthEvent::Verdict(v)) if v.to == NodeState::Warn));
    let alert = first(&|e| matches!(e, Event::Health(HealthEvent::Fired(_))));
    let outside = first(&|e| matches!(e, Event::Word(WordEvent::Report(_))));
    let mut told = |what: &str, entry: Option<&Entry>| match entry {
        Some(e) => {
            page.item(&format!("{what}: {}, {} {}", stamp(e.when()), inline(&e.event.sentence()), cite(&e.name())))
        }
        None => page.item(&format!("{what}: none in the log.")),
    };
    told("First warning by our own rules", warned);
    told("First failing verdict by our own rules", rule);
    told("First alert", alert);
    told("First word from outside", outside);
    if let (Some(outside), Some(rule)) = (outside, rule)
        && outside.when() < rule.when()
    {
        page.item("Somebody outside saw it before our own rules did.");
    }
    page.prompt("what would have detected it sooner; which alarm was missing, muted or too late");
}

pub(in crate::report) fn scope(page: &mut Page, source: &Source<'_>) {
    page.heading(2, "Where the trouble was");
    let mut any = false;
    for entry in &source.entries {
        let Event::Health(HealthEvent::Scope(scope)) = &entry.event else { continue };
        any = true;
        page.item(&format!("{}: **{}** {}", stamp(entry.when()), scope.to.as_str(), cite(&entry.name())));
        for sentence in &scope.evidence {
            page.sub_item(&inline(sentence));
        }
    }
    if !any {
        page.item("The log holds no verdict about the scope.");
    }
    page.prompt("which clients, versions and share of stake were affected, and which were not");
    peers(page, source);
}

/// What other operators said of themselves, kept apart from what was measured.
fn peers(page: &mut Page, source: &Source<'_>) {
    let reports: Vec<(&crate::domain::event::PeerReported, &Entry)> = source
        .entries
        .iter()
        .filter_map(|e| match &e.event {
            Event::Health(HealthEvent::Peer(p)) => Some((&**p, e)),
            _ => None,
        })
        .collect();
    if reports.is_empty() {
        return;
    }
    page.heading(3, "Reported by other operators (their words, not measured by us)");
    page.table(&["when", "operator", "trust", "what they reported", "source"]);
    for (report, entry) in reports {
        page.row(&[
            report.at.hms(),
            inline(report.operator.as_str()),
            inline(&report.trust),
            inline(&report.summary),
            cite(&entry.name()),
        ]);
    }
    page.gap();
}

/// The watch over the last recovery: how long, to what end, and what would have proved the remedy wrong.
fn watched(page: &mut Page, source: &Source<'_>) {
    let incident = source.incident();
    let Some(watch) = incident.relapse_watch().filter(|w| !w.signals.is_empty()) else { return };
    let end = source.span().map(|(_, to)| to);
    let length = incident.watch_length().words();
    let seen = match end {
        Some(end) if end >= watch.until => "nothing that had failed failed again".to_owned(),
        Some(end) => format!("the log ends {} into it", end.elapsed_since(watch.since).words()),
        None => "the log has no end".to_owned(),
    };
    page.item(&format!("Watched for a relapse for {length} from {}: {seen}.", stamp(watch.since)));
    for run in incident.runs.values().filter(|run| !run.pinned.wrong_if.is_empty()) {
        let (book, words) = (inline(run.runbook.as_str()), inline(&run.pinned.wrong_if));
        page.item(&format!("What would have proved {book} wrong: {words}."));
    }
}

pub(in crate::report) fn recovery(page: &mut Page, source: &Source<'_>) {
    page.heading(2, "Recovery and how it was verified");
    let mut any = false;
    for (v, e) in verdicts(source).filter(|(v, _)| v.to == NodeState::Ok && v.from != NodeState::Unknown) {
        any = true;
        page.item(&format!(
            "{}: {} ok again ({}), good since {}: {} {}",
            stamp(e.when()),
            inline(v.node.as_str()),
            inline(&v.signal),
            v.since.hms(),
            inline(&v.why),
            cite(&e.name())
        ));
    }
    for entry in &source.entries {
        let Event::Incident(IncidentEvent::Status(s)) = &entry.event else { continue };
        any = true;
        let words = if s.to == Status::Active { "called active again" } else { "called" };
        page.item(&format!(
            "{}: {words} {}: {} {}",
            stamp(entry.when()),
            s.to.as_str(),
            inline(&s.reason),
            cite(&entry.name())
        ));
    }
    for r in &source.incident().relapses {
        page.item(&format!(
            "{}: **relapse**: {} ({}) failed again after everything had held for {}: the remedy before it did not hold",
            stamp(r.at),
            inline(r.node.as_str()),
            inline(&r.signal),
            r.held.clock()
        ));
    }
    watched(page, source);
    if !any {
        page.item("The log holds no proof of recovery.");
    }
    page.prompt("what is still at risk, and what would tell of a relapse");
}
