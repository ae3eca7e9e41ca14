//! How the model becomes what the screen says. One file for each part; all of them only read.

mod asks;
mod assemble;
mod doing;
mod entries;
mod failing;
mod head;
mod health;
mod layer;
mod next;
mod relapse;
mod resume;
mod revision;
mod roster;
mod runbook;
mod signing;
mod step;
mod strip;
mod veil;

pub use failing::matters;
pub use relapse::alarm as relapse_alarm;
pub use roster::roles;
pub use signing::words as signing_words;
pub use strip::strip;
