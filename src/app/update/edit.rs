//! The line that is being written.

use tui_input::InputRequest;

use crate::app::effect::Effect;
use crate::app::keymap::EditKey;
use crate::app::layer::{Layer, Line};
use crate::app::model::Model;

/// A line takes at most this many characters; more typing or pasting changes nothing and says so.
const MAX_LINE: usize = 8_000;

/// The line of the top layer, where it has one.
pub(super) fn line(model: &mut Model) -> Option<&mut Line> {
    match model.screen.layers.last_mut()? {
        Layer::Palette { input, .. } => Some(input),
        Layer::Confirm(confirm) if confirm.type_name.is_some() => Some(&mut confirm.input),
        _ => None,
    }
}

/// A printable character.
pub(super) fn insert(model: &mut Model, c: char) {
    let Some(line) = line(model) else { return };
    if line.text().len() < MAX_LINE {
        line.0.handle(InputRequest::InsertChar(c));
        touched(model);
    } else {
        model.warn(format!("the line is full: {MAX_LINE} bytes; put the rest into a file and name it"));
    }
}

/// Pasted text: line ends become spaces, so that a paste never runs anything.
pub(super) fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    let flat: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_LINE).collect();
    for c in flat.trim().chars() {
        insert(model, c);
    }
    Vec::new()
}

/// A key that edits. Erasing on an empty line closes the layer.
pub(super) fn edit(model: &mut Model, key: EditKey) {
    let Some(line) = line(model) else { return };
    if key == EditKey::Erase && line.text().is_empty() {
        model.screen.layers.pop();
        return;
    }
    let request = match key {
        EditKey::Erase => InputRequest::DeletePrevChar,
        EditKey::Delete => InputRequest::DeleteNextChar,
        EditKey::EraseWord => InputRequest::DeletePrevWord,
        EditKey::Clear => InputRequest::DeleteLine,
        EditKey::Left => InputRequest::GoToPrevChar,
        EditKey::Right => InputRequest::GoToNextChar,
        EditKey::Home => InputRequest::GoToStart,
        EditKey::End => InputRequest::GoToEnd,
    };
    line.0.handle(request);
    touched(model);
}

/// A changed line has new suggestions, and an old refusal no longer speaks of it.
fn touched(model: &mut Model) {
    if let Some(Layer::Palette { chosen, refused, .. }) = model.screen.layers.last_mut() {
        *chosen = 0;
        *refused = None;
    }
}
