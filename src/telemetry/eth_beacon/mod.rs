//! Ethereum Beacon API: lighthouse, prysm, teku, nimbus, lodestar, grandine.

mod answer;
mod events;
mod parse;
mod source;
mod stream;

pub use answer::{Round, answer};
pub use events::{Event, Events};
pub use parse::{
    Finality, Header, Spec, SyncState, finality, genesis_time, header, inclusion_pct, peers, spec, sync_state, version,
};
pub use source::EthBeacon;
