//! The Substrate source: two batches a round, what is heavy or gated by itself. Must not know how often it is asked.

use super::answer::{Round, answer};
use super::parse::{self, Header};
use crate::domain::observation::{Answer, ChainBlock, ChainTiming, Failure};
use crate::domain::time::{At, Clock};
use crate::telemetry::credentials::Credentials;
use crate::telemetry::degrade::{ASIDE_LIMIT, Degrade};
use crate::telemetry::http::Http;
use crate::telemetry::memory::{Tips, learn_from};
use crate::telemetry::reorg;
use crate::telemetry::rpc::{Call, Outcome};
use crate::telemetry::rpc_link::{Line, RpcLink, must};

/// Rounds after which what hardly changes is asked again.
const SLOW_ROUNDS: u64 = 60;

/// Rounds after which big replies are asked again.
const BIG_ROUNDS: u64 = 5;

/// Blocks whose times are read at the start, as the chain's own history.
const HISTORY: u64 = 20;

/// How exact the chain's times are, milliseconds: authors set them when they begin a block.
const TIME_BLUR_MS: u64 = 500;

/// Where every chain of the family keeps the block's time: the hashes of `Timestamp` and `Now`.
const TIME_KEY: &str = "0xf0c365c3cf59d671eb72da0e7a4113c49f1f0515f462cdcf84e0f1d6045dfcbb";

/// The call that gives the block's time, for [`Degrade`].
const TIME: &str = "state_getStorage";

/// One Substrate node.
#[derive(Debug, Default)]
pub struct Substrate {
    link: RpcLink,
    rounds: u64,
    degrade: Degrade,
    seen: Tips,
    last: Option<(u64, Option<u64>)>,
    moved: Option<At>,
    timing: Option<ChainTiming>,
    times_ms: Vec<u64>,
    kept: Option<Round>,
}

