//! The execution source: one batch a round, each method degrading by itself, reorganisations by hash.
//! Must not know how often it is asked.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::answer::{Round, answer, protocol_timing};
use super::crowd::{Crowd, receipts};
use super::parse::{self, Block, Forks};
use crate::domain::observation::{Answer, ChainBlock, ChainTiming, Failure};
use crate::domain::time::Clock;
use crate::telemetry::credentials::Credentials;
use crate::telemetry::degrade::Degrade;
use crate::telemetry::http::Http;
use crate::telemetry::memory::{Seen, Tips, learn_block_time};
use crate::telemetry::rpc::{Call, Outcome};
use crate::telemetry::rpc_link::{Line, RpcLink, must};

/// Rounds after which version and chain are asked again (a node may be upgraded under us).
const SLOW_ROUNDS: u64 = 60;

/// Rounds after which a block's receipts are read, which are some hundred kilobytes; each block's, while blocks are full.
const BIG_ROUNDS: u64 = 5;

/// Headers read at the start, as the chain's own history.
const HISTORY: u64 = 20;

/// One execution node.
#[derive(Debug)]
pub struct EthExecution {
    link: RpcLink,
    rounds: u64,
    degrade: Degrade,
    tips: Tips,
    chain: Option<u64>,
    last: Option<Block>,
    before: Option<(u64, u64)>,
    times: Vec<u64>,
    timing: Option<ChainTiming>,
    version: Option<String>,
    forks: Option<Forks>,
    crowd: Crowd,
    /// Hash of the block whose receipts were read last, its transactions and the failed ones.
    results: Option<(Arc<str>, u64, u64)>,
}

