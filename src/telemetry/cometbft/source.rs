//! The CometBFT source: a few GETs a round over one kept connection, each degrading by itself.
//! Must not know how often it is asked. Never asks `/unconfirmed_txs`: its reply is the whole pool, 4 MB in a storm.

use super::answer::{PeerRounds, Round, answer};
use super::ask::Ask;
use super::deadlines::Deadlines;
use super::parse::{self, Net, Status};
use super::plan::{Plan, plan};
use super::round_state::{self, RoundState};
use super::signed::{Signed, signed_by};
use crate::domain::observation::{Answer, ChainBlock, ChainTiming, Failure};
use crate::domain::time::{At, Clock};
use crate::telemetry::credentials::Credentials;
use crate::telemetry::degrade::Degrade;
use crate::telemetry::http::{Http, REQUEST_LIMIT};
use crate::telemetry::memory::learn_from;
use crate::telemetry::rpc_link::must;

/// Rounds after which what hardly changes is asked again.
const SLOW_ROUNDS: u64 = 60;

/// Rounds after which big replies (peers, results of a block) are asked again.
const BIG_ROUNDS: u64 = 5;

/// Headers read at the start, as the chain's own history; a node gives no more in one reply.
const HISTORY: u64 = 20;

/// Commits asked for in one round; after a gap the latest count, and what lies before is not counted.
const COMMITS: u64 = 4;

/// Pages of `/validators` (100 each) that are read; a larger set is not joined, and its votes are told by power alone.
const SET_PAGES: u64 = 4;

/// How exact header times are, milliseconds: they are medians of votes.
const TIME_BLUR_MS: u64 = 200;

/// Seconds a height may be undecided before peers are asked where they stand: that reply is big.
const LOOK_AT_PEERS_S: f64 = 15.0;

/// Route of the planned upgrade on chains of the Cosmos SDK.
const PLAN: &str = "abci_query?path=%22/cosmos.upgrade.v1beta1.Query/CurrentPlan%22";

/// One CometBFT node.
#[derive(Debug, Default)]
pub struct Cometbft {
    url: String,
    rounds: u64,
    degrade: Degrade,
    times_ms: Vec<u64>,
    timing: Option<ChainTiming>,
    last: Option<(u64, At)>,
    before: Option<(u64, At)>,
    set: Vec<(String, u64)>,
    set_at: u64,
    net: Option<Net>,
    churn: Option<(usize, usize)>,
    signed: Signed,
    results: Option<(u64, u64, u64)>,
    plan: Option<Plan>,
    told: Vec<ChainBlock>,
    deadlines: Deadlines,
}

