//! The judge: observations and silence in, events out. Verdicts of nodes, alerts, and the scope over all of them.
//! Pure: time comes with the observation or the tick.

use std::collections::BTreeMap;

use super::alerts::Alerts;
use super::book::Book;
use super::countdown::{Countdown, countdowns};
use super::crowd::crowd;
use super::fork::{self, Safety};
use super::fork_rules;
use super::hold::{Level, Turn};
use super::limits::Limits;
use super::memory::{JudgeMemory, MEMORY_VERSION, endpoint};
use super::peer_view::PeerView;
use super::plight::Plight;
use super::scope::{self, ScopeHold, ScopeVerdict, Sight};
use super::search::{Question, Searches};
use super::shown::{Reason, Verdict, reasons, shown};
use super::track::Track;
use crate::domain::event::{Event, HealthEvent, NodeState, Scope, ScopeChanged, VerdictChanged};
use crate::domain::id::NodeId;
use crate::domain::observation::Observation;
use crate::domain::signal::SignalId;
use crate::domain::time::At;
use crate::domain::watch::NodeSpec;

/// What a verdict is judged by when it is not a signal.
pub const REACHABILITY: &str = "reachability";

/// One thing that is broken, for the strip.
#[derive(Clone, Debug, PartialEq)]
pub struct Failing {
    /// Which own node.
    pub node: NodeId,
    /// Its state.
    pub state: NodeState,
    /// What it is judged by.
    pub signal: String,
    /// Since when.
    pub since: Option<At>,
    /// `val-1: finality is 5 epochs behind; …`
    pub text: String,
}

/// Judges every watched node and the scope of the trouble.
#[derive(Clone, Debug)]
pub struct Judge {
    limits: Limits,
    tracks: BTreeMap<NodeId, Track>,
    alerts: Alerts,
    peers: Vec<PeerView>,
    scope: ScopeHold,
    book: Book,
    searches: Searches,
    /// When a memory was taken over: the scope then stands until everybody was heard of, or had time to be.
    restored: Option<At>,
}

/// Seconds within which everybody is heard of after a restart; a node that gives nothing has failed its first round by then.
const ALL_HEARD_S: f64 = 12.0;

impl Judge {
    /// A judge of these nodes, who has seen nothing yet.
    #[must_use]
    pub fn new(specs: &[NodeSpec], limits: Limits) -> Self {
        let mut judge = Self {
            limits,
            tracks: BTreeMap::new(),
            alerts: Alerts::default(),
            peers: Vec::new(),
            scope: ScopeHold::default(),
            book: Book::default(),
            searches: Searches::default(),
            restored: None,
        };
        judge.set_specs(specs);
        judge
    }

    /// Takes another list of nodes; what is known of those that stay, stays.
    pub fn set_specs(&mut self, specs: &[NodeSpec]) {
        let mut old = std::mem::take(&mut self.tracks);
        for spec in specs {
            let same = old
                .remove(&spec.id)
                .filter(|t| t.spec.family == spec.family && t.spec.url == spec.url && t.spec.subject == spec.subject);
            let mut track = same.unwrap_or_else(|| Track::new(spec.clone()));
            track.spec = spec.clone();
            self.tracks.insert(spec.id.clone(), track);
        }
        self.alerts.keep_nodes(|node| self.tracks.contains_key(node));
        self.book.keep_nodes(|node| self.tracks.contains_key(node));
    }

    /// What another process has to know to go on where this one ends.
    #[must_use]
    pub fn memory(&self, now: At) -> JudgeMemory {
        let said = self.scope.said();
        JudgeMemory {
            v: MEMORY_VERSION,
            at: now,
            nodes: self.tracks.iter().map(|(id, t)| (id.clone(), t.memory())).collect(),
            scope: said.scope,
            evidence: said.evidence.clone(),
            alerts: self.alerts.memory(),
        }
    }

    /// Goes on where another process ended: what it judged stands until these nodes prove otherwise. Answers what stands, as
    /// it was said then; nothing of it is new. A memory that is too old, or of another version, changes nothing.
    pub fn restore(&mut self, kept: &JudgeMemory, now: At) -> Vec<Event> {
        let mut events = Vec::new();
        if !kept.holds(now) {
            return events;
        }
        for (id, memory) in &kept.nodes {
            let Some(track) = self.tracks.get_mut(id) else { continue };
            if track.restore(memory, &self.limits) {
                events.extend(standing_events(track, kept.at));
            }
        }
        let tracks = &self.tracks;
        events.extend(self.alerts.restore(&kept.alerts, |node| {
            let memory = kept.nodes.get(node);
            tracks
                .get(node)
                .is_some_and(|t| t.heard().is_none() && memory.is_some_and(|m| m.endpoint == endpoint(&t.spec)))
        }));
        let fresh = self.tracks.values().filter(|t| t.family().is_chain()).all(|t| t.heard().is_none());
        if fresh && events.iter().any(is_verdict) && !matches!(kept.scope, Scope::Healthy | Scope::Unknown) {
            self.scope = ScopeHold::of(kept.verdict());
            self.restored = Some(now);
            events.push(ScopeChanged { to: kept.scope, evidence: kept.evidence.clone() }.into());
        }
        events
    }

