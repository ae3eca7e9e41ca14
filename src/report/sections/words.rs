//! What was said outward, and, in a drill, what the facilitator sent in.

use crate::domain::event::{Event, WordEvent};
use crate::report::markdown::{Page, cite, inline};
use crate::report::sections::head::stamp;
use crate::report::source::Source;

pub(in crate::report) fn words(page: &mut Page, source: &Source<'_>) {
    page.heading(2, "Communication");
    let mut any = false;
    for entry in &source.entries {
        let line = match &entry.event {
            Event::Word(WordEvent::Drafted(d)) => format!("drafted for {}: {}", inline(&d.audience), inline(&d.text)),
            Event::Word(WordEvent::SignedOff(s)) => format!("signed off: {}", cite(&s.message)),
            Event::Word(WordEvent::Sent(s)) => {
                let channel =
                    if s.channel.is_empty() { String::new() } else { format!(" through {}", inline(&s.channel)) };
                format!("said to {}{channel}: {}", inline(&s.audience), inline(&s.text))
            }
            Event::Word(WordEvent::Note(n)) if is_message(&n.text) => format!("noted: {}", inline(&n.text)),
            _ => continue,
        };
        any = true;
        page.item(&format!("{}: {line} {}", stamp(entry.when()), cite(&entry.name())));
    }
    if !any {
        page.item("The log holds no outward message.");
    }
    page.prompt("who was told what, where and when; what had to be corrected");
    injects(page, source);
}

/// Words that went out and were only noted: notes that begin with `message` or `answer to`.
fn is_message(note: &str) -> bool {
    let note = note.trim_start().to_lowercase();
    note.starts_with("message") || note.starts_with("answer to")
}

fn injects(page: &mut Page, source: &Source<'_>) {
    let mut first = true;
    for entry in &source.entries {
        let Event::Word(WordEvent::Inject(i)) = &entry.event else { continue };
        if first {
            page.heading(3, "Injects of the drill");
            page.table(&["no.", "when", "to", "as", "what", "source"]);
            first = false;
        }
        page.row(&[
            i.number.to_string(),
            entry.when().hms(),
            inline(&i.to),
            inline(&i.delivered_as),
            inline(&i.text),
            cite(&entry.name()),
        ]);
    }
    page.gap();
}
