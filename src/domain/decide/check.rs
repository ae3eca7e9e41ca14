//! The one way in: what holds for every command, and who decides the rest.

use crate::domain::command::{Command, Request};
use crate::domain::decide::access;
use crate::domain::decide::disclosure::as_secret_as_its_subject;
use crate::domain::decide::matter;
use crate::domain::decide::rejection::Rejection;
use crate::domain::decide::role;
use crate::domain::decide::run;
use crate::domain::decide::words;
use crate::domain::entry::{NewEntry, Source};
use crate::domain::event::{
    EntryAmended, EntryStruck, Event, IncidentDeclared, RecordEvent, RunEvent, SeverityChanged, Status, StatusChanged,
};
use crate::domain::id::EntryRef;
use crate::domain::incident::{Incident, Ledger};
use crate::domain::policy::{Authority, KEPT, Takeover, may_correct, takeover};

/// At most this many bytes of words in one command; a longer text belongs into a file and a link.
pub const MAX_WORDS: usize = 8 * 1024;

/// What a command leads to.
///
/// # Errors
/// A [`Rejection`] that says why not, and how to mend it.
pub fn decide(ledger: &Ledger, request: &Request) -> Result<Vec<NewEntry>, Rejection> {
    let entries = meant(ledger, request)?;
    let mut entries: Vec<NewEntry> = entries.into_iter().map(|e| as_secret_as_its_subject(ledger, e)).collect();
    may(ledger, request, &entries)?;
    // Last, so that the command itself is judged by the roster it was given under.
    if let (Takeover::Due(pin), false) =
        (takeover(ledger, request.roster.as_deref(), &request.actor), matches!(request.command, Command::Run(_)))
    {
        entries.push(*pin);
    }
    Ok(entries)
}

/// Whether whoever gives the command may: each entry that it leads to, by the rules that the fold holds too.
fn may(ledger: &Ledger, request: &Request, entries: &[NewEntry]) -> Result<(), Rejection> {
    let incident = ledger.incident();
    let authority = Authority::of_command(incident, request.roster.as_deref(), request.now);
    for entry in entries {
        authority.permits(&request.actor, &entry.event).map_err(Rejection::denied)?;
        let target = entry.amends.as_ref().and_then(|id| ledger.entry(id));
        if let Some(target) = target {
            if matches!(target.event, Event::Access(_)) {
                return Err(Rejection::policy(format!("{}: {KEPT}", target.name())));
            }
            let roster = incident.roster.as_ref().or(request.roster.as_deref());
            may_correct(roster, &request.actor, &target.actor).map_err(Rejection::barred)?;
        }
    }
    Ok(())
}

/// The entries that a command leads to, whoever gives it.
fn meant(ledger: &Ledger, request: &Request) -> Result<Vec<NewEntry>, Rejection> {
    let incident = ledger.incident();
    may_act_now(incident, &request.command)?;
    let mut amends = None;
    let event: Event = match &request.command {
        Command::Declare { title, severity, onset } => {
            let title = words(title, "a title")?;
            severity_in_range(*severity)?;
            IncidentDeclared { title, severity: *severity, onset: *onset }.into()
        }
        Command::SetSeverity { to, reason } => set_severity(incident, *to, reason)?,
        Command::SetStatus { to, reason } => set_status(incident, *to, reason)?,
        Command::Role(command) => role::decide(incident, &request.actor, command)?,
        Command::Word(command) => words::decide(ledger, command)?,
        Command::Matter(command) => matter::decide(ledger, command)?,
        Command::Amend { entry, text, reason } => {
            let target = entry_named(ledger, entry)?;
            amends = Some(target);
            if text.trim().is_empty() && request.happened.is_none() {
                return Err(Rejection::misuse(
                    "say what is to be corrected: new words, or the time it really happened",
                ));
            }
            EntryAmended { text: some_words(text, "the correction")?, reason: some_words(reason, "the reason")? }.into()
        }
        Command::Strike { entry, reason } => {
            amends = Some(strikable(ledger, entry)?);
            EntryStruck { reason: some_words(reason, "the reason")? }.into()
        }
        Command::Access(command) => access::decide(incident, request, command)?,
        Command::Run(events) => return run::decide(incident, request, events),
    };
    Ok(vec![NewEntry {
        actor: request.actor.clone(),
        source: Source::Human,
        happened: request.happened,
        amends,
        disclosure: request.disclosure,
        event,
    }])
}

