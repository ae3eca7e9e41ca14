//! The imperative shell: event loop, terminal, effects, processes, clock, signals, paths.

pub mod clock;
pub mod paths;
pub mod supervisor;
