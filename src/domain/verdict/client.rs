//! Which client a node runs, from what it calls itself. Must not know what follows from it.

use crate::domain::observation::Family;

/// A client and its version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Client {
    /// `geth`, `lighthouse`, `satoshi`; lower case.
    pub name: String,
    /// `1.13.4`; empty when not told.
    pub version: String,
}

/// Clients by the family of chain they serve, by the first word of what they call themselves.
const KNOWN: [(&str, Family); 20] = [
    ("geth", Family::EthereumExecution),
    ("reth", Family::EthereumExecution),
    ("nethermind", Family::EthereumExecution),
    ("besu", Family::EthereumExecution),
    ("erigon", Family::EthereumExecution),
    ("anvil", Family::EthereumExecution),
    ("ethereumjs", Family::EthereumExecution),
    ("lighthouse", Family::EthereumBeacon),
    ("prysm", Family::EthereumBeacon),
    ("teku", Family::EthereumBeacon),
    ("nimbus", Family::EthereumBeacon),
    ("lodestar", Family::EthereumBeacon),
    ("grandine", Family::EthereumBeacon),
    ("cometbft", Family::Cometbft),
    ("tendermint", Family::Cometbft),
    ("agave", Family::Solana),
    ("firedancer", Family::Solana),
    ("satoshi", Family::Bitcoin),
    ("bcoin", Family::Bitcoin),
    ("polkadot", Family::Substrate),
];

impl Client {
    /// From a node's own words: `Geth/v1.13.4-stable/linux`, `/Satoshi:27.0.0/`, `0.38.2`. A bare version is of the family's
    /// one usual client. `None` when it says nothing.
    #[must_use]
    pub fn parse(says: &str, family: Family) -> Option<Self> {
        let mut words = says.split(['/', ':', ' ', '(']).map(str::trim).filter(|w| !w.is_empty());
        let first = words.next()?;
        let is_version = |w: &str| w.trim_start_matches(['v', 'V']).starts_with(|c: char| c.is_ascii_digit());
        if is_version(first) {
            return Some(Self { name: family.as_str().to_owned(), version: bare(first) });
        }
        let version = words.find(|w| is_version(w)).map(bare).unwrap_or_default();
        Some(Self { name: first.to_lowercase(), version })
    }

    /// The clients whose family is known, in a word each.
    pub fn known() -> impl Iterator<Item = &'static str> {
        KNOWN.iter().map(|(name, _)| *name)
    }

    /// Which family a client of this name serves, where it is a known one.
    #[must_use]
    pub fn family_of(name: &str) -> Option<Family> {
        let name = name.to_lowercase();
        KNOWN.iter().find(|(known, _)| name.starts_with(known)).map(|(_, family)| *family)
    }
}

/// A version without its `v`, its build and its platform.
fn bare(word: &str) -> String {
    let word = word.trim_start_matches(['v', 'V']);
    word.split(['-', '+']).next().unwrap_or(word).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_name_themselves_in_many_ways() {
        let read = |says: &str| Client::parse(says, Family::Cometbft).map(|c| format!("{} {}", c.name, c.version));
        assert_eq!(read("Geth/v1.13.4-stable-abc/linux-amd64/go1.21").as_deref(), Some("geth 1.13.4"));
        assert_eq!(read("teku/v24.8.0/linux-x86_64").as_deref(), Some("teku 24.8.0"));
        assert_eq!(read("/Satoshi:27.0.0/").as_deref(), Some("satoshi 27.0.0"));
        assert_eq!(read("Prysm/v5.3.0 (linux amd64)").as_deref(), Some("prysm 5.3.0"));
        assert_eq!(read("anvil/v1.0.0").as_deref(), Some("anvil 1.0.0"));
        assert_eq!(read("0.38.2").as_deref(), Some("cometbft 0.38.2"));
        assert_eq!(read(""), None);
        assert_eq!(Client::family_of("Prysm"), Some(Family::EthereumBeacon));
    }
}
