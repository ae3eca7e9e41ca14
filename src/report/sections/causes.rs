//! Why: hypotheses with their evidence, claims, concerns; what is left for people to judge.

use crate::domain::event::{Event, WordEvent};
use crate::report::markdown::{Page, cite, inline};
use crate::report::sections::head::stamp;
use crate::report::source::Source;

pub(in crate::report) fn causes(page: &mut Page, source: &Source<'_>) {
    page.heading(2, "Contributing factors");
    facts(page, source);
    page.prompt("the trigger: which change, block, message or load set it off");
    page.prompt("the mechanism: how that led to what was seen");
    page.prompt("what else had to be so for it to happen, and why tests and review did not stop it");
    page.heading(3, "Hypotheses");
    let incident = source.incident();
    if incident.hypotheses.is_empty() {
        page.item("The log holds no hypothesis.");
    }
    for h in &incident.hypotheses {
        let end = h.judged.iter().rev().find(|j| matches!(j.0.as_str(), "confirmed" | "refuted"));
        let state = end.map_or("not judged", |j| if j.0 == "confirmed" { "confirmed" } else { "refuted" });
        page.item(&format!(
            "**{state}**: {} (raised by {}, {}) {}",
            inline(&h.text),
            inline(h.by.as_str()),
            h.at.hms(),
            cite(&h.id)
        ));
        for (verdict, text, by, at) in &h.judged {
            let (verdict, text, by) = (inline(verdict), inline(text), inline(by.as_str()));
            let cited = source.cite_when(*at, "hypothesis.judged");
            page.sub_item(&format!("{verdict}: {text} ({by}, {}) {cited}", at.hms()));
        }
    }
    claims(page, source);
}

/// What people recorded as known; the raw material of the section.
fn facts(page: &mut Page, source: &Source<'_>) {
    for entry in &source.entries {
        let Event::Word(WordEvent::Fact(fact)) = &entry.event else { continue };
        let evidence =
            if fact.evidence.is_empty() { String::new() } else { format!(" (known from: {})", inline(&fact.evidence)) };
        page.item(&format!("{}: {}{evidence} {}", stamp(entry.when()), inline(&fact.text), cite(&entry.name())));
    }
}

fn claims(page: &mut Page, source: &Source<'_>) {
    let claims = source.entries.iter().filter_map(|e| match &e.event {
        Event::Word(WordEvent::Claim(c)) => Some((c, e)),
        _ => None,
    });
    let mut first = true;
    for (claim, entry) in claims {
        if first {
            page.heading(3, "Claims and rumours");
            first = false;
        }
        let evidence =
            if claim.evidence.is_empty() { String::new() } else { format!(" — {}", inline(&claim.evidence)) };
        page.item(&format!(
            "**{}** {}: {}{evidence} {}",
            inline(&claim.verdict),
            entry.when().hms(),
            inline(&claim.claim),
            cite(&entry.name())
        ));
    }
    let concerns = &source.incident().concerns;
    if !concerns.is_empty() {
        page.heading(3, "Concerns");
    }
    for c in concerns {
        page.item(&format!("{} ({}, {}) {}", inline(&c.text), inline(c.by.as_str()), c.at.hms(), cite(&c.id)));
        match &c.answer {
            Some((by, text, at)) => {
                let (by, text, cited) = (inline(by.as_str()), inline(text), source.cite_when(*at, "concern.raised"));
                page.sub_item(&format!("answered by {by} at {}: {text} {cited}", at.hms()));
            }
            None => page.sub_item("not answered"),
        }
    }
}

pub(in crate::report) fn lessons(page: &mut Page, _source: &Source<'_>) {
    page.heading(2, "What went well, what went badly, where we were lucky");
    page.prompt("what went well, and would be done the same way again");
    page.prompt("what went badly: what we missed, and how it looked at the time");
    page.prompt("where we were lucky: what could have made it worse and did not");
}
