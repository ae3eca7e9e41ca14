//! What to ask nodes for, so that chains can be compared: where two of them part, by a search that narrows fourfold in each
//! round; and one block of those whose known blocks never meet. Few requests, and never many at once.
//! Must not know how a node is asked.

use std::collections::{BTreeMap, BTreeSet};

use super::book::{Book, Conflict, Pair, Parting, Teller};
use super::limits::Limits;
use super::peer_view::PeerView;
use crate::domain::id::NodeId;
use crate::domain::time::At;

/// Blocks that one search asks one node for, at most; enough for a chain of a hundred million blocks. At the limit the
/// search ends with what it has.
pub const SEARCH_LIMIT: usize = 64;

/// Blocks that one node is asked for at a time.
pub const ASK_AT_ONCE: usize = 7;

/// Heights that part what lies between agreement and difference: more would find it in fewer rounds with more requests.
const PARTS: u64 = 4;

/// Seconds within which a node answers what it was asked; after it the block counts as one that it does not give.
const ANSWER_WITHIN_S: f64 = 20.0;

/// Seconds between two looks at chains whose known blocks do not meet.
const SPOT_EVERY_S: f64 = 60.0;

/// Heights of other operators that one node is asked for in one look.
const PEER_SPOTS: usize = 4;

/// One node is to be asked for its blocks at these heights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Which node.
    pub node: NodeId,
    /// At which heights.
    pub heights: Vec<u64>,
}

/// The search for the block at which two chains part.
#[derive(Clone, Debug)]
struct Search {
    pair: Pair,
    asked: BTreeMap<u64, At>,
    /// Heights at which one of the two gave no block.
    given_up: BTreeSet<u64>,
    ended: bool,
}

/// What is being asked, and what was.
#[derive(Clone, Debug, Default)]
pub(super) struct Searches {
    search: Option<Search>,
    spots: BTreeMap<Pair, At>,
}

/// How far a search is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// Nobody searches between these two.
    None,
    /// So many blocks were asked for.
    Going(usize),
    /// It ended without the very block: the lowest height that both gave is told by the book.
    Ended,
}

impl Searches {
    /// How far the search between these two is.
    pub fn progress(&self, pair: &Pair) -> Progress {
        match &self.search {
            Some(s) if s.pair == *pair && s.ended => Progress::Ended,
            Some(s) if s.pair == *pair => Progress::Going(s.asked.len()),
            _ => Progress::None,
        }
    }

    /// What is to be asked now for the conflict that weighs most.
    pub fn narrow(&mut self, book: &Book, worst: Option<(&Pair, &Conflict)>, now: At) -> Vec<Question> {
        let Some((pair, conflict)) = worst else { return Vec::new() };
        let (Teller::Node(a), Teller::Node(b)) = pair else { return Vec::new() };
        if self.search.as_ref().is_none_or(|s| s.pair != *pair) {
            let (asked, given_up) = (BTreeMap::new(), BTreeSet::new());
            self.search = Some(Search { pair: pair.clone(), asked, given_up, ended: false });
        }
        let Some(search) = &mut self.search else { return Vec::new() };
        let known =
            |h: u64| [&pair.0, &pair.1].into_iter().all(|t| book.of(t).is_some_and(|c| c.at_height(h).is_some()));
        let mut waits = false;
        for (height, at) in search.asked.iter().filter(|(h, _)| !known(**h)) {
            if now.since(*at).as_secs_f64() > ANSWER_WITHIN_S {
                search.given_up.insert(*height);
            } else {
                waits = true;
            }
        }
        if waits {
            return Vec::new();
        }
        let mut heights = split(conflict.parting, &search.given_up);
        heights.retain(|h| !search.asked.contains_key(h));
        heights.truncate(SEARCH_LIMIT.saturating_sub(search.asked.len()));
        search.ended = heights.is_empty();
        search.asked.extend(heights.iter().map(|h| (*h, now)));
        if heights.is_empty() {
            return Vec::new();
        }
        [a, b].map(|node| Question { node: node.clone(), heights: heights.clone() }).into()
    }

