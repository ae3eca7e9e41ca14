//! Whether an old signer is dead: its unit is off and cannot come back by itself, and the chain, which goes on, sees
//! nothing of its key. Unreachable is not dead, and a chain that stands still proves nobody's silence.

use serde_json::Value;

use crate::domain::time::At;
use crate::runbook::guard::proof::Proof;

/// Hex digits of a `CometBFT` address: the first 20 bytes of a hash of the key.
const ADDRESS_DIGITS: usize = 40;
/// The newest block may be so far from the clock: slow chains' blocks come within it, and clocks differ by less.
const FRESH_MS: u64 = 60_000;

/// A systemd unit as `systemctl is-active` and `is-enabled` tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Its name.
    pub name: String,
    /// `active`, `inactive`, `failed`, …
    pub active: String,
    /// `enabled`, `disabled`, `masked`, `not-found`, …
    pub enabled: String,
}

/// Whether a unit does not run and does not come back with the next boot.
#[must_use]
pub fn unit_off(unit: &Unit) -> Proof {
    let mut proof = Proof::default();
    let Unit { name, active, enabled } = unit;
    if enabled == "not-found" || enabled.is_empty() {
        proof.fails(format!("this host knows no unit {name}: the wrong host, or the wrong name; it proves nothing"));
        return proof;
    }
    match active.as_str() {
        "inactive" | "failed" => proof.holds(format!("unit {name} is {active}")),
        _ => proof.fails(format!("unit {name} is {active}: stop it first")),
    }
    match enabled.as_str() {
        "disabled" | "masked" => proof.holds(format!("unit {name} is {enabled}")),
        // That mask lies in /run, which a boot empties; what stands under it is not told.
        "masked-runtime" => proof.fails(format!(
            "unit {name} is masked-runtime: that mask is gone after the next boot; disable it, or mask it without --runtime"
        )),
        _ => proof.fails(format!("unit {name} is {enabled}: it comes back with the next boot; disable or mask it")),
    }
    proof
}

/// Whether the chain went on between two looks: without that, silence proves nothing.
#[must_use]
pub fn chain_moves(before: u64, after: u64, what: &str) -> Proof {
    let mut proof = Proof::default();
    if after > before {
        proof.holds(format!("the chain went on from {what} {before} to {after}"));
    } else {
        proof.fails(format!("the chain stands at {what} {after}: nobody signs now, so silence proves nothing"));
    }
    proof
}

/// Ethereum: the reply to `/eth/v1/validator/liveness/{epoch}` for these validator indices.
#[must_use]
pub fn liveness(reply: &Value, indices: &[String], epoch: u64) -> Proof {
    let mut proof = Proof::default();
    let rows = reply.get("data").and_then(Value::as_array);
    for index in indices {
        // In quotes by the specification; Lodestar 1.5 writes a bare number.
        let is = |v: &Value| v.as_str() == Some(index) || v.as_u64().is_some_and(|n| n.to_string() == *index);
        let row = rows.into_iter().flatten().find(|r| r.get("index").is_some_and(is));
        match row.and_then(|r| r.get("is_live")).and_then(Value::as_bool) {
            Some(false) => proof.holds(format!("validator {index} was silent in epoch {epoch}")),
            Some(true) => proof.fails(format!("validator {index} SIGNED in epoch {epoch}: the old signer lives")),
            None => proof.fails(format!("the node does not tell whether validator {index} signed in epoch {epoch}")),
        }
    }
    proof
}

/// `CometBFT`: a validator's address as blocks spell it. One in another spelling would be silent for ever.
///
/// # Errors
/// Why it is none, and where the right one stands.
pub fn address(key: &str) -> Result<String, String> {
    if key.len() == ADDRESS_DIGITS && key.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Ok(key.to_ascii_uppercase());
    }
    let shown: String = key.chars().take(60).collect();
    Err(format!(
        "--key {}: a CometBFT address has {ADDRESS_DIGITS} hex digits and nothing before them: `address` in \
         priv_validator_key.json, `validator_info` in the signer's own /status; not its bech32 or operator name",
        shown.escape_debug()
    ))
}

/// `CometBFT`: whether the address has a seat among the validators of a height. Nobody's address is silent for ever.
#[must_use]
pub fn seated(set: &[String], address: &str, height: u64) -> Proof {
    let mut proof = Proof::default();
    if set.iter().any(|member| member.eq_ignore_ascii_case(address)) {
        proof.holds(format!("{address} is a validator at height {height}"));
    } else {
        proof.fails(format!(
            "{address} is none of the {} validators at height {height}: that it signs nothing there proves nothing",
            set.len()
        ));
    }
    proof
}

