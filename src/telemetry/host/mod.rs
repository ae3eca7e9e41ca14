//! This machine: processor, memory, disks, network, descriptors, load, uptime.

mod disks;
mod probe;

pub use disks::{Mount, fullest, writable_disks};
pub use probe::{Host, RATE_WAIT};
