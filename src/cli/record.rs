//! From a command to a durable entry: decide, append, wait for the disk, say what was recorded.
//! Exit 0 only when the entry is on the disk.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::lines::Lines;
use crate::cli::manner::Manner;
use crate::cli::manner::moment;
use crate::cli::outcome::CliError;
use crate::cli::own_key;
use crate::cli::own_key::roster;
use crate::cli::print::aside;
use crate::cli::signing;
use crate::cli::which;
use crate::cli::which::Chosen;
use crate::config::Loaded;
use crate::config::load_config;
use crate::domain::command::Command;
use crate::domain::command::Request;
use crate::domain::command::WordCommand;
use crate::domain::decide::Refusal;
use crate::domain::decide::Rejection;
use crate::domain::decide::UNNAMED;
use crate::domain::decide::decide;
use crate::domain::decide::usual_disclosure;
use crate::domain::entry::Disclosure;
use crate::domain::entry::Entry;
use crate::domain::entry::NewEntry;
use crate::domain::entry::Source;
use crate::domain::event::ChainEvent;
use crate::domain::event::Event;
use crate::domain::id::IncidentId;
use crate::domain::incident::{Ledger, Trust};
use crate::domain::policy::{Takeover, attempt, takeover};
use crate::domain::roster::Signatures;
use crate::domain::time::At;
use crate::journal;
use crate::journal::Journal;
use crate::journal::JournalEvent;
use crate::journal::OpenOptions;
use crate::journal::Witness;
use crate::runtime::console::host_name;
use crate::runtime::console::machine_mark;

/// How long the disk may take for a one-shot verb. After it the verb says that it could not (exit 4).
const DISK_LIMIT: Duration = Duration::from_secs(10);

/// What was recorded, for scripts.
#[derive(Serialize)]
struct Recorded<'a> {
    id: String,
    incident: &'a str,
    kind: &'a str,
    at: At,
    says: String,
}

/// Records a command in the incident that is meant.
///
/// # Errors
/// Wrong use (2), refused (3), or could not (4).
pub fn record(context: &mut Context, manner: &Manner, command: Command) -> Result<(), CliError> {
    let chosen = which::for_writing(context)?;
    record_in(context, manner, &chosen, command, |_, _| Ok(()))
}

/// Records a command in this incident; `seal` has the entries before they are written.
///
/// # Errors
/// As [`record`], and what `seal` says.
pub fn record_in(
    context: &mut Context,
    manner: &Manner,
    chosen: &Chosen,
    command: Command,
    seal: impl FnOnce(&Context, &mut [NewEntry]) -> Result<(), CliError>,
) -> Result<(), CliError> {
    for fault in &chosen.faults {
        context.out.talk(&format!("warroom: DAMAGED LOG, read only up to there: {fault}"));
    }
    let mut entries = decided(context, manner, chosen, command)?;
    seal(context, &mut entries)?;
    let file = roster(context)?.pinned();
    match takeover(&chosen.ledger, file.as_ref(), &context.actor()?) {
        Takeover::Nothing => {}
        Takeover::Due(_) => context.out.talk("roster.toml changed: with this it is in force in this incident"),
        Takeover::Left(why) => context.out.talk(&format!("roster.toml changed and is not in force here: {why}")),
    }
    append(context, manner, chosen, entries)
}

/// Declares: makes the folder, pins the roster, records the declaration.
///
/// # Errors
/// Wrong use (2), refused (3), or could not (4).
pub fn declare(context: &mut Context, manner: &Manner, title: &str, command: Command) -> Result<(), CliError> {
    // Found out before a folder is made.
    if roster(context)?.signatures == Signatures::Required {
        own_key::for_session(context).map_err(signing::refused)?;
    }
    let incidents = context.paths()?.incidents();
    let nowhere = |id: IncidentId, dir| Chosen {
        id,
        dir,
        ledger: Ledger::new(),
        heads: Vec::new(),
        places: Vec::new(),
        faults: Vec::new(),
        notes: Vec::new(),
    };
    let mut entries = decided(context, manner, &nowhere("none".into(), incidents.clone()), command)?;
    // A folder's name travels with every chain: a title that is internal must not stand in it.
    let internal = entries.iter().any(|e| e.disclosure == Disclosure::Internal);
    let title = if internal { UNNAMED } else { title };
    let id = journal::create_incident(&incidents, context.clock()?.now(), title).map_err(CliError::failed)?;
    let dir = incidents.join(id.as_str());
    if let Some(pinned) = roster(context)?.pinned() {
        entries.insert(0, NewEntry { source: Source::Tool, ..NewEntry::human(&context.actor()?, pinned) });
    }
    append(context, manner, &nowhere(id, dir), entries)
}

