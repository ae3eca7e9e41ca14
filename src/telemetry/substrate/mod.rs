//! Substrate (Polkadot and kin) JSON-RPC: best and finalized block, GRANDPA's round, health, peers, pool, runtime.

mod answer;
mod parse;
mod source;

pub use answer::{Round, answer};
pub use parse::{Header, Health, Runtime, SyncState};
pub use parse::{count, grandpa, header, health, peer_bests, runtime, sync_state, text, timestamp_ms};
pub use source::Substrate;