impl Cometbft {
    /// A node at this base URL; nothing is asked yet.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self { url: url.trim_end_matches('/').to_owned(), ..Self::default() }
    }

    /// Seconds a block should take, where that is known.
    #[must_use]
    pub fn block_s(&self) -> Option<f64> {
        self.timing.map(|t| t.block_s)
    }

    /// One round of calls.
    ///
    /// # Errors
    /// When `/status` cannot be had: without it the node has not answered.
    pub async fn round(&mut self, http: &Http, who: &Credentials, clock: &dyn Clock) -> Result<Answer, Failure> {
        let url = self.url.clone();
        let ask = Ask { http, who, url: &url };
        self.degrade.begin();
        let status = parse::status(&must(ask.get("status", REQUEST_LIMIT).await, "status")?)?;
        self.follow(&ask, &status).await;
        let state =
            ask.want(&mut self.degrade, "consensus_state", "consensus_state", round_state::consensus_state).await;
        let (state, peer_rounds) = self.peers_rounds(&ask, state, &status, clock.now()).await;
        if let Some(state) = &state {
            self.learn_set(&ask, state).await;
        }
        let pending = ask.want(&mut self.degrade, "num_unconfirmed_txs", "num_unconfirmed_txs", parse::pending).await;
        self.own_blocks(&ask, &status).await;
        if self.rounds.is_multiple_of(BIG_ROUNDS) {
            self.big(&ask, status.height).await;
        }
        if self.rounds.is_multiple_of(SLOW_ROUNDS) {
            self.plan = ask.want(&mut self.degrade, "upgrade plan", PLAN, plan).await.flatten();
        }
        self.deadlines.look(&ask, &mut self.degrade, self.rounds).await;
        self.rounds += 1;
        let round = Round {
            before: self.before,
            state,
            set: self.set.clone(),
            net: self.net.clone(),
            churn: self.churn,
            pending,
            results: self.results,
            missed: self.signed.missed().filter(|_| status.power > 0),
            plan: self.plan.clone(),
            peer_rounds,
            timing: self.timing,
            unknown: self.degrade.facts().collect(),
            status,
        };
        let chain = Some(round.status.network.as_str().into());
        let now = clock.now();
        let mut told = Answer { chain, blocks: std::mem::take(&mut self.told), ..answer(&round, now) };
        told.deadlines = self.deadlines.told(round.status.time, now);
        for fact in self.deadlines.facts(now) {
            if !told.facts.contains(&fact) {
                told.facts.push(fact);
            }
        }
        Ok(told)
    }

    /// The hashes at these heights, one request each.
    pub async fn hashes(&mut self, http: &Http, who: &Credentials, heights: &[u64]) -> Vec<ChainBlock> {
        let url = self.url.clone();
        let ask = Ask { http, who, url: &url };
        let mut blocks = Vec::with_capacity(heights.len());
        for height in heights {
            let route = format!("blockchain?minHeight={height}&maxHeight={height}");
            let headers = ask.want(&mut self.degrade, "blockchain", &route, parse::headers).await.unwrap_or_default();
            let found = headers.iter().find(|h| h.height == *height).and_then(|h| block(h).hash);
            blocks.push(ChainBlock { height: *height, hash: found });
        }
        blocks
    }

    /// Follows the tip, and learns the block time from the chain's own headers.
    async fn follow(&mut self, ask: &Ask<'_>, status: &Status) {
        if self.last.is_none() && status.height > 1 {
            let from = status.height.saturating_sub(HISTORY).max(1);
            let route = format!("blockchain?minHeight={from}&maxHeight={}", status.height);
            let headers = ask.want(&mut self.degrade, "blockchain", &route, parse::headers).await.unwrap_or_default();
            // The first block's time is that of the genesis file, long before the chain began.
            let history = headers.iter().filter(|h| h.height > 1 && h.height < status.height);
            self.times_ms = history.clone().map(|h| millis(h.time)).collect();
            self.before = history.max_by_key(|h| h.height).map(|h| (h.height, h.time));
            self.told = headers.iter().filter(|h| h.height < status.height).map(block).collect();
        }
        let moved = self.last.is_none_or(|(height, _)| height < status.height);
        if !moved {
            return;
        }
        if self.last.is_some() {
            self.before = self.last;
        }
        if self.timing.is_none() && !status.catching_up {
            self.times_ms.push(millis(status.time));
            self.timing = learn_from(self.times_ms.clone(), TIME_BLUR_MS);
            self.times_ms.drain(..self.times_ms.len().saturating_sub(2 * 20));
        }
        self.last = Some((status.height, status.time));
    }

    /// Where peers stand, when the height takes long or the node is behind; and the round itself, where only the full
    /// dump is served.
    async fn peers_rounds(
        &mut self,
        ask: &Ask<'_>,
        state: Option<RoundState>,
        status: &Status,
        now: At,
    ) -> (Option<RoundState>, Option<PeerRounds>) {
        let undecided = state.as_ref().and_then(|s| s.start).map_or(0.0, |start| now.since(start).as_secs_f64());
        let due = self.rounds.is_multiple_of(BIG_ROUNDS);
        let unclear = undecided > LOOK_AT_PEERS_S || status.catching_up;
        if state.is_some() && !(unclear && due) {
            return (state, None);
        }
        let what = "dump_consensus_state";
        let Some(dump) = ask.want(&mut self.degrade, what, what, round_state::dump_consensus_state).await else {
            return (state, None);
        };
        let rounds = PeerRounds { height: dump.height, peers: dump.peers.clone() };
        if !dump.set.is_empty() {
            self.set.clone_from(&dump.set);
            self.set_at = dump.height;
        }
        (Some(state.unwrap_or(dump)), Some(rounds))
    }

    /// Asks for the set when what is known does not fit the votes any more.
    async fn learn_set(&mut self, ask: &Ask<'_>, state: &RoundState) {
        let fits = round_state::join(state, &self.set).is_some() || state.prevotes.votes.is_empty();
        if fits || self.set_at == state.height {
            return;
        }
        let mut set = Vec::new();
        for page in 1..=SET_PAGES {
            let route = format!("validators?height={}&page={page}&per_page=100", state.height);
            let Some((mut members, total)) = ask.want(&mut self.degrade, "validators", &route, parse::validators).await
            else {
                return;
            };
            let got = members.len();
            set.append(&mut members);
            if got == 0 || set.len() as u64 >= total {
                break;
            }
        }
        self.set = set;
        self.set_at = state.height;
    }

    /// Whether our validator signed the blocks since the last look; the newest block's commit is not final yet.
    async fn own_blocks(&mut self, ask: &Ask<'_>, status: &Status) {
        if status.power == 0 || status.catching_up || status.height < 2 {
            return;
        }
        let top = status.height - 1;
        let from = self.signed.newest().map_or(top, |h| h + 1).max(top.saturating_sub(COMMITS - 1));
        for height in from..=top {
            let read = |text: &str| signed_by(text, &status.validator);
            match ask.want(&mut self.degrade, "commit", &format!("commit?height={height}"), read).await {
                Some(signed) => self.signed.push(height, signed),
                None => return,
            }
        }
    }

    async fn big(&mut self, ask: &Ask<'_>, height: u64) {
        let net = ask.want(&mut self.degrade, "net_info", "net_info", parse::net).await;
        self.churn = self.net.as_ref().zip(net.as_ref()).map(|(old, new)| {
            let lacks = |a: &Net, b: &Net| a.ids.iter().filter(|id| b.ids.binary_search(id).is_err()).count();
            (lacks(new, old), lacks(old, new))
        });
        self.net = net;
        let route = format!("block_results?height={height}");
        let found = ask.want(&mut self.degrade, "block_results", &route, parse::failed_txs).await;
        self.results = found.map(|(txs, failed)| (height, txs, failed));
    }
}

fn millis(time: At) -> u64 {
    u64::try_from(time.micros() / 1_000).unwrap_or(0)
}

/// A header as others' are compared with it; an older node that names no hash tells nothing.
fn block(header: &parse::Header) -> ChainBlock {
    ChainBlock { height: header.height, hash: Some(header.hash.as_str().into()).filter(|_| !header.hash.is_empty()) }
}
