//! Practice: a scenario, its own time, simulated nodes and peers, and what the players do. Nothing real runs here.

mod chain;
mod chains;
mod chance;
mod clock;
mod curve;
pub mod folder;
mod moves;
mod operators;
mod play;
mod rehearsal;
pub mod scenario;
mod schedule;
pub mod score;
pub mod simulation;
mod stage;

pub use chain::{Block, Chain, ChainPlan};
pub use clock::{DrillClock, FASTEST, Pace, Speed};
pub use curve::{Curve, Mark, Mode};
pub use play::{FACILITATOR, Plan, Played, play};
pub use rehearsal::{RecordedEnd, recorded_end};
pub use schedule::{DrillOutput, Happening, Schedule};
pub use stage::{Stage, StageStatus};
