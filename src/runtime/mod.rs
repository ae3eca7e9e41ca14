//! The imperative shell: event loop, terminal, effects, processes, clock, signals, paths.

pub mod books;
pub mod clock;
pub mod console;
mod disposable;
pub mod guard;
pub mod judgement;
pub mod paths;
pub mod peer_watch;
pub mod recorder;
pub mod rehearsal;
pub mod shellcheck;
pub mod signing;
pub mod standings;
pub mod steps;
pub mod supervisor;
pub mod terminal;
pub mod trusted;
