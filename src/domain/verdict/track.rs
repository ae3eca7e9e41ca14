//! What judgement remembers of one node: its runs, its tip, its finality, its reachability.
//! Must not know other nodes; the scope compares.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::client::Client;
use super::crowd::Crowd;
use super::flaps::Flaps;
use super::fork_rules::{self, OtherRules};
use super::history::{History, Usual};
use super::hold::{Hold, Level, Need, Turn};
use super::limits::Limits;
use super::rules::{self, Finding, Mark, Pace};
use crate::domain::event::NodeState;
use crate::domain::observation::{Answer, ChainTiming, Deadline, Failure, Family, Value};
use crate::domain::signal::SignalId;
use crate::domain::time::{At, Span};
use crate::domain::votes::Votes;
use crate::domain::watch::NodeSpec;

mod restored;
mod told;

/// What must have moved before a rule clears: remembered when it was raised.
#[derive(Clone, Debug, Default, PartialEq)]
struct Marks {
    tip: Option<Arc<str>>,
    finality: Option<f64>,
}

/// One rule on one node.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    pub hold: Hold,
    pub why: String,
    pub need: u32,
    pub slow: bool,
    raised: Marks,
    raises: Flaps,
}

/// Whether the node answers.
#[derive(Clone, Debug, Default)]
struct Reach {
    lost: Option<NodeState>,
    since: At,
    fails: u32,
    first_fail: At,
    answers: u32,
    first_answer: At,
    tip_at_loss: Option<Arc<str>>,
    words: Option<String>,
    /// In the running row of failures nobody listened at least once: the process was gone.
    refused: bool,
    returns: Flaps,
}

/// One node.
#[derive(Clone, Debug)]
pub(super) struct Track {
    pub spec: NodeSpec,
    pub standings: BTreeMap<SignalId, Standing>,
    reach: Reach,
    timing: Option<ChainTiming>,
    tip: Option<Arc<str>>,
    tip_moved: Option<At>,
    height: Option<f64>,
    finality: Option<f64>,
    height_at_finality: Option<f64>,
    synced: bool,
    most_peers: f64,
    peers: Option<f64>,
    client: Option<Client>,
    votes: Option<Box<Votes>>,
    deadlines: Vec<Deadline>,
    fork_rules: Option<String>,
    other_rules: Vec<OtherRules>,
    history: History,
    gap: Option<f64>,
    crowd: Option<Crowd>,
    chain: Option<Arc<str>>,
    answered: bool,
    heard: Option<At>,
    first_heard: Option<At>,
    catching_up: bool,
}

impl Track {
    pub fn new(spec: NodeSpec) -> Self {
        Self {
            spec,
            standings: BTreeMap::new(),
            reach: Reach::default(),
            timing: None,
            tip: None,
            tip_moved: None,
            height: None,
            finality: None,
            height_at_finality: None,
            synced: false,
            most_peers: 0.0,
            peers: None,
            client: None,
            votes: None,
            deadlines: Vec::new(),
            fork_rules: None,
            other_rules: Vec::new(),
            history: History::default(),
            gap: None,
            crowd: None,
            chain: None,
            answered: false,
            heard: None,
            first_heard: None,
            catching_up: false,
        }
    }

    pub const fn family(&self) -> Family {
        self.spec.family
    }

    /// Seconds a block should take, where that is known.
    pub fn block_s(&self) -> Option<f64> {
        let told = self.timing.map(|t| t.block_s).filter(|b| b.is_finite() && *b > 0.0);
        self.usual().map(|u| u.median).or(told)
    }

    /// What a block takes by this node's own headers, where the protocol gives no number of its own.
    pub fn usual(&self) -> Option<Usual> {
        let protocol = self.timing.is_some_and(|t| t.from_protocol);
        self.history.usual().filter(|u| !protocol && u.is_regular() && u.median > 0.0)
    }

    /// The gap before the newest block, when that came with this answer.
    pub const fn gap(&self) -> Option<f64> {
        self.gap
    }

    /// Seconds that the latest dozen blocks took on average.
    pub fn mean_of_latest(&self) -> Option<f64> {
        self.history.mean_of_latest()
    }

    /// Height of the newest head, and when it was made.
    pub const fn head_born(&self) -> Option<(f64, At)> {
        self.history.newest()
    }

    /// Where the others of this chain stand.
    pub const fn crowd(&self) -> Option<Crowd> {
        self.crowd
    }

    /// When it was last heard of.
    pub const fn heard(&self) -> Option<At> {
        self.heard
    }

