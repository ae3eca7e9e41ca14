//! The usual loopback ports of the families. Facts only.

use crate::domain::observation::Family;

/// One place to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The port.
    pub port: u16,
    /// What usually listens there.
    pub family: Family,
    /// Path of a page of metrics; empty for an API.
    pub path: &'static str,
}

const fn api(port: u16, family: Family) -> Candidate {
    Candidate { port, family, path: "" }
}

const fn page(port: u16, path: &'static str) -> Candidate {
    Candidate { port, family: Family::Prometheus, path }
}

/// Every usual place, by family.
#[must_use]
pub const fn usual() -> &'static [Candidate] {
    USUAL
}

const USUAL: &[Candidate] = &[
    // geth, reth, nethermind, besu, anvil, hardhat; erigon and others beside.
    api(8545, Family::EthereumExecution),
    api(8547, Family::EthereumExecution),
    // lighthouse and nimbus, teku, prysm, prysm's older gateway and grandine, lodestar.
    api(5052, Family::EthereumBeacon),
    api(5051, Family::EthereumBeacon),
    api(3500, Family::EthereumBeacon),
    api(4000, Family::EthereumBeacon),
    api(9596, Family::EthereumBeacon),
    api(26657, Family::Cometbft),
    api(9944, Family::Substrate),
    api(9933, Family::Substrate),
    api(8899, Family::Solana),
    // mainnet, testnet, signet, regtest.
    api(8332, Family::Bitcoin),
    api(18332, Family::Bitcoin),
    api(38332, Family::Bitcoin),
    api(18443, Family::Bitcoin),
    api(9090, Family::Prometheus),
    api(9093, Family::Alertmanager),
    // geth; reth; besu; lighthouse; prysm; teku, nimbus and lodestar; CometBFT; Substrate; node_exporter.
    page(6060, "/debug/metrics/prometheus"),
    page(9001, "/metrics"),
    page(9545, "/metrics"),
    page(5054, "/metrics"),
    page(8080, "/metrics"),
    page(8008, "/metrics"),
    page(26660, "/metrics"),
    page(9615, "/metrics"),
    page(9100, "/metrics"),
];
