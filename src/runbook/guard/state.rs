//! What one or several keys have signed at most, and reading it from a signer's own file.
//! Must not guess: a file that does not say it all is refused with the reason.

use std::collections::BTreeMap;
use std::fmt;

use thiserror::Error;

use crate::runbook::guard::cometbft;
use crate::runbook::guard::fork::Vote;
use crate::runbook::guard::interchange;
use crate::runbook::guard::tower;

/// A larger file is refused unread: the full history of ten thousand Ethereum keys fits, and memory stays bounded.
pub const MAX_STATE_BYTES: usize = 64 << 20;

/// Whose format a signing state is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// `CometBFT` (Tendermint): `priv_validator_state.json`.
    Cometbft,
    /// Ethereum: the slashing-protection interchange of EIP-3076, version 5.
    Ethereum,
    /// Solana: `tower-1_9-<identity>.bin`.
    Solana,
}

impl Family {
    /// All, with the words of the command line.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::Cometbft, "cometbft"), (Self::Ethereum, "ethereum"), (Self::Solana, "solana")];

    /// Reads the word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, w)| *w == word).map(|(f, _)| *f)
    }
}

/// The most that one key has signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum High {
    /// `CometBFT`: the last thing signed.
    Cometbft {
        /// Height.
        height: u64,
        /// Round.
        round: u64,
        /// 1 proposal, 2 prevote, 3 precommit; 0 nothing.
        step: u8,
        /// What was signed, hex; empty where the file does not keep it.
        bytes: String,
    },
    /// Ethereum; none where nothing of the kind was signed.
    Ethereum {
        /// Highest slot of a block.
        slot: Option<u64>,
        /// Highest source epoch of an attestation.
        source: Option<u64>,
        /// Highest target epoch of an attestation.
        target: Option<u64>,
    },
    /// Solana; none where it has not voted.
    Solana {
        /// Last slot voted for.
        slot: Option<u64>,
        /// Root slot.
        root: Option<u64>,
        /// The votes that still lock it, oldest first.
        votes: Vec<Vote>,
    },
}

impl High {
    /// Whether nothing was ever signed by it. A wiped file says the same, so this proves nothing.
    #[must_use]
    pub const fn is_nothing(&self) -> bool {
        match self {
            Self::Cometbft { height, .. } => *height == 0,
            Self::Ethereum { slot, source: _, target } => slot.is_none() && target.is_none(),
            Self::Solana { votes, .. } => votes.is_empty(),
        }
    }
}

impl fmt::Display for High {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or = |n: &Option<u64>| n.map_or_else(|| "none".to_owned(), |n| n.to_string());
        match self {
            Self::Cometbft { height, round, step, .. } => write!(f, "height {height} round {round} step {step}"),
            Self::Ethereum { slot, source, target } => {
                write!(f, "block slot {}, attestation source {} target {}", or(slot), or(source), or(target))
            }
            Self::Solana { slot, root, .. } => write!(f, "vote slot {}, root {}", or(slot), or(root)),
        }
    }
}

/// What a file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningState {
    /// Whose format.
    pub family: Family,
    /// What binds it to one chain, where the file says it: the genesis validators' root, `CometBFT`'s chain id.
    pub chain: Option<String>,
    /// By public key; `CometBFT` names none in its file, and it stands under the empty name.
    pub keys: BTreeMap<String, High>,
}

/// Why a file is no proof of anything.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{what}; {mend}")]
pub struct Damaged {
    /// What is wrong.
    pub what: String,
    /// How to mend it.
    pub mend: String,
}

impl Damaged {
    pub(super) fn new(what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { what: what.into(), mend: mend.into() }
    }
}

/// Reads a signing state.
///
/// # Errors
/// What is wrong with it: such a file proves nothing.
pub fn read(family: Family, bytes: &[u8]) -> Result<SigningState, Damaged> {
    if bytes.len() > MAX_STATE_BYTES {
        return Err(Damaged::new(
            format!("the file is larger than {} MiB", MAX_STATE_BYTES >> 20),
            "export one that holds only the highest entry of each key (a minimal interchange)",
        ));
    }
    if bytes.is_empty() {
        return Err(Damaged::new("the file is empty", "take it from the host that signed last"));
    }
    match family {
        Family::Cometbft => cometbft::read(bytes),
        Family::Ethereum => interchange::read(bytes),
        Family::Solana => tower::read(bytes),
    }
}