/// An incident takes commands between declaration and its end; corrections, notes and action items also afterwards.
fn may_act_now(incident: &Incident, command: &Command) -> Result<(), Rejection> {
    use crate::domain::command::MatterCommand as M;
    use crate::domain::command::WordCommand as W;
    let Some(status) = incident.status else {
        return match command {
            Command::Declare { .. } => Ok(()),
            _ => Err(Rejection::misuse("there is no incident yet; declare one first")),
        };
    };
    if let Command::Declare { .. } = command {
        return Err(Rejection::misuse(format!("this incident is declared already: {}", incident.title)));
    }
    let always = matches!(
        command,
        Command::Amend { .. }
            | Command::Strike { .. }
            | Command::SetStatus { .. }
            | Command::Word(W::Note(_) | W::Fact(..) | W::Judge(..) | W::AnswerConcern(..))
            | Command::Matter(M::Action(..) | M::CloseAction(..) | M::AnswerTask(..))
    );
    let always = always || is_end_of_step(command);
    if status.is_open() || always {
        return Ok(());
    }
    Err(Rejection::policy(format!(
        "the incident is {}; set its status to active first, with the reason",
        status.as_str()
    )))
}

/// The end of something that was begun in time is always taken.
fn is_end_of_step(command: &Command) -> bool {
    let Command::Run(events) = command else { return false };
    events.iter().all(|e| matches!(e, RunEvent::StepFinished(_) | RunEvent::OverrideUndone(_)))
}

fn set_severity(incident: &Incident, to: u8, reason: &str) -> Result<Event, Rejection> {
    severity_in_range(to)?;
    if incident.severity == to {
        return Err(Rejection::misuse(format!("it is SEV-{to} already")));
    }
    Ok(SeverityChanged { to, reason: words(reason, "the reason")? }.into())
}

fn set_status(incident: &Incident, to: Status, reason: &str) -> Result<Event, Rejection> {
    let from = incident.status.unwrap_or(Status::Triage);
    let reason = words(reason, "the reason")?;
    let allowed = from.next();
    if !allowed.contains(&to) {
        let next: Vec<&str> = allowed.iter().map(|s| s.as_str()).collect();
        return Err(Rejection::policy(format!(
            "from {} it goes to {}, not to {}",
            from.as_str(),
            next.join(" or "),
            to.as_str()
        )));
    }
    if to == Status::Closed {
        nothing_left_open(incident)?;
    }
    Ok(StatusChanged { to, reason }.into())
}

/// Closing waits until temporary changes are undone and no step is running.
fn nothing_left_open(incident: &Incident) -> Result<(), Rejection> {
    for run in incident.runs.values() {
        if let Some(step) = run.rollback.as_ref().and_then(|_| run.current()) {
            let book = &run.runbook;
            return Err(Rejection::policy(format!(
                "{book} is being rolled back: step {step} is due; do it, or skip it, then close"
            )));
        }
        if let Some(step) = run.open_overrides().next() {
            return Err(Rejection::policy(format!(
                "step {step} of {} made a temporary change that is not undone; undo it, then close",
                run.runbook
            )));
        }
        if let Some(step) = run.running_step() {
            return Err(Rejection::policy(format!("step {step} of {} is still running", run.runbook)));
        }
    }
    Ok(())
}

fn strikable(ledger: &Ledger, entry: &str) -> Result<EntryRef, Rejection> {
    let target = entry_named(ledger, entry)?;
    let found = ledger.entries().iter().find(|e| e.name() == target);
    if let Some(Event::Chain(_) | Event::Record(RecordEvent::Struck(_))) = found.map(|e| &e.event) {
        return Err(Rejection::policy(format!("{target} is part of how the log proves itself and cannot be struck")));
    }
    Ok(target)
}

fn severity_in_range(severity: u8) -> Result<(), Rejection> {
    if (1..=5).contains(&severity) {
        return Ok(());
    }
    Err(Rejection::misuse(format!("severity {severity} does not exist; it goes from 1 (worst) to 5")))
}

/// The entry that a person means.
pub(super) fn entry_named(ledger: &Ledger, name: &str) -> Result<EntryRef, Rejection> {
    ledger.find(name.trim()).map(crate::domain::entry::Entry::name).ok_or_else(|| {
        Rejection::misuse(format!("no entry `{name}`, or several; name it as `warroom log` does: writer/number"))
    })
}

/// Words that are there and not too many.
pub(super) fn words(text: &str, what: &str) -> Result<String, Rejection> {
    if text.trim().is_empty() {
        return Err(Rejection::misuse(format!("{what} is missing")));
    }
    some_words(text, what)
}

/// Words that may be missing, and are not too many.
pub(super) fn some_words(text: &str, what: &str) -> Result<String, Rejection> {
    let text = text.trim();
    if text.len() > MAX_WORDS {
        return Err(Rejection::misuse(format!(
            "{what} has {} bytes; at most {MAX_WORDS} fit into an entry, put the rest into a file and name it",
            text.len()
        )));
    }
    Ok(text.to_owned())
}
