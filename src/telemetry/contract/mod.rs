//! Contracts on EVM chains: calls, failed calls, events and a value, counted from blocks as they come.

mod abi;
mod parse;
mod source;
mod tally;

pub use abi::{selector, topic};
pub use parse::{Block, Call, block_calls, failed, log_topics, word};
pub use source::{Contract, EVERY_S};
