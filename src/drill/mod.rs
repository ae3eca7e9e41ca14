//! Practice: a scenario, its own time, simulated nodes and peers, and what the players do. Nothing real runs here.

mod chain;
mod chance;
mod clock;
mod curve;

pub use clock::{DrillClock, FASTEST, Pace, Speed};
