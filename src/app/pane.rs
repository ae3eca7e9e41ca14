//! The four panes by name. Must not know where they stand or what is in them.

/// One of the four panes under the strip.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pane {
    /// What is measured and reported.
    #[default]
    Health,
    /// What happened.
    Timeline,
    /// Who does what.
    Roster,
    /// The active runbook step.
    Runbook,
}

impl Pane {
    /// All, in the order of their numbers.
    pub const ALL: [Self; 4] = [Self::Health, Self::Timeline, Self::Roster, Self::Runbook];

    /// The key that goes there: 1 to 4.
    #[must_use]
    pub const fn number(self) -> usize {
        self as usize + 1
    }

    /// Its title.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Health => "health",
            Self::Timeline => "timeline",
            Self::Roster => "roles",
            Self::Runbook => "runbook",
        }
    }

    /// The next one, round and round.
    #[must_use]
    pub const fn next(self) -> Self {
        Self::ALL[(self as usize + 1) % 4]
    }

    /// The one before, round and round.
    #[must_use]
    pub const fn prev(self) -> Self {
        Self::ALL[(self as usize + 3) % 4]
    }
}
