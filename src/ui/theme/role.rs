//! The roles of text on the screen. A pane says what a text is; only a theme says how that looks.

use ratatui::style::Style;

macro_rules! roles {
    ($($(#[$doc:meta])* $role:ident = $name:literal),+ $(,)?) => {
        /// What a piece of text is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Role { $($(#[$doc])* $role),+ }

        impl Role {
            /// Every role.
            pub const ALL: &'static [Self] = &[$(Self::$role),+];

            /// As theme files write it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$role => $name),+ }
            }
        }
    };
}

roles! {
    /// The incident's title.
    Title = "title",
    /// Ordinary text.
    Text = "text",
    /// Healthy, past, or less important.
    Quiet = "quiet",
    /// FAILING, DOING, NEXT.
    Label = "label",
    /// Within limits.
    Ok = "ok",
    /// Out of a limit, not by much or not for long.
    Warn = "warn",
    /// Failing.
    Bad = "bad",
    /// Not known, or stale.
    Unknown = "unknown",
    /// Due now or soon.
    Due = "due",
    /// Others' word, not our measure.
    Reported = "reported",
    /// The focused pane's title.
    Focus = "focus",
    /// Rule lines and other panes' titles.
    Rule = "rule",
    /// The name of a key.
    Key = "key",
    /// What a key does.
    Hint = "hint",
    /// What is being typed.
    Input = "input",
    /// The letters of a suggestion that were typed.
    Match = "match",
    /// Not seen before.
    New = "new",
    /// The exact command of a step.
    Command = "command",
    /// Corrected or struck out.
    Struck = "struck",
    /// The mark of a drill.
    Drill = "drill",
    /// A standing order.
    Order = "order",
    /// Not yet on disk.
    Unsaved = "unsaved",
}

/// A style for every role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    /// Its name, as the configuration writes it.
    pub name: String,
    pub(super) styles: Vec<Style>,
}

impl Theme {
    /// How a role looks.
    #[must_use]
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(role as usize).copied().unwrap_or_default()
    }
}
