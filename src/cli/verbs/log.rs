//! `warroom log`: the merged timeline, once or as it grows.

use std::sync::mpsc::RecvTimeoutError;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use clap::Args;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::cli::context::Context;
use crate::cli::outcome::CliError;
use crate::cli::which;
use crate::cli::which::Chosen;
use crate::domain::entry::Entry;
use crate::domain::incident::Ledger;
use crate::domain::incident::Standing;
use crate::domain::time::At;
use crate::journal::Followed;
use crate::journal::Follower;

/// Batches of other writers' entries that wait to be printed; a slow reader makes the follower wait, nothing is lost.
const WAITING: usize = 16;

/// How often we look whether anybody still reads.
const LOOK_UP: Duration = Duration::from_secs(1);

/// `warroom log`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  warroom log                                    the only open incident, else the newest
  warroom log --follow                           goes on as entries come, until Ctrl-C
  warroom log 2026-11-21-finality-stall --json | jq -r '.[] | select(.kind == \"decision.made\") | .says'

Times are UTC. The name in the second column is what amend, strike and answer take.")]
pub struct Log {
    /// An incident's id
    id: Option<String>,
    /// Go on as entries come
    #[arg(long, short)]
    follow: bool,
    /// Answer as JSON: one array, or with --follow one object a line
    #[arg(long)]
    json: bool,
}

/// One entry, for scripts.
#[derive(Serialize)]
pub(super) struct Line<'a> {
    id: String,
    at: At,
    #[serde(skip_serializing_if = "Option::is_none")]
    happened: Option<At>,
    actor: &'a str,
    source: &'static str,
    kind: &'a str,
    disclosure: &'static str,
    drill: bool,
    signed: bool,
    /// The person whose key signed it, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    signer: Option<String>,
    /// What the signature is worth.
    trust: &'static str,
    says: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    amended: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    struck: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    no_effect: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conflict: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Box<RawValue>>,
}

impl Log {
    /// Prints the timeline.
    ///
    /// # Errors
    /// Wrong use: there is no such incident. Could not: the folder cannot be followed.
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let chosen = which::for_reading(context, self.id.as_deref())?;
        for fault in &chosen.faults {
            context.out.talk(&format!("warroom: DAMAGED LOG, shown only up to there: {fault}"));
        }
        for note in &chosen.notes {
            context.out.talk(&format!("warroom: {note}"));
        }
        let ledger = &chosen.ledger;
        if self.json && !self.follow {
            let lines: Vec<Line<'_>> = ledger.entries().iter().map(|e| line(ledger, e)).collect();
            return context.out.json(&lines);
        }
        for entry in ledger.entries() {
            self.show(context, ledger, entry)?;
        }
        if self.follow { self.follow(context, chosen) } else { Ok(()) }
    }

    fn show(&self, context: &mut Context, ledger: &Ledger, entry: &Entry) -> Result<(), CliError> {
        if self.json {
            return context.out.json(&line(ledger, entry));
        }
        context.out.line(&words(ledger, entry));
        Ok(())
    }

    fn follow(&self, context: &mut Context, chosen: Chosen) -> Result<(), CliError> {
        let (tell, told) = sync_channel(WAITING);
        let (dir, heads, mut ledger) = (chosen.dir, chosen.heads, chosen.ledger);
        // A full queue makes the follower wait; when we are gone it ends.
        let on = move |news| drop(tell.send(news));
        let _follower = Follower::start(&dir, &heads, |_| false, on).map_err(CliError::failed)?;
        while context.out.is_read() {
            context.out.flush();
            match told.recv_timeout(LOOK_UP) {
                Ok(Followed::Entries { entries, .. }) => {
                    ledger.extend(entries.clone());
                    for entry in &entries {
                        self.show(context, &ledger, entry)?;
                    }
                }
                Ok(Followed::Voided { writer, after }) => {
                    context.out.talk(&format!(
                        "warroom: entries of {writer} after {after} are void: a later chain continues it"
                    ));
                }
                Ok(Followed::Fault(fault)) => context.out.talk(&format!("warroom: DAMAGED LOG: {fault}")),
                Ok(Followed::Over(fault)) => context.out.talk(&format!("warroom: no longer so: {fault}")),
                Ok(Followed::Mended(file)) => context.out.talk(&format!("warroom: mended: {}", file.display())),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(CliError::failed("the log can no longer be followed"));
                }
            }
        }
        Ok(())
    }
}

pub(super) fn line<'a>(ledger: &'a Ledger, entry: &'a Entry) -> Line<'a> {
    let correction = ledger.correction(&entry.name());
    let struck = correction.is_some_and(|c| c.struck);
    let standing = ledger.standing(entry);
    let data = if struck { None } else { entry.event.data().ok().and_then(|d| RawValue::from_string(d).ok()) };
    Line {
        id: entry.name().to_string(),
        at: entry.at,
        happened: entry.rare.happened,
        actor: entry.actor.as_str(),
        source: entry.source.as_str(),
        kind: entry.event.kind(),
        disclosure: entry.disclosure.as_str(),
        drill: entry.drill,
        signed: entry.seal.is_signed(),
        signer: match &standing {
            Standing::By(person) | Standing::OtherPerson(person) => Some(person.to_string()),
            _ => None,
        },
        trust: standing.word(),
        says: says(ledger, entry),
        amended: correction.and_then(|c| c.text.clone()),
        struck,
        no_effect: ledger.incident().no_effect.get(&entry.name()).map(String::as_str),
        conflict: conflict(ledger, entry),
        data,
    }
}

/// The sentence; nothing of a struck one is repeated.
fn says(ledger: &Ledger, entry: &Entry) -> String {
    match ledger.effective(entry) {
        None => "(struck)".to_owned(),
        Some(_) => entry.event.sentence(),
    }
}

/// What it contradicts.
fn conflict<'a>(ledger: &'a Ledger, entry: &Entry) -> Option<&'a str> {
    ledger.incident().conflicts.iter().find(|c| c.entry == entry.name()).map(|c| c.says.as_str())
}

/// `03:14:09 alice@bastion/7  alice  note: …`
fn words(ledger: &Ledger, entry: &Entry) -> String {
    let mut text = format!("{} {}  {}  {}", entry.at.date(), entry.at.hms(), entry.name(), entry.actor);
    if entry.drill {
        text.push_str("  DRILL");
    }
    if let Some(happened) = entry.rare.happened {
        text.push_str(&format!("  [{}]", happened.hms()));
    }
    if let Some(doubt) = ledger.doubt(entry) {
        text.push_str(&format!("  ({doubt})"));
    }
    text.push_str("  ");
    text.push_str(&says(ledger, entry).replace('\n', " ↵ "));
    if let Some(now) = ledger.correction(&entry.name()).and_then(|c| c.text.as_deref()) {
        text.push_str(&format!("  (amended: {now})"));
    }
    if let Some(why) = ledger.incident().no_effect.get(&entry.name()) {
        text.push_str(&format!("  (no effect: {why})"));
    }
    if let Some(conflict) = conflict(ledger, entry) {
        text.push_str(&format!("  (CONFLICT: {conflict})"));
    }
    text
}
