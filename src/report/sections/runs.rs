//! Runbooks as they were followed: every attempt of every step with its command, what was expected and what came.

use crate::domain::entry::Entry;
use crate::domain::event::{Event, OutputRef, RunEvent, StepFinished, StepStarted};
use crate::domain::run::{Run, StepState};
use crate::report::markdown::{Page, cite, code, inline};
use crate::report::sections::head::stamp;
use crate::report::source::Source;

/// Lines of a step's output quoted; what is beyond is in the kept output, which is named by its hash.
const QUOTED_LINES: usize = 12;
/// Bytes of a step's output quoted.
const QUOTED_BYTES: usize = 2_000;
/// Lines of a step's command quoted.
const COMMAND_LINES: usize = 20;

pub(in crate::report) fn runs(page: &mut Page, source: &Source<'_>) {
    page.heading(2, "Runbooks followed");
    let mut runs: Vec<&Run> = source.incident().runs.values().collect();
    runs.sort_by_key(|r| (r.begun, r.id.clone()));
    if runs.is_empty() {
        page.item("No runbook was followed.");
    }
    for run in runs {
        one(page, source, run);
    }
    page.prompt("which runbook is to be written or changed because of this, or an explicit none");
}

fn one(page: &mut Page, source: &Source<'_>, run: &Run) {
    page.heading(3, &run.pinned.title);
    let (settled, all) = run.progress();
    let begun = source.find(|e| matches!(e, Event::Run(RunEvent::Started(s)) if s.run == run.id));
    let by = begun.map(|e| cite(&e.name())).unwrap_or_default();
    page.paragraph(&format!(
        "Runbook {} revision {}, digest {} (sha256 {}), begun {} by {} on {}; {settled} of {all} steps settled {by}",
        inline(run.runbook.as_str()),
        run.pinned.revision,
        run.digest(),
        code(&run.pinned.sha256),
        stamp(run.begun),
        inline(run.by.as_str()),
        inline(&run.pinned.host)
    ));
    for entry in &source.entries {
        let Event::Run(event) = &entry.event else { continue };
        if Run::of(event) != Some(&run.id) {
            continue;
        }
        match event {
            RunEvent::StepFinished(end) => attempt(page, source, run, end, entry),
            RunEvent::StepSkipped(skip) => page.item(&format!(
                "{} **{}**: {} {}",
                code(skip.step.as_str()),
                if skip.rolls_back { "rolled back here" } else { "skipped" },
                inline(&skip.reason),
                cite(&entry.name())
            )),
            RunEvent::Approved(yes) => page.item(&format!(
                "{} approved by {} {}",
                code(yes.step.as_str()),
                inline(entry.actor.as_str()),
                cite(&entry.name())
            )),
            RunEvent::OverrideAdded(_) | RunEvent::OverrideUndone(_) => {
                page.item(&format!("{} {}", inline(&entry.event.sentence()), cite(&entry.name())));
            }
            RunEvent::Started(_) | RunEvent::StepStarted(_) | RunEvent::SheetFrozen(_) => {}
        }
    }
    for step in &run.pinned.steps {
        if let StepState::Running { since, by, .. } = run.state(step) {
            let (since, by) = (since.hms(), inline(by.as_str()));
            page.item(&format!("{} begun {since} by {by}; its end is not in the log", code(step.as_str())));
        }
    }
    page.gap();
}

fn attempt(page: &mut Page, source: &Source<'_>, run: &Run, end: &StepFinished, entry: &Entry) {
    let started = source.entries.iter().rev().find_map(|e| match &e.event {
        Event::Run(RunEvent::StepStarted(s)) if s.run == run.id && s.step == end.step && s.attempt == end.attempt => {
            Some((s, e))
        }
        _ => None,
    });
    let again = if end.attempt > 1 { format!(", attempt {}", end.attempt) } else { String::new() };
    let title = started.map(|(s, _)| format!(" {}", inline(&s.title))).unwrap_or_default();
    let exit = end.exit.map(|code| format!(", exit {code}")).unwrap_or_default();
    page.item(&format!(
        "{}{title}{again}: **{}** at {}{exit}, {} ms {}",
        code(end.step.as_str()),
        end.outcome.as_str(),
        entry.when().hms(),
        end.took_ms,
        cite(&entry.name())
    ));
    if let Some((s, e)) = started {
        page.sub_item(&format!("by {} as {}@{}", inline(e.actor.as_str()), inline(&s.user), inline(&s.host)));
        command(page, s);
    }
    if !end.expected.is_empty() || !end.actual.is_empty() {
        page.sub_item(&format!("expected {}; got {}", inline(&end.expected), inline(&end.actual)));
    }
    if let Some(output) = &end.output {
        quote(page, source, output);
    }
}

fn command(page: &mut Page, started: &StepStarted) {
    let lines: Vec<&str> = started.command.lines().collect();
    match lines.as_slice() {
        [] => {}
        [one] => page.sub_item(&format!("command: {}", code(one))),
        many => {
            page.sub_item("command:");
            let mut text = many.iter().take(COMMAND_LINES).copied().collect::<Vec<_>>().join("\n");
            if many.len() > COMMAND_LINES {
                text.push_str(&format!("\n… {} more lines", many.len() - COMMAND_LINES));
            }
            page.fenced("    ", &text);
        }
    }
}

fn quote(page: &mut Page, source: &Source<'_>, output: &OutputRef) {
    let cut = if output.kept < output.bytes { format!(", {} of them kept", output.kept) } else { String::new() };
    page.sub_item(&format!("output: {} bytes{cut}, sha256 {}", output.bytes, code(&output.sha256)));
    let Some(text) = (source.output)(&output.sha256).filter(|t| !t.trim().is_empty()) else { return };
    page.fenced("    ", &excerpt(&text));
}

fn excerpt(text: &str) -> String {
    let mut out = String::new();
    let all = text.lines().count();
    for (i, line) in text.lines().enumerate() {
        if i == QUOTED_LINES || out.len() + line.len() > QUOTED_BYTES {
            let left = all - i;
            let _ = std::fmt::Write::write_fmt(&mut out, format_args!("… {left} more lines in the kept output"));
            return out;
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}
