//! Whether a yes to a step counts, and whose it is: read from the key that signed it, never from what it says of itself.
//! Must not know how many are needed.

use crate::domain::entry::{Entry, KeyLine};
use crate::domain::event::ApprovalGiven;
use crate::domain::id::PersonId;
use crate::domain::incident::trust::Trust;
use crate::domain::run::Run;
use crate::domain::statement::{Approval, Statement};
use crate::domain::writer_name::{is_chain_of, person_of};

/// Whose yes it is, and the key that proves it.
pub(super) type Yes = (PersonId, Option<KeyLine>);

/// Whose yes this is, or why it does not count.
pub(super) fn judge(given: &ApprovalGiven, entry: &Entry, run: &Run, trust: &Trust) -> Result<Yes, String> {
    if given.statement.is_empty() {
        return unsigned(entry, trust);
    }
    let approval = match Statement::parse(&given.statement) {
        Ok(Statement::Approval(approval)) => approval,
        Ok(_) => return Err("the statement is no approval".to_owned()),
        Err(why) => return Err(why.to_string()),
    };
    let person = trust.statement_signer(entry)?;
    if approval.principal != person {
        return Err(format!("it speaks for {}, and the key that signed it is {person}'s", approval.principal));
    }
    fits(&approval, given, run, trust)?;
    if approval.expires < entry.recorded() {
        return Err(format!("it expired at {}", approval.expires.short()));
    }
    Ok((person, entry.rare.proof.as_ref().map(|proof| proof.key.clone())))
}

/// The statement is about exactly this step of exactly this run.
fn fits(approval: &Approval, given: &ApprovalGiven, run: &Run, trust: &Trust) -> Result<(), String> {
    if trust.incident() != Some(&approval.incident) {
        return Err(format!("it was given for incident {}", approval.incident));
    }
    if approval.run != given.run {
        return Err(format!("it was given for run {}", approval.run));
    }
    if approval.step != given.step {
        return Err(format!("it was given for step {}", approval.step));
    }
    if approval.digest != run.step_digest(&given.step) {
        return Err("it was given for another command or other parameters than this run has".to_owned());
    }
    Ok(())
}

/// Without a statement: as good as the line it stands in, and only of somebody who has no key.
fn unsigned(entry: &Entry, trust: &Trust) -> Result<Yes, String> {
    let ring = trust.ring_at(entry).filter(|ring| !ring.is_off());
    if ring.is_some_and(|ring| ring.requires()) {
        return Err("it is not signed, and the roster requires signatures".to_owned());
    }
    if ring.is_some_and(|ring| ring.has_key_of(entry.actor.as_str())) {
        return Err(format!("it is not signed, and the roster has a key of {}", entry.actor));
    }
    if !is_chain_of(&entry.writer, entry.actor.as_str()) {
        return Err(format!(
            "it is not signed, and {} wrote it in the name of {}",
            person_of(&entry.writer),
            entry.actor
        ));
    }
    Ok((entry.actor.clone(), None))
}
