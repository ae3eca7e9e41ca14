//! Looking for nodes on this machine's usual ports: what answers is identified by a real call, and all is said in words.

mod identify;
mod ports;
mod search;

pub use ports::{Candidate, usual};
pub use search::{DiscoveryReport, PROBE_LIMIT, discover, discover_on};
