//! Bitcoin JSON-RPC (Bitcoin Core, bcoin, btcd): chain, tips, pool, peers, statistics.

mod answer;
mod parse;
mod peers;
mod source;

pub use answer::{Round, answer, timing};
pub use parse::{BlockStats, Chain, ChainTip, Header, Network, Pool, TxStats};
pub use parse::{block_stats, chain, chain_tips, header, network, pool, tx_stats};
pub use peers::{Peers, peers};
pub use source::Bitcoin;
