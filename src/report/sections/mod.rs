//! The sections of a post-mortem, one or a few to a file, in the order in which they are read.

mod causes;
mod clocks;
mod command;
mod head;
mod loose;
mod runs;
mod seen;
mod timeline;
mod words;

pub(super) use causes::{causes, lessons};
pub(super) use clocks::clocks;
pub(super) use command::{decisions, roles, tasks};
pub(super) use head::{about, head, summary};
pub(super) use loose::{actions, open_questions};
pub(super) use runs::runs;
pub(super) use seen::{detection, impact, recovery, scope};
pub(super) use timeline::timeline;
pub(super) use words::words;