/// What a command leads to; an attempt at what one may not do is recorded before it is refused.
fn decided(
    context: &mut Context,
    manner: &Manner,
    chosen: &Chosen,
    command: Command,
) -> Result<Vec<NewEntry>, CliError> {
    let mut request = request(context, &chosen.ledger, command)?;
    request.happened = manner.happened.as_deref().map(|t| moment(t, request.now)).transpose()?;
    request.disclosure = manner.disclosure.map_or(request.disclosure, Into::into);
    decide(&chosen.ledger, &request).map_err(|no| {
        if let Some(tried) = attempt(&chosen.ledger, &request, &no) {
            // What cannot be recorded is refused all the same.
            drop(written(context, chosen, vec![tried]));
        }
        refused(no)
    })
}

/// A command as this person gives it here and now.
///
/// # Errors
/// Wrong use (2): nobody knows who acts, or the roster has mistakes.
pub fn request(context: &Context, ledger: &Ledger, command: Command) -> Result<Request, CliError> {
    Ok(Request {
        disclosure: usual_disclosure(ledger.incident(), &command),
        now: context.clock()?.now(),
        roster: roster(context)?.pinned().map(Box::new),
        ..Request::new(&context.actor()?, command)
    })
}

/// A refusal with its exit code.
pub fn refused(rejection: Rejection) -> CliError {
    match rejection.refusal {
        Refusal::Misuse => CliError::Usage(rejection.says),
        Refusal::Policy | Refusal::Denied => CliError::Refused(rejection.says),
    }
}

/// A file's model, or every problem of it.
pub fn sound<T>(loaded: Loaded<T>) -> Result<T, CliError> {
    if loaded.problems.is_empty() {
        return Ok(loaded.value);
    }
    let lines: Vec<String> = loaded.problems.iter().map(ToString::to_string).collect();
    Err(CliError::Usage(lines.join("\n")))
}

fn append(context: &mut Context, manner: &Manner, chosen: &Chosen, entries: Vec<NewEntry>) -> Result<(), CliError> {
    let (written, trust) = written(context, chosen, entries)?;
    tell_all(context, manner, chosen, &written)?;
    counts(trust.as_ref().unwrap_or_else(|| chosen.ledger.trust()), &written)
}

/// What stands in the log and counts for nothing is no success: a session outlives the right to use it. A delegation that
/// nobody's roster backs is none of it: where no roster has keys, the words signed under it count like unsigned ones.
fn counts(trust: &Trust, written: &[Entry]) -> Result<(), CliError> {
    let mut words = written.iter().filter(|entry| !matches!(entry.event, Event::Chain(_)));
    match words.find_map(|entry| trust.objection(entry)) {
        Some(why) => Err(CliError::Refused(format!("it is recorded and has no effect: {why}"))),
        None => Ok(()),
    }
}

fn tell_all(context: &mut Context, manner: &Manner, chosen: &Chosen, written: &[Entry]) -> Result<(), CliError> {
    for entry in written.iter().filter(|e| !matches!(e.event, Event::Chain(_))) {
        tell(context, manner, &chosen.id, entry)?;
    }
    Ok(())
}

/// Written, signed where it can be, and on the disk; who is trusted from then on, where that is another than before.
fn written(
    context: &Context,
    chosen: &Chosen,
    mut entries: Vec<NewEntry>,
) -> Result<(Vec<Entry>, Option<Trust>), CliError> {
    let journal = open(context, chosen)?;
    entries.splice(0..0, signing::sign(context, &journal, chosen)?);
    let written = save(&journal, entries)?;
    attest(context, &journal, chosen);
    if !written.iter().any(|e| matches!(e.event, Event::Chain(ChainEvent::Delegated(_) | ChainEvent::Pinned(_)))) {
        return Ok((written, None));
    }
    let mut ledger = chosen.ledger.clone();
    ledger.extend(written.iter().cloned());
    if let Err(why) = journal::keep_allowed_signers(&chosen.dir, ledger.trust()) {
        // What stands in the log is safe; whoever vouches next writes this file again.
        aside(&format!("warroom: allowed_signers could not be written beside the log: {why}"));
    }
    let trust = ledger.trust().clone();
    Ok((written, Some(trust)))
}

