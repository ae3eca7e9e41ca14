//! The book of hashes: which block each node, and each operator's node, says it has at which height.
//! Two tellers conflict when they differ at the highest height that both name: a hash fixes everything below it.
//! Must not know what follows from a conflict.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use super::limits::Limits;
use super::peer_view::PeerView;
use crate::domain::id::{NodeId, OperatorId};
use crate::domain::observation::{Answer, Family};
use crate::domain::time::At;
use crate::domain::watch::NodeSpec;

/// Latest blocks kept of one node; older ones are dropped, and are asked for where a comparison needs them.
const KEPT: usize = 192;

/// Blocks kept that were asked for; at the limit all are dropped and the search begins anew.
const ASKED_KEPT: usize = 160;

/// Hashes that one operator may report of one node; what is above is left out.
const PEER_KEPT: usize = 32;

/// Seconds after which what a node said of its chain is no longer held against another's: it may have changed since.
const FRESH_S: f64 = 60.0;

/// Who says it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Teller {
    /// A node that we watch.
    Node(NodeId),
    /// An operator, of one of its own nodes.
    Peer(OperatorId, String),
}

impl fmt::Display for Teller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Node(id) => write!(f, "{id}"),
            Self::Peer(operator, node) if node.is_empty() => write!(f, "operator {operator}"),
            Self::Peer(operator, node) => write!(f, "operator {operator}'s {node}"),
        }
    }
}

/// One teller's chain, as far as it is known. A height whose slot is known to be empty holds `None`.
#[derive(Clone, Debug)]
pub(super) struct Told {
    network: String,
    family: Option<Family>,
    chain: Option<Arc<str>>,
    latest: BTreeMap<u64, Option<Arc<str>>>,
    asked: BTreeMap<u64, Option<Arc<str>>>,
    pub tip: u64,
    at: At,
    words: u64,
}

impl Told {
    fn new(network: &str, family: Option<Family>, at: At) -> Self {
        let (latest, asked) = (BTreeMap::new(), BTreeMap::new());
        Self { network: network.to_owned(), family, chain: None, latest, asked, tip: 0, at, words: 0 }
    }

    /// What it has at this height: `None` when that is not known, `Some(None)` when the slot is empty.
    pub fn at_height(&self, height: u64) -> Option<&Option<Arc<str>>> {
        self.latest.get(&height).or_else(|| self.asked.get(&height))
    }

    fn heights(&self) -> BTreeSet<u64> {
        self.latest.keys().chain(self.asked.keys()).copied().collect()
    }

    fn comparable(&self, other: &Self) -> bool {
        let alike = self.family == other.family || self.family.is_none() || other.family.is_none();
        let chain = self.chain.is_none() || other.chain.is_none() || self.chain == other.chain;
        alike && chain && self.network == other.network
    }

    fn put(&mut self, height: u64, hash: Option<Arc<str>>) {
        self.asked.remove(&height);
        self.latest.insert(height, hash);
        while self.latest.len() > KEPT {
            self.latest.pop_first();
        }
    }

    fn forget(&mut self) {
        self.latest.clear();
        self.asked.clear();
    }
}

/// How two tellers stand to one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parting {
    /// The highest height that both name.
    pub top: u64,
    /// The lowest at which they are known to differ; `None` when they agree.
    pub differ: Option<u64>,
    /// The highest below it at which they are known to agree.
    pub agree: Option<u64>,
}

/// Two tellers that differ.
#[derive(Clone, Debug)]
pub(super) struct Conflict {
    pub parting: Parting,
    /// Both have said it again since it was first seen.
    pub confirmed: bool,
    /// Blocks that both have built since they parted, as far as is known.
    pub depth: u64,
    words: (u64, u64),
}

/// A pair, the smaller first.
pub(super) type Pair = (Teller, Teller);

/// All that was said of chains lately.
#[derive(Clone, Debug, Default)]
pub(super) struct Book {
    told: BTreeMap<Teller, Told>,
    conflicts: BTreeMap<Pair, Conflict>,
}

impl Book {
    /// Forgets nodes that are no longer watched.
    pub fn keep_nodes(&mut self, watched: impl Fn(&NodeId) -> bool) {
        self.told.retain(|who, _| !matches!(who, Teller::Node(id) if !watched(id)));
        self.tidy();
    }

