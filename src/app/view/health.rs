//! What is measured here, and apart from it what others report: two lists that are never added up.

use crate::app::view::tone::{Said, Tone};
use crate::domain::event::NodeState;
use crate::domain::text::Shown;
use crate::domain::time::At;

/// The health pane.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Health {
    /// What can be said of the network as a whole, with the comparisons behind it.
    pub scope: Vec<Said>,
    /// Watched nodes, own ones first.
    pub nodes: Vec<Node>,
    /// What other operators say of themselves.
    pub peers: Vec<Peer>,
    /// Alerts that fire.
    pub alerts: Vec<Said>,
    /// What would fill the pane, when it is empty, and what discovery found.
    pub hints: Vec<Said>,
}

/// One watched node.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its name.
    pub id: Shown,
    /// `beacon`, `exec`, `host`.
    pub family: &'static str,
    /// Ours; else somebody's that we look at.
    pub mine: bool,
    /// How it stands.
    pub state: NodeState,
    /// Values, the most telling first.
    pub cells: Vec<Cell>,
    /// Seconds since it last answered; `None` when it never did.
    pub age: Option<i64>,
    /// Why it is not well, in sentences.
    pub why: Vec<Shown>,
    /// The last half hour of the value it fails by.
    pub trend: Option<Trend>,
}

/// One value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// `peers`
    pub label: &'static str,
    /// `71`, with its unit.
    pub value: Shown,
    /// Whether it is the one that is out of its limits.
    pub tone: Tone,
}

/// A short history of one value.
#[derive(Clone, Debug, PartialEq)]
pub struct Trend {
    /// What it is: `participation`.
    pub label: &'static str,
    /// When and how much, ascending.
    pub points: Vec<(At, f64)>,
    /// The axis: from, to.
    pub span: (At, At),
    /// The scale's ends with their unit: `2 epochs`, `7 epochs`.
    pub scale: (Shown, Shown),
    /// The newest value with its unit.
    pub now: Shown,
}

/// What an operator reports of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Who.
    pub operator: Shown,
    /// `UNSIGNED`, `STALE`, …; empty when the document is verified.
    pub mark: Shown,
    /// Client and version, height or finality: what they say.
    pub says: Shown,
    /// Share of stake, `14.5 %`; empty when the roster does not tell.
    pub stake: Shown,
    /// Seconds since the document's own time.
    pub age: i64,
    /// `not counted`, and why; empty when it counts.
    pub note: Shown,
    /// What it means.
    pub tone: Tone,
}