    /// Takes where the others stand and which forks they are set for, before an answer is judged.
    pub fn among(&mut self, crowd: Option<Crowd>, rules: Vec<OtherRules>) {
        (self.crowd, self.other_rules) = (crowd, rules);
    }

    /// Whether any rule about the chain's pace is out of its limit or not yet cleared: what comes now is not normal.
    fn is_troubled(&self) -> bool {
        let pace = [SignalId::HEAD_AGE, SignalId::BLOCK_INTERVAL, SignalId::FINALITY_LAG, SignalId::ROUND];
        let out = |s: &Standing| s.hold.judged() != Level::Ok || s.hold.latest() != Level::Ok;
        self.catching_up || self.reach.lost.is_some() || pace.iter().any(|id| self.standings.get(id).is_some_and(out))
    }

    pub fn slots_per_epoch(&self) -> Option<u64> {
        self.timing.and_then(|t| t.slots_per_epoch).filter(|n| *n > 0)
    }

    /// Polls that an epoch brings: one for each block, but 1 to 5 s apart (as the pollers go). A quarter more, for epochs are not all
    /// told at the same moment: the next one must have said its own.
    fn epoch_polls(&self) -> u32 {
        /// Longer than any known chain's epoch; beyond it a rule would never speak.
        const MOST: f64 = 1_000.0;
        let block_s = self.block_s().unwrap_or(12.0);
        let slots = self.slots_per_epoch().map_or(32.0, |n| f64::from(u32::try_from(n).unwrap_or(u32::MAX)));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to MOST")]
        let polls = (1.25 * block_s * slots / block_s.clamp(1.0, 5.0)).ceil().clamp(0.0, MOST) as u32;
        polls
    }

    pub const fn most_peers(&self) -> f64 {
        self.most_peers
    }

    /// Whether both are of one family and one network, and do not say themselves that they are on different chains.
    pub fn same_chain(&self, other: &Self) -> bool {
        let chain = self.chain.is_none() || other.chain.is_none() || self.chain == other.chain;
        chain && self.spec.family == other.spec.family && self.spec.network == other.spec.network
    }

    /// What it runs, where it says so.
    pub fn client(&self) -> Option<Client> {
        self.client.clone()
    }

    /// Who had voted when it answered last.
    pub fn votes(&self) -> Option<&Votes> {
        self.votes.as_deref()
    }

    /// Whether it has lost at least half of the peers it once had; `None` where it never told of any.
    pub fn lost_peers(&self) -> Option<bool> {
        let now = self.peers.filter(|_| self.most_peers >= 1.0)?;
        Some(2.0 * now <= self.most_peers)
    }

    pub const fn height(&self) -> Option<f64> {
        self.height
    }

    /// Seconds since we saw the tip move, for chains whose block time is learned; `None` where the protocol's word counts.
    pub fn since_tip_moved(&self) -> Option<f64> {
        let learned = self.timing.is_none_or(|t| !t.from_protocol);
        let seconds = self.heard?.since(self.tip_moved?).as_secs_f64();
        learned.then_some(seconds)
    }

    /// Whether the node says of itself that it is not there yet.
    pub const fn catching_up(&self) -> bool {
        self.catching_up
    }

    /// Seconds since we saw the tip move, or since we first asked.
    pub fn still_s(&self) -> f64 {
        let since = self.tip_moved.or(self.first_heard);
        self.heard.zip(since).map_or(0.0, |(now, then)| now.since(then).as_secs_f64())
    }

    /// The finalized epoch or block, as last told.
    pub const fn finality(&self) -> Option<f64> {
        self.finality
    }

    pub const fn answered(&self) -> bool {
        self.answered
    }

    pub const fn tip_moved(&self) -> Option<At> {
        self.tip_moved
    }

    /// Blocks the head moved since the finalized block last did, as far as we watched.
    pub fn blocks_since_finality(&self) -> Option<f64> {
        Some((self.height? - self.height_at_finality?).max(0.0))
    }

    /// The head moved lately and the node says it is not behind.
    pub fn moves_and_is_synced(&self) -> bool {
        let quiet = self.standings.get(&SignalId::HEAD_AGE).is_none_or(|s| s.hold.latest() == Level::Ok);
        quiet && self.synced && self.tip_moved.is_some()
    }

    /// Takes one good answer; the turns of its rules, worst first.
    pub fn answer(&mut self, answer: &Answer, at: At, limits: &Limits) -> Vec<(SignalId, Turn)> {
        self.remember(answer, at);
        let mut turns = Vec::new();
        for finding in rules::findings(self, answer, limits) {
            let signal = finding.signal;
            if let Some(turn) = self.weigh(finding, at, limits) {
                turns.push((signal, turn));
            }
        }
        self.come_back(at, limits);
        turns
    }

