//! `warroom guard silent ethereum`: three whole epochs without a word of these validators, watched on a chain that goes on,
//! is of now, and is carried by the stake. Only fetches and waits; `runbook::guard` judges.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use crate::cli::outcome::CliError;
use crate::cli::print::aside;
use crate::cli::silence::{Node, moved, number};
use crate::domain::time::{At, Clock, Span};
use crate::runbook::guard::{Proof, carried, chain_moves, fresh, liveness};

/// Whole epochs that must be silent, where nobody says how many. Clients' doppelganger protection keeps a validator that starts
/// silent for two to three; one that is just starting must not be taken for a dead one.
pub const EPOCHS: u64 = 3;
/// Fewer prove nothing, for the same reason; more is a day of waiting that was not meant.
const LEAST: u64 = 2;
const MOST: u64 = 225;
/// Slots of the next epoch that are waited for: the votes of an epoch's last slot come in them.
const AFTER: u64 = 2;
/// Slots without a new head, of which a quarter may be empty on a bad day, that end the watch.
const STANDS: u32 = 16;

/// What does not change while we watch.
struct Chain {
    slots: u64,
    slot_s: u64,
    genesis: u64,
}

impl Chain {
    async fn ask(node: &Node) -> Result<Self, CliError> {
        let spec = node.get("/eth/v1/config/spec").await?;
        let genesis = node.get("/eth/v1/beacon/genesis").await?;
        Ok(Self {
            slots: number(&spec, "/data/SLOTS_PER_EPOCH")?.max(1),
            slot_s: number(&spec, "/data/SECONDS_PER_SLOT")?.max(1),
            genesis: number(&genesis, "/data/genesis_time")?,
        })
    }

    fn time(&self, slot: u64) -> Option<At> {
        let secs = self.slot_s.checked_mul(slot)?.checked_add(self.genesis)?;
        i64::try_from(secs).ok().map(At::from_secs)
    }
}

/// Watches until so many whole epochs have been silent, or one of the keys is seen.
///
/// # Errors
/// When the node cannot be asked, or is not fit to be: that proves nothing.
pub async fn watch(node: &Node, keys: &[String], epochs: u64, clock: &dyn Clock) -> Result<Proof, CliError> {
    if !(LEAST..=MOST).contains(&epochs) {
        return Err(CliError::Usage(format!("--for takes {LEAST} to {MOST} whole epochs")));
    }
    let chain = Chain::ask(node).await?;
    let (before, after) = moved(async || head(node).await).await?;
    let mut proof = chain_moves(before, after, "slot");
    proof.and(stands_well(node, &chain, after, clock).await?);
    let indices = indices(node, keys).await?;
    // The epoch before this one is told as a whole, so it is the first.
    let first = (after / chain.slots).saturating_sub(1);
    let end = (first + epochs) * chain.slots + AFTER;
    if !proof.is_proved() {
        return Ok(proof);
    }
    let left = Span::from_secs(i64::try_from((end - after.min(end)) * chain.slot_s).unwrap_or(i64::MAX));
    aside(&format!("watching epochs {first} to {}, {} more", first + epochs - 1, left.words()));
    let (mut slot, mut idle, mut told) = (after, 0, BTreeSet::new());
    loop {
        if let Some(against) = look(node, &indices, (first, slot / chain.slots), &mut told).await? {
            proof.and(against);
            return Ok(proof);
        }
        if slot >= end {
            break;
        }
        tokio::time::sleep(Duration::from_secs(chain.slot_s) / 2).await;
        let seen = head(node).await?;
        idle = if seen > slot { 0 } else { idle + 1 };
        if idle > STANDS * 2 {
            proof.and(chain_moves(slot, seen, "slot"));
            return Ok(proof);
        }
        slot = seen.max(slot);
    }
    if let Some(epoch) = (first..first + epochs).find(|epoch| !told.contains(epoch)) {
        proof.fails(format!("epoch {epoch} passed between two looks, and nobody was told who signed in it: ask again"));
        return Ok(proof);
    }
    for index in &indices {
        proof.holds(format!("validator {index} was silent in epochs {first} to {}", first + epochs - 1));
    }
    proof.and(stands_well(node, &chain, slot, clock).await?);
    Ok(proof)
}

/// What speaks against silence in the epoch of the head and in the one before it; the one before goes into `told`.
async fn look(
    node: &Node,
    indices: &[String],
    (first, now): (u64, u64),
    told: &mut BTreeSet<u64>,
) -> Result<Option<Proof>, CliError> {
    // Late votes are told while the next epoch runs.
    for epoch in now.saturating_sub(1).max(first)..=now {
        match node.liveness(epoch, indices).await {
            Ok(reply) => {
                let said = liveness(&reply, indices, epoch);
                if !said.is_proved() {
                    return Ok(Some(said));
                }
                if epoch < now {
                    told.insert(epoch);
                }
            }
            // Of the epoch that runs it may not tell yet; of the one before no more, where its head is behind its clock.
            Err(_) if epoch == now || told.contains(&epoch) => {}
            Err(why) => return Err(why),
        }
    }
    Ok(None)
}

/// The head is of now, and the stake votes for it.
async fn stands_well(node: &Node, chain: &Chain, slot: u64, clock: &dyn Clock) -> Result<Proof, CliError> {
    let mut proof = fresh(chain.time(slot), clock.now());
    let points = node.get("/eth/v1/beacon/states/head/finality_checkpoints").await?;
    proof.and(carried(&points, slot / chain.slots));
    Ok(proof)
}

/// The slot of its head, when it is fit to be asked at all.
async fn head(node: &Node) -> Result<u64, CliError> {
    let sync = node.get("/eth/v1/node/syncing").await?;
    let says = |name: &str| sync.pointer(&format!("/data/{name}")).and_then(Value::as_bool);
    let unfit = if says("is_syncing") != Some(false) {
        "is syncing"
    } else if says("is_optimistic") == Some(true) {
        "has not checked its head's execution (is_optimistic)"
    } else if says("el_offline") == Some(true) {
        "has lost its execution node (el_offline)"
    } else {
        return number(&sync, "/data/head_slot");
    };
    Err(CliError::Failed(format!("the node asked {unfit}: it proves nothing; ask another")))
}

/// Keys by the indices that the chain gave them; an index that it never gave would be silent for ever.
async fn indices(node: &Node, keys: &[String]) -> Result<Vec<String>, CliError> {
    let mut indices = Vec::new();
    for key in keys {
        let reply = node.get(&format!("/eth/v1/beacon/states/head/validators/{key}")).await?;
        let index = reply.pointer("/data/index").and_then(Value::as_str);
        indices.push(index.ok_or_else(|| CliError::failed(format!("the chain knows no validator {key}")))?.to_owned());
    }
    Ok(indices)
}
