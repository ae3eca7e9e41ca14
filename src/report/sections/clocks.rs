//! Milestones and the durations between them.

use crate::report::markdown::Page;
use crate::report::metrics::{durations, milestones, minutes_by_severity};
use crate::report::sections::head::{source_of, stamp};
use crate::report::source::Source;

pub(in crate::report) fn clocks(page: &mut Page, source: &Source<'_>) {
    page.heading(2, "Milestones and durations");
    let marks = milestones(source.incident(), &source.entries);
    page.table(&["milestone", "when (UTC)", "what counts", "source"]);
    for mark in &marks {
        let at = mark.at.map_or_else(|| "not reached".to_owned(), stamp);
        let by = if mark.at.is_some() { source_of(mark) } else { String::new() };
        page.row(&[mark.name.to_owned(), at, mark.meaning.to_owned(), by]);
    }
    page.gap();
    page.table(&["duration", "from", "to", "took (h:mm:ss or m:ss)"]);
    for d in durations(&marks) {
        let at = |name: &str| {
            let at = marks.iter().find(|m| m.name == name).and_then(|m| m.at);
            at.map_or_else(|| format!("{name}: not reached"), |at| format!("{name} {}", at.hms()))
        };
        let took = d.took.map_or_else(|| "–".to_owned(), |t| t.clock());
        page.row(&[d.name.to_owned(), at(d.from), at(d.to), took]);
    }
    let spans = minutes_by_severity(source.incident(), &source.entries);
    if !spans.is_empty() {
        let spans: Vec<String> = spans.iter().map(|(s, t)| format!("SEV-{s} {}", t.clock())).collect();
        page.paragraph(&format!("Time at each severity, from declaration to resolution: {}.", spans.join(", ")));
    }
    page.gap();
}