    fn remember(&mut self, answer: &Answer, at: At) {
        let value = |s| answer.readings.iter().find(|r| r.signal == s).and_then(|r| r.value.number());
        self.answered = true;
        self.heard = Some(at);
        self.first_heard.get_or_insert(at);
        self.catching_up = value(SignalId::CATCHING_UP).is_some_and(|flag| flag > 0.0);
        let troubled = self.is_troubled();
        // A chain that has slowed down would be learned as a slow one.
        let frozen = |new: &ChainTiming| troubled && !new.from_protocol && self.timing.is_some();
        if let Some(timing) = answer.timing.filter(|t| !frozen(t)) {
            self.timing = Some(timing);
        }
        self.gap = None;
        let height = value(SignalId::HEIGHT);
        let tip = answer.tip.as_ref().map(|t| Arc::clone(&t.hash)).or_else(|| height.map(|h| Arc::from(h.to_string())));
        if tip.is_some() && tip != self.tip {
            if self.tip.is_some() {
                self.tip_moved = Some(at);
            }
            self.tip = tip;
            // Solana's slots carry no time: their age is only when we saw them.
            let age = value(SignalId::HEAD_AGE).filter(|_| self.spec.family != Family::Solana);
            if let Some((height, age)) = height.zip(age.filter(|a| a.is_finite())) {
                self.gap = self.history.head(height, born(at, age), !troubled);
            }
        }
        self.height = height.or(self.height);
        let finality = value(SignalId::FINALIZED_EPOCH).or_else(|| value(SignalId::FINALIZED_HEIGHT));
        if finality.is_some() && finality != self.finality {
            self.finality = finality;
            self.height_at_finality = self.height;
        }
        if let Some(distance) = value(SignalId::SYNC_DISTANCE) {
            self.synced = distance <= 1.0;
        }
        if let Some(peers) = value(SignalId::PEERS) {
            self.most_peers = self.most_peers.max(peers);
            self.peers = Some(peers);
        }
        self.votes.clone_from(&answer.votes);
        self.deadlines.clone_from(&answer.deadlines);
        self.fork_rules = fork_rules::told(answer).map(str::to_owned).or(self.fork_rules.take());
        if answer.chain.is_some() {
            self.chain.clone_from(&answer.chain);
        }
        let version = answer.readings.iter().find(|r| r.signal == SignalId::VERSION);
        if let Some(Value::Text(says)) = version.map(|r| &r.value) {
            self.client = Client::parse(says, self.spec.family);
        }
    }

    fn weigh(&mut self, finding: Finding, at: At, limits: &Limits) -> Option<Turn> {
        let need = Need {
            raise: match finding.pace {
                Pace::Usual => limits.raise_after,
                Pace::Slow => limits.raise_after_host,
                Pace::AtOnce => 1,
                Pace::TwoEpochs => limits.raise_after.saturating_add(self.epoch_polls()),
            },
            clear: limits.clear_after,
        };
        let now = Marks { tip: self.tip.clone(), finality: self.finality };
        let standing = self.standings.entry(finding.signal).or_insert_with(|| Standing {
            hold: Hold::default(),
            why: String::new(),
            need: need.raise,
            slow: finding.pace == Pace::Slow,
            raised: Marks::default(),
            raises: Flaps::default(),
        });
        let progress = match finding.mark {
            Mark::None => true,
            Mark::Tip => now.tip.is_none() || now.tip != standing.raised.tip,
            Mark::Finality => match (now.finality, standing.raised.finality) {
                (Some(now), Some(raised)) => now > raised,
                _ => true,
            },
        };
        let damped = if standing.raises.many(at) { limits.damped_clear.max(1) } else { 1 };
        let need = Need { clear: need.clear.saturating_mul(damped), ..need };
        standing.why = finding.why;
        standing.need = need.raise;
        let turn = standing.hold.sample(finding.level, at, progress, need)?;
        if turn.to > turn.from {
            standing.raised = now;
            standing.raises.add(at);
        }
        Some(turn)
    }

    /// Takes one failed round.
    pub fn failure(&mut self, failure: &Failure, at: At, limits: &Limits) {
        self.heard = Some(at);
        let reach = &mut self.reach;
        reach.answers = 0;
        if reach.fails == 0 {
            reach.first_fail = at;
        }
        reach.fails = reach.fails.saturating_add(1);
        reach.refused |= matches!(failure, Failure::Refused);
        reach.words = Some(failure.to_string());
        if reach.lost.is_none() && reach.fails >= limits.raise_after {
            let silent = matches!(failure, Failure::Refused | Failure::TimedOut { .. } | Failure::Setup(_));
            let state = if self.answered && silent { NodeState::Stale } else { NodeState::Unknown };
            self.lose(state);
        }
    }

