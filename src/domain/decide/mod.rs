//! What an incident answers to a command: the events it leads to, or a refusal with the reason as a sentence.

mod check;
mod matter;
mod rejection;
mod role;
mod run;
mod words;

pub use check::decide;
pub use rejection::{Refusal, Rejection};
