//! One layer drawn: its sheet over the lower rows, its text that scrolls, the place of its cursor.
//! Must not know where a layer comes from.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::app::view::layer::{LayerView, LineView};
use crate::domain::text::Shown;
use crate::ui::layers::{confirm, help, palette, reader};
use crate::ui::layout::Layout;
use crate::ui::row::{Row, draw_rows};
use crate::ui::rule::Rule;
use crate::ui::theme::{Role, Theme};

/// Rows of the screen a question or the command line takes at most; the panes above stay in sight.
const LOW_ROWS: u16 = 16;
/// And at least, so that it does not jump with every letter.
const LEAST_ROWS: u16 = 6;

/// Draws the top layer; answers where the terminal's cursor stands.
pub fn draw(buf: &mut Buffer, places: &Layout, layer: &LayerView, theme: &Theme) -> Option<Position> {
    match layer {
        LayerView::Help { scroll } => {
            let rows = help::rows(usize::from(places.body.width));
            text(buf, places.body, "help: every key", &rows, *scroll, theme);
            None
        }
        LayerView::Reader { title, lines, scroll, sought } => {
            let rows = reader::rows(lines, sought.as_str(), usize::from(places.body.width));
            text(buf, places.body, title.as_str(), &rows, *scroll, theme);
            None
        }
        LayerView::Palette(view) => {
            let wanted = u16::try_from(palette::height(view)).unwrap_or(LOW_ROWS).clamp(LEAST_ROWS, LOW_ROWS);
            let body = sheet(buf, low(places.body, wanted), "command", theme);
            palette::draw(buf, body, view, theme)
        }
        LayerView::Confirm(view) => {
            let rows = confirm::rows(view, usize::from(places.body.width));
            let wanted = u16::try_from(rows.len()).unwrap_or(u16::MAX).saturating_add(2);
            let body = sheet(buf, low(places.body, wanted.max(4)), "sure?", theme);
            let rows = confirm::fit(rows, usize::from(body.height));
            draw_rows(buf, body, &rows, theme);
            confirm::cursor(view, body, rows.len())
        }
    }
}

/// The lower rows of an area.
fn low(area: Rect, rows: u16) -> Rect {
    let height = rows.min(area.height);
    Rect { y: area.bottom() - height, height, ..area }
}

/// Empties an area and draws its rule; answers what is under the rule.
fn sheet(buf: &mut Buffer, area: Rect, title: &str, theme: &Theme) -> Rect {
    let area = area.intersection(buf.area);
    for place in area.positions() {
        // What lay beneath must not shine through: styles are added up, so they are taken away first.
        if let Some(cell) = buf.cell_mut(place) {
            cell.reset();
        }
    }
    buf.set_style(area, theme.style(Role::Text));
    let rule = Rule { title: Shown::line(title), focused: true, ..Rule::default() };
    rule.draw(buf, Rect { height: area.height.min(1), ..area }, theme);
    Rect { y: area.y + area.height.min(1), height: area.height.saturating_sub(1), ..area }
}

/// A text that scrolls; it stops when its last row is at the bottom.
fn text(buf: &mut Buffer, area: Rect, title: &str, rows: &[Row], scroll: usize, theme: &Theme) {
    let body = sheet(buf, area, title, theme);
    let height = usize::from(body.height);
    let first = scroll.min(rows.len().saturating_sub(height));
    draw_rows(buf, body, &rows[first..], theme);
    if rows.len() > height {
        let right = format!("{}–{} of {}", first + 1, (first + height).min(rows.len()), rows.len());
        let rule = Rule { title: Shown::line(title), right: right.into(), focused: true, ..Rule::default() };
        rule.draw(buf, Rect { height: area.height.min(1), ..area }, theme);
    }
}

/// A line that is being written, from a column on; when it is too long, the part before the cursor is cut at its left.
pub(super) fn input(line: &LineView, lead: &str, width: usize) -> (Row, usize) {
    let room = width.saturating_sub(crate::domain::text::width(lead) + 2);
    let mut before = line.before.as_str();
    while crate::domain::text::width(before) > room {
        let mut rest = before.chars();
        rest.next();
        before = rest.as_str();
    }
    let row = Row::of(Role::Key, lead).say(Role::Input, before);
    let column = row.width();
    (row.say(Role::Input, line.after.clone()), column)
}

/// A place in an area, kept inside it.
pub(super) fn place(area: Rect, column: usize, row: usize) -> Option<Position> {
    let x = u16::try_from(column).ok()?.min(area.width.checked_sub(1)?);
    let y = u16::try_from(row).ok()?.min(area.height.checked_sub(1)?);
    Some(Position { x: area.x + x, y: area.y + y })
}
