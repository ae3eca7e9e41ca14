//! From a command to the log: decide, then append. Nothing changes here; it changes when the entry comes back.

use crate::app::effect::Effect;
use crate::app::model::Model;
use crate::domain::command::{Command, Request};
use crate::domain::decide::decide;
use crate::domain::entry::NewEntry;
use crate::domain::incident::Ledger;
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
    model.roster.permits(model.me.person.as_str(), &command).map_err(|r| r.says)?;
    let request = Request { happened, ..Request::new(&model.me.person, command) };
    let none = Ledger::new();
    let open = model.case.as_ref().filter(|c| c.incident().is_open() || !is_declaration(&request.command));
    let mut entries = decide(open.map_or(&none, |c| &c.ledger), &request).map_err(|r| r.says)?;
    if let Command::Declare { title, .. } = &request.command
        && model.case.as_ref().is_none_or(|c| c.incident().status.is_some())
    {
        // The roster in force is part of the log: the fold never reads the file.
        entries.splice(0..0, model.roster.pinned().map(NewEntry::tool));
        return Ok(vec![Effect::Declare { title: title.clone(), entries }]);
    }
    model.waiting += entries.len();
    Ok(vec![Effect::Append(entries)])
}

const fn is_declaration(command: &Command) -> bool {
    matches!(command, Command::Declare { .. })
}
