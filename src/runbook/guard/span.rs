//! How long a key was silent, in time and not in blocks alone, and whether the chain looked at is the one that the stake
//! carries. Judges replies; must not ask for them.

use serde_json::Value;

use crate::domain::time::{At, Span};
use crate::runbook::guard::proof::Proof;

/// The least time without a signature, however fast the blocks come: a signer that restarts is back within it.
pub const LEAST_SILENCE: Span = Span::from_secs(60);
/// The newest justified epoch may lie so far behind the current one: one epoch is the rule, two when its votes came late.
const JUSTIFIED_WITHIN: u64 = 2;

/// Ethereum: `/eth/v1/beacon/states/head/finality_checkpoints` in an epoch. An epoch is justified by votes of more than two thirds
/// of the stake (consensus specification, `weigh_justification_and_finalization`), so the smaller side of a split has none.
#[must_use]
pub fn carried(reply: &Value, epoch: u64) -> Proof {
    let mut proof = Proof::default();
    let at = |name: &str| {
        let value = reply.pointer(&format!("/data/{name}/epoch"));
        value.and_then(|v| v.as_u64().or_else(|| v.as_str()?.parse().ok()))
    };
    match at("current_justified") {
        None => proof.fails("the node does not tell which epoch is justified: whether the stake carries its chain is not known"),
        Some(justified) if justified.saturating_add(JUSTIFIED_WITHIN) < epoch => proof.fails(format!(
            "the newest justified epoch is {justified}, this is epoch {epoch}: the node does not see two thirds of the stake \
             vote, it may be on the smaller side of a split, and then silence proves nothing"
        )),
        Some(justified) => {
            proof.holds(format!("more than two thirds of the stake voted for epoch {justified}, this is epoch {epoch}"));
        }
    }
    proof
}

/// `CometBFT`: from the first to the last of these replies to `/block`; `None` where one tells no time.
#[must_use]
pub fn block_span(blocks: &[Value]) -> Option<Span> {
    let time = |reply: &Value| {
        let block = reply.get("result").unwrap_or(reply).get("block")?;
        At::parse(block.pointer("/header/time")?.as_str()?)
    };
    Some(time(blocks.last()?)?.since(time(blocks.first()?)?))
}

/// Solana: the slots of [`LEAST_SILENCE`] by the reply to `getRecentPerformanceSamples`; `None` where it tells no speed.
#[must_use]
pub fn least_slots(reply: &Value) -> Option<u64> {
    let sample = reply.pointer("/result/0")?;
    let number = |name: &str| sample.get(name).and_then(Value::as_u64).filter(|n| *n > 0);
    let (slots, seconds) = (number("numSlots")?, number("samplePeriodSecs")?);
    let least = LEAST_SILENCE.millis().unsigned_abs() / 1000;
    Some(slots.checked_mul(least)?.div_ceil(seconds))
}
