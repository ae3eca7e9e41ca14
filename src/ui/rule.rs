//! Rule lines: one row that parts two panes and carries the title of the one below. The focused pane's is heavy.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::domain::text::Shown;
use crate::ui::row::Row;
use crate::ui::theme::{Role, Theme};

/// What a rule line says.
#[derive(Clone, Debug, Default)]
pub(super) struct Rule {
    /// `1 health`
    pub title: Shown,
    /// What follows the title: revision, digest.
    pub more: Shown,
    /// What stands at the right: unread, position, the other panes.
    pub right: Shown,
    /// Whether keys go to this pane.
    pub focused: bool,
}

impl Rule {
    /// Draws it over its row.
    pub(super) fn draw(&self, buf: &mut Buffer, area: Rect, theme: &Theme) {
        let line = if self.focused { "━" } else { "─" };
        let title = if self.focused { Role::Focus } else { Role::Rule };
        let right = if self.right.is_empty() { String::new() } else { format!(" {} ", self.right) };
        let mut row = Row::of(Role::Rule, line).say(title, format!(" {} ", self.title));
        if !self.more.is_empty() {
            row = row.say(Role::Text, format!("{} ", self.more));
        }
        let end = crate::domain::text::width(&right) + usize::from(!right.is_empty());
        let room = usize::from(area.width).saturating_sub(row.width() + end).max(1);
        row = row.say(Role::Rule, line.repeat(room));
        if !right.is_empty() {
            row = row.say(Role::Quiet, right).say(Role::Rule, line);
        }
        row.draw(buf, area, theme);
    }
}
