//! Where a key is looked up, and in which order. Must not know what an action does.

use super::action::Action;
use super::key::Key;
use super::table::TABLE;
use crate::app::pane::Pane;

/// Where a binding holds. A layer takes all keys; panes add theirs to those that hold everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Context {
    /// No layer is open.
    Everywhere,
    /// A drill is being played and no layer is open.
    Drill,
    /// That pane is focused and no layer is open.
    Pane(Pane),
    /// The help screen.
    Help,
    /// The palette.
    Palette,
    /// A few things to choose from.
    Pick,
    /// A question with yes and no.
    Confirm,
    /// A question that is answered by typing the name of what will be lost.
    Typed,
    /// A text to read: a step's output, a row's details.
    Reader,
}

impl Context {
    /// Every context, as the help screen orders them.
    pub const ALL: [Self; 12] = [
        Self::Everywhere,
        Self::Pane(Pane::Health),
        Self::Pane(Pane::Timeline),
        Self::Pane(Pane::Roster),
        Self::Pane(Pane::Runbook),
        Self::Drill,
        Self::Palette,
        Self::Pick,
        Self::Confirm,
        Self::Typed,
        Self::Reader,
        Self::Help,
    ];

    /// As the help screen calls it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Everywhere => "everywhere",
            Self::Drill => "in a drill",
            Self::Pane(Pane::Health) => "1 health",
            Self::Pane(Pane::Timeline) => "2 timeline",
            Self::Pane(Pane::Roster) => "3 roles",
            Self::Pane(Pane::Runbook) => "4 runbook",
            Self::Help => "help",
            Self::Palette => "command line",
            Self::Pick => "choosing",
            Self::Confirm => "yes or no",
            Self::Typed => "type the name",
            Self::Reader => "reading",
        }
    }
}

/// One row of the key map.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// Where it holds.
    pub context: Context,
    /// The keys that mean it, the one to be shown first.
    pub keys: &'static [Key],
    /// What it means.
    pub action: Action,
    /// In a word or two, for the key line.
    pub hint: &'static str,
    /// In a sentence, for the help screen.
    pub help: &'static str,
    /// Whether the key line shows it.
    pub on_line: bool,
}

/// The bindings of one context, in the table's order.
pub fn bindings(context: Context) -> impl Iterator<Item = &'static Binding> {
    TABLE.iter().filter(move |b| b.context == context)
}

/// Finds a key in the first of `contexts` that knows it.
#[must_use]
pub fn lookup(contexts: &[Context], key: Key) -> Option<&'static Binding> {
    contexts.iter().find_map(|&c| bindings(c).find(|b| b.keys.contains(&key)))
}

/// The key to name in a sentence such as "declare: d", where the action has one.
#[must_use]
pub fn key_for(action: Action) -> Option<Key> {
    TABLE.iter().find(|b| b.action == action).and_then(|b| b.keys.first().copied())
}
