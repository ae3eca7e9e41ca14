//! From what one round of CometBFT calls gave to an answer in signals, votes and facts. Pure.

use super::parse::{Net, Status};
use super::plan::Plan;
use super::round_state::{RoundState, join};
use crate::domain::observation::{Answer, ChainTiming, Fact, Reading, Tip};
use crate::domain::signal::SignalId;
use crate::domain::time::At;
use crate::domain::votes::{Tally, Votes};
use crate::telemetry::json::float;

/// The first step that belongs to a round that is going on: propose. Before it the node waits for the height to begin,
/// on some chains until somebody sends a transaction.
const PROPOSE: u8 = 3;

/// Versions of peers that a fact names.
const VERSIONS: usize = 4;

/// Where peers stand, from `/dump_consensus_state`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeerRounds {
    /// Height that we are deciding.
    pub height: u64,
    /// Height and round of each peer.
    pub peers: Vec<(u64, u64)>,
}

/// What one round gave; what the node does not serve is `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct Round {
    /// `/status`.
    pub status: Status,
    /// The block seen before it: height and time.
    pub before: Option<(u64, At)>,
    /// `/consensus_state`, or `/dump_consensus_state`.
    pub state: Option<RoundState>,
    /// `/validators` of that height, in the set's order.
    pub set: Vec<(String, u64)>,
    /// `/net_info`.
    pub net: Option<Net>,
    /// Peers that came and went since the look before.
    pub churn: Option<(usize, usize)>,
    /// `/num_unconfirmed_txs`.
    pub pending: Option<u64>,
    /// `/block_results`: height, transactions, failed ones.
    pub results: Option<(u64, u64, u64)>,
    /// Blocks that our validator missed, of how many.
    pub missed: Option<(u64, u64)>,
    /// The planned upgrade.
    pub plan: Option<Plan>,
    /// Where peers stand.
    pub peer_rounds: Option<PeerRounds>,
    /// The chain's clock.
    pub timing: Option<ChainTiming>,
    /// What is unknown, with the reason.
    pub unknown: Vec<Fact>,
}

/// The answer.
#[must_use]
pub fn answer(round: &Round, now: At) -> Answer {
    let mut readings = Vec::with_capacity(16);
    let status = &round.status;
    let mut add = |signal, value: f64, source| readings.push(Reading::number(signal, value, source));
    add(SignalId::HEIGHT, float(status.height), "status");
    add(SignalId::HEAD_AGE, now.since(status.time).as_secs_f64().max(0.0), "status latest_block_time");
    if let Some((height, time)) = round.before.filter(|(h, _)| *h < status.height) {
        let gap = status.time.since(time).as_secs_f64().max(0.0) / float(status.height - height);
        add(SignalId::BLOCK_INTERVAL, gap, "header times of status and blockchain");
        if let Some((_, txs, _)) = round.results.filter(|_| gap > 0.0) {
            add(SignalId::TX_RATE, float(txs) / gap, "block_results");
        }
    }
    add(SignalId::CATCHING_UP, f64::from(u8::from(status.catching_up)), "status catching_up");
    if let Some(behind) = round.peer_rounds.as_ref().and_then(behind) {
        add(SignalId::SYNC_DISTANCE, float(behind), "peers of dump_consensus_state");
    }
    if let Some((_, all, failed)) = round.results {
        add(SignalId::FAILED_TXS, float(failed), "block_results");
        if all > 0 {
            add(SignalId::FAILED_TX_PCT, 100.0 * float(failed) / float(all), "block_results");
        }
    }
    if let Some(plan) = round.plan.as_ref().filter(|p| p.height > status.height) {
        add(SignalId::UPGRADE_IN, float(plan.height - status.height), "abci_query upgrade CurrentPlan");
    }
    let votes = round.state.as_ref().and_then(|s| join(s, &round.set).or_else(|| join(s, &s.set)));
    // While old blocks are taken, the node takes no part in any round.
    if let Some(state) = round.state.as_ref().filter(|_| !status.catching_up) {
        add(SignalId::ROUND, float(state.round), "consensus_state");
        let begun =
            state.start.map(|start| now.since(start).as_secs_f64()).filter(|s| *s > 0.0 && state.step >= PROPOSE);
        add(SignalId::UNDECIDED, begun.unwrap_or(0.0), "consensus_state start_time");
        if let Some(pct) = share(votes.as_ref().map(|v| v.prevotes), state.prevotes.power) {
            add(SignalId::PREVOTES, pct, "consensus_state with validators");
        }
        if let Some(pct) = share(votes.as_ref().map(|v| v.precommits), state.precommits.power) {
            add(SignalId::PRECOMMITS, pct, "consensus_state with validators");
        }
    }
    if let Some((missed, _)) = round.missed {
        add(SignalId::MISSED, float(missed), "commit signatures");
    }
    if let Some(net) = &round.net {
        add(SignalId::PEERS, float(net.peers), "net_info");
        if let Some((_, left)) = round.churn {
            add(SignalId::PEERS_LEFT, float(left as u64), "net_info");
        }
    }
    if let Some(pending) = round.pending {
        add(SignalId::TXPOOL_PENDING, float(pending), "num_unconfirmed_txs");
    }
    readings.push(Reading::text(SignalId::VERSION, &status.version, "status"));
    let tip = Tip { height: status.height, hash: status.hash.as_str().into(), parent: None };
    let facts = facts(round, votes.as_ref());
    Answer { readings, tip: Some(tip), timing: round.timing, votes: votes.map(Box::new), facts, ..Answer::default() }
}

