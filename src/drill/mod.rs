//! Practice: a scenario, its own time, simulated nodes and peers, and what the players do. Nothing real runs here.

mod chain;
mod chance;
mod clock;
mod curve;
mod operators;
pub mod scenario;
mod schedule;
pub mod simulation;
mod stage;

pub use chain::{Block, Chain, ChainPlan};
pub use clock::{DrillClock, FASTEST, Pace, Speed};
pub use curve::{Curve, Mark, Mode};
pub use schedule::{DrillOutput, Happening, Schedule};
pub use stage::{Stage, StageStatus};