/// This person's chain in the chosen incident. That it is a second one is said, in one line with the reason.
///
/// # Errors
/// Wrong use (2): nobody knows who acts; or could not (4).
pub fn open(context: &Context, chosen: &Chosen) -> Result<Journal, CliError> {
    let known = &chosen.ledger.incident().network;
    let network = if known.is_empty() {
        // A broken configuration must not keep anybody from declaring: the name is then the one without a file.
        load_config(&context.paths()?.config()).value.network().to_owned()
    } else {
        known.clone()
    };
    let options = OpenOptions {
        incident: chosen.id.clone(),
        network,
        person: context.actor()?,
        host: host_name(),
        machine: machine_mark(),
        drill: chosen.ledger.incident().drill,
        known: Witness::load(&context.paths()?.witness(chosen.id.as_str())),
        left: chosen.places.clone(),
    };
    let journal = Journal::open(&chosen.dir, options, context.clock()?, going_on()).map_err(CliError::failed)?;
    if !journal.second().is_empty() {
        aside(&format!("warroom: {}; this is written to {}", journal.second().join("; "), journal.writer()));
    }
    journal.observe(&chosen.heads);
    Ok(journal)
}

/// Says that the log goes on in another chain, with the reason. What a disk does is told by how the verb ends.
fn going_on() -> impl Fn(JournalEvent) + Send + 'static {
    let why = Mutex::new(None);
    move |event| {
        let mut why = why.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            JournalEvent::Trouble(what) => *why = Some(what),
            JournalEvent::Continued { from, to, .. } => {
                let why =
                    why.take().unwrap_or_else(|| format!("{from} cannot be trusted any more; the log goes on as {to}"));
                aside(&format!("warroom: {why}"));
            }
            _ => {}
        }
    }
}

/// Remembers where our chains end now: whoever writes next notices when one was cut.
pub fn attest(context: &Context, journal: &Journal, chosen: &Chosen) {
    let Ok(paths) = context.paths() else { return };
    // The entries are safe; without this only a cut that comes before the next reading goes unnoticed.
    drop(Witness::renew(&paths.witness(chosen.id.as_str()), |witness| journal.attest(witness)));
}

/// On the disk, or truthfully not.
fn save(journal: &Journal, entries: Vec<NewEntry>) -> Result<Vec<Entry>, CliError> {
    journal.append_or_give_up(entries, DISK_LIMIT).map_err(|why| match why {
        journal::AppendError::Refused(why) => CliError::usage(why),
        why => CliError::failed(why),
    })
}

/// Records each line that comes in (empty ones left out) as a remark of its own, until the input ends. What came while the
/// disk was busy goes to it together. Each is told once it is on the disk.
///
/// # Errors
/// As [`record`], at the first line that cannot be recorded; those that were told before it are.
pub fn record_lines(
    context: &mut Context,
    manner: &Manner,
    from: impl std::io::Read + Send + 'static,
) -> Result<(), CliError> {
    let mut chosen = which::for_writing(context)?;
    let journal = open(context, &chosen)?;
    let mut entries = signing::sign(context, &journal, &chosen)?;
    let lines = Lines::of(from).map_err(CliError::failed)?;
    while let Some(batch) = lines.next() {
        for line in batch {
            let note = WordCommand::Note(line.map_err(CliError::failed)?);
            entries.extend(decided(context, manner, &chosen, Command::Word(note))?);
        }
        // Each line was decided on the log as it was before the batch: a roster is put in force once.
        let mut pinned = false;
        let again = |e: &NewEntry| matches!(e.event, Event::Chain(ChainEvent::Pinned(_)));
        entries.retain(|e| !again(e) || !std::mem::replace(&mut pinned, true));
        let written = save(&journal, std::mem::take(&mut entries))?;
        // Whatever ends this, what is on the disk was seen.
        attest(context, &journal, &chosen);
        tell_all(context, manner, &chosen, &written)?;
        context.out.flush();
        chosen.ledger.extend(written.iter().cloned());
        counts(chosen.ledger.trust(), &written)?;
    }
    Ok(())
}

fn tell(context: &mut Context, manner: &Manner, incident: &IncidentId, entry: &Entry) -> Result<(), CliError> {
    let (id, says) = (entry.name().to_string(), entry.event.sentence());
    if manner.json {
        let kind = entry.event.kind();
        return context.out.json(&Recorded { id, incident: incident.as_str(), kind, at: entry.at, says });
    }
    let name = if matches!(&entry.event, Event::Incident(crate::domain::event::IncidentEvent::Declared(_))) {
        incident.to_string()
    } else {
        id
    };
    context.out.line(&format!("{name}  {says}"));
    Ok(())
}
