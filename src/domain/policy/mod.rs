//! Who may do what: one table of rules, asked by commands before they are obeyed and by the fold for every entry.
//! PURE. Must not know keys and signatures: whose word an entry is, is another question.

mod access;
mod authority;
mod deed;
mod denial;
mod refused;
mod rosters;
mod takeover;

pub(crate) use access::may_raise;
pub use access::{BREAK_GLASS_MAX, BREAK_GLASS_USUAL, Raise};
pub use authority::{Authority, may_correct, may_hold, may_pin};
pub use deed::{Deed, RULES, Rule};
pub use denial::Denial;
pub use refused::{KEPT, REFUSED_BY_ALL, REFUSED_BY_ONE, REFUSED_WITHIN, attempt};
pub use rosters::Rosters;
pub use takeover::{Takeover, takeover};