    fn tidy(&mut self) {
        let told = &self.told;
        self.conflicts.retain(|(a, b), _| told.contains_key(a) && told.contains_key(b));
    }

    /// Takes what a node said of its chain in one round.
    pub fn answer(&mut self, spec: &NodeSpec, answer: &Answer, at: At) {
        if answer.tip.is_none() && answer.blocks.is_empty() {
            return;
        }
        let who = Teller::Node(spec.id.clone());
        let told = self.told.entry(who.clone()).or_insert_with(|| Told::new(&spec.network, Some(spec.family), at));
        (told.at, told.words) = (at, told.words + 1);
        if answer.chain.is_some() && told.chain != answer.chain {
            // Another chain stands behind the same address: nothing that was known holds.
            told.forget();
            told.chain.clone_from(&answer.chain);
        }
        let before = told.latest.last_key_value().map(|(h, hash)| (*h, hash.clone()));
        take_blocks(told, answer);
        take_tip(told, answer, before);
        if answer.tip.is_none() {
            // Nobody named a head: what was built is known as far as blocks are.
            told.tip = told.latest.last_key_value().map_or(0, |(h, _)| *h);
        }
        self.compare_with_all(&who);
    }

    /// Takes what operators report, all of it: who is no longer among them is forgotten.
    pub fn hear(&mut self, peers: &[PeerView], limits: &Limits, now: At) {
        let mut heard = BTreeSet::new();
        let believed = |p: &&PeerView| p.trusted && now.since(p.at).as_secs_f64() <= limits.peer_fresh_s;
        for peer in peers.iter().filter(believed) {
            for node in peer.nodes.iter().filter(|n| !n.hashes.is_empty()) {
                let who = Teller::Peer(peer.operator.clone(), node.id.clone());
                heard.insert(who.clone());
                if self.told.get(&who).is_some_and(|t| t.at == peer.at) {
                    continue;
                }
                let mut told = Told::new(&peer.network, node.family, peer.at);
                for (height, hash) in node.hashes.iter().rev().take(PEER_KEPT) {
                    told.put(*height, Some(Arc::clone(hash)));
                }
                told.tip = node.height.or_else(|| node.hashes.keys().next_back().copied()).unwrap_or(0);
                told.words = self.told.get(&who).map_or(1, |t| t.words + 1);
                self.told.insert(who.clone(), told);
                self.compare_with_all(&who);
            }
        }
        self.told.retain(|who, _| matches!(who, Teller::Node(_)) || heard.contains(who));
        self.tidy();
    }

    /// Operators are compared with nodes that we watch, not with one another: their number must not cost its square.
    fn compare_with_all(&mut self, who: &Teller) {
        let Some(mine) = self.told.get(who) else { return };
        let is_peer = |t: &Teller| matches!(t, Teller::Peer(..));
        for (other, theirs) in &self.told {
            if other == who || (is_peer(who) && is_peer(other)) || !mine.comparable(theirs) {
                continue;
            }
            let pair = if who < other { (who.clone(), other.clone()) } else { (other.clone(), who.clone()) };
            let found = parting(mine, theirs).filter(|p| p.differ.is_some());
            let Some(parting) = found else {
                self.conflicts.remove(&pair);
                continue;
            };
            let words = if who < other { (mine.words, theirs.words) } else { (theirs.words, mine.words) };
            let held =
                self.conflicts.entry(pair).or_insert_with(|| Conflict { parting, confirmed: false, depth: 0, words });
            held.parting = parting;
            held.depth = mine.tip.min(theirs.tip).saturating_sub(parting.differ.unwrap_or(0)) + 1;
            // What an operator reported stands until its next document; a node has to say it twice.
            let again = |who: &Teller, now: u64, then: u64| is_peer(who) || now > then;
            let (a, b) = if who < other { (who, other) } else { (other, who) };
            held.confirmed |= again(a, words.0, held.words.0) && again(b, words.1, held.words.1);
        }
    }

    /// Pairs that differ now, by what both said within the last minute.
    pub fn conflicts(&self, now: At) -> impl Iterator<Item = (&Pair, &Conflict)> {
        self.conflicts.iter().filter(move |((a, b), _)| self.fresh(a, now) && self.fresh(b, now))
    }

