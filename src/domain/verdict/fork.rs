//! Two hashes at one height: a fork, or a partition where both sides have lost their peers; and the safety line beside it.
//! A difference is a proof by itself, whoever shares what with whom: sharing makes sources agree, never differ. Which side is
//! the network's is another question, and only independent sources answer it.

use std::collections::BTreeSet;

use super::book::{Conflict, Pair, Teller};
use super::clients;
use super::scope::{ScopeVerdict, Sight};
use super::search::Progress;
use super::sentence::{count, number};
use super::track::Track;
use crate::domain::event::Scope;
use crate::domain::id::NodeId;
use crate::domain::observation::Family;

/// Names that a sentence about one side tells; the others are counted.
const NAMED: usize = 4;

/// Characters of a hash that a sentence shows, with its `0x`.
const HASH_SHOWN: usize = 10;

/// How safety stands: whether any two sources hold different blocks at one height.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Safety {
    /// Sources whose chain could be compared with another's.
    pub compared: usize,
    /// The differences, in sentences; also those that are too shallow to be a fork yet.
    pub conflicts: Vec<String>,
    /// Whether one of them is deep enough to be a fork.
    pub forked: bool,
}

impl Safety {
    /// `conflicting hashes: none seen in 4 sources`
    #[must_use]
    pub fn sentence(&self) -> String {
        match (self.conflicts.first(), self.compared) {
            (Some(first), _) => format!("conflicting hashes: {first}"),
            (None, 0 | 1) => "conflicting hashes: unknown, because no two sources name a common block".to_owned(),
            (None, n) => format!("conflicting hashes: none seen in {n} sources"),
        }
    }
}

/// Blocks that both sides must have built before two hashes at one height are a fork and not a race for the head.
/// CometBFT decides a block once and for all, and of Solana only rooted slots are compared: one is enough. Elsewhere heads race now and then and the chain settles it:
/// two blocks deep is seen about once a year on Bitcoin, three in a row hardly ever where slots are given to proposers,
/// and BABE's secondary slots make races of two or three usual.
const fn settled(family: Option<Family>) -> u64 {
    match family {
        Some(Family::Cometbft | Family::Solana) => 1,
        Some(Family::Bitcoin) => 2,
        Some(Family::Substrate) => 4,
        _ => 3,
    }
}

/// The difference that weighs most: deep enough to be a fork, with an own node in it, deepest.
pub(super) fn worst<'a>(sight: &Sight<'a>) -> Option<(&'a Pair, &'a Conflict)> {
    let deep = sight.book.conflicts(sight.now).filter(|(pair, c)| is_fork(sight, pair, c));
    let own = |t: &Teller| is_own(sight, t);
    let both_nodes = |p: &Pair| matches!(p, (Teller::Node(_), Teller::Node(_)));
    deep.max_by_key(|(pair, c)| (own(&pair.0) || own(&pair.1), both_nodes(pair), c.depth, std::cmp::Reverse(*pair)))
}

/// Whether this node is one of the two.
pub(super) fn is_of((a, b): &Pair, node: &NodeId) -> bool {
    [a, b].into_iter().any(|t| matches!(t, Teller::Node(id) if id == node))
}

/// The difference whose beginning is worth looking for: one that is a fork already, or may be one that began long ago.
pub(super) fn unclear<'a>(sight: &Sight<'a>) -> Option<(&'a Pair, &'a Conflict)> {
    let clear = |c: &Conflict| c.parting.differ.is_some_and(|d| d == 0 || c.parting.agree == Some(d - 1));
    let open = sight.book.conflicts(sight.now).filter(|(_, c)| c.confirmed && !clear(c));
    let nodes = open.filter(|(pair, _)| matches!(pair, (Teller::Node(_), Teller::Node(_))));
    nodes.max_by_key(|(pair, c)| (is_fork(sight, pair, c), is_own(sight, &pair.0) || is_own(sight, &pair.1), c.depth))
}

fn is_fork(sight: &Sight<'_>, pair: &Pair, conflict: &Conflict) -> bool {
    let family = |t: &Teller| match t {
        Teller::Node(id) => sight.tracks.get(id).map(Track::family),
        Teller::Peer(..) => None,
    };
    conflict.confirmed && conflict.depth >= settled(family(&pair.0).or_else(|| family(&pair.1)))
}