/// The joined powers, else the two integers that the node prints: both are exact.
fn share(joined: Option<Tally>, printed: Option<(u64, u64)>) -> Option<f64> {
    let tally = joined.or_else(|| printed.map(|(seen, total)| Tally { block: seen, nil: 0, total }))?;
    (tally.total > 0).then(|| tally.pct(tally.seen()))
}

/// How many heights the furthest peer is ahead.
fn behind(rounds: &PeerRounds) -> Option<u64> {
    rounds.peers.iter().map(|(height, _)| height.saturating_sub(rounds.height)).max()
}

fn facts(round: &Round, votes: Option<&Votes>) -> Vec<Fact> {
    let Round { status, .. } = round;
    let mut facts = vec![Fact::new("chain", &format!("{} as {}", status.network, status.moniker))];
    let own = if status.power == 0 {
        "not in the validator set: this node does not vote".to_owned()
    } else {
        let share = votes.map(|v| format!(", {} % of all", v.prevotes.pct(status.power))).unwrap_or_default();
        format!("{} with power {}{share}", status.validator, status.power)
    };
    facts.push(Fact::new("validator", &own));
    if let Some((missed, of)) = round.missed {
        facts.push(Fact::new("signed", &format!("{} of the last {of} blocks watched, {missed} missed", of - missed)));
    }
    if let Some(proposer) = round.state.as_ref().and_then(|s| s.proposer.as_ref()) {
        facts.push(Fact::new("proposer", proposer));
    }
    if let Some(rounds) = &round.peer_rounds {
        let with_us = rounds.peers.iter().filter(|(h, _)| *h == rounds.height).count();
        let ahead = rounds.peers.iter().filter(|(h, _)| *h > rounds.height).count();
        let all = rounds.peers.len();
        let text =
            format!("of {all} peers {with_us} are at our height, {ahead} ahead, {} behind", all - with_us - ahead);
        facts.push(Fact::new("peers' rounds", &text));
    }
    if let Some(net) = &round.net {
        let versions: Vec<String> = net.versions.iter().take(VERSIONS).map(|(v, n)| format!("{n} run {v}")).collect();
        let churn = round.churn.map(|(came, went)| format!("; {came} came and {went} left since the look before"));
        let text = format!("{} of {} dialled by us{}", net.outbound, net.peers, churn.unwrap_or_default());
        facts.push(Fact::new("peers", &text));
        if !versions.is_empty() {
            facts.push(Fact::new("peers' versions", &versions.join(", ")));
        }
    }
    if let Some((height, txs, failed)) = round.results {
        facts.push(Fact::new("transactions", &format!("{failed} of {txs} failed in block {height}")));
    }
    if let Some(plan) = &round.plan {
        let when = if plan.height > status.height { "stops there for it" } else { "has reached it" };
        facts.push(Fact::new("upgrade", &format!("{} at height {}: the chain {when}", plan.name, plan.height)));
    }
    facts.extend(round.unknown.iter().cloned());
    facts
}
