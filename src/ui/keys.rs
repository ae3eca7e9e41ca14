//! The last line: what the keys do here and now, made from the key map; or a word to the person at the console.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::keymap::{Binding, Context, bindings};
use crate::app::view::scene::Scene;
use crate::app::view::tone::Tone;
use crate::ui::panes::role;
use crate::ui::row::Row;
use crate::ui::theme::{Role, Theme};

/// Draws the key line.
pub(super) fn draw(buf: &mut Buffer, area: Rect, scene: &Scene, theme: &Theme) {
    if area.is_empty() {
        return;
    }
    let width = usize::from(area.width);
    let row = match &scene.notice {
        Some(said) => {
            let sign = if said.tone == Tone::Plain || said.tone == Tone::Ok { " " } else { " ! " };
            Row::of(role(said.tone), sign).say(role(said.tone), said.text.clone())
        }
        None => hints(&scene.contexts, width),
    };
    row.draw(buf, area, theme);
}

/// What holds here first, then what holds everywhere; the latter keeps its place when there is no room for all.
fn hints(contexts: &[Context], width: usize) -> Row {
    let on_line = |c: Context| bindings(c).filter(|b| b.on_line);
    let (everywhere, here): (Vec<Context>, Vec<Context>) = contexts.iter().partition(|c| **c == Context::Everywhere);
    let shared: Vec<&Binding> = everywhere.iter().flat_map(|c| on_line(*c)).collect();
    let own: Vec<&Binding> = here.iter().flat_map(|c| on_line(*c)).collect();
    // The command line and help open everything else, so they are the last to go.
    let must: Vec<&Binding> = shared.iter().rev().take(2).rev().copied().collect();
    let mut row = Row::new();
    let reserved: usize = must.iter().map(|b| columns(b)).sum();
    let mut taken: Vec<&Binding> = Vec::new();
    let mut used = reserved + 1;
    for b in own.iter().chain(shared.iter().filter(|b| !must.iter().any(|m| m.action == b.action))) {
        if used + columns(b) > width {
            break;
        }
        used += columns(b);
        taken.push(b);
    }
    for b in taken.iter().chain(&must) {
        row = row.say(Role::Key, format!(" {}", key(b))).say(Role::Hint, format!(" {} ", b.hint));
    }
    row
}

fn key(b: &Binding) -> String {
    b.keys.first().map(ToString::to_string).unwrap_or_default()
}

/// Columns a binding takes on the line.
fn columns(b: &Binding) -> usize {
    key(b).chars().count() + b.hint.chars().count() + 3
}
