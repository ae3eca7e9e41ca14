//! What a reader sees of one node: state and reasons from the judge, values with age and source from the board.
//! The console, `watch` and exports read the same view.

use super::ring::Ring;
use crate::domain::event::NodeState;
use crate::domain::id::NodeId;
use crate::domain::observation::{Fact, Failure, Family, Reading, Value};
use crate::domain::signal::SignalId;
use crate::domain::time::{At, Span};
use crate::domain::votes::Votes;
use crate::domain::watch::NodeSpec;

/// One node, measured by us (what peers report never stands here).
#[derive(Clone, Debug)]
pub struct NodeView<'a> {
    /// What it is.
    pub spec: &'a NodeSpec,
    /// How it stands.
    pub state: NodeState,
    /// What it is judged by; empty when all is well.
    pub signal: String,
    /// The reasons, in sentences.
    pub why: Vec<String>,
    /// Since when it stands so; `None` when all is well.
    pub since: Option<At>,
    /// When it was last heard of, well or not.
    pub heard: Option<At>,
    /// Why the latest round gave nothing.
    pub failure: Option<&'a Failure>,
    /// Its latest values, in catalogue order.
    pub signals: Vec<SignalView<'a>>,
    /// Who had voted when it last answered, where it tells that.
    pub votes: Option<&'a (At, Box<Votes>)>,
    /// What else its family knew of itself then.
    pub facts: &'a [Fact],
}

impl NodeView<'_> {
    /// Its name.
    #[must_use]
    pub const fn id(&self) -> &NodeId {
        &self.spec.id
    }

    /// What kind of node it is.
    #[must_use]
    pub const fn family(&self) -> Family {
        self.spec.family
    }

    /// One of its values.
    #[must_use]
    pub fn get(&self, signal: SignalId) -> Option<&SignalView<'_>> {
        self.signals.iter().find(|s| s.signal == signal)
    }
}

/// One value with its age and source.
#[derive(Clone, Copy, Debug)]
pub struct SignalView<'a> {
    /// Which signal.
    pub signal: SignalId,
    /// The latest reading.
    pub reading: &'a Reading,
    /// When it was read.
    pub at: At,
    /// Its last half hour, where it is a number.
    pub ring: Option<&'a Ring>,
}

impl SignalView<'_> {
    /// The value.
    #[must_use]
    pub const fn value(&self) -> &Value {
        &self.reading.value
    }

    /// The call that gave it.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.reading.source
    }

    /// How old it is; never negative.
    #[must_use]
    pub fn age(&self, now: At) -> Span {
        now.since(self.at).max(Span::ZERO)
    }
}
