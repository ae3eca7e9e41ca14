//! CometBFT (and Tendermint) RPC: height, rounds and votes, peers, pool, own validator, the chain's planned upgrade.

mod answer;
mod ask;
mod clients;
mod deadlines;
mod parse;
mod plan;
mod protobuf;
mod round_state;
mod signed;
mod source;

pub use answer::{PeerRounds, Round, answer};
pub use clients::{CLIENTS, Client, ask_clients, ask_header, clients, header_time, unbonding_s};
pub use parse::{Header, Net, Status, failed_txs, headers, net, pending, status, validators};
pub use plan::{Plan, plan};
pub use round_state::{Roll, RoundState, consensus_state, dump_consensus_state, join};
pub use signed::{Signed, signed_by};
pub use source::Cometbft;
