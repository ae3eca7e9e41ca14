//! Other operators: their status documents, read, checked and never mixed with what we measured.

mod check;
mod document;
mod drop_folder;
mod envelope;
mod memory;
pub mod model;
mod report;
mod set;
mod signature;
mod view;

pub use check::{Expected, Receipt, check};
pub use document::{Document, NodeReport, RolloutReport, RunbookReport};
pub use drop_folder::{Dropped, MAX_FILES, read_folder, read_status_file};
pub use envelope::{Envelope, MAX_DOCUMENT};
pub use memory::Memory;
pub use report::{PeerFault, PeerReport, Trust};
pub use set::PeerSet;
pub use signature::{DRILL_NAMESPACE, NAMESPACE};
