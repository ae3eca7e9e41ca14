//! Log files: followed through rotation, truncation and absence; lines that match patterns are counted.

mod follow;
mod source;

pub use follow::{Follow, LINE_LIMIT, Look, ROUND_BYTES};
pub use source::Log;
