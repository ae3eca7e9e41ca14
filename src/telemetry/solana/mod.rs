//! Solana JSON-RPC: health, slots by commitment, stake that votes, versions by stake, performance, block production.

mod answer;
mod cluster;
mod parse;
mod rooted;
mod source;

pub use answer::{Round, answer};
pub use cluster::{Cluster, Stakes, cluster, vote_accounts};
pub use parse::{Epoch, Production, Sample};
pub use parse::{block_production, epoch, genesis, health_words, identity, samples, slot, version};
pub use rooted::{EVERY, block_hash};
pub use source::Solana;
