//! The two big replies, folded while they are read: who votes with how much stake, and which versions the stake runs.
//! Pure. Of a megabyte of vote accounts the stakes by node stay, and of the rest nothing.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::domain::observation::Failure;
use crate::telemetry::json;

/// Delinquent accounts that are named; the heaviest stay.
const NAMED: usize = 5;

/// `getVoteAccounts` in sum; stakes in lamports, exact.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stakes {
    /// Accounts that vote.
    pub current: u64,
    /// Their stake.
    pub current_stake: u128,
    /// Accounts whose last vote is over 128 slots old.
    pub delinquent: u64,
    /// Their stake.
    pub delinquent_stake: u128,
    /// The heaviest of these, with their stake.
    pub heaviest: Vec<(String, u64)>,
    /// Stake by node.
    pub by_node: BTreeMap<String, u64>,
    /// Last vote of the node's own key, and whether it is delinquent.
    pub own: Option<(u64, bool)>,
}

impl Stakes {
    /// The share of stake that votes, %, made from integers; `None` when nobody has stake.
    #[must_use]
    pub fn voting_pct(&self) -> Option<f64> {
        let all = self.current_stake + self.delinquent_stake;
        let hundredths = (self.current_stake * 10_000).checked_div(all)?;
        u32::try_from(hundredths).ok().map(|h| f64::from(h) / 100.0)
    }

    fn take(&mut self, account: Account<'_>, delinquent: bool, own: Option<&str>) {
        let stake = u128::from(account.activated_stake);
        if delinquent {
            self.delinquent += 1;
            self.delinquent_stake += stake;
            self.heaviest.push((account.node_pubkey.to_string(), account.activated_stake));
            self.heaviest.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            self.heaviest.truncate(NAMED);
        } else {
            self.current += 1;
            self.current_stake += stake;
        }
        if own == Some(&*account.node_pubkey) {
            self.own = Some((account.last_vote, delinquent));
        }
        let held = self.by_node.entry(account.node_pubkey.into_owned()).or_default();
        *held = held.saturating_add(account.activated_stake);
    }
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Account<'a> {
    #[serde(borrow)]
    node_pubkey: Cow<'a, str>,
    activated_stake: u64,
    #[serde(default)]
    last_vote: u64,
}

/// Reads `getVoteAccounts`; `own` is the node's own key.
///
/// # Errors
/// When it has no accounts of that shape.
pub fn vote_accounts(result: &str, own: Option<&str>) -> Result<Stakes, Failure> {
    let mut stakes = Stakes::default();
    let mut reader = serde_json::Deserializer::from_str(result);
    let fold = Both { stakes: &mut stakes, own, seen: 0 };
    let read = reader.deserialize_map(fold).and_then(|seen| reader.end().map(|()| seen));
    match read {
        Ok(2..) => Ok(stakes),
        Ok(_) => Err(json::refuse(result.as_bytes(), "getVoteAccounts", "it lacks one of its two lists")),
        Err(e) => Err(json::refuse(result.as_bytes(), "getVoteAccounts", &e.to_string())),
    }
}

struct Both<'a> {
    stakes: &'a mut Stakes,
    own: Option<&'a str>,
    seen: u32,
}

impl<'de> Visitor<'de> for Both<'_> {
    type Value = u32;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("current and delinquent vote accounts")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<u32, A::Error> {
        while let Some(key) = map.next_key::<Cow<'_, str>>()? {
            let delinquent = match &*key {
                "current" => false,
                "delinquent" => true,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            map.next_value_seed(Accounts { stakes: self.stakes, own: self.own, delinquent })?;
            self.seen += 1;
        }
        Ok(self.seen)
    }
}

struct Accounts<'a> {
    stakes: &'a mut Stakes,
    own: Option<&'a str>,
    delinquent: bool,
}

impl<'de> DeserializeSeed<'de> for Accounts<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Accounts<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of vote accounts")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(account) = list.next_element::<Account<'_>>()? {
            self.stakes.take(account, self.delinquent, self.own);
        }
        Ok(())
    }
}

/// `getClusterNodes` in sum, weighed by the stake of each node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cluster {
    /// All nodes.
    pub nodes: u64,
    /// Nodes and stake (lamports) by version; `?` where a node tells none.
    pub versions: BTreeMap<String, (u64, u128)>,
    /// Nodes and stake by shred version: a second one is a split, or a restart under way.
    pub shreds: BTreeMap<u64, (u64, u128)>,
    /// Nodes and stake by feature set.
    pub features: BTreeMap<u64, (u64, u128)>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Node<'a> {
    #[serde(borrow)]
    pubkey: Cow<'a, str>,
    #[serde(default, borrow)]
    version: Option<Cow<'a, str>>,
    #[serde(default)]
    shred_version: Option<u64>,
    #[serde(default)]
    feature_set: Option<u64>,
}

/// Reads `getClusterNodes`.
///
/// # Errors
/// When it is no list of nodes.
pub fn cluster(result: &str, by_node: &BTreeMap<String, u64>) -> Result<Cluster, Failure> {
    let mut reader = serde_json::Deserializer::from_str(result);
    let read = reader.deserialize_seq(Nodes(by_node)).and_then(|c| reader.end().map(|()| c));
    read.map_err(|e| json::refuse(result.as_bytes(), "getClusterNodes", &e.to_string()))
}

struct Nodes<'a>(&'a BTreeMap<String, u64>);

impl<'de> Visitor<'de> for Nodes<'_> {
    type Value = Cluster;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of nodes")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Cluster, A::Error> {
        let mut cluster = Cluster::default();
        while let Some(node) = list.next_element::<Node<'_>>()? {
            let stake = u128::from(self.0.get(&*node.pubkey).copied().unwrap_or(0));
            let add = |held: &mut (u64, u128)| *held = (held.0 + 1, held.1 + stake);
            cluster.nodes += 1;
            add(cluster.versions.entry(node.version.map_or_else(|| "?".to_owned(), Cow::into_owned)).or_default());
            if let Some(shred) = node.shred_version {
                add(cluster.shreds.entry(shred).or_default());
            }
            if let Some(set) = node.feature_set {
                add(cluster.features.entry(set).or_default());
            }
        }
        Ok(cluster)
    }
}
