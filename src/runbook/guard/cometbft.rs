//! `priv_validator_state.json` of `CometBFT` and Tendermint: the last height, round and step signed.
//! Whole numbers stand as numbers or in quotes, by version; other keys (remote signers add some) are left alone.

use std::collections::BTreeMap;

use serde::Deserialize;

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
}

pub(super) fn read(bytes: &[u8]) -> Result<SigningState, Damaged> {
    let mend = "take the file from the signer that signed last, after it has stopped";
    let file: File =
        serde_json::from_slice(bytes).map_err(|why| Damaged::new(format!("no priv_validator_state: {why}"), mend))?;
    let whole = |name: &str, n: &Whole| {
        n.value().ok_or_else(|| Damaged::new(format!("`{name}` is not a whole number of 0 or more"), mend))
    };
    let (height, round) = (whole("height", &file.height)?, whole("round", &file.round)?);
    let step = u8::try_from(whole("step", &file.step)?).ok().filter(|s| *s <= 3);
    let step = step.ok_or_else(|| Damaged::new("`step` is not 0 to 3", mend))?;
    let bytes = file.signbytes.unwrap_or_default().to_uppercase();
    let high = High::Cometbft { height, round, step, bytes };
    Ok(SigningState { family: Family::Cometbft, chain: None, keys: BTreeMap::from([(String::new(), high)]) })
}
