//! What a text means, for whoever draws it; never a colour.

use crate::domain::event::NodeState;
use crate::domain::text::Shown;

/// What a text means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Ordinary.
    #[default]
    Plain,
    /// Healthy, past, less important.
    Quiet,
    /// Within limits.
    Ok,
    /// Out of a limit, not by much or not for long.
    Warn,
    /// Failing.
    Bad,
    /// Not known, or stale.
    Unknown,
    /// Due now or soon.
    Due,
    /// Others' word.
    Reported,
}

impl Tone {
    /// The tone of a node's state.
    #[must_use]
    pub const fn of(state: NodeState) -> Self {
        match state {
            NodeState::Ok => Self::Ok,
            NodeState::Warn => Self::Warn,
            NodeState::Bad => Self::Bad,
            NodeState::Unknown | NodeState::Stale => Self::Unknown,
        }
    }
}

/// One sentence, and the same in fewer words for a narrow screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// What it means.
    pub tone: Tone,
    /// The sentence.
    pub text: Shown,
    /// In fewer words; empty when there are none.
    pub short: Shown,
}

impl Said {
    /// A sentence that has no shorter form.
    #[must_use]
    pub fn new(tone: Tone, text: impl Into<Shown>) -> Self {
        Self { tone, text: text.into(), short: Shown::default() }
    }

    /// The same with a shorter form.
    #[must_use]
    pub fn or(mut self, short: impl Into<Shown>) -> Self {
        self.short = short.into();
        self
    }

    /// The shorter form, where there is one.
    #[must_use]
    pub fn brief(&self) -> &Shown {
        if self.short.is_empty() { &self.text } else { &self.short }
    }
}

/// The sign of a node's state: read before any colour.
#[must_use]
pub const fn sign(state: NodeState) -> &'static str {
    match state {
        NodeState::Ok => "ok",
        NodeState::Warn => "!",
        NodeState::Bad => "✗",
        NodeState::Unknown => "?",
        NodeState::Stale => "~",
    }
}