    /// Blocks to ask for where nothing can be compared yet: two nodes far apart, or a height that only an operator named.
    pub fn spots(
        &mut self,
        book: &Book,
        own: &[NodeId],
        peers: &[PeerView],
        limits: &Limits,
        now: At,
    ) -> Vec<Question> {
        self.spots.retain(|_, at| now.since(*at).as_secs_f64() < SPOT_EVERY_S);
        let mut out = Vec::new();
        for node in own {
            let mine = Teller::Node(node.clone());
            let Some(chain) = book.of(&mine) else { continue };
            let mut heights = BTreeSet::new();
            for (other, theirs) in book.tellers() {
                let pair = (mine.clone(), other.clone());
                let met = *other == mine || !book.same_chain(&mine, other) || self.spots.contains_key(&pair);
                if met || book.between(&mine, other).is_some() {
                    continue;
                }
                let lower = chain.tip.min(theirs.tip);
                match other {
                    Teller::Node(id) if chain.at_height(lower).is_some() => {
                        out.push(Question { node: id.clone(), heights: vec![lower] });
                    }
                    Teller::Node(_) => drop(heights.insert(lower)),
                    Teller::Peer(..) if heights.len() >= PEER_SPOTS => continue,
                    Teller::Peer(..) => heights.extend(named_below(peers, other, chain.tip, (limits, now))),
                }
                self.spots.insert(pair, now);
            }
            if !heights.is_empty() {
                let heights = heights.into_iter().rev().take(ASK_AT_ONCE).collect();
                out.push(Question { node: node.clone(), heights });
            }
        }
        out
    }
}

/// The highest block that this operator's node names and ours must have.
fn named_below(peers: &[PeerView], who: &Teller, tip: u64, (limits, now): (&Limits, At)) -> Option<u64> {
    let Teller::Peer(operator, node) = who else { return None };
    let fresh = |p: &&PeerView| p.operator == *operator && now.since(p.at).as_secs_f64() <= limits.peer_fresh_s;
    let nodes = peers.iter().filter(fresh).flat_map(|p| &p.nodes).filter(|n| n.id == *node);
    nodes.flat_map(|n| n.hashes.keys().rev()).find(|h| **h <= tip).copied()
}

/// Heights that part what lies between agreement and difference; without any agreement known, steps that grow by an even
/// factor down to the first block, for most forks are young.
fn split(parting: Parting, given_up: &BTreeSet<u64>) -> Vec<u64> {
    let Some(differ) = parting.differ else { return Vec::new() };
    let mut heights = BTreeSet::new();
    match parting.agree {
        Some(agree) => {
            let gap = differ.saturating_sub(agree);
            heights.extend((1..PARTS).map(|i| agree + gap * i / PARTS).filter(|h| *h > agree && *h < differ));
        }
        None => {
            // The same factor each time, so that the last of them is the first block of all.
            let last = u32::try_from(ASK_AT_ONCE - 1).unwrap_or(1);
            let factor = (2..).find(|f: &u64| f.saturating_pow(last) >= differ).unwrap_or(2);
            let steps = (0..=last).map(|i| factor.saturating_pow(i));
            heights.extend(steps.map(|step| differ.saturating_sub(step)).filter(|h| *h < differ));
        }
    }
    heights.into_iter().filter(|h| !given_up.contains(h)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Narrows between two chains that part after `fork`, as the questions say.
    fn requests(top: u64, fork: u64) -> (usize, Parting) {
        let mut parting = Parting { top, differ: Some(top), agree: None };
        let mut asked = 0;
        while parting.agree.is_none_or(|a| a + 1 < parting.differ.unwrap()) && parting.differ != Some(0) {
            let heights = split(parting, &BTreeSet::new());
            assert!(!heights.is_empty() && heights.len() <= ASK_AT_ONCE, "{parting:?}");
            asked += heights.len();
            for height in heights {
                if height <= fork {
                    parting.agree = parting.agree.max(Some(height));
                } else {
                    parting.differ = parting.differ.min(Some(height));
                }
            }
        }
        (asked, parting)
    }

    #[test]
    fn the_parting_block_is_found_with_few_requests() {
        for (top, fork) in [(1_234_999, 1_234_560), (19_882_014, 1), (100_000_000, 40_000_000), (9, 8), (3, 0)] {
            let (asked, parting) = requests(top, fork);
            assert_eq!((parting.agree, parting.differ), (Some(fork), Some(fork + 1)), "{top} {fork}");
            assert!(asked <= SEARCH_LIMIT, "{asked} requests for {top} {fork}");
        }
    }
}