    /// Nothing was heard from the poller itself: our own view is stale. `true` when that turned now.
    pub fn silence(&mut self, now: At, limits: &Limits) -> bool {
        let Some(heard) = self.heard else { return false };
        let silent = now.since(heard).as_secs_f64();
        if silent <= limits.silent_s || self.reach.lost.is_some() {
            return false;
        }
        self.reach.first_fail = heard;
        self.reach.answers = 0;
        self.reach.fails = self.reach.fails.max(limits.raise_after);
        self.reach.words = Some("our own poller has not reported: this view is stale".to_owned());
        self.lose(if self.answered { NodeState::Stale } else { NodeState::Unknown });
        true
    }

    fn lose(&mut self, state: NodeState) {
        self.reach.lost = Some(state);
        self.reach.since = self.reach.first_fail;
        self.reach.tip_at_loss.clone_from(&self.tip);
    }

    /// Answering again is not enough where there is a chain: a new block is the proof, or the head's own rule takes over.
    fn come_back(&mut self, at: At, limits: &Limits) {
        let head = self.standings.get(&SignalId::HEAD_AGE).map(|s| s.hold.latest());
        let reach = &mut self.reach;
        if reach.answers == 0 {
            reach.first_answer = at;
        }
        reach.answers = reach.answers.saturating_add(1);
        // A single answer that came late is no return; a process that was gone is one, and so is whatever was given up on.
        if reach.fails > 0 && (reach.refused || reach.lost.is_some()) {
            reach.returns.add(at);
        }
        (reach.fails, reach.refused) = (0, false);
        if reach.returns.many(at) && at.since(reach.first_answer).as_secs_f64() < limits.stay_s {
            let times = reach.returns.count(at);
            if reach.lost.is_none() {
                (reach.since, reach.tip_at_loss) = (reach.first_answer, self.tip.clone());
            }
            reach.lost = Some(NodeState::Bad);
            let stay = limits.stay_s / 60.0;
            reach.words = Some(format!(
                "it keeps coming back: gone {times} times within 15 min; well only when it has stayed for {stay:.0} min"
            ));
            return;
        }
        if reach.lost.is_none() {
            reach.words = None;
            return;
        }
        let proved = self.tip.is_none()
            || self.tip != reach.tip_at_loss
            || head.is_none_or(|level| level != Level::Ok)
            || reach.tip_at_loss.is_none();
        if reach.answers >= limits.clear_after && proved {
            reach.lost = None;
            reach.since = reach.first_answer;
            reach.words = None;
        } else if reach.answers == 1 {
            reach.words = Some("it answers again; waiting for a new block as proof".to_owned());
        }
    }

    /// The judged state, without what is not yet sure.
    pub fn judged(&self) -> NodeState {
        if let Some(lost) = self.reach.lost {
            return lost;
        }
        if !self.answered {
            return NodeState::Unknown;
        }
        state_of(self.standings.values().map(|s| s.hold.judged()).max().unwrap_or(Level::Ok))
    }

    /// Whether it was given up on: it is failing in its own right.
    pub const fn lost(&self) -> bool {
        self.reach.lost.is_some()
    }

    /// Since when it is (or was last) unreachable or reachable again.
    pub const fn reach_since(&self) -> At {
        self.reach.since
    }

    /// Why it gives nothing usable, in words.
    pub fn reach_words(&self) -> Option<&str> {
        self.reach.words.as_deref()
    }

    /// The rule that weighs most, and its standing.
    pub fn lead(&self) -> Option<(SignalId, &Standing)> {
        let worst = self.standings.values().map(|s| s.hold.judged()).max().filter(|l| *l != Level::Ok)?;
        self.standings.iter().find(|(_, s)| s.hold.judged() == worst).map(|(id, s)| (*id, s))
    }
}

/// When the block of this age was made.
fn born(at: At, age_s: f64) -> At {
    #[expect(clippy::cast_possible_truncation, reason = "a float beyond the range ends at its border")]
    let micros = (age_s * 1e6) as i64;
    at.plus(Span::from_micros(micros.saturating_neg()))
}

/// A level as a node's state.
pub(super) const fn state_of(level: Level) -> NodeState {
    match level {
        Level::Ok => NodeState::Ok,
        Level::Warn => NodeState::Warn,
        Level::Bad => NodeState::Bad,
    }
}