impl Substrate {
    /// A node at this URL; nothing is asked yet.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self { link: RpcLink::new(url), ..Self::default() }
    }

    /// Seconds a block should take, where that is known.
    #[must_use]
    pub fn block_s(&self) -> Option<f64> {
        self.timing.map(|t| t.block_s)
    }

    /// One round of calls.
    ///
    /// # Errors
    /// When `chain_getHeader` cannot be had: without it the node has not answered.
    pub async fn round(&mut self, http: &Http, who: &Credentials, clock: &dyn Clock) -> Result<Answer, Failure> {
        let line = Line { http, who };
        self.degrade.begin();
        let mut round = self.first(line, clock.now()).await?;
        self.second(line, &mut round, clock.now()).await;
        if self.rounds.is_multiple_of(BIG_ROUNDS) {
            round.pending =
                self.link.want(line, &mut self.degrade, &Call::bare("author_pendingExtrinsics"), parse::count).await;
            round.peer_bests =
                self.link.want(line, &mut self.degrade, &Call::bare("system_peers"), parse::peer_bests).await;
        }
        if self.rounds.is_multiple_of(SLOW_ROUNDS) {
            round.version = self.link.want(line, &mut self.degrade, &Call::bare("system_version"), parse::text).await;
            round.chain = self.link.want(line, &mut self.degrade, &Call::bare("system_chain"), parse::text).await;
            round.runtime =
                self.link.want(line, &mut self.degrade, &Call::bare("state_getRuntimeVersion"), parse::runtime).await;
        }
        self.rounds += 1;
        round.reorg_depth = self.seen.deepest(clock.now());
        round.timing = self.timing;
        round.unknown = self.degrade.facts().collect();
        self.kept = Some(round.clone());
        let chain = round.chain.as_deref().map(Into::into);
        Ok(Answer { chain, blocks: self.seen.take_told(), ..answer(&round, clock.now()) })
    }

    /// The hashes at these heights.
    pub async fn hashes(&mut self, http: &Http, who: &Credentials, heights: &[u64]) -> Vec<ChainBlock> {
        reorg::hashes(&mut self.link, Line { http, who }, heights, by_height).await
    }

    /// What every round asks; what is asked seldom is taken over from the round before.
    async fn first(&mut self, line: Line<'_>, now: At) -> Result<Round, Failure> {
        let storage = format!(r#"["{TIME_KEY}"]"#);
        let wanted = [
            ("chain_getFinalizedHead", "[]"),
            ("system_health", "[]"),
            ("grandpa_roundState", "[]"),
            ("system_syncState", "[]"),
            (TIME, storage.as_str()),
        ];
        let mut calls = vec![Call::new("chain_getHeader", "[]")];
        calls.extend(wanted.iter().filter(|(m, _)| self.degrade.asks(m)).map(|(m, p)| Call::new(m, p)));
        let mut given = self.link.ask(line, &calls).await?.into_iter();
        let first = given.next().unwrap_or(Ok(Outcome::Nothing));
        let best = parse::header(&must(first, "chain_getHeader")?)?;
        let kept = self.kept.take();
        let mut round = Round {
            best,
            hash: None,
            time_ms: None,
            moved: *self.moved.get_or_insert(now),
            before: kept.as_ref().and_then(|k| k.before),
            finalized: None,
            health: None,
            sync: None,
            votes: None,
            peer_bests: kept.as_ref().and_then(|k| k.peer_bests.clone()),
            pending: kept.as_ref().and_then(|k| k.pending),
            version: kept.as_ref().and_then(|k| k.version.clone()),
            chain: kept.as_ref().and_then(|k| k.chain.clone()),
            runtime: kept.and_then(|k| k.runtime),
            reorg_depth: 0,
            timing: None,
            unknown: Vec::new(),
        };
        let mut finalized = None;
        for (call, outcome) in calls[1..].iter().zip(given) {
            let method = call.method;
            match method {
                "chain_getFinalizedHead" => finalized = self.degrade.keep(method, outcome, parse::text),
                "system_health" => round.health = self.degrade.keep(method, outcome, parse::health),
                "grandpa_roundState" => round.votes = self.degrade.keep(method, outcome, parse::grandpa),
                "system_syncState" => round.sync = self.degrade.keep(method, outcome, parse::sync_state),
                _ => round.time_ms = self.degrade.keep(method, outcome, parse::timestamp_ms),
            }
        }
        round.finalized = self.finalized(line, finalized).await;
        Ok(round)
    }

    async fn finalized(&mut self, line: Line<'_>, hash: Option<String>) -> Option<u64> {
        let call = Call::new("chain_getHeader", &format!("[{}]", serde_json::Value::from(hash?)));
        let given = self.link.one(line, &call, ASIDE_LIMIT).await;
        self.degrade.keep("chain_getHeader", given, parse::header).map(|h| h.number)
    }

    /// The best block's hash; then, when it is new, whether it continues what was seen, and the chain's pace.
    async fn second(&mut self, line: Line<'_>, round: &mut Round, now: At) {
        let Header { number, parent } = round.best.clone();
        let given = self.link.one(line, &by_height(number), ASIDE_LIMIT).await;
        round.hash = self.degrade.keep("chain_getBlockHash", given, parse::text);
        if let Some(hash) = round.hash.as_deref().filter(|h| self.seen.newest().is_none_or(|s| *s.hash != **h)) {
            let found = (number, hash, Some(parent.as_str()));
            reorg::follow(&mut self.link, line, &mut self.seen, found, (by_height, now)).await;
        }
        if self.last.is_none() {
            self.history(line, number).await;
        }
        if self.last.is_some_and(|(height, _)| height == number) {
            return;
        }
        if let Some((height, time)) = self.last {
            round.before = time.map(|t| (height, t));
            self.moved = Some(now);
            round.moved = now;
        }
        self.last = Some((number, round.time_ms));
        if self.timing.is_none() {
            self.times_ms.extend(round.time_ms);
            self.timing = learn_from(self.times_ms.clone(), TIME_BLUR_MS);
            self.times_ms.drain(..self.times_ms.len().saturating_sub(40));
        }
    }

    /// Times of the latest blocks, from which the block time is learned.
    async fn history(&mut self, line: Line<'_>, top: u64) {
        let calls: Vec<Call> = (top.saturating_sub(HISTORY).max(1)..top).map(by_height).collect();
        if calls.is_empty() || !self.degrade.asks(TIME) || !self.link.takes_batches() {
            return;
        }
        let Ok(hashes) = self.link.ask(line, &calls).await else { return };
        let hashes = hashes.into_iter().filter_map(|h| given(h).and_then(|t| parse::text(&t).ok()));
        let calls: Vec<Call> = hashes
            .map(|hash| Call::new(TIME, &format!(r#"["{TIME_KEY}",{}]"#, serde_json::Value::from(hash))))
            .collect();
        let Ok(times) = self.link.ask(line, &calls).await else { return };
        self.times_ms = times.into_iter().filter_map(|t| given(t).and_then(|t| parse::timestamp_ms(&t).ok())).collect();
    }
}

fn given(outcome: Result<Outcome, Failure>) -> Option<String> {
    match outcome {
        Ok(Outcome::Given(text)) => Some(text),
        _ => None,
    }
}

fn by_height(height: u64) -> Call {
    Call::new("chain_getBlockHash", &format!("[{height}]"))
}
