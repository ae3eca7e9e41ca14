//! Ethereum's slashing-protection interchange (EIP-3076): format version 5, and 4 where it is complete, as Lodestar 1.5
//! still writes it. Only the highest of each kind is kept; a key that stands in it twice is one key.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::runbook::guard::state::Damaged;
use crate::runbook::guard::state::Family;
use crate::runbook::guard::state::High;
use crate::runbook::guard::state::SigningState;

#[derive(Deserialize)]
struct File {
    metadata: Metadata,
    data: Vec<Key>,
}

#[derive(Deserialize)]
struct Metadata {
    interchange_format_version: String,
    /// Version 4 only; its minimal form has other fields, and is refused.
    interchange_format: Option<String>,
    genesis_validators_root: String,
}

#[derive(Deserialize)]
struct Key {
    pubkey: String,
    signed_blocks: Vec<Block>,
    signed_attestations: Vec<Attestation>,
}

#[derive(Deserialize)]
struct Block {
    slot: String,
}

#[derive(Deserialize)]
struct Attestation {
    source_epoch: String,
    target_epoch: String,
}

const MEND: &str = "export it again with the signer's own tool, after the signer has stopped";

pub(super) fn read(bytes: &[u8]) -> Result<SigningState, Damaged> {
    let file: File =
        serde_json::from_slice(bytes).map_err(|why| Damaged::new(format!("no EIP-3076 interchange: {why}"), MEND))?;
    let version = &file.metadata.interchange_format_version;
    let complete = file.metadata.interchange_format.as_deref() == Some("complete");
    if version != "5" && !(version == "4" && complete) {
        let what =
            format!("interchange format `{}` is not known here, only 5 and a complete 4", version.escape_debug());
        return Err(Damaged::new(what, MEND));
    }
    let chain = hex(&file.metadata.genesis_validators_root, 64, "genesis_validators_root")?;
    let mut keys: BTreeMap<String, High> = BTreeMap::new();
    // Lodestar 1.5 lists its own settings among the keys, with nothing signed.
    let is_setting = |k: &Key| k.pubkey.len() < 98 && k.signed_blocks.is_empty() && k.signed_attestations.is_empty();
    for key in file.data.iter().filter(|k| !is_setting(k)) {
        let name = hex(&key.pubkey, 96, "pubkey")?;
        let high = high_of(key)?;
        let both = match keys.remove(&name) {
            Some(other) => higher(&other, &high),
            None => high,
        };
        keys.insert(name, both);
    }
    Ok(SigningState { family: Family::Ethereum, chain: Some(chain), keys })
}

fn high_of(key: &Key) -> Result<High, Damaged> {
    let (mut slot, mut source, mut target) = (None, None, None);
    for block in &key.signed_blocks {
        slot = slot.max(Some(number(&block.slot, "slot")?));
    }
    for attestation in &key.signed_attestations {
        let (s, t) =
            (number(&attestation.source_epoch, "source_epoch")?, number(&attestation.target_epoch, "target_epoch")?);
        if s > t {
            return Err(Damaged::new(format!("an attestation goes from epoch {s} back to {t}"), MEND));
        }
        (source, target) = (source.max(Some(s)), target.max(Some(t)));
    }
    Ok(High::Ethereum { slot, source, target })
}

fn higher(a: &High, b: &High) -> High {
    match (a, b) {
        (
            High::Ethereum { slot, source, target },
            High::Ethereum { slot: other_slot, source: other_source, target: other_target },
        ) => High::Ethereum {
            slot: *slot.max(other_slot),
            source: *source.max(other_source),
            target: *target.max(other_target),
        },
        _ => b.clone(),
    }
}

fn number(text: &str, name: &str) -> Result<u64, Damaged> {
    let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let value = text.parse().ok().filter(|_| plain);
    value.ok_or_else(|| Damaged::new(format!("{name} `{}` is not a whole number", text.escape_debug()), MEND))
}

/// In small letters, so that two tools' spellings of one key are one key.
fn hex(text: &str, digits: usize, name: &str) -> Result<String, Damaged> {
    let inner = text.strip_prefix("0x").unwrap_or_default();
    if inner.len() == digits && inner.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Ok(text.to_ascii_lowercase());
    }
    let shown: String = text.chars().take(20).collect();
    Err(Damaged::new(format!("{name} `{}` is not 0x and {digits} digits", shown.escape_debug()), MEND))
}
