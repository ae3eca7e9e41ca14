//! Entries on disk: format, chain, hybrid clock, writer, reader, merge, verify; and the files beside the log.

mod allowed;
mod chain;
mod chain_file;
mod checked;
mod claim;
mod clock;
mod disk;
mod encode;
mod fault;
mod flusher;
mod follow;
mod forks;
mod format;
mod incidents;
mod ledger;
mod limits;
mod lines;
mod name;
mod outputs;
mod quick;
mod reader;
mod replica;
mod samples;
mod scan;
mod seal;
mod strict;
mod tail;
mod teller;
mod verify;
mod verify_heads;
mod verify_seals;
mod witness;
mod writer;

pub use crate::domain::writer_name::{NAME_MAX, decode_name, encode_name};
pub use allowed::{
    ALLOWED_SIGNERS, AllowedSigner, allowed_signers, keep_allowed_signers, load_anchor, read_allowed_signers,
};
pub use chain::{Hash, Head};
pub use checked::{CHECK_AT_ONCE, check_rest, load_checked, load_looking, witness_faults};
pub use clock::HybridClock;
pub use disk::{Disk, RealDisk};
pub use encode::{EncodeError, encode_line};
pub use fault::{Fault, Note, name_of};
pub use follow::{FOLLOW_BATCH_MAX, Followed, Follower, POLL_UNWATCHED, POLL_WATCHED};
pub use forks::{FORKS_MAX, forks, keep_fork, write_new};
pub use format::{LineError, parse_line};
pub use incidents::{
    FolderError, SAME_SLUG_MAX, SLUG_MAX, create_incident, create_incident_on, incident_folder, is_incident_id,
    list_incidents, slug,
};
pub use limits::{
    BATCH_BYTES_MAX, CHAINS_MAX, CLOSE_LIMIT, ENTRIES_MAX, HELD_BYTES_MAX, HELD_MAX, INTEGER_MAX, LINE_MAX,
    RETRY_CHAIN_MOST, RETRY_FIRST, RETRY_MOST, SEEN_MAX, TELL_HELD_AFTER, WRITER_MAX,
};
pub use lines::{Lines, Opening, is_shared_writer, opening_line, shared_chains};
pub use name::{internal_name, writer_name};
pub use outputs::{OUTPUT_MAX, OutputError, load_kept, load_output, store_output};
pub use reader::{Loaded, load};
pub use replica::{Replica, ReplicaError};
pub use samples::{SAMPLES_FILE_MAX, SAMPLES_KEPT, SAMPLES_READ_MAX, SampleFile, Samples, read_samples};
pub use scan::Place;
pub use seal::{LineSigner, sign_line};
pub use verify::{ChainReport, Report, verify};
pub use witness::Witness;
pub use writer::{AppendError, Durability, Journal, JournalEvent, OpenError, OpenOptions, Ticket};
