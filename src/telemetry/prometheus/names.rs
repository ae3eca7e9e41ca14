//! Metrics as signals: names are matched by their ending (namespaces are the operator's to choose) and by label.
//! Facts only where every client of a family means the same by a name.

use super::text::{Metric, metrics};
use crate::domain::observation::{Failure, Family, Reading};
use crate::domain::signal::SignalId;
use crate::telemetry::json::{self, float};

/// What a page gave.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// How many samples it has.
    pub samples: u64,
    /// What could be read off as signals.
    pub readings: Vec<Reading>,
}

/// One name and its signal.
struct Known {
    ending: &'static str,
    label: Option<(&'static str, &'static str)>,
    signal: SignalId,
    family: Option<Family>,
}

const fn known(ending: &'static str, signal: SignalId, family: Family) -> Known {
    Known { ending, label: None, signal, family: Some(family) }
}

const EL: Family = Family::EthereumExecution;
const CL: Family = Family::EthereumBeacon;
const BFT: Family = Family::Cometbft;
const SUB: Family = Family::Substrate;
const BTC: Family = Family::Bitcoin;

/// Endings of metric names, the better one of a signal first. `family: None` counts on a page of unknown kind as well.
const KNOWN: &[Known] = &[
    known("chain_head_block", SignalId::HEIGHT, EL),
    known("blockchain_tree_canonical_chain_height", SignalId::HEIGHT, EL),
    known("ethereum_blockchain_height", SignalId::HEIGHT, EL),
    known("chain_head_finalized", SignalId::FINALIZED_HEIGHT, EL),
    known("ethereum_blockchain_finalized_block", SignalId::FINALIZED_HEIGHT, EL),
    known("chain_head_safe", SignalId::SAFE_HEIGHT, EL),
    known("ethereum_peer_count", SignalId::PEERS, EL),
    known("network_connected_peers", SignalId::PEERS, EL),
    known("p2p_peers", SignalId::PEERS, EL),
    known("txpool_pending", SignalId::TXPOOL_PENDING, EL),
    known("txpool_queued", SignalId::TXPOOL_QUEUED, EL),
    known("transaction_pool_pending_pool_transactions", SignalId::TXPOOL_PENDING, EL),
    known("transaction_pool_queued_pool_transactions", SignalId::TXPOOL_QUEUED, EL),
    known("beacon_head_slot", SignalId::HEIGHT, CL),
    known("beacon_finalized_epoch", SignalId::FINALIZED_EPOCH, CL),
    known("libp2p_peers", SignalId::PEERS, CL),
    known("nbc_peers", SignalId::PEERS, CL),
    known("consensus_latest_block_height", SignalId::HEIGHT, BFT),
    known("consensus_height", SignalId::HEIGHT, BFT),
    known("consensus_rounds", SignalId::ROUND, BFT),
    known("blocksync_syncing", SignalId::CATCHING_UP, BFT),
    known("consensus_fast_syncing", SignalId::CATCHING_UP, BFT),
    known("mempool_size", SignalId::TXPOOL_PENDING, BFT),
    known("p2p_peers", SignalId::PEERS, BFT),
    Known { ending: "block_height", label: Some(("status", "best")), signal: SignalId::HEIGHT, family: Some(SUB) },
    Known {
        ending: "block_height",
        label: Some(("status", "finalized")),
        signal: SignalId::FINALIZED_HEIGHT,
        family: Some(SUB),
    },
    known("number_leaves", SignalId::LEAVES, SUB),
    known("sub_libp2p_peers_count", SignalId::PEERS, SUB),
    known("sub_libp2p_is_major_syncing", SignalId::CATCHING_UP, SUB),
    known("ready_transactions_number", SignalId::TXPOOL_PENDING, SUB),
    known("bitcoin_blocks", SignalId::HEIGHT, BTC),
    known("bitcoin_peers", SignalId::PEERS, BTC),
    known("bitcoin_mempool_size", SignalId::TXPOOL_PENDING, BTC),
    Known { ending: "p2p_peer_count", label: Some(("state", "Connected")), signal: SignalId::PEERS, family: Some(CL) },
];

/// Reads a page: all of it is checked, even where nothing of it is known.
///
/// # Errors
/// The first line that the format forbids, or that it is no text at all.
pub fn page(bytes: &[u8], family: Option<Family>) -> Result<Page, Failure> {
    let text =
        std::str::from_utf8(bytes).map_err(|_| Failure::NotUsable("metrics page: it is not UTF-8 text".to_owned()))?;
    let mut samples = 0_u64;
    let mut found: Vec<Option<(usize, f64)>> = vec![None; KNOWN.len()];
    let mut votes = Participation::default();
    for metric in metrics(text) {
        let metric = metric.map_err(|e| json::refuse(bytes, "metrics page", &e.to_string()))?;
        samples += 1;
        if family == Some(Family::Prometheus) {
            continue;
        }
        votes.look(&metric);
        look(&metric, family, &mut found);
    }
    if samples == 0 {
        return Err(json::refuse(bytes, "metrics page", "it has no samples"));
    }
    let mut readings = Vec::new();
    let mut add = |signal: SignalId, value: f64| {
        if value.is_finite() && !readings.iter().any(|r: &Reading| r.signal == signal) {
            readings.push(Reading::number(signal, value, "metrics page"));
        }
    };
    for (known, found) in KNOWN.iter().zip(&found) {
        if let Some((_, value)) = found {
            add(known.signal, *value);
        }
    }
    if let Some(pct) = votes.pct() {
        add(SignalId::PARTICIPATION, pct);
    }
    Ok(Page { samples, readings })
}

/// The page of a family of unknown kind: its sample count alone, as signals.
#[must_use]
pub fn known_values(page: &Page) -> Vec<Reading> {
    vec![Reading::number(SignalId::METRICS_SAMPLES, float(page.samples), "metrics page")]
}

/// The shortest name with a known ending is the plain one; longer ones are parts of it.
fn look(metric: &Metric<'_>, family: Option<Family>, found: &mut [Option<(usize, f64)>]) {
    for (known, slot) in KNOWN.iter().zip(found) {
        if known.family != family && known.family.is_some() {
            continue;
        }
        let Some(head) = metric.name.strip_suffix(known.ending) else { continue };
        if !(head.is_empty() || head.ends_with('_')) {
            continue;
        }
        if known.label.is_some_and(|(key, value)| metric.label(key) != Some(value)) {
            continue;
        }
        if slot.is_none_or(|(length, _)| metric.name.len() < length) {
            *slot = Some((metric.name.len(), metric.value));
        }
    }
}

/// Target votes of the previous epoch, where a client counts them in gwei.
#[derive(Debug, Default)]
struct Participation {
    voted: Option<f64>,
    active: Option<f64>,
}

impl Participation {
    fn look(&mut self, metric: &Metric<'_>) {
        if metric.name.ends_with("prev_epoch_target_gwei")
            || metric.name.ends_with("prev_epoch_target_attesting_gwei_total")
        {
            self.voted = Some(metric.value);
        } else if metric.name.ends_with("prev_epoch_active_gwei")
            || metric.name.ends_with("prev_epoch_active_gwei_total")
        {
            self.active = Some(metric.value);
        }
    }

    fn pct(&self) -> Option<f64> {
        let (voted, active) = self.voted.zip(self.active)?;
        (active > 0.0).then(|| 100.0 * voted / active)
    }
}
