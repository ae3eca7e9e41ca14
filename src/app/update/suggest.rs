//! From NEXT to the runbook it suggests. Without an incident the same key begins one: a run is part of an incident.

use crate::app::effect::Effect;
use crate::app::layer::{Layer, Pick, Picked};
use crate::app::model::Model;
use crate::app::suggest::{Sure, suggested};
use crate::app::update::{keys, step, verbs};
use crate::domain::id::RunbookId;
use crate::runbook::model::Runbook;
use crate::runbook::suggest::Suggestion;

/// The severity of an incident whose runbook names none: between the two worst and the two mildest.
const USUAL_SEVERITY: u8 = 3;

/// Opens the command line with the runbook that fits, or the list of those that do.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    let found = suggested(model, Sure::Judged);
    match found.as_slice() {
        [] => model.say("no runbook is suggested for what is known now; b lists them all"),
        [only] => ask(model, &only.id),
        _ => {
            let rows = found.iter().map(row).collect();
            let title = "runbooks that fit, the best first: enter begins one".to_owned();
            model.screen.open(Layer::Pick(Pick { title, rows, chosen: 0 }));
        }
    }
    Vec::new()
}

fn row(suggestion: &Suggestion) -> (Vec<String>, Picked) {
    let done = suggestion.done.map(|at| format!("  (followed already, begun {})", at.hm())).unwrap_or_default();
    let mut lines = vec![format!("{}  {}{done}", suggestion.id, suggestion.title)];
    lines.extend(suggestion.why.iter().map(|why| format!("because {why}")));
    (lines, Picked::Runbook(suggestion.id.clone()))
}

/// The line that begins it, to be looked at, completed and sent.
fn ask(model: &mut Model, id: &RunbookId) {
    let declared = model.is_in_incident();
    let line = match model.shelf.book(id.as_str()) {
        Some(book) if !declared => declaration(book),
        Some(book) => format!("run {id} {}", missing(book)),
        None => format!("run {id} "),
    };
    if !declared {
        model.say(format!("a run is part of an incident: declare it, then R begins {id}"));
    }
    keys::palette(model, &line);
}

/// Begins what was chosen; where a value is missing, or there is no incident, the command line asks for it.
pub(super) fn begin(model: &mut Model, id: &RunbookId) -> Vec<Effect> {
    let whole = model.shelf.book(id.as_str()).is_some_and(|book| missing(book).is_empty());
    if !whole || !model.is_in_incident() {
        ask(model, id);
        return Vec::new();
    }
    step::or_warn(model, |m| verbs::say(m, &format!("run {id}")))
}

fn declaration(book: &Runbook) -> String {
    format!("declare {} {}", book.severity.unwrap_or(USUAL_SEVERITY), book.title)
}

/// `name=` of the first parameter that has to be given at the start: the line is refused with the names of the others.
fn missing(book: &Runbook) -> String {
    let later = |name: &str| book.steps.iter().any(|s| s.sets.as_deref() == Some(name));
    let of_sheet = |name: &str| book.sheet.iter().any(|c| c.name == name);
    let open = book.params.iter().find(|p| p.default.is_none() && !later(&p.name) && !of_sheet(&p.name));
    open.map(|p| format!("{}=", p.name)).unwrap_or_default()
}
