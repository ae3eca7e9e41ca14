//! Where the trouble is: ours alone, everybody's, two chains, two groups, one client's, or not enough to say; always with the
//! comparisons that prove it. Views that share an operator, provider or upstream never prove anything: then it is unknown,
//! and says why.

use std::collections::{BTreeMap, BTreeSet};

use super::book::{Book, Teller};
use super::client::Client;
use super::clients::{self, Member};
use super::hold::Level;
use super::limits::Limits;
use super::peer_view::{PeerNodeView, PeerView};
use super::search::Searches;
use super::sentence::number;
use super::track::Track;
use super::{fork, partition};
use crate::domain::event::{NodeState, Scope};
use crate::domain::id::NodeId;
use crate::domain::signal::SignalId;
use crate::domain::time::At;

/// Where the trouble is, and how we know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeVerdict {
    /// The verdict.
    pub scope: Scope,
    /// The comparisons, in sentences.
    pub evidence: Vec<String>,
}

impl Default for ScopeVerdict {
    fn default() -> Self {
        Self { scope: Scope::Unknown, evidence: vec!["unknown, because nothing has been measured yet".to_owned()] }
    }
}

/// A scope is said only after it held for a while; evidence is refreshed at once.
#[derive(Clone, Debug, Default)]
pub(super) struct ScopeHold {
    said: ScopeVerdict,
    waiting: Option<(Scope, At)>,
    ever: bool,
}

impl ScopeHold {
    pub const fn said(&self) -> &ScopeVerdict {
        &self.said
    }

    /// One that was said by another process.
    pub const fn of(said: ScopeVerdict) -> Self {
        Self { said, waiting: None, ever: true }
    }

    /// Takes what was found now; what is to be said, when that changed.
    pub fn hear(&mut self, found: ScopeVerdict, now: At, hold_s: f64) -> Option<&ScopeVerdict> {
        if found.scope == self.said.scope {
            self.waiting = None;
            self.said = found;
            return None;
        }
        let since = match self.waiting {
            Some((scope, since)) if scope == found.scope => since,
            _ => {
                self.waiting = Some((found.scope, now));
                now
            }
        };
        // Two hashes at one height have been said twice already.
        let proved = matches!(found.scope, Scope::Fork);
        if self.ever && !proved && now.since(since).as_secs_f64() < hold_s {
            return None;
        }
        let first_calm = !self.ever && found.scope == Scope::Healthy;
        self.ever = true;
        self.waiting = None;
        self.said = found;
        (!first_calm).then_some(&self.said)
    }
}

/// What kind of trouble is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Trouble {
    /// The head does not move.
    Halt,
    /// The head moves, finality does not.
    Finality,
    /// It does not answer us.
    Silent,
    /// Anything else of the node's own (disk, peers, behind).
    Own,
}

/// One independent view, and what it shows.
struct Seen {
    view: View,
    name: String,
    client: Option<Client>,
    sentence: String,
}

/// How an independent view stands to that trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum View {
    Same,
    Fine,
}

/// All that a scope is weighed from.
#[derive(Clone, Copy)]
pub(super) struct Sight<'a> {
    pub tracks: &'a BTreeMap<NodeId, Track>,
    pub peers: &'a [PeerView],
    pub book: &'a Book,
    pub searches: &'a Searches,
    pub limits: &'a Limits,
    pub now: At,
}

impl Sight<'_> {
    /// Sources among these that are independent of us and of one another.
    pub fn independent(&self, tellers: &[Teller]) -> usize {
        let shared = own_keys(self.tracks);
        let keys = tellers.iter().filter_map(|t| match t {
            Teller::Node(id) => self.tracks.get(id).filter(|t| !t.spec.mine).map(key),
            Teller::Peer(operator, _) => {
                let peer = self.peers.iter().find(|p| p.operator == *operator && counts(p, self.limits, self.now))?;
                Some(peer.via.as_deref().unwrap_or(peer.operator.as_str()))
            }
        });
        keys.filter(|k| !shared.contains(k)).collect::<BTreeSet<&str>>().len()
    }

    /// Whether this node answered lately.
    pub fn is_current(&self, track: &Track) -> bool {
        track.answered() && !track.lost()
    }
}

