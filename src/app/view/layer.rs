//! What stands above the panes: help, command line, question, a text to read.

use crate::domain::text::Shown;

/// The top layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LayerView {
    /// The keys; made from the key map by whoever draws.
    Help {
        /// Rows scrolled.
        scroll: usize,
    },
    /// The command line.
    Palette(PaletteView),
    /// A question.
    Confirm(ConfirmView),
    /// A text to read.
    Reader {
        /// What it is.
        title: Shown,
        /// Its lines.
        lines: Vec<Shown>,
        /// Rows scrolled.
        scroll: usize,
        /// Words that are looked for in it, in small letters; their lines are marked.
        sought: Shown,
    },
}

/// A line that is being written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineView {
    /// Before the cursor.
    pub before: Shown,
    /// From the cursor on.
    pub after: Shown,
}

/// The command line with its suggestions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PaletteView {
    /// What was typed.
    pub line: LineView,
    /// The verbs that fit, best first.
    pub suggestions: Vec<SuggestionRow>,
    /// Which one is chosen.
    pub chosen: usize,
    /// The line begins with this whole verb: how it is used, and what it does.
    pub usage: Option<(Shown, Shown)>,
    /// Why the line was refused.
    pub refused: Option<Shown>,
}

/// One suggestion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuggestionRow {
    /// The verb.
    pub verb: &'static str,
    /// Which of its characters were typed.
    pub letters: Vec<usize>,
    /// What follows it.
    pub args: &'static str,
    /// What it does.
    pub help: &'static str,
}

/// A question before something is done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfirmView {
    /// What will be done, line by line.
    pub says: Vec<Shown>,
    /// The name that must be typed, for what cannot be taken back, and what was typed.
    pub typed: Option<(Shown, LineView)>,
}
