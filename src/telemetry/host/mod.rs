//! This machine: processor, memory, disks, network, descriptors, load, uptime.

mod clock;
mod disks;
mod probe;
mod waits;

pub use clock::{Discipline, chrony_ms, timesync_ms};
pub use disks::{Mount, fullest, writable_disks};
pub use probe::{Host, RATE_WAIT};
pub use waits::Waits;
