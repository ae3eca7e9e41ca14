//! The Bitcoin source: one batch a round, what is heavy seldom and by itself. Must not know how often it is asked.

use super::answer::{Round, answer, timing};
use super::parse::{self, Chain};
use super::peers::peers;
use crate::domain::observation::{Answer, ChainBlock, Failure};
use crate::domain::time::Clock;
use crate::telemetry::credentials::Credentials;
use crate::telemetry::degrade::Degrade;
use crate::telemetry::http::Http;
use crate::telemetry::memory::Tips;
use crate::telemetry::reorg;
use crate::telemetry::rpc::{Call, Outcome};
use crate::telemetry::rpc_link::{Line, RpcLink, must};

/// Rounds after which what is heavy for the node (it holds its chain's lock for it) is asked again.
const BIG_ROUNDS: u64 = 5;

/// Blocks over which the rate of transactions is taken: a day.
const WINDOW: u64 = 144;

/// One Bitcoin node.
#[derive(Debug, Default)]
pub struct Bitcoin {
    link: RpcLink,
    rounds: u64,
    degrade: Degrade,
    seen: Tips,
    kept: Round,
}

impl Bitcoin {
    /// A node at this URL; nothing is asked yet.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self { link: RpcLink::new(url), ..Self::default() }
    }

    /// Seconds a block should take, where that is known.
    #[must_use]
    pub fn block_s(&self) -> Option<f64> {
        timing(&self.kept.chain.chain).map(|t| t.block_s)
    }

    /// One round of calls.
    ///
    /// # Errors
    /// When `getblockchaininfo` cannot be had: without it the node has not answered.
    pub async fn round(&mut self, http: &Http, who: &Credentials, clock: &dyn Clock) -> Result<Answer, Failure> {
        let line = Line { http, who };
        self.degrade.begin();
        let mut calls = vec![Call::new("getblockchaininfo", "[]")];
        let wanted = ["getmempoolinfo", "getnetworkinfo"].into_iter().filter(|m| self.degrade.asks(m));
        calls.extend(wanted.map(|method| Call::new(method, "[]")));
        let mut given = self.link.ask(line, &calls).await?.into_iter();
        let first = given.next().unwrap_or(Ok(Outcome::Nothing));
        let chain = parse::chain(&must(first, "getblockchaininfo")?)?;
        (self.kept.pool, self.kept.network) = (None, None);
        for (call, outcome) in calls[1..].iter().zip(given) {
            match call.method {
                "getmempoolinfo" => self.kept.pool = self.degrade.keep(call.method, outcome, parse::pool),
                _ => self.kept.network = self.degrade.keep(call.method, outcome, parse::network),
            }
        }
        let moved = self.kept.chain.best != chain.best;
        if moved || self.kept.head.is_none() {
            self.head(line, &chain, clock).await;
        }
        if moved || self.rounds.is_multiple_of(BIG_ROUNDS) {
            self.kept.tips =
                self.link.want(line, &mut self.degrade, &Call::bare("getchaintips"), parse::chain_tips).await;
        }
        if self.rounds.is_multiple_of(BIG_ROUNDS) {
            self.kept.peers = self.link.want(line, &mut self.degrade, &Call::bare("getpeerinfo"), peers).await;
            let window = WINDOW.min(chain.blocks.saturating_sub(1));
            self.kept.stats = self
                .link
                .want(line, &mut self.degrade, &Call::new("getchaintxstats", &format!("[{window}]")), parse::tx_stats)
                .await;
        }
        self.rounds += 1;
        self.kept.chain = chain;
        self.kept.reorg_depth = self.seen.deepest(clock.now());
        self.kept.unknown = self.degrade.facts().collect();
        let chain = Some(self.kept.chain.chain.as_str().into());
        Ok(Answer { chain, blocks: self.seen.take_told(), ..answer(&self.kept, clock.now()) })
    }

    /// The hashes at these heights.
    pub async fn hashes(&mut self, http: &Http, who: &Credentials, heights: &[u64]) -> Vec<ChainBlock> {
        reorg::hashes(&mut self.link, Line { http, who }, heights, by_height).await
    }

    /// A new tip: its header, the one before it, its statistics, and whether what was seen is still there.
    async fn head(&mut self, line: Line<'_>, chain: &Chain, clock: &dyn Clock) {
        let by_hash = |hash: &str| format!("[{}]", serde_json::Value::from(hash));
        let head = self
            .link
            .want(line, &mut self.degrade, &Call::new("getblockheader", &by_hash(&chain.best)), parse::header)
            .await;
        let parent = head.as_ref().and_then(|h| h.parent.clone());
        self.kept.before = match (&self.kept.head, &parent) {
            (Some(last), Some(parent)) if last.hash == *parent => Some((last.height, last.time)),
            (_, Some(parent)) => {
                let before = self
                    .link
                    .want(line, &mut self.degrade, &Call::new("getblockheader", &by_hash(parent)), parse::header)
                    .await;
                before.map(|b| (b.height, b.time))
            }
            _ => None,
        };
        let found = (chain.blocks, chain.best.as_str(), parent.as_deref());
        reorg::follow(&mut self.link, line, &mut self.seen, found, (by_height, clock.now())).await;
        let wanted = r#"["txs","total_weight","avgfeerate"]"#;
        let params = format!("[{},{wanted}]", chain.blocks);
        self.kept.block =
            self.link.want(line, &mut self.degrade, &Call::new("getblockstats", &params), parse::block_stats).await;
        self.kept.head = head;
    }
}

fn by_height(height: u64) -> Call {
    Call::new("getblockhash", &format!("[{height}]"))
}
