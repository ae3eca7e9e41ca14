//! Every limit of the log in one place: the number, why, and what happens there.
//! Must not know of anything else.

use std::time::Duration;

/// Longest line, newline included. A longer new entry is refused before anything is written; a longer line read is a fault.
pub const LINE_MAX: usize = 64 * 1024;

/// Room in a line that is kept for the envelope, `seen` and a later signature; what the caller brings must fit the rest.
pub(super) const ENVELOPE_ROOM: usize = 10 * 1024;

/// First integer that a log may not hold: beyond it other readers of JSON round. A new entry with one is refused.
pub const INTEGER_MAX: u64 = 1 << 53;

/// Most heads of other writers in one line; the others follow in the next lines.
pub const SEEN_MAX: usize = 32;

/// Longest name of a writer in full; a file with a longer one, or with characters that no writer has, is a fault and not read.
pub const WRITER_MAX: usize = 200;

/// Most entries that wait for the disk. At the limit new ones are refused with the disk's reason.
pub const HELD_MAX: usize = 4096;

/// Most bytes that wait for the disk. At the limit new entries are refused with the disk's reason.
pub const HELD_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Most bytes in one write and fdatasync; what is left goes with the next.
pub const BATCH_BYTES_MAX: usize = 1024 * 1024;

/// Most chains of one person on one host in one incident. At the limit the log cannot be opened, and says which names it tried.
pub const CHAINS_MAX: u32 = 64;

/// Most entries read of one incident; beyond it reading stops with a fault.
pub const ENTRIES_MAX: usize = 1_000_000;

/// How long after a failed write the disk is tried again; doubled after each failure up to [`RETRY_MOST`] or [`RETRY_CHAIN_MOST`].
pub const RETRY_FIRST: Duration = Duration::from_millis(500);

/// Longest time between two tries of a disk that fails.
pub const RETRY_MOST: Duration = Duration::from_secs(2);

/// Longest time between two tries that each begin a new chain (the disk takes writes and fails to sync them).
pub const RETRY_CHAIN_MOST: Duration = Duration::from_secs(60);

/// How long an entry may wait for the disk before it is told as held instead of synced.
pub const TELL_HELD_AFTER: Duration = Duration::from_millis(20);

/// How long closing waits for a disk that hangs; then it is left behind.
pub const CLOSE_LIMIT: Duration = Duration::from_secs(5);
