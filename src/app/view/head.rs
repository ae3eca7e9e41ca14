//! The first line: what this is, how bad, since when, who commands; and the lines that are pinned under it.

use crate::app::view::tone::Said;
use crate::domain::text::Shown;

/// The first line and what is pinned under it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The incident's title in capitals, or the program's name.
    pub title: Shown,
    /// What follows the title, the most important first; a narrow screen leaves out the last ones.
    pub facts: Vec<Said>,
    /// `DRILL 10x`, `DRILL paused`; empty outside a drill.
    pub drill: Shown,
    /// The time, UTC: to the second in an incident, to the minute on a quiet day.
    pub clock: Shown,
    /// Standing orders with who and when.
    pub orders: Vec<Said>,
    /// What is wrong with our own eyes or disk: unsaved entries, a stale view, damaged chains, unreadable files.
    pub alarms: Vec<Said>,
}
