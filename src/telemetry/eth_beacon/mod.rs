//! Ethereum Beacon API: lighthouse, prysm, teku, nimbus, lodestar, grandine.

mod answer;
mod ask;
mod duties;
mod events;
mod own;
mod parse;
mod slots;
mod source;
mod stream;

pub use answer::{Round, answer};
pub use duties::{Duty, duties, liveness, registry};
pub use events::{Event, Events};
pub use own::Live;
pub use parse::{
    Finality, Header, Spec, SyncState, finality, genesis_time, header, inclusion_pct, peer_ids, peers, spec,
    sync_state, version,
};
pub use slots::{Leader, Passed, Slots};
pub use source::EthBeacon;
