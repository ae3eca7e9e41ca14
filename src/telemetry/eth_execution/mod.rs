//! Ethereum execution JSON-RPC: geth, reth, nethermind, besu, ethereumjs, anvil, hardhat, ganache.

mod answer;
mod crowd;
mod parse;
mod source;

pub use answer::{Round, answer};
pub use crowd::{Crowd, Receipt, receipts};
pub use parse::{Block, Forks, Syncing, TxPool, besu_pool, block, forks, quantity, syncing, text, txpool};
pub use source::EthExecution;
