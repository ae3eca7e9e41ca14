//! What happened, newest first: one line for each entry, corrected and struck ones shown as such.

use crate::app::view::tone::{Said, Tone};
use crate::domain::text::Shown;

/// The timeline pane.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    /// Entries, newest first; at most as many as a screen could show around the cursor.
    pub rows: Vec<EntryRow>,
    /// How many newer entries are left out before the first row.
    pub skipped: usize,
    /// How many entries there are in all.
    pub total: usize,
    /// Entries of others that nobody here has looked at.
    pub unread: usize,
    /// The last outward statement.
    pub said: Option<Said>,
    /// What would fill the pane, when it is empty.
    pub hint: Option<Said>,
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryRow {
    /// When it happened: `03:13:58`.
    pub time: Shown,
    /// Who acted; `tool` for the program.
    pub who: Shown,
    /// What it says.
    pub text: Shown,
    /// Its name, `alice@bastion/7`, for `amend` and `strike`.
    pub name: Shown,
    /// What it means.
    pub tone: Tone,
    /// Nobody here has looked at it.
    pub unread: bool,
    /// Struck out, or its words were corrected.
    pub corrected: Option<&'static str>,
}
