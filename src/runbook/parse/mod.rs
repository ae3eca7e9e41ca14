//! Markdown with front matter in, a runbook or every fault out. Bounded, and never panics whatever the bytes are.

mod attrs;
mod body;
mod choices;
mod document;
mod front;
mod step;

pub use document::{MAX_FILE_BYTES, parse};
pub use step::{DEFAULT_DEADLINE, DEFAULT_EVERY, DEFAULT_RUN_TIMEOUT, DEFAULT_TIMEOUT, MIN_EVERY};
