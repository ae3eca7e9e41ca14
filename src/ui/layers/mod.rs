//! What stands above the panes, drawn over them and under the strip, which always stays in sight.

mod confirm;
mod help;
mod palette;
mod reader;
mod sheet;

pub use help::help_text;
pub(super) use sheet::draw;
use sheet::{input, place};
