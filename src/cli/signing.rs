//! Who signs what a verb writes. A verb that finds a session at hand loses a millisecond; one that has to ask waits a while,
//! and then writes unsigned, unless the roster requires signatures: then it is refused.

use crate::cli::context::Context;
use crate::cli::outcome::CliError;
use crate::cli::own_key;
use crate::cli::print::aside;
use crate::cli::which::Chosen;
use crate::domain::entry::Entry;
use crate::domain::entry::NewEntry;
use crate::domain::event::ChainEvent;
use crate::domain::event::Event;
use crate::domain::event::KeyDelegated;
use crate::domain::id::IncidentId;
use crate::domain::incident::Ledger;
use crate::domain::roster::Signatures;
use crate::journal::Journal;
use crate::keys::Session;
use crate::runtime::signing::ForVerb;
use crate::runtime::signing::KeySurroundings;
use crate::runtime::signing::NoSession;
use crate::runtime::signing::Sessions;
use crate::runtime::signing::session_for_verb;

/// Puts a signer onto the journal; what it answers is to be written first: the own key's word for it, where our chain has not got it yet.
///
/// # Errors
/// Signatures are required and there is none (3).
pub fn sign(context: &Context, journal: &Journal, chosen: &Chosen) -> Result<Vec<NewEntry>, CliError> {
    let rule = rule(context, &chosen.ledger)?;
    // Practice is not signed.
    if chosen.ledger.incident().drill || rule == Signatures::Off {
        return Ok(Vec::new());
    }
    match session(context, &chosen.id)? {
        Ok(session) => {
            let first = delegation(&session, journal, chosen.ledger.entries());
            journal.sign_with(Some(session.key));
            Ok(first.into_iter().collect())
        }
        Err(no) if rule == Signatures::Required => Err(refused(no)),
        Err(no) => {
            if no.expected {
                aside(&format!("warroom: UNSIGNED: {}", no.why));
            }
            Ok(Vec::new())
        }
    }
}

fn session(context: &Context, incident: &IncidentId) -> Result<Result<Session, NoSession>, CliError> {
    let (person, now) = (context.actor()?, context.clock()?.now());
    let sessions = Sessions::of(&context.paths()?);
    let attended = KeySurroundings::look().terminal;
    let wanted = ForVerb { incident, person: &person, now, attended };
    // Passphrases are asked for by `warroom key renew` only, which somebody calls to be asked.
    let find = || own_key::for_session(context);
    Ok(session_for_verb(&sessions, wanted, find, aside))
}

/// Required, and there is none.
pub fn refused(no: NoSession) -> CliError {
    CliError::Refused(format!("the roster requires signatures, and there is none: {}", no.why))
}

/// The rule in force: of the roster in the log, else of the file.
///
/// # Errors
/// Wrong use: there is none in the log, and the file is broken.
fn rule(context: &Context, ledger: &Ledger) -> Result<Signatures, CliError> {
    match ledger.trust().ring() {
        Some(ring) if ring.requires() => Ok(Signatures::Required),
        Some(ring) if ring.is_off() => Ok(Signatures::Off),
        Some(_) => Ok(Signatures::WhenPossible),
        None => Ok(own_key::roster(context)?.signatures),
    }
}

/// The delegation, unless our chain holds it.
fn delegation(session: &Session, journal: &Journal, entries: &[Entry]) -> Option<NewEntry> {
    let voucher = session.voucher.as_ref()?;
    let writer = journal.writer();
    let holds = |e: &Entry| {
        e.writer == writer
            && matches!(&e.event, Event::Chain(ChainEvent::Delegated(d)) if d.statement == voucher.statement)
    };
    let said = KeyDelegated { statement: voucher.statement.clone(), sig: voucher.sig.clone() };
    (!entries.iter().rev().any(holds)).then(|| NewEntry::human(&session.person, said))
}
