//! A bundle: one incident in one file, a plain uncompressed tar with a SHA256SUMS, for USB sticks and chat.

mod check;
mod layout;
mod read;
mod scratch;
mod sums;
mod take;
mod write;

pub use check::check;
pub use layout::{BUNDLE_MAX, CHAIN_MAX, MEMBERS_MAX, SIGNERS_MAX};
pub use take::{Chain, Imported, import};
pub use write::{Exported, export, struck};
