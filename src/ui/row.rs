//! One row of the screen: pieces of sanitised text with roles, a part that keeps to the right edge, cut to fit.
//! The only place that writes text into cells; it takes [`Shown`] and nothing else.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::domain::text::Shown;
use crate::ui::theme::{Role, Theme};

/// Columns between what is cut on the left and what keeps to the right.
const AIR: usize = 1;

/// A piece of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Piece {
    role: Role,
    text: Shown,
}

/// One row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    left: Vec<Piece>,
    right: Vec<Piece>,
    /// Which item of the pane the row belongs to, for the cursor.
    pub item: Option<usize>,
}

impl Row {
    /// An empty row.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A row of one piece.
    #[must_use]
    pub fn of(role: Role, text: impl Into<Shown>) -> Self {
        Self::new().say(role, text)
    }

    /// The same, as part of an item.
    #[must_use]
    pub const fn item(mut self, item: usize) -> Self {
        self.item = Some(item);
        self
    }

    /// Adds a piece.
    #[must_use]
    pub fn say(mut self, role: Role, text: impl Into<Shown>) -> Self {
        self.left.push(Piece { role, text: text.into() });
        self
    }

    /// Adds spaces up to a column; one at least, so that nothing touches.
    #[must_use]
    pub fn to(self, column: usize) -> Self {
        let at = self.width();
        let missing = if at == 0 { column } else { column.saturating_sub(at).max(1) };
        self.say(Role::Text, " ".repeat(missing))
    }

    /// Adds a piece that keeps to the right edge.
    #[must_use]
    pub fn right(mut self, role: Role, text: impl Into<Shown>) -> Self {
        self.right.push(Piece { role, text: text.into() });
        self
    }

    /// Columns of the left part.
    #[must_use]
    pub fn width(&self) -> usize {
        self.left.iter().map(|p| p.text.width()).sum()
    }

    /// Columns of both parts and the air between them.
    #[must_use]
    pub fn full_width(&self) -> usize {
        let right: usize = self.right.iter().map(|p| p.text.width()).sum();
        self.width() + if right == 0 { 0 } else { right + AIR }
    }

    /// Every piece in this role: what is gone has no shades.
    #[must_use]
    pub fn all(mut self, role: Role) -> Self {
        for piece in self.left.iter_mut().chain(&mut self.right) {
            piece.role = role;
        }
        self
    }

    /// Draws into one line of the buffer; never outside `area`.
    pub fn draw(&self, buf: &mut Buffer, area: Rect, theme: &Theme) {
        let area = area.intersection(buf.area);
        if area.is_empty() {
            return;
        }
        let width = usize::from(area.width);
        let right: usize = self.right.iter().map(|p| p.text.width()).sum();
        let right = if right + AIR >= width { 0 } else { right };
        let room = if right == 0 { width } else { width - right - AIR };
        put(buf, area.x, area.y, room, &self.left, theme);
        if right > 0 {
            let x = area.x + u16::try_from(width - right).unwrap_or(0);
            put(buf, x, area.y, right, &self.right, theme);
        }
    }
}

/// Writes pieces from a column on; the piece that does not fit is cut with `…`.
fn put(buf: &mut Buffer, x: u16, y: u16, room: usize, pieces: &[Piece], theme: &Theme) {
    let mut used = 0;
    for piece in pieces {
        if used >= room {
            return;
        }
        let text = piece.text.cut(room - used);
        let at = x.saturating_add(u16::try_from(used).unwrap_or(u16::MAX));
        buf.set_stringn(at, y, text.as_str(), room - used, theme.style(piece.role));
        used += text.width();
    }
}

/// Draws rows one under another; what does not fit is left out.
pub fn draw_rows(buf: &mut Buffer, area: Rect, rows: &[Row], theme: &Theme) {
    for (row, y) in rows.iter().zip(area.y..area.bottom()) {
        row.draw(buf, Rect { y, height: 1, ..area }, theme);
    }
}

/// The first row to show so that the cursor's item is in sight: nothing moves before it must.
#[must_use]
pub fn first_row(rows: &[Row], cursor: usize, height: usize) -> usize {
    if rows.len() <= height || height == 0 {
        return 0;
    }
    let of_item = |r: &Row| r.item == Some(cursor);
    let Some(top) = rows.iter().position(of_item) else { return 0 };
    let end = rows.iter().rposition(of_item).unwrap_or(top) + 1;
    // The whole item when it fits, with a row of what comes next; its beginning when it is taller than the pane.
    let from = (end + 1).min(rows.len()).saturating_sub(height);
    from.min(top).min(rows.len() - height)
}
