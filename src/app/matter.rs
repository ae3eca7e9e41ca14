//! What a FAILING line is about, so that a key can go from the line to its evidence. Must not know how it is told.

use crate::domain::id::NodeId;
use crate::domain::time::At;

/// One line of FAILING.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Matter {
    /// Our own eyes: nothing was measured, or nobody answers.
    View,
    /// A fault of one or several own nodes, by one rule.
    Fault {
        /// What they are judged by: a signal's name, or `reachability`.
        signal: String,
        /// Which, in the order of the line.
        nodes: Vec<NodeId>,
        /// The first bad sample of the oldest.
        since: Option<At>,
    },
    /// Alerts of one name that fire.
    Alert(String),
    /// Where the trouble is.
    Scope,
    /// The incident's log is damaged.
    Log,
}