/// Weighs own nodes against every independent view.
pub(super) fn weigh(sight: &Sight<'_>) -> ScopeVerdict {
    if let Some(forked) = fork::fork(sight) {
        return forked;
    }
    let own: Vec<&Track> = sight.tracks.values().filter(|t| t.spec.mine && t.family().is_chain()).collect();
    if own.is_empty() {
        return unknown("no own node of a network is watched", Vec::new());
    }
    if own.iter().all(|t| !t.answered() && !t.lost()) {
        return unknown("no own node has answered yet", Vec::new());
    }
    let troubled: Vec<(&Track, Trouble)> = own.iter().filter_map(|t| trouble(t).map(|k| (*t, k))).collect();
    let Some((worst, kind)) = troubled.iter().min_by_key(|(_, k)| *k).copied() else {
        if let Some(silent) = own.iter().find(|t| !t.answered()) {
            return unknown(&format!("{} has not answered yet", silent.spec.id), Vec::new());
        }
        return ScopeVerdict { scope: Scope::Healthy, evidence: vec![healthy_sentence(own.len())] };
    };
    if let Some(parted) = (kind == Trouble::Halt).then(|| partition::partition(sight)).flatten() {
        return parted;
    }
    compare(sight, &own, &troubled, (worst, kind))
}

/// The troubled against the independent views.
fn compare(
    sight: &Sight<'_>,
    own: &[&Track],
    troubled: &[(&Track, Trouble)],
    worst: (&Track, Trouble),
) -> ScopeVerdict {
    let (worst, kind) = worst;
    let mut evidence: Vec<String> = troubled.iter().map(|(t, _)| own_sentence(t)).collect();
    let views = independent_views(sight, worst, kind);
    let same = views.iter().filter(|v| v.view == View::Same).count();
    let fine = views.len() - same;
    let members = members(own, troubled, &views, (worst, kind));
    evidence.extend(views.into_iter().map(|v| v.sentence));
    // A node that is silent, or out of disk, tells of its house; only a chain that stands still can be its client's fault.
    if fine > 0
        && matches!(kind, Trouble::Halt | Trouble::Finality)
        && let Some(told) = clients::minority(&members)
    {
        evidence.splice(0..0, told);
        return ScopeVerdict { scope: Scope::ClientMinority, evidence };
    }
    match (same, fine) {
        (0, 0) => {
            evidence.extend(own_comparison(own, troubled, worst));
            evidence.extend(dependent_sentences(sight, worst));
            unknown("there is no independent view to compare with", evidence)
        }
        (0, _) => ScopeVerdict { scope: Scope::Local, evidence },
        (_, 0) => ScopeVerdict { scope: Scope::Network, evidence },
        (same, fine) => unknown(&format!("independent views differ: {same} show the same, {fine} do not"), evidence),
    }
}

/// Everybody in the comparison, with what they run: own nodes of the same chain, and the independent views. An own node in
/// trouble of another kind is neither well nor failing alike, and is left out.
fn members(own: &[&Track], troubled: &[(&Track, Trouble)], views: &[Seen], worst: (&Track, Trouble)) -> Vec<Member> {
    let (worst, kind) = worst;
    let trouble_of = |t: &Track| troubled.iter().find(|(bad, _)| bad.spec.id == t.spec.id).map(|(_, kind)| *kind);
    let alike = |t: &&&Track| t.family() == worst.family() && t.spec.network == worst.spec.network;
    let counts = |t: &&&Track| t.answered() && trouble_of(t).is_none_or(|k| k == kind);
    let ours = own.iter().filter(alike).filter(counts).map(|t| Member {
        name: t.spec.id.to_string(),
        client: t.client(),
        fails: trouble_of(t).is_some(),
        own: true,
    });
    let others = views.iter().map(|v| Member {
        name: v.name.clone(),
        client: v.client.clone(),
        fails: v.view == View::Same,
        own: false,
    });
    ours.chain(others).collect()
}

fn unknown(because: &str, mut evidence: Vec<String>) -> ScopeVerdict {
    evidence.insert(0, format!("unknown, because {because}"));
    ScopeVerdict { scope: Scope::Unknown, evidence }
}

