//! The execution source: one batch a round, each method degrading by itself, reorganisations by hash.
//! Must not know how often it is asked.

use super::answer::{Round, answer, protocol_timing};
use super::parse::{self, Block};
use crate::domain::observation::{Answer, ChainTiming, Failure};
use crate::domain::time::Clock;
use crate::telemetry::credentials::Credentials;
use crate::telemetry::http::Http;
use crate::telemetry::memory::{Tips, Unsupported, learn_block_time};
use crate::telemetry::rpc::{Call, Outcome};
use crate::telemetry::rpc_link::{Line, RpcLink};

/// Rounds after which version and chain are asked again (a node may be upgraded under us).
const SLOW_ROUNDS: u64 = 60;

/// Headers read at the start, as the chain's own history.
const HISTORY: u64 = 20;

/// One execution node.
#[derive(Debug)]
pub struct EthExecution {
    link: RpcLink,
    rounds: u64,
    unsupported: Unsupported,
    tips: Tips,
    last: Option<Block>,
    before: Option<(u64, u64)>,
    times: Vec<u64>,
    timing: Option<ChainTiming>,
    version: Option<String>,
}

impl EthExecution {
    /// A node at this URL; nothing is asked yet.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self {
            link: RpcLink::new(url),
            rounds: 0,
            unsupported: Unsupported::default(),
            tips: Tips::default(),
            last: None,
            before: None,
            times: Vec::new(),
            timing: None,
            version: None,
        }
    }

    /// Seconds a block should take, where that is known.
    #[must_use]
    pub fn block_s(&self) -> Option<f64> {
        self.timing.map(|t| t.block_s)
    }

    /// One round of calls.
    ///
    /// # Errors
    /// When the newest block cannot be had: without it the node has not answered.
    pub async fn round(&mut self, http: &Http, who: &Credentials, clock: &dyn Clock) -> Result<Answer, Failure> {
        let slow = self.rounds.is_multiple_of(SLOW_ROUNDS);
        let calls = self.calls(slow);
        let given = self.ask(http, who, &calls).await?;
        let found = |method: &str, params: &str| {
            let at = calls.iter().position(|c| c.method == method && c.params.starts_with(params))?;
            Some((calls[at].method, given.get(at).cloned().unwrap_or(Outcome::Nothing)))
        };
        let latest = newest(found("eth_getBlockByNumber", r#"["latest""#).map(|f| f.1))?;
        let safe =
            self.keep(found("eth_getBlockByNumber", r#"["safe""#), "safe", |t| parse::block(t).map(|b| b.number));
        let finalized = self
            .keep(found("eth_getBlockByNumber", r#"["finalized""#), "finalized", |t| parse::block(t).map(|b| b.number));
        let syncing = self.keep(found("eth_syncing", ""), "eth_syncing", parse::syncing);
        let peers = self.keep(found("net_peerCount", ""), "net_peerCount", |t| parse::quantity(t, "net_peerCount"));
        let txpool = self.keep(found("txpool_status", ""), "txpool_status", parse::txpool);
        if let Some(v) =
            self.keep(found("web3_clientVersion", ""), "web3_clientVersion", |t| parse::text(t, "web3_clientVersion"))
        {
            self.version = Some(v);
        }
        if let Some(id) = self.keep(found("eth_chainId", ""), "eth_chainId", |t| parse::quantity(t, "eth_chainId")) {
            self.timing = protocol_timing(id).or(self.timing);
        }
        self.follow(http, who, clock, &latest).await;
        self.rounds += 1;
        let round = Round {
            before: self.before,
            safe,
            finalized,
            syncing,
            peers,
            txpool,
            version: self.version.clone(),
            reorg_depth: self.tips.deepest(clock.now()),
            timing: self.timing,
            latest,
        };
        Ok(answer(&round, clock.now()))
    }

    fn calls(&self, slow: bool) -> Vec<Call> {
        let mut calls = vec![Call::new("eth_getBlockByNumber", r#"["latest",false]"#)];
        let mut want = |key: &str, call: Call| {
            if !self.unsupported.has(key) {
                calls.push(call);
            }
        };
        want("safe", Call::new("eth_getBlockByNumber", r#"["safe",false]"#));
        want("finalized", Call::new("eth_getBlockByNumber", r#"["finalized",false]"#));
        want("eth_syncing", Call::new("eth_syncing", "[]"));
        want("net_peerCount", Call::new("net_peerCount", "[]"));
        want("txpool_status", Call::new("txpool_status", "[]"));
        if slow {
            want("web3_clientVersion", Call::new("web3_clientVersion", "[]"));
            want("eth_chainId", Call::new("eth_chainId", "[]"));
        }
        calls
    }

    /// Asks them as one batch, or one by one where the node knows no batches.
    async fn ask(&mut self, http: &Http, who: &Credentials, calls: &[Call]) -> Result<Vec<Outcome>, Failure> {
        let given = self.link.ask(Line { http, who }, calls).await?;
        // What one call beside the first could not give is left out of this round.
        Ok(given.into_iter().map(|g| g.unwrap_or(Outcome::Nothing)).collect())
    }

    /// The value of one call; what the node does not serve, or serves wrongly, is left out and remembered.
    fn keep<T>(
        &mut self,
        found: Option<(&'static str, Outcome)>,
        key: &'static str,
        read: impl FnOnce(&str) -> Result<T, Failure>,
    ) -> Option<T> {
        match found?.1 {
            Outcome::Given(text) => read(&text).ok(),
            Outcome::Unsupported => {
                self.unsupported.add(key);
                None
            }
            Outcome::Nothing | Outcome::Refused { .. } => None,
        }
    }

    /// Follows the tip: history at the start, a reorganisation's depth, the block before for the interval.
    async fn follow(&mut self, http: &Http, who: &Credentials, clock: &dyn Clock, latest: &Block) {
        if self.last.is_none() {
            self.history(http, who, latest.number).await;
        }
        let moved = self.last.as_ref().is_none_or(|l| l.hash != latest.hash);
        if !moved {
            return;
        }
        if !self.tips.continues(&latest.hash, Some(&latest.parent)) {
            self.find_fork(http, who, clock).await;
        }
        if let Some(last) = self.last.as_ref().filter(|l| l.number < latest.number) {
            self.before = Some((last.number, last.timestamp));
        }
        self.tips.push(latest.number, &latest.hash);
        if self.timing.is_none() {
            self.times.push(latest.timestamp);
            self.timing = learn_block_time(self.times.clone());
        }
        self.last = Some(latest.clone());
    }

    async fn history(&mut self, http: &Http, who: &Credentials, top: u64) {
        let from = top.saturating_sub(HISTORY);
        let calls: Vec<Call> = (from..top).map(by_number).collect();
        if calls.is_empty() || !self.link.takes_batches() {
            return;
        }
        let Ok(outcomes) = self.ask(http, who, &calls).await else { return };
        let blocks: Vec<Block> = outcomes.iter().filter_map(read_block).collect();
        // The first block's time is often the day of a genesis file, long before the chain began.
        self.times = blocks.iter().filter(|b| b.number > 0).map(|b| b.timestamp).collect();
        for block in &blocks {
            self.tips.push(block.number, &block.hash);
        }
        self.before = blocks.last().map(|b| (b.number, b.timestamp));
    }

    /// Asks the node for its block at each remembered height, newest first, until one is the one we saw.
    async fn find_fork(&mut self, http: &Http, who: &Credentials, clock: &dyn Clock) {
        let seen: Vec<_> = self.tips.backwards().cloned().collect();
        let calls: Vec<Call> = seen.iter().map(|s| by_number(s.height)).collect();
        let Ok(outcomes) = self.ask(http, who, &calls).await else { return };
        let mut blocks = outcomes.iter().map(read_block).zip(&seen);
        let kept = blocks.find(|(b, s)| b.as_ref().is_some_and(|b| b.hash == s.hash)).map(|(_, s)| s.height);
        if kept != seen.first().map(|s| s.height) {
            self.tips.reorganised(clock.now(), kept);
        }
    }
}

fn by_number(n: u64) -> Call {
    Call::new("eth_getBlockByNumber", &format!(r#"["0x{n:x}",false]"#))
}

fn read_block(outcome: &Outcome) -> Option<Block> {
    match outcome {
        Outcome::Given(text) => parse::block(text).ok(),
        _ => None,
    }
}

fn newest(outcome: Option<Outcome>) -> Result<Block, Failure> {
    let what = "eth_getBlockByNumber latest";
    match outcome.unwrap_or(Outcome::Nothing) {
        Outcome::Given(text) => parse::block(&text),
        Outcome::Nothing => Err(Failure::NotUsable(format!("{what}: no block"))),
        Outcome::Unsupported => Err(Failure::NotUsable(format!("{what}: the node does not serve it"))),
        Outcome::Refused { code, message } => Err(Failure::NotUsable(format!("{what}: error {code}: {message}"))),
    }
}