    /// What cannot be undone and begins, or has begun; by own nodes, of each kind the soonest, and the soonest first.
    #[must_use]
    pub fn countdowns(&self, now: At) -> Vec<Countdown> {
        let own = self.tracks.values().filter(|t| t.spec.mine && t.answered());
        // Where others go on, the chain does not stand still: only our node does.
        let alone = self.scope.said().scope == Scope::Local;
        let mut found: Vec<Countdown> = own.flat_map(|t| countdowns(t, !alone, now)).collect();
        found.sort_by_key(|c| c.left);
        let mut told = std::collections::BTreeSet::new();
        found.retain(|c| told.insert(c.kind.clone()));
        found
    }

    /// What is wrong with this node's chain, in a word; `None` when nothing is, or it is something else.
    #[must_use]
    pub fn plight(&self, node: &NodeId, now: At) -> Option<Plight> {
        let sight = self.sight(now);
        let forked = fork::worst(&sight).is_some_and(|(pair, _)| fork::is_of(pair, node));
        Plight::of(self.tracks.get(node)?, self.scope.said().scope, forked)
    }

    /// Takes other limits; runs that have begun go on.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// Takes one observation. Observations of nodes that are not watched change nothing.
    pub fn observe(&mut self, seen: &Observation) -> Vec<Event> {
        let mut events = Vec::new();
        let own = self.tracks.get(&seen.node);
        let rules = own.map(|t| fork_rules::others(&self.tracks, t)).unwrap_or_default();
        let others = own.and_then(|t| crowd(&self.tracks, &self.peers, t, &self.limits, seen.at));
        let Some(track) = self.tracks.get_mut(&seen.node) else { return events };
        track.among(others, rules);
        let before = track.judged();
        let was_lost = track.lost();
        let turns = match &seen.outcome {
            Ok(answer) => {
                if let Some(told) = &answer.alerts {
                    events.extend(self.alerts.hear(&seen.node, told, self.limits.clear_after));
                }
                let answer = self.alerts.without_quiet(answer);
                self.book.answer(&track.spec, &answer, seen.at);
                track.answer(&answer, seen.at, &self.limits)
            }
            Err(failure) => {
                track.failure(failure, seen.at, &self.limits);
                Vec::new()
            }
        };
        events.splice(0..0, verdict_event(track, before, was_lost, &turns, seen.at));
        events.extend(self.weigh_scope(seen.at));
        events
    }

    /// Time passes: nodes whose poller fell silent become stale, a scope that held long enough is said.
    pub fn tick(&mut self, now: At) -> Vec<Event> {
        let mut events = Vec::new();
        for track in self.tracks.values_mut() {
            let before = track.judged();
            if track.silence(now, &self.limits) {
                events.extend(verdict_event(track, before, false, &[], now));
            }
        }
        events.extend(self.weigh_scope(now));
        events
    }

    /// Takes what other operators report now (the whole list, each time).
    pub fn hear_peers(&mut self, peers: &[PeerView], now: At) -> Vec<Event> {
        self.peers = peers.to_vec();
        self.book.hear(peers, &self.limits, now);
        self.weigh_scope(now).into_iter().collect()
    }

    /// How a node stands; `None` when it is not watched.
    #[must_use]
    pub fn verdict(&self, node: &NodeId) -> Option<Verdict> {
        self.tracks.get(node).map(shown)
    }

    /// Every rule of a node that is raised, or out of its limit and not yet raised; the weightiest first. Empty when it is not
    /// watched, or is given up on: then nothing of it is known.
    #[must_use]
    pub fn reasons(&self, node: &NodeId) -> Vec<Reason> {
        self.tracks.get(node).filter(|t| t.answered() && !t.lost()).map(reasons).unwrap_or_default()
    }

    /// Alerts that fire and that somebody has silenced, or another alert inhibits: by name, each with the words for it.
    #[must_use]
    pub fn quieted(&self) -> Vec<(String, String)> {
        self.alerts.quieted()
    }

    /// Where the trouble is, with the comparisons that prove it.
    #[must_use]
    pub fn scope(&self) -> &ScopeVerdict {
        self.scope.said()
    }

    /// Whether any two sources hold different blocks at one height.
    #[must_use]
    pub fn safety(&self, now: At) -> Safety {
        fork::safety(&self.sight(now))
    }