fn healthy_sentence(nodes: usize) -> String {
    if nodes == 1 {
        "the own node is within its limits".to_owned()
    } else {
        format!("all {nodes} own nodes are within their limits")
    }
}

fn judged(track: &Track, signal: SignalId) -> Level {
    track.standings.get(&signal).map_or(Level::Ok, |s| s.hold.judged())
}

fn latest(track: &Track, signal: SignalId) -> Option<Level> {
    track.standings.get(&signal).map(|s| s.hold.latest())
}

/// The judged trouble of an own node, if it has one.
fn trouble(track: &Track) -> Option<Trouble> {
    if track.lost() {
        return Some(Trouble::Silent);
    }
    if judged(track, SignalId::HEAD_AGE) != Level::Ok {
        return Some(Trouble::Halt);
    }
    let finality = judged(track, SignalId::FINALITY_LAG).max(judged(track, SignalId::PARTICIPATION));
    if finality != Level::Ok {
        return Some(Trouble::Finality);
    }
    (track.judged() == NodeState::Bad || judged(track, SignalId::SYNC_DISTANCE) != Level::Ok).then_some(Trouble::Own)
}

fn own_sentence(track: &Track) -> String {
    let why = track.reach_words().filter(|_| track.lost()).map(str::to_owned);
    let why = why.or_else(|| track.lead().map(|(_, s)| s.why.clone())).unwrap_or_default();
    format!("own {}: {why}", track.spec.id)
}

/// What several own nodes say together: told, though it proves nothing.
fn own_comparison(own: &[&Track], troubled: &[(&Track, Trouble)], worst: &Track) -> Option<String> {
    let alike = |t: &Track| t.family() == worst.family() && t.spec.network == worst.spec.network;
    let own: Vec<_> = own.iter().filter(|t| alike(t)).collect();
    let troubled: Vec<_> = troubled.iter().filter(|(t, _)| alike(t)).collect();
    if own.len() < 2 {
        return None;
    }
    Some(if troubled.len() == own.len() {
        format!("all {} own nodes fail alike, but they share one operator", own.len())
    } else {
        format!(
            "{} of {} own nodes fail; the others are ours too and prove nothing about the network",
            troubled.len(),
            own.len()
        )
    })
}

/// The key under which views count once: the provider they share, or themselves.
fn key(track: &Track) -> &str {
    track.spec.via.as_deref().unwrap_or(track.spec.id.as_str())
}

fn comparable(other: &Track, own: &Track) -> bool {
    let one = other.family() != own.family() || other.same_chain(own);
    !other.spec.mine && other.family().is_chain() && one && other.spec.network == own.spec.network
}

fn own_keys(tracks: &BTreeMap<NodeId, Track>) -> Vec<&str> {
    tracks.values().filter(|t| t.spec.mine).filter_map(|t| t.spec.via.as_deref()).collect()
}

fn independent_views(sight: &Sight<'_>, own: &Track, kind: Trouble) -> Vec<Seen> {
    let shared = own_keys(sight.tracks);
    let mut seen: Vec<&str> = Vec::new();
    let mut views = Vec::new();
    for other in sight.tracks.values().filter(|t| comparable(t, own)) {
        let key = key(other);
        if shared.contains(&key) || seen.contains(&key) {
            continue;
        }
        if let Some((view, sentence)) = view_of(other, own, kind) {
            seen.push(key);
            views.push(Seen { view, name: other.spec.id.to_string(), client: other.client(), sentence });
        }
    }
    for peer in sight.peers.iter().filter(|p| counts(p, sight.limits, sight.now) && speaks_of(p, own)) {
        let key = peer.via.as_deref().unwrap_or(peer.operator.as_str());
        if shared.contains(&key) || seen.contains(&key) || seen.contains(&peer.operator.as_str()) {
            continue;
        }
        if let Some((view, sentence)) = word_of(peer, own, kind) {
            seen.push(key);
            views.push(Seen {
                view,
                name: format!("operator {}", peer.operator),
                client: one_client(peer, own),
                sentence,
            });
        }
    }
    views
}

fn speaks_of(peer: &PeerView, own: &Track) -> bool {
    peer.network.is_empty() || peer.network == own.spec.network
}