impl EthExecution {
    /// A node at this URL; nothing is asked yet.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self {
            link: RpcLink::new(url),
            rounds: 0,
            degrade: Degrade::default(),
            tips: Tips::default(),
            chain: None,
            last: None,
            before: None,
            times: Vec::new(),
            timing: None,
            version: None,
            forks: None,
            crowd: Crowd::default(),
            results: None,
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
        self.degrade.begin();
        let slow = self.rounds.is_multiple_of(SLOW_ROUNDS);
        let calls = self.calls(slow);
        let mut given = self.link.ask(Line { http, who }, &calls).await?.into_iter();
        let first = given.next().unwrap_or(Ok(Outcome::Nothing));
        let latest = parse::block(&must(first, "eth_getBlockByNumber latest")?)?;
        let mut found: BTreeMap<&str, Result<Outcome, Failure>> =
            calls[1..].iter().map(|c| key_of(c)).zip(given).collect();
        let mut take = |key: &'static str| found.remove(key).map(|outcome| (key, outcome));
        let number = |text: &str| parse::block(text).map(|b| b.number);
        let degrade = &mut self.degrade;
        let safe = kept(degrade, take("safe"), number);
        let finalized = kept(degrade, take("finalized"), number);
        let syncing = kept(degrade, take("eth_syncing"), parse::syncing);
        let peers = kept(degrade, take("net_peerCount"), |t| parse::quantity(t, "net_peerCount"));
        let txpool = kept(degrade, take("txpool_status"), parse::txpool);
        let besu_pool = kept(degrade, take("txpool_besuStatistics"), parse::besu_pool);
        if slow {
            self.forks = kept(degrade, take("eth_config"), parse::forks);
        }
        let version = kept(degrade, take("web3_clientVersion"), |t| parse::text(t, "web3_clientVersion"));
        self.version = version.or(self.version.take());
        let chain = kept(degrade, take("eth_chainId"), |t| parse::quantity(t, "eth_chainId"));
        self.chain = chain.or(self.chain);
        self.timing = chain.and_then(protocol_timing).or(self.timing);
        self.follow(http, who, clock, &latest).await;
        let flood = self.crowd.is_flood(latest.gas_used_pct, txpool);
        self.receipts(Line { http, who }, &latest, flood).await;
        self.rounds += 1;
        let round = Round {
            results: self.results.as_ref().map(|(_, all, failed)| (*all, *failed)),
            crowd: if flood { self.crowd.facts() } else { Vec::new() },
            before: self.before,
            safe,
            finalized,
            syncing,
            peers,
            txpool,
            besu_pool,
            forks: self.forks.clone(),
            version: self.version.clone(),
            reorg_depth: self.tips.deepest(clock.now()),
            timing: self.timing,
            unknown: self.degrade.facts().collect(),
            latest,
        };
        let chain = self.chain.map(|id| format!("chain id {id}").into());
        Ok(Answer { chain, blocks: self.tips.take_told(), ..answer(&round, clock.now()) })
    }

    /// The hashes at these heights.
    pub async fn hashes(&mut self, http: &Http, who: &Credentials, heights: &[u64]) -> Vec<ChainBlock> {
        let calls: Vec<Call> = heights.iter().map(|h| by_number(*h)).collect();
        let outcomes = self.ask(http, who, &calls).await.unwrap_or_default();
        let block = |(height, outcome): (&u64, &Outcome)| ChainBlock {
            height: *height,
            hash: read_block(outcome).filter(|b| b.number == *height).map(|b| b.hash),
        };
        heights.iter().zip(&outcomes).map(block).collect()
    }

    /// What became of the newest block's transactions, and who sent them.
    async fn receipts(&mut self, line: Line<'_>, latest: &Block, flood: bool) {
        let seen = self.results.as_ref().is_some_and(|(hash, ..)| *hash == latest.hash);
        if seen || !(flood || self.rounds.is_multiple_of(BIG_ROUNDS)) {
            return;
        }
        let call = Call::new("eth_getBlockReceipts", &format!(r#"["0x{:x}"]"#, latest.number));
        self.results = None;
        if let Some(found) = self.link.want(line, &mut self.degrade, &call, receipts).await {
            let failed = found.iter().filter(|r| r.failed).count() as u64;
            self.results = Some((latest.hash.clone(), found.len() as u64, failed));
            self.crowd.push(found);
        }
    }

    fn calls(&self, slow: bool) -> Vec<Call> {
        let mut calls = vec![Call::new("eth_getBlockByNumber", r#"["latest",false]"#)];
        let mut want = |key: &str, call: Call| {
            if self.degrade.asks(key) {
                calls.push(call);
            }
        };
        want("safe", Call::new("eth_getBlockByNumber", r#"["safe",false]"#));
        want("finalized", Call::new("eth_getBlockByNumber", r#"["finalized",false]"#));
        want("eth_syncing", Call::new("eth_syncing", "[]"));
        want("net_peerCount", Call::new("net_peerCount", "[]"));
        want("txpool_status", Call::new("txpool_status", "[]"));
        if !self.degrade.asks("txpool_status") {
            want("txpool_besuStatistics", Call::new("txpool_besuStatistics", "[]"));
        }
        if slow {
            want("web3_clientVersion", Call::new("web3_clientVersion", "[]"));
            want("eth_chainId", Call::new("eth_chainId", "[]"));
            want("eth_config", Call::new("eth_config", "[]"));
        }
        calls
    }

    /// Asks them as one batch, or one by one where the node knows no batches.
    async fn ask(&mut self, http: &Http, who: &Credentials, calls: &[Call]) -> Result<Vec<Outcome>, Failure> {
        let given = self.link.ask(Line { http, who }, calls).await?;
        // What one call beside the first could not give is left out of this round.
        Ok(given.into_iter().map(|g| g.unwrap_or(Outcome::Nothing)).collect())
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
        let blocks: Vec<_> = outcomes.iter().map(read_block).zip(&seen).collect();
        let same = |(b, s): &&(Option<Block>, &Seen)| b.as_ref().is_some_and(|b| b.hash == s.hash);
        let kept = blocks.iter().find(same).map(|(_, s)| s.height);
        if kept != seen.first().map(|s| s.height) {
            self.tips.reorganised(clock.now(), kept);
            for (block, old) in blocks.iter().filter(|(_, old)| kept.is_none_or(|k| old.height > k)) {
                self.tips.tell(old.height, block.as_ref().map(|b| b.hash.clone()));
            }
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

/// The value of one call, where it was asked.
fn kept<T>(
    degrade: &mut Degrade,
    found: Option<(&'static str, Result<Outcome, Failure>)>,
    read: impl FnOnce(&str) -> Result<T, Failure>,
) -> Option<T> {
    let (key, outcome) = found?;
    degrade.keep(key, outcome, read)
}

/// How a call is told apart: by its method, or by the tag of the block it asks for.
fn key_of(call: &Call) -> &'static str {
    match call.params.as_str() {
        r#"["safe",false]"# => "safe",
        r#"["finalized",false]"# => "finalized",
        _ => call.method,
    }
}