/// How safety stands now.
pub(super) fn safety(sight: &Sight<'_>) -> Safety {
    let tellers: Vec<&Teller> = sight.book.tellers().map(|(t, _)| t).collect();
    let node = |t: &&&Teller| matches!(t, Teller::Node(_));
    let mut compared: BTreeSet<&Teller> = BTreeSet::new();
    for mine in tellers.iter().filter(node) {
        for other in tellers.iter().filter(|o| *o != mine) {
            if !(compared.contains(mine) && compared.contains(other)) && sight.book.between(mine, other).is_some() {
                compared.extend([*mine, *other]);
            }
        }
    }
    let mut conflicts: Vec<_> = sight.book.conflicts(sight.now).collect();
    conflicts.sort_by_key(|(_, c)| std::cmp::Reverse(c.depth));
    let forked = conflicts.iter().any(|(pair, c)| is_fork(sight, pair, c));
    let tell = |(pair, c): &(&Pair, &Conflict)| {
        let race = if is_fork(sight, pair, c) { "" } else { "; a race for the head so far, not a fork" };
        format!("{}{race}", differ(sight, pair, c))
    };
    Safety { compared: compared.len(), conflicts: conflicts.iter().map(tell).collect(), forked }
}

/// The verdict, where there is a difference deep enough.
pub(super) fn fork(sight: &Sight<'_>) -> Option<ScopeVerdict> {
    let (pair, conflict) = worst(sight)?;
    let sides = Sides::of(sight, pair);
    let mut evidence = vec![differ(sight, pair, conflict), parted(sight, pair, conflict)];
    let cut = sides.both(|side| is_cut_off(sight, side));
    let scope = if cut == (true, true) { Scope::Partition } else { Scope::Fork };
    if scope == Scope::Partition {
        evidence.insert(0, "both sides lost most of their peers and go on by themselves".to_owned());
    }
    for (side, alone) in [(&sides.a, cut.0), (&sides.b, cut.1)] {
        if alone && scope == Scope::Fork {
            evidence.push(format!("{} lost most of its peers: it may be cut off", names(side)));
        }
    }
    evidence.extend(sides.both_told());
    evidence.push(sides.whose(sight));
    evidence.extend(clients::apart(sight, &sides.a, &sides.b));
    Some(ScopeVerdict { scope, evidence })
}

/// `two hashes at height 1,234,561: val-1 has 0xabcd…, ext-2 has 0x1234…`
fn differ(sight: &Sight<'_>, (a, b): &Pair, conflict: &Conflict) -> String {
    let height = conflict.parting.differ.unwrap_or(conflict.parting.top);
    let has = |t: &Teller| match sight.book.of(t).and_then(|c| c.at_height(height)) {
        Some(Some(hash)) => format!("{t} has {}", short(hash)),
        Some(None) => format!("{t} has an empty slot"),
        None => format!("{t} has another"),
    };
    format!("two hashes at height {}: {}, {}", whole(height), has(a), has(b))
}

/// Where they part, as far as is known.
fn parted(sight: &Sight<'_>, pair: &Pair, conflict: &Conflict) -> String {
    let (a, b) = pair;
    let differ = conflict.parting.differ.unwrap_or(conflict.parting.top);
    let depth = count(as_f64(conflict.depth), "block");
    let looking = match sight.searches.progress(pair) {
        Progress::Going(n) => format!("; looking for where they part, {n} blocks asked for"),
        Progress::Ended => "; what lies between is not told by both".to_owned(),
        Progress::None => String::new(),
    };
    match conflict.parting.agree {
        _ if differ == 0 => format!("{a} and {b} differ from the very first block on: they are different chains"),
        Some(agree) if agree + 1 == differ => {
            format!("{a} and {b} agree up to {}, differ from {}: {depth} so far", whole(agree), whole(differ))
        }
        Some(agree) => {
            format!("{a} and {b} agree up to {}, differ at the latest from {}{looking}", whole(agree), whole(differ))
        }
        None => format!("{a} and {b} differ at the latest from {}{looking}", whole(differ)),
    }
}

