//! Other operators: their status documents, read, checked and never mixed with what we measured.

mod check;
mod document;
mod drop_folder;
mod envelope;
mod fault;
mod memory;
pub mod model;
mod set;
mod signature;

pub use check::{Expected, Receipt, check};
pub use document::read_status;
pub use drop_folder::{Dropped, MAX_FILES, read_folder, read_status_file};
pub use envelope::{Envelope, MAX_DOCUMENT};
pub use fault::PeerFault;
pub use memory::Memory;
pub use set::PeerSet;
