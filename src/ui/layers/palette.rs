//! The command line: what is typed, how the verb is used, and the verbs that fit.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::app::view::layer::{PaletteView, SuggestionRow};
use crate::domain::text;
use crate::ui::layers::{input, place};
use crate::ui::row::{Row, draw_rows};
use crate::ui::theme::{Role, Theme};

/// Columns a verb with its words may take before the help begins.
const VERB: usize = 44;

/// Rows the command line could fill, its rule line with them.
pub(super) fn height(view: &PaletteView) -> usize {
    2 + view.suggestions.len() + 2 * usize::from(view.usage.is_some()) + 2 * usize::from(view.refused.is_some())
}

/// Draws the command line; answers where the cursor stands.
pub(super) fn draw(buf: &mut Buffer, body: Rect, view: &PaletteView, theme: &Theme) -> Option<Position> {
    let width = usize::from(body.width);
    let (line, column) = input(&view.line, " : ", width);
    let mut rows = vec![line];
    if let Some(refused) = &view.refused {
        rows.extend(
            text::wrap(refused.as_str(), width.saturating_sub(4))
                .into_iter()
                .map(|l| Row::of(Role::Bad, " ! ").say(Role::Bad, l)),
        );
    }
    if let Some((usage, help)) = &view.usage {
        rows.push(Row::new().to(3).say(Role::Title, usage.clone()));
        rows.push(Row::new().to(3).say(Role::Quiet, help.clone()));
    }
    let height = usize::from(body.height).saturating_sub(rows.len());
    let first = (view.chosen + 1).saturating_sub(height);
    let choices = view.suggestions.iter().enumerate().skip(first).take(height);
    let whole = view.usage.is_some();
    rows.extend(choices.filter(|(i, _)| !(whole && *i == 0)).map(|(i, s)| choice(s, i == view.chosen, width)));
    draw_rows(buf, body, &rows, theme);
    place(body, column, 0)
}

fn choice(s: &SuggestionRow, chosen: bool, width: usize) -> Row {
    let mut row = Row::of(Role::Focus, if chosen { " › " } else { "   " });
    for (i, c) in s.verb.chars().enumerate() {
        row = row.say(if s.letters.contains(&i) { Role::Match } else { Role::Text }, c.to_string());
    }
    row = row.say(Role::Quiet, format!(" {}", s.args));
    if width > VERB + 20 { row.to(VERB).say(Role::Quiet, s.help) } else { row }
}
