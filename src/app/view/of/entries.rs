//! The timeline: entries of the log, newest first, as far as a screen can show them.

use crate::app::model::Model;
use crate::app::view::timeline::{EntryRow, Timeline};
use crate::app::view::tone::{Said, Tone};
use crate::domain::entry::{Entry, Source};
use crate::domain::event::{AccessEvent, Event, HealthEvent, NodeState, RecordEvent, RunEvent, StepOutcome, WordEvent};
use crate::domain::incident::Ledger;

/// Rows made beyond the screen's own, so that a cursor near the edge finds its neighbours.
const SPARE: usize = 8;
/// How far back the last outward statement is looked for; an older one is not news.
const SAID_WITHIN: usize = 2_000;

/// The timeline of this model.
pub(super) fn timeline(model: &Model) -> Timeline {
    let Some(ledger) = model.ledger().filter(|l| !l.entries().is_empty()) else {
        let hint =
            "Nothing is recorded yet. d declares an incident; from then on every word, verdict and step stands here.";
        return Timeline { hint: Some(Said::new(Tone::Quiet, hint)), ..Timeline::default() };
    };
    let height = usize::from(model.screen.size.1) + SPARE;
    let total = ledger.entries().len();
    let cursor = model.screen.row(crate::app::pane::Pane::Timeline).min(total.saturating_sub(1));
    let skipped = (cursor + SPARE).saturating_sub(height);
    let newest = ledger.entries().iter().rev();
    let rows = newest.clone().skip(skipped).take(height).map(|e| row(model, ledger, e)).collect();
    let said = newest.take(SAID_WITHIN).find_map(|e| match &e.event {
        Event::Word(WordEvent::Sent(m)) => {
            Some(Said::new(Tone::Quiet, format!("{} to {}: {}", e.when().hm(), m.audience, m.text)))
        }
        _ => None,
    });
    Timeline {
        rows,
        skipped,
        total,
        unread: model.case.as_ref().map_or(0, crate::app::case::Case::unread),
        said,
        hint: None,
    }
}

fn row(model: &Model, ledger: &Ledger, entry: &Entry) -> EntryRow {
    let name = entry.name();
    let correction = ledger.correction(&name);
    let effective = ledger.effective(entry);
    let shown = effective.as_deref().unwrap_or(entry);
    let mut text = shown.event.sentence();
    if let Some(doubt) = ledger.doubt(entry) {
        text = format!("({doubt}) {text}");
    }
    let why_not = ledger.incident().no_effect.get(&name);
    if let Some(why) = why_not {
        text = format!("{text} (no effect, because {why})");
    }
    let unread = model.case.as_ref().is_some_and(|c| entry.at > c.read_to && entry.writer != c.writer);
    EntryRow {
        time: shown.when().hms().into(),
        who: who(entry).into(),
        text: text.into(),
        name: name.to_string().into(),
        tone: if why_not.is_some() { Tone::Quiet } else { tone(&entry.event) },
        unread,
        corrected: correction.map(|c| if c.struck { "struck" } else { "corrected" }),
    }
}

fn who(entry: &Entry) -> &str {
    match entry.source {
        Source::Human | Source::Peer => entry.actor.as_str(),
        Source::Local | Source::Tool => "tool",
    }
}

fn tone(event: &Event) -> Tone {
    match event {
        Event::Chain(_) | Event::Unknown(_) => Tone::Quiet,
        Event::Record(RecordEvent::Amended(_) | RecordEvent::Struck(_)) => Tone::Quiet,
        Event::Health(HealthEvent::Verdict(v)) if v.to == NodeState::Ok => Tone::Ok,
        Event::Health(HealthEvent::Verdict(v)) => Tone::of(v.to),
        Event::Health(HealthEvent::Fired(_)) => Tone::Warn,
        Event::Health(HealthEvent::Peer(_)) => Tone::Reported,
        Event::Run(RunEvent::StepFinished(f)) if f.outcome != StepOutcome::Passed => Tone::Bad,
        Event::Word(WordEvent::Concern(c)) if c.answers.is_none() => Tone::Due,
        Event::Word(WordEvent::Report(_)) => Tone::Reported,
        Event::Access(AccessEvent::Raised(_)) => Tone::Bad,
        Event::Access(_) => Tone::Warn,
        _ => Tone::Plain,
    }
}
