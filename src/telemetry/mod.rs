//! Asking nodes: one file or folder for each source, a poller with limits, discovery.

pub mod alertmanager;
pub mod bitcoin;
pub mod cometbft;
pub mod contract;
mod credentials;
mod degrade;
pub mod discovery;
pub mod eth_beacon;
pub mod eth_execution;
mod fault;
pub mod host;
mod http;
pub mod json;
mod kept;
pub mod log;
mod memory;
pub mod pace;
mod poller;
pub mod prometheus;
mod questions;
mod reorg;
mod replies;
pub mod rpc;
mod rpc_link;
mod slo;
pub mod solana;
mod source;
pub mod substrate;
pub mod wire;

pub use credentials::Credentials;
pub use http::{BODY_LIMIT, Http, REQUEST_LIMIT, Reply};
pub use poller::{Desk, Pollers, QUEUE, one_round};
pub use questions::Questions;
pub use replies::Replies;
pub use source::{ROUND_LIMIT, Source};
