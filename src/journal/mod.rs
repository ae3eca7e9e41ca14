//! Entries on disk: format, chain, hybrid clock, writer, reader, merge, verify; and the files beside the log.

mod chain;
mod chain_file;
mod claim;
mod clock;
mod disk;
mod encode;
mod fault;
mod flusher;
mod format;
mod ledger;
mod limits;
mod name;
mod reader;
mod scan;
mod strict;
mod teller;
mod writer;

pub use chain::{Hash, Head};
pub use clock::HybridClock;
pub use disk::{Disk, RealDisk};
pub use encode::{EncodeError, encode_line};
pub use fault::{Fault, Note};
pub use format::{LineError, parse_line};
pub use limits::{
    BATCH_BYTES_MAX, CHAINS_MAX, CLOSE_LIMIT, ENTRIES_MAX, HELD_BYTES_MAX, HELD_MAX, INTEGER_MAX, LINE_MAX, NAME_MAX,
    RETRY_FIRST, RETRY_MOST, SEEN_MAX, TELL_HELD_AFTER,
};
pub use name::{decode_name, encode_name, internal_name, writer_name};
pub use reader::{Loaded, load};
pub use writer::{AppendError, Durability, Journal, JournalEvent, OpenError, OpenOptions, Ticket};
