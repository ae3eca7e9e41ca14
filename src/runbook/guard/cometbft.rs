//! `priv_validator_state.json` of `CometBFT` and Tendermint: the last height, round and step signed.
//! Whole numbers stand as numbers or in quotes, by version; other keys (remote signers add some) are left alone, but for
//! tmkms's, whose steps count otherwise: its file is refused.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Deserializer;
use serde::de::IgnoredAny;

use crate::runbook::guard::signbytes;
use crate::runbook::guard::state::Damaged;
use crate::runbook::guard::state::Family;
use crate::runbook::guard::state::High;
use crate::runbook::guard::state::SigningState;

#[derive(Deserialize)]
#[serde(untagged)]
enum Whole {
    Number(u64),
    Quoted(String),
}

impl Whole {
    fn value(&self) -> Option<u64> {
        match self {
            Self::Number(n) => Some(*n),
            Self::Quoted(text) => text.parse().ok(),
        }
    }
}

#[derive(Deserialize)]
struct File {
    height: Whole,
    round: Whole,
    step: Whole,
    #[serde(default)]
    signbytes: Option<String>,
    /// Only tmkms writes it, and null too.
    #[serde(default, deserialize_with = "is_there")]
    block_id: bool,
}

fn is_there<'de, D: Deserializer<'de>>(value: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(value).map(|_| true)
}

pub(super) fn read(bytes: &[u8]) -> Result<SigningState, Damaged> {
    let mend = "take the file from the signer that signed last, after it has stopped";
    let file: File =
        serde_json::from_slice(bytes).map_err(|why| Damaged::new(format!("no priv_validator_state: {why}"), mend))?;
    if file.block_id {
        return Err(Damaged::new(
            "it has a `block_id`: this is tmkms's state, whose steps 0, 1, 2 mean proposal, prevote, precommit and not 1, 2, 3",
            "compare tmkms's states by hand, height, round, step; this guard reads only CometBFT's own priv_validator_state.json",
        ));
    }
    let whole = |name: &str, n: &Whole| {
        n.value().ok_or_else(|| Damaged::new(format!("`{name}` is not a whole number of 0 or more"), mend))
    };
    let (height, round) = (whole("height", &file.height)?, whole("round", &file.round)?);
    let step = u8::try_from(whole("step", &file.step)?).ok().filter(|s| *s <= 3);
    let step = step.ok_or_else(|| Damaged::new("`step` is not 0 to 3", mend))?;
    let bytes = file.signbytes.unwrap_or_default().to_uppercase();
    let bound = signbytes::read(&bytes);
    if let Some(other) = bound.as_ref().filter(|b| (b.height, b.round) != (height, round)) {
        let what = format!(
            "it says height {height} round {round}, but what it signed was height {} round {}: edited",
            other.height, other.round
        );
        return Err(Damaged::new(what, mend));
    }
    let high = High::Cometbft { height, round, step, bytes };
    Ok(SigningState {
        family: Family::Cometbft,
        chain: bound.map(|b| b.chain),
        keys: BTreeMap::from([(String::new(), high)]),
    })
}
