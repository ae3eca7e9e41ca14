//! Text that came from outside, made fit to be seen: one sanitiser and the measuring of columns.
//! Screens, plain lines, drafts and messages after exit all go through here. Must not know of colours or widgets.

mod columns;
mod forbidden;
mod nearest;
mod shown;

pub use columns::{graphemes, pad_left, pad_right, truncate, width, wrap, wrap_set_in};
pub use forbidden::is_forbidden;
pub use nearest::nearest;
pub use shown::{LINE_COLUMNS, MARKS_PER_BASE, Shown, TAB_COLUMNS};
