//! The situation strip: FAILING, DOING, NEXT in plain words. The product in three lines; everything else is detail.

use crate::app::view::tone::Said;

/// The three lists of sentences.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Strip {
    /// Nothing fails and nobody does anything: one line instead of three.
    pub quiet: Option<Said>,
    /// What is broken, since when, local or network-wide, with the evidence.
    pub failing: Vec<Said>,
    /// The active steps and tasks, who holds them, how long.
    pub doing: Vec<Said>,
    /// What is due.
    pub next: Vec<Said>,
}
