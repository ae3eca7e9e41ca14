//! What an incident answers to a command: the events it leads to, or a refusal with the reason as a sentence.

mod access;
mod check;
mod disclosure;
mod matter;
mod rejection;
mod role;
mod run;
mod words;

pub use check::{MAX_WORDS, decide};
pub use disclosure::{UNNAMED, usual_disclosure};
pub use rejection::{Refusal, Rejection};