/// What the operator runs on this chain, where it is one client only.
fn one_client(peer: &PeerView, own: &Track) -> Option<Client> {
    let alike = |n: &&PeerNodeView| n.family.is_none_or(|f| f == own.family()) && !n.client.is_empty();
    let of = |n: &PeerNodeView| Client { name: n.client.clone(), version: n.version.clone() };
    let mut clients: Vec<Client> = peer.nodes.iter().filter(alike).map(of).collect();
    clients.sort();
    clients.dedup();
    (clients.len() == 1).then(|| clients.remove(0))
}

fn counts(peer: &PeerView, limits: &Limits, now: At) -> bool {
    peer.trusted && now.since(peer.at).as_secs_f64() <= limits.peer_fresh_s
}

/// What somebody else's node, asked by us, shows.
fn view_of(other: &Track, own: &Track, kind: Trouble) -> Option<(View, String)> {
    if other.lost() || !other.answered() {
        return None;
    }
    let id = &other.spec.id;
    let head_fine = match latest(other, SignalId::HEAD_AGE) {
        Some(level) => level == Level::Ok,
        None => other.tip_moved().is_some(),
    };
    let at = other.height().map_or_else(String::new, |h| format!(" at {}", number(h)));
    match kind {
        Trouble::Finality if head_fine => {
            let lag = latest(other, SignalId::FINALITY_LAG)?;
            let why = other.standings.get(&SignalId::FINALITY_LAG).map(|s| s.why.clone()).unwrap_or_default();
            let view = if lag == Level::Ok { View::Fine } else { View::Same };
            Some((view, format!("independent {id}: {why}")))
        }
        _ if head_fine => {
            let ours = own.height().map_or_else(String::new, |h| format!("; ours is at {}", number(h)));
            other.tip_moved()?;
            Some((View::Fine, format!("independent {id} moves on{at}{ours}")))
        }
        Trouble::Own => None,
        _ => Some((View::Same, format!("independent {id} stands still too{at}"))),
    }
}

/// What a trusted operator reports, as far as it can be compared.
fn word_of(peer: &PeerView, own: &Track, kind: Trouble) -> Option<(View, String)> {
    let who = &peer.operator;
    if let Some(scope @ (Scope::Network | Scope::Healthy)) = peer.scope {
        let view = if scope == Scope::Network { View::Same } else { View::Fine };
        return Some((view, format!("operator {who} reports: {}", scope.as_str())));
    }
    let ahead = matches!((peer.height, own.height()), (Some(theirs), Some(ours)) if as_f64(theirs) > ours + 2.0);
    if ahead && kind != Trouble::Finality {
        let height = peer.height.map(as_f64).map(number).unwrap_or_default();
        return Some((View::Fine, format!("operator {who} reports height {height}, ahead of ours")));
    }
    match peer.state? {
        NodeState::Ok => Some((View::Fine, format!("operator {who} reports its nodes ok"))),
        NodeState::Bad => Some((View::Same, format!("operator {who} reports its nodes bad"))),
        _ => None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "heights stay exact below 2^53")]
const fn as_f64(n: u64) -> f64 {
    n as f64
}

/// Views that were left out, and why.
fn dependent_sentences(sight: &Sight<'_>, own: &Track) -> Vec<String> {
    let shared = own_keys(sight.tracks);
    let mut out = Vec::new();
    for other in sight.tracks.values().filter(|t| comparable(t, own)) {
        if shared.contains(&key(other)) {
            out.push(format!("{} shares {} with us and proves nothing", other.spec.id, key(other)));
        } else if let Some(words) = other.reach_words() {
            out.push(format!("{} cannot be asked: {words}", other.spec.id));
        }
    }
    for peer in sight.peers {
        let operator = &peer.operator;
        let via = peer.via.as_deref().filter(|v| shared.contains(v));
        if !counts(peer, sight.limits, sight.now) {
            out.push(format!("operator {operator} is not counted: its word is unsigned, stale or not trusted"));
        } else if let Some(via) = via {
            out.push(format!("operator {operator} shares {via} with us and proves nothing"));
        }
    }
    out
}
