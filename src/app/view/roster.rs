//! Who does what: roles with their holders, handovers under way, tasks, and who is here.

use crate::app::view::tone::Tone;
use crate::domain::id::RoleId;
use crate::domain::text::Shown;

/// The roster pane.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roster {
    /// Roles in the order of the standard list, then the roster's own.
    pub roles: Vec<RoleRow>,
    /// Tasks not answered.
    pub tasks: Vec<TaskRow>,
    /// Whose consoles spoke lately.
    pub here: Vec<Shown>,
    /// What is worth knowing about the roster as a whole.
    pub hint: Option<Shown>,
}

/// One role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleRow {
    /// Its id.
    pub role: RoleId,
    /// Its short name.
    pub name: Shown,
    /// Who holds it, or `nobody`.
    pub holder: Shown,
    /// For how long, or for how long nobody has.
    pub since: Shown,
    /// A handover: `→ bob 0:40`.
    pub offer: Shown,
    /// What it means.
    pub tone: Tone,
}

/// One task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskRow {
    /// Whose.
    pub who: Shown,
    /// What.
    pub text: Shown,
    /// `2:00 left`, `1:10 over`.
    pub left: Shown,
    /// Its entry's name, for `task answer`.
    pub name: Shown,
    /// What it means.
    pub tone: Tone,
}