/// Whether the newest block's time is near the clock: a node cut off, or with a chain of its own, shows an older one.
#[must_use]
pub fn fresh(head: Option<At>, now: At) -> Proof {
    let mut proof = Proof::default();
    match head.map(|head| now.since(head).millis().unsigned_abs()) {
        None => proof.fails("the node does not tell its newest block's time: how old its view is, is not known"),
        Some(off) if off > FRESH_MS => proof.fails(format!(
            "the node's newest block is {} s away from this host's clock, {} s at most: it does not see the chain of now",
            off / 1000,
            FRESH_MS / 1000
        )),
        Some(_) => {}
    }
    proof
}

/// `CometBFT`: the replies to `/block` of consecutive heights, for one validator's address (hex).
#[must_use]
pub fn commits(blocks: &[Value], address: &str) -> Proof {
    let mut proof = Proof::default();
    let text = |v: Option<&Value>| v.and_then(Value::as_str).unwrap_or_default().to_owned();
    let (mut first, mut last) = (String::new(), String::new());
    for reply in blocks {
        let block = reply.get("result").unwrap_or(reply).get("block");
        let height = text(block.and_then(|b| b.pointer("/header/height")));
        let Some(signatures) = block.and_then(|b| b.pointer("/last_commit/signatures")).and_then(Value::as_array)
        else {
            proof.fails("the node gave no commit: what was signed is not known");
            return proof;
        };
        let signed = signatures.iter().any(|s| {
            text(s.get("validator_address")).eq_ignore_ascii_case(address)
                && s.get("block_id_flag").and_then(Value::as_u64) != Some(1)
        });
        let proposed = text(block.and_then(|b| b.pointer("/header/proposer_address"))).eq_ignore_ascii_case(address);
        if signed || proposed {
            proof.fails(format!("{address} SIGNED for block {height}: the old signer lives"));
        }
        if first.is_empty() {
            first.clone_from(&height);
        }
        last = height;
    }
    if blocks.is_empty() {
        proof.fails("no block was looked at: nothing is proved");
    } else if proof.says().is_empty() {
        proof.holds(format!("no signature of {address} in {} blocks, {first} to {last}", blocks.len()));
    }
    proof
}

/// Solana: the same reply; whether more than two thirds of the stake voted in the same slots. A node on the smaller side of a
/// partition sees a signer of the other side as silent.
#[must_use]
pub fn others_vote(reply: &Value, slot: u64, within: u64) -> Proof {
    let mut proof = Proof::default();
    let lists = ["/result/current", "/result/delinquent"].map(|p| reply.pointer(p).and_then(Value::as_array));
    let (mut all, mut seen) = (0_u128, 0_u128);
    for row in lists.into_iter().flatten().flatten() {
        let number = |name: &str| row.get(name).and_then(Value::as_u64).unwrap_or_default();
        let stake = u128::from(number("activatedStake"));
        all += stake;
        if number("lastVote").saturating_add(within) > slot {
            seen += stake;
        }
    }
    let percent = (seen * 100).checked_div(all).unwrap_or_default();
    if seen * 3 > all * 2 {
        proof.holds(format!("{percent} % of the stake voted in the last {within} slots"));
    } else {
        proof.fails(format!(
            "the node saw {percent} % of the stake vote in the last {within} slots, more than two thirds are needed: it may \
             be cut off, and then silence proves nothing"
        ));
    }
    proof
}

/// Solana: the reply to `getVoteAccounts` for one vote account or identity, at a slot; silent for at least so many slots.
#[must_use]
pub fn idle_votes(reply: &Value, key: &str, slot: u64, at_least: u64) -> Proof {
    let mut proof = Proof::default();
    let lists = ["/result/current", "/result/delinquent"].map(|p| reply.pointer(p).and_then(Value::as_array));
    let rows: Vec<&Value> = lists.into_iter().flatten().flatten().collect();
    let is = |row: &Value, name: &str| row.get(name).and_then(Value::as_str) == Some(key);
    let last = rows.iter().find(|r| is(r, "votePubkey") || is(r, "nodePubkey"));
    match last.and_then(|r| r.get("lastVote")).and_then(Value::as_u64) {
        None => proof.fails(format!("the cluster knows no vote account of {key}: nothing is proved")),
        Some(vote) if slot.saturating_sub(vote) < at_least => proof.fails(format!(
            "{key} voted for slot {vote}, {} slots ago: wait until {at_least} have passed without a vote",
            slot.saturating_sub(vote)
        )),
        Some(vote) => {
            proof.holds(format!("{key} voted last for slot {vote}, {} slots before {slot}", slot.saturating_sub(vote)))
        }
    }
    proof
}
