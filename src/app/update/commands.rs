//! From a command to the log: decide, then append. Nothing changes here; it changes when the entry comes back.

use crate::app::effect::Effect;
use crate::app::model::Model;
use crate::domain::command::{Command, Request};
use crate::domain::decide::{UNNAMED, decide, usual_disclosure};
use crate::domain::entry::{Disclosure, NewEntry, Source};
use crate::domain::incident::Ledger;
use crate::domain::policy::attempt;
use crate::domain::time::At;

/// Gives a command; a refusal comes back as its sentence.
pub(super) fn give(model: &mut Model, command: Command) -> Result<Vec<Effect>, String> {
    give_happened(model, command, None)
}

/// Gives a command about something that happened before.
pub(super) fn give_happened(model: &mut Model, command: Command, happened: Option<At>) -> Result<Vec<Effect>, String> {
    if model.past.is_some() {
        return Err("you are looking back; nothing can be changed there (go on with ] first)".to_owned());
    }
    let none = Ledger::new();
    let open = model.case.as_ref().filter(|c| c.incident().is_open() || !is_declaration(&command));
    let ledger = open.map_or(&none, |c| &c.ledger);
    let request = Request {
        happened,
        disclosure: usual_disclosure(ledger.incident(), &command),
        now: model.now,
        roster: model.roster.pinned().map(Box::new),
        ..Request::new(&model.me.person, command)
    };
    let mut entries = match decide(ledger, &request) {
        Ok(entries) => entries,
        Err(no) => {
            model.attempt = attempt(ledger, &request, &no);
            return Err(no.says);
        }
    };
    if let Command::Declare { title, .. } = &request.command
        && model.case.as_ref().is_none_or(|c| c.incident().status.is_some())
    {
        // The roster in force is part of the log: the fold never reads the file.
        let pinned = model.roster.pinned();
        entries.splice(0..0, pinned.map(|p| NewEntry { source: Source::Tool, ..NewEntry::human(&model.me.person, p) }));
        // A folder's name travels with every chain: a title that is internal must not stand in it.
        let internal = entries.iter().any(|e| e.disclosure == Disclosure::Internal);
        let title = if internal { UNNAMED.to_owned() } else { title.clone() };
        return Ok(vec![Effect::Declare { title, entries }]);
    }
    model.waiting += entries.len();
    Ok(vec![Effect::Append(entries)])
}

const fn is_declaration(command: &Command) -> bool {
    matches!(command, Command::Declare { .. })
}
