//! The console's signing desk: hands the journal a session key at once, and has the own key sign delegations, approvals and
//! checkpoints on a thread of its own, one after the other, so that no key press ever waits for a touch.

mod case;
mod front;
mod orders;
mod worker;

pub use front::{SigningDesk, Told, Wanted};
