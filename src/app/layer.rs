//! What can stand above the panes. One list of them, the top one gets the keys: no two flags that contradict.

use tui_input::Input;

use crate::app::matter::Matter;
use crate::domain::event::{StepFinished, StepStarted};
use crate::domain::id::{RunId, RunbookId, StepId};

/// Something above the panes.
#[derive(Clone, Debug, PartialEq)]
pub enum Layer {
    /// The keys.
    Help {
        /// Rows scrolled.
        scroll: usize,
    },
    /// The command line with its suggestions; a key such as `n` opens it with the verb already there.
    Palette {
        /// What was typed.
        input: Line,
        /// The suggestion under the cursor.
        chosen: usize,
        /// Why the last attempt was refused.
        refused: Option<String>,
    },
    /// A few things to choose from: FAILING lines, runbooks that are suggested.
    Pick(Pick),
    /// A question with yes and no, perhaps with a name to type.
    Confirm(Confirm),
    /// A text to read.
    Reader {
        /// What it is.
        title: String,
        /// The text, untrusted.
        lines: Vec<String>,
        /// Rows scrolled.
        scroll: usize,
    },
}

/// A few things to choose from.
#[derive(Clone, Debug, PartialEq)]
pub struct Pick {
    /// What is chosen.
    pub title: String,
    /// Each with the lines that tell it, untrusted; never empty.
    pub rows: Vec<(Vec<String>, Picked)>,
    /// The one under the cursor.
    pub chosen: usize,
}

/// What a choice opens.
#[derive(Clone, Debug, PartialEq)]
pub enum Picked {
    /// The evidence of a FAILING line, and the line.
    Evidence(Matter, String),
    /// A runbook.
    Runbook(RunbookId),
    /// What this attempt of a step of the run that is shown wrote.
    Output(StepId, u32),
}

/// A line that is being written; two are equal when their text and cursor are.
#[derive(Clone, Debug, Default)]
pub struct Line(pub Input);

impl Line {
    /// A line with a text in it and the cursor behind.
    #[must_use]
    pub fn with(text: &str) -> Self {
        Self(Input::new(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        self.0.value()
    }

    /// The cursor, in characters.
    #[must_use]
    pub fn cursor(&self) -> usize {
        self.0.cursor()
    }
}

impl PartialEq for Line {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text() && self.cursor() == other.cursor()
    }
}

/// A question before something is done.
#[derive(Clone, Debug, PartialEq)]
pub struct Confirm {
    /// What will be done, line by line: command, user, host, folder; it names the digest shown.
    pub says: Vec<String>,
    /// The name that must be typed, for what cannot be taken back.
    pub type_name: Option<String>,
    /// What was typed.
    pub input: Line,
    /// What yes does.
    pub then: Then,
}

/// What a confirmed question does.
#[derive(Clone, Debug, PartialEq)]
pub enum Then {
    /// Run a step's command.
    StartStep(Box<StepStarted>),
    /// A person did it, or said so: both ends of the step at once.
    SettleStep(Box<(StepStarted, StepFinished)>),
    /// Stop the running command.
    StopStep(RunId, StepId, u32),
    /// Give a typed command.
    Say(String),
    /// Leave the console.
    Leave,
}
