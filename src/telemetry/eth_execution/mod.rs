//! Ethereum execution JSON-RPC: geth, reth, nethermind, besu, ethereumjs, anvil, hardhat, ganache.

mod answer;
mod parse;
mod source;

pub use answer::{Round, answer};
pub use parse::{Block, Syncing, TxPool, block, quantity, syncing, text, txpool};
pub use source::EthExecution;