    fn fresh(&self, who: &Teller, now: At) -> bool {
        // Operators' words are dropped as soon as they are too old to count.
        matches!(who, Teller::Peer(..)) || self.told.get(who).is_some_and(|t| now.since(t.at).as_secs_f64() <= FRESH_S)
    }

    /// What one of them is known to have.
    pub fn of(&self, who: &Teller) -> Option<&Told> {
        self.told.get(who)
    }

    /// Everybody whose chain is known.
    pub fn tellers(&self) -> impl Iterator<Item = (&Teller, &Told)> {
        self.told.iter()
    }

    /// How two stand to one another; `None` when they name no height in common, or are of different chains.
    pub fn between(&self, a: &Teller, b: &Teller) -> Option<Parting> {
        let (a, b) = (self.told.get(a)?, self.told.get(b)?);
        if a.comparable(b) { parting(a, b) } else { None }
    }

    /// Whether both speak of the same chain of the same network.
    pub fn same_chain(&self, a: &Teller, b: &Teller) -> bool {
        matches!((self.told.get(a), self.told.get(b)), (Some(a), Some(b)) if a.comparable(b))
    }
}

fn take_blocks(told: &mut Told, answer: &Answer) {
    let newest = told.latest.last_key_value().map_or(0, |(h, _)| *h);
    let lowest = told.latest.first_key_value().map_or(u64::MAX, |(h, _)| *h);
    for block in &answer.blocks {
        match &block.hash {
            // Deep below what is watched: it was asked for.
            Some(hash) if block.height < lowest && block.height + 64 < newest => {
                if told.asked.len() >= ASKED_KEPT {
                    told.asked.clear();
                }
                told.asked.insert(block.height, Some(Arc::clone(hash)));
            }
            Some(hash) => told.put(block.height, Some(Arc::clone(hash))),
            None => {
                told.latest.remove(&block.height);
                told.asked.remove(&block.height);
            }
        }
    }
}

fn take_tip(told: &mut Told, answer: &Answer, before: Option<(u64, Option<Arc<str>>)>) {
    let Some(tip) = &answer.tip else { return };
    told.tip = tip.height;
    told.latest.retain(|h, _| *h <= tip.height);
    told.asked.retain(|h, _| *h <= tip.height);
    if let (Some(parent), Some((height, Some(hash)))) = (&tip.parent, before) {
        if hash == *parent && height < tip.height {
            // The newest block we knew is its parent: every slot between them is empty.
            for empty in height + 1..tip.height.min(height + KEPT as u64) {
                told.put(empty, None);
            }
        } else if height + 1 == tip.height
            && hash != *parent
            && told.latest.get(&height).is_some_and(|now| now.as_ref() == Some(&hash))
        {
            // Another parent where we knew a block, and no word about how deep it goes: nothing that was known holds.
            told.forget();
            told.put(height, Some(Arc::clone(parent)));
        }
    }
    told.put(tip.height, Some(Arc::clone(&tip.hash)));
}

/// Compares from the top down: at the highest common height they agree in everything below, or differ down to where they part.
fn parting(a: &Told, b: &Told) -> Option<Parting> {
    // The shorter list is walked: operators name few blocks, and there may be a thousand of them.
    let (few, many) = if a.latest.len() <= b.latest.len() { (a, b) } else { (b, a) };
    let quick = few.latest.iter().rev().find_map(|(h, mine)| {
        let theirs = many.at_height(*h)?;
        (mine.is_some() || theirs.is_some()).then_some((*h, mine == theirs))
    });
    if let Some((top, true)) = quick {
        return Some(Parting { top, differ: None, agree: Some(top) });
    }
    let (mine, theirs) = (a.heights(), b.heights());
    let mut found: Option<Parting> = None;
    for height in mine.iter().rev().filter(|h| theirs.contains(h)) {
        let (Some(x), Some(y)) = (a.at_height(*height), b.at_height(*height)) else { continue };
        if x.is_none() && y.is_none() {
            continue;
        }
        let parting = found.get_or_insert(Parting { top: *height, differ: None, agree: None });
        if x == y {
            parting.agree = Some(*height);
            break;
        }
        parting.differ = Some(*height);
    }
    found
}
