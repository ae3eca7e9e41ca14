//! Ethereum Beacon API: lighthouse, prysm, teku, nimbus, lodestar, grandine.

mod answer;
mod parse;
mod source;

pub use answer::{Round, answer};
pub use parse::{
    Finality, Header, Spec, SyncState, finality, genesis_time, header, inclusion_pct, peers, spec, sync_state, version,
};
pub use source::EthBeacon;
