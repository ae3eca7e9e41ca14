//! What a key asks for. Console-only things stand here; everything that ends in the log is a verb of the palette.

use crate::app::pane::Pane;

/// What a key press means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Leave the console.
    Leave,
    /// Move between panes.
    Pane(PaneKey),
    /// Move the cursor of the focused pane or of the top layer.
    Scroll(Scroll),
    /// Open something over the panes.
    Open(Opening),
    /// Ask for the words of a verb of the palette (by its name), then do it.
    Compose(&'static str),
    /// The active runbook step.
    Step(StepKey),
    /// The drill's clock.
    Drill(DrillKey),
    /// The top layer.
    Layer(LayerKey),
    /// The line that is being written.
    Edit(EditKey),
}

/// Moves between panes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaneKey {
    /// The next pane.
    Next,
    /// The one before.
    Prev,
    /// That one.
    Go(Pane),
    /// The focused one alone, or all again.
    Zoom,
}

/// Moves within a pane or layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scroll {
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// To the first row.
    First,
    /// To the last row.
    Last,
}

/// Things that open over the panes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// The keys.
    Help,
    /// The command line with its suggestions.
    Palette,
    /// All that is known of the row under the cursor.
    Detail,
    /// What the active step's command wrote.
    Output,
    /// The run so far, turn by turn.
    SoFar,
    /// The runbooks there are.
    Runbooks,
    /// What proves the FAILING lines.
    Evidence,
    /// The runbooks that fit what fails.
    Suggested,
}

/// What can be done with the active step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKey {
    /// Run it, confirm it, answer it: whatever it waits for.
    Go,
    /// Once more.
    Retry,
    /// Leave it out, with a reason.
    Skip,
    /// Take back what was done, with a reason.
    RollBack,
    /// Stop the command that runs.
    Stop,
}

/// The drill's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DrillKey {
    /// Stop the clock, or let it run.
    Pause,
    /// Twice as fast.
    Faster,
    /// Half as fast.
    Slower,
    /// A minute back, to look only.
    Back,
    /// A minute on.
    Forward,
}

/// What can be done with the top layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerKey {
    /// Away with it, nothing done.
    Close,
    /// Yes; run it; send it.
    Accept,
    /// The next field or suggestion.
    Next,
    /// The one before.
    Prev,
    /// Take the suggestion into the line.
    Complete,
}

/// Changes to the line that is being written; printable keys go in by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditKey {
    /// The character before the cursor; on an empty line the layer closes.
    Erase,
    /// The character under the cursor.
    Delete,
    /// The word before the cursor.
    EraseWord,
    /// The whole line.
    Clear,
    /// Cursor left.
    Left,
    /// Cursor right.
    Right,
    /// Cursor to the beginning.
    Home,
    /// Cursor to the end.
    End,
}
