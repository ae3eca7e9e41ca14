//! What happened, in the order in which it happened.

use crate::domain::entry::Entry;
use crate::domain::event::{Event, HealthEvent, RecordEvent, RunEvent};
use crate::domain::time::Span;
use crate::report::markdown::{Page, cite, inline};
use crate::report::source::Source;

/// A recorded time that differs by less than this from when it happened is not worth a reader's eye.
const TOLD_APART: Span = Span::from_secs(1);

pub(in crate::report) fn timeline(page: &mut Page, source: &Source<'_>) {
    page.heading(2, "Timeline (UTC)");
    let rows: Vec<&Entry> = source.happened().into_iter().filter(|e| belongs(e)).collect();
    if rows.is_empty() {
        page.paragraph("The log holds no entries for this audience.");
        return;
    }
    page.table(&["when", "who", "what", "source"]);
    let mut day = String::new();
    for entry in rows {
        let today = entry.when().date();
        let date = if today == day { String::new() } else { format!("{today} ") };
        day = today;
        let late = entry.recorded().since(entry.when());
        let recorded = if late.micros().abs() >= TOLD_APART.micros() {
            format!(" (recorded {})", entry.recorded().hms())
        } else {
            String::new()
        };
        let when = format!("{date}{}{recorded}", entry.when().hms());
        page.row(&[when, inline(entry.actor.as_str()), what(source, entry), cite(&entry.name())]);
    }
    if source.struck > 0 {
        let s = if source.struck == 1 { "entry" } else { "entries" };
        page.paragraph(&format!("{} {s} struck.", source.struck));
    }
    page.gap();
}

/// What tells the story: not the chain's own lines, not the start of a step whose end is told, not corrections, which
/// stand beside what they correct.
const fn belongs(entry: &Entry) -> bool {
    !matches!(
        entry.event,
        Event::Chain(
            crate::domain::event::ChainEvent::Opened(_)
                | crate::domain::event::ChainEvent::Delegated(_)
                | crate::domain::event::ChainEvent::Checkpoint(_)
        ) | Event::Run(RunEvent::StepStarted(_))
            | Event::Record(RecordEvent::Amended(_) | RecordEvent::Struck(_))
    )
}

fn what(source: &Source<'_>, entry: &Entry) -> String {
    let now = match &entry.event {
        // Its evidence stands under "Where the trouble was", sentence by sentence.
        Event::Health(HealthEvent::Scope(scope)) => format!("scope {}", scope.to.as_str().to_uppercase()),
        event => inline(&event.sentence()),
    };
    let mut text = match source.before_correction(&entry.name()) {
        Some((before, by)) => {
            format!("~~{}~~ corrected: {now} {}", inline(&before.event.sentence()), cite(by))
        }
        None => now,
    };
    if let Some(because) = source.incident().no_effect.get(&entry.name()) {
        text.push_str(&format!(" — no effect, because {}", inline(because)));
    }
    text
}