    /// Blocks that nodes are to be asked for, so that chains can be compared; to be asked once, now.
    pub fn questions(&mut self, now: At) -> Vec<Question> {
        let mut searches = std::mem::take(&mut self.searches);
        let mut out = searches.narrow(&self.book, fork::unclear(&self.sight(now)), now);
        let own: Vec<NodeId> = self.tracks.values().filter(|t| t.spec.mine).map(|t| t.spec.id.clone()).collect();
        out.extend(searches.spots(&self.book, &own, &self.peers, &self.limits, now));
        self.searches = searches;
        out
    }

    const fn sight(&self, now: At) -> Sight<'_> {
        Sight {
            tracks: &self.tracks,
            peers: self.peers.as_slice(),
            book: &self.book,
            searches: &self.searches,
            limits: &self.limits,
            now,
        }
    }

    /// Own nodes that are failing: bad, stale, or given up on. By node.
    #[must_use]
    pub fn failing(&self) -> Vec<Failing> {
        let own = self.tracks.values().filter(|t| t.spec.mine);
        own.filter(|t| t.lost() || t.judged() == NodeState::Bad)
            .map(|t| {
                let v = shown(t);
                let why = v.why.first().cloned().unwrap_or_default();
                Failing {
                    node: t.spec.id.clone(),
                    state: v.state,
                    signal: v.signal,
                    since: v.since,
                    text: format!("{}: {why}", t.spec.id),
                }
            })
            .collect()
    }

    /// Whether every watched node has given an answer or a failure at least once.
    #[must_use]
    pub fn heard_all(&self) -> bool {
        self.tracks.values().all(|t| t.answered() || t.reach_words().is_some())
    }

    fn weigh_scope(&mut self, now: At) -> Option<Event> {
        if let Some(since) = self.restored {
            let waiting = self.tracks.values().any(|t| t.heard().is_none());
            if waiting && now.since(since).as_secs_f64() < ALL_HEARD_S {
                return None;
            }
            self.restored = None;
        }
        let found = scope::weigh(&self.sight(now));
        let said = self.scope.hear(found, now, self.limits.scope_hold_s)?;
        Some(ScopeChanged { to: said.scope, evidence: said.evidence.clone() }.into())
    }
}

const fn is_verdict(event: &Event) -> bool {
    matches!(event, Event::Health(HealthEvent::Verdict(_)))
}

/// What stands of one node, as it was said.
fn standing_events(track: &Track, judged: At) -> Vec<Event> {
    let to = track.judged();
    let said = |signal: &str, why: &str, since: At| {
        let (node, signal, why) = (track.spec.id.clone(), signal.to_owned(), why.to_owned());
        VerdictChanged { node, signal, from: NodeState::Ok, to, why, since, judged }.into()
    };
    if track.lost() {
        return vec![said(REACHABILITY, track.reach_words().unwrap_or_default(), track.reach_since())];
    }
    track.lead().into_iter().map(|(signal, s)| said(signal.name(), &s.why, s.hold.since())).collect()
}

/// The event of one observation: the state changed, or another rule joined a state that was bad already.
fn verdict_event(
    track: &Track,
    before: NodeState,
    was_lost: bool,
    turns: &[(SignalId, Turn)],
    at: At,
) -> Option<Event> {
    let after = track.judged();
    let make = |signal: &str, why: String, since: At| {
        Some(
            VerdictChanged {
                node: track.spec.id.clone(),
                signal: signal.to_owned(),
                from: before,
                to: after,
                why,
                since,
                judged: at,
            }
            .into(),
        )
    };
    if track.lost() != was_lost {
        let words = track.reach_words().unwrap_or("it answers again, with a new block").to_owned();
        let lead = track.lead();
        return match (track.lost(), lead) {
            (false, Some((signal, s))) => make(signal.name(), s.why.clone(), s.hold.since()),
            _ => make(REACHABILITY, words, track.reach_since()),
        };
    }
    if track.lost() {
        return None;
    }
    let first_answer = before == NodeState::Unknown && after == NodeState::Ok;
    if after != before && !first_answer {
        let best = turns.iter().max_by_key(|(_, t)| (t.to, t.since));
        return match (best, track.lead()) {
            (Some((signal, turn)), _) if super::track::state_of(turn.to) == after => {
                make(signal.name(), why_of(track, *signal), turn.since)
            }
            (_, Some((signal, s))) => make(signal.name(), s.why.clone(), s.hold.since()),
            (Some((signal, turn)), None) => make(signal.name(), why_of(track, *signal), turn.since),
            (None, None) => None,
        };
    }
    let joined = turns.iter().find(|(_, t)| t.to == Level::Bad)?;
    make(joined.0.name(), why_of(track, joined.0), joined.1.since)
}

fn why_of(track: &Track, signal: SignalId) -> String {
    track.standings.get(&signal).map(|s| s.why.clone()).unwrap_or_default()
}
