//! The revision that a run pinned: whether it is known here, the verb that trusts it, and what differs from the one at hand.
//! Must not run anything.

use std::collections::BTreeMap;

use crate::cli::context::Context;
use crate::cli::manner::Manner;
use crate::cli::outcome::CliError;
use crate::cli::record;
use crate::cli::verbs::runbook;
use crate::cli::which::{self, Chosen};
use crate::domain::command::{Command, WordCommand};
use crate::domain::run::{DIGEST_LEAST, Run, is_digest_of};
use crate::runbook::difference::difference;
use crate::runbook::model::Runbook;
use crate::runbook::next::Footing;
use crate::runtime::console::host_name;
use crate::runtime::trusted::Trusted;

/// The revisions that are trusted here.
///
/// # Errors
/// When no home is known.
pub fn trusted(context: &Context) -> Result<Trusted, CliError> {
    Ok(Trusted::of(&context.paths()?.state_dir))
}

/// Whether the people here know a revision.
///
/// # Errors
/// When the list of trusted ones cannot be read.
pub fn footing(context: &Context, book: &Runbook) -> Result<Footing, CliError> {
    let at_hand = runbook::shelf(context)?.vouches(&book.sha256);
    let known = at_hand || trusted(context)?.read().map_err(CliError::failed)?.contains(&book.sha256);
    Ok(if known { Footing::Ours } else { Footing::Elsewhere })
}

/// A revision that a run of the chosen incident pinned, by its digest as it is read aloud.
fn by_digest(chosen: &Chosen, digest: &str) -> Result<Runbook, CliError> {
    let all: Vec<&Run> = chosen.ledger.incident().runs.values().collect();
    let fits = |run: &&&Run| is_digest_of(digest, &run.pinned.sha256);
    let found: BTreeMap<&str, &Run> = all.iter().filter(fits).map(|run| (run.pinned.sha256.as_str(), *run)).collect();
    match found.values().copied().collect::<Vec<_>>().as_slice() {
        [run] => runbook::pinned(&chosen.dir, &run.pinned),
        [] => {
            let all: Vec<String> = all.iter().map(|run| format!("{} {}", run.runbook, run.digest())).collect();
            Err(CliError::Usage(format!("no run of this incident pinned `{digest}`; runs: {}", all.join(" · "))))
        }
        several => {
            let whole: Vec<&str> = several.iter().map(|run| run.pinned.sha256.as_str()).collect();
            Err(CliError::Usage(format!(
                "`{digest}` is the beginning of several; give one of them whole: {}",
                whole.join(" · ")
            )))
        }
    }
}

/// Trusts a revision on this host; the log says who did.
///
/// # Errors
/// No run pinned it (2), or the log does not take it.
pub fn trust(context: &mut Context, manner: &Manner, digest: &str) -> Result<(), CliError> {
    let chosen = which::for_writing(context)?;
    let book = by_digest(&chosen, digest)?;
    if footing(context, &book)? == Footing::Ours {
        context.out.talk(&format!("{} r{} {} is trusted here already", book.id, book.revision, book.digest()));
        return Ok(());
    }
    let words = book.trusted_on(&host_name());
    let fact = WordCommand::Fact(words.clone(), String::from("its text was read"));
    let by = format!("{words} by {}", context.actor()?);
    record::record(context, manner, Command::Word(fact))?;
    trusted(context)?.add(&book.sha256, &by).map_err(CliError::failed)
}

/// What differs between the revision that the open run of a runbook pinned and the one at hand; nothing when it is the same.
///
/// # Errors
/// No such run or runbook (2), or the pinned text is not here (4).
pub fn diff(context: &mut Context, id: &str) -> Result<(), CliError> {
    let chosen = which::for_reading(context, None)?;
    let runs = chosen.ledger.incident().runs.values().filter(|run| run.runbook.as_str() == id);
    // The open one, as in the console; else the one begun last.
    let run = runs
        .max_by_key(|run| (!run.is_done(), run.begun))
        .ok_or_else(|| CliError::Usage(format!("no run of `{id}` in {}", chosen.id)))?;
    let shelf = runbook::shelf(context)?;
    let book = shelf.book(id).ok_or_else(|| CliError::Usage(format!("there is no runbook `{id}` at hand")))?;
    let was = runbook::pinned(&chosen.dir, &run.pinned)?;
    context.out.talk(&format!(
        "pinned r{} {} · at hand r{} {}",
        was.revision,
        was.digest(),
        book.revision,
        book.digest()
    ));
    let lines = difference(&was.text, &book.text).map_err(CliError::failed)?;
    lines.iter().for_each(|line| context.out.line(line));
    Ok(())
}

/// The pinned revision that eight characters of a digest name, in the incident that reading verbs mean; `None` where the word is
/// no digest.
pub fn pinned_by_digest(context: &mut Context, word: &str) -> Option<Result<Runbook, CliError>> {
    let digest = word.len() >= DIGEST_LEAST && word.bytes().all(|b| b.is_ascii_hexdigit());
    digest.then(|| which::for_reading(context, None).and_then(|chosen| by_digest(&chosen, word)))
}