/// Who stands on which side.
struct Sides {
    a: Vec<Teller>,
    b: Vec<Teller>,
}

impl Sides {
    fn of(sight: &Sight<'_>, (a, b): &Pair) -> Self {
        let mut sides = Self { a: vec![a.clone()], b: vec![b.clone()] };
        let agrees = |x: &Teller, y: &Teller| sight.book.between(x, y).map(|p| (p.differ.is_none(), p.top));
        for (other, _) in sight.book.tellers().filter(|(t, _)| *t != a && *t != b) {
            match (agrees(other, a), agrees(other, b)) {
                (Some((true, top)), Some((true, lower))) if top > lower => sides.a.push(other.clone()),
                (Some((true, lower)), Some((true, top))) if top > lower => sides.b.push(other.clone()),
                (Some((true, _)), Some((false, _)) | None) => sides.a.push(other.clone()),
                (Some((false, _)) | None, Some((true, _))) => sides.b.push(other.clone()),
                _ => {}
            }
        }
        sides
    }

    fn both<T>(&self, of: impl Fn(&[Teller]) -> T) -> (T, T) {
        (of(&self.a), of(&self.b))
    }

    fn both_told(&self) -> Option<String> {
        (self.a.len() + self.b.len() > 2).then(|| format!("{} against {}", names(&self.a), names(&self.b)))
    }

    /// Which side the network is on, by sources that are independent of us.
    fn whose(&self, sight: &Sight<'_>) -> String {
        let ours = self.both(|side| side.iter().any(|t| is_own(sight, t)));
        let (a, b) = self.both(|side| sight.independent(side));
        let because = |why: &str| format!("which side is the network's is unknown, because {why}");
        match (ours, a, b) {
            (_, 0, 0) => because("no independent source names a block there"),
            ((true, true), 0, _) => {
                format!("{} is alone: all independent sources are on the other side", names(&self.a))
            }
            ((true, true), _, 0) => {
                format!("{} is alone: all independent sources are on the other side", names(&self.b))
            }
            ((true, false), 0, n) | ((false, true), n, 0) => {
                format!(
                    "we are alone: {} on the other side, none on ours",
                    count(as_f64(n as u64), "independent source")
                )
            }
            ((true, false), n, 0) | ((false, true), 0, n) => {
                format!("{} on our side, none on the other", count(as_f64(n as u64), "independent source"))
            }
            (_, a, b) => because(&format!("independent sources stand on both: {a} and {b}")),
        }
    }
}

fn is_own(sight: &Sight<'_>, teller: &Teller) -> bool {
    matches!(teller, Teller::Node(id) if sight.tracks.get(id).is_some_and(|t| t.spec.mine))
}

/// Whether every node of this side whose peers we know has lost most of them; `false` where we know none.
fn is_cut_off(sight: &Sight<'_>, side: &[Teller]) -> bool {
    let tracks = side.iter().filter_map(|t| match t {
        Teller::Node(id) => sight.tracks.get(id),
        Teller::Peer(..) => None,
    });
    let known: Vec<bool> = tracks.filter_map(Track::lost_peers).collect();
    !known.is_empty() && known.iter().all(|lost| *lost)
}

fn names(side: &[Teller]) -> String {
    let mut told: Vec<String> = side.iter().take(NAMED).map(ToString::to_string).collect();
    if side.len() > NAMED {
        told.push(format!("{} more", side.len() - NAMED));
    }
    told.join(", ")
}

fn short(hash: &str) -> String {
    let start: String = hash.chars().take(HASH_SHOWN).collect();
    // Bitcoin's hashes begin with zeros: their end tells them apart.
    if start.chars().skip(2).all(|c| c == '0') {
        let end: Vec<char> = hash.chars().rev().take(HASH_SHOWN).collect();
        return format!("…{}", end.into_iter().rev().collect::<String>());
    }
    if start.len() < hash.len() { format!("{start}…") } else { start }
}

fn whole(height: u64) -> String {
    number(as_f64(height))
}

#[expect(clippy::cast_precision_loss, reason = "heights stay exact below 2^53")]
const fn as_f64(n: u64) -> f64 {
    n as f64
}
