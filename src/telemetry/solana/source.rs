//! The Solana source: one small batch a round, what is big seldom and by itself. Must not know how often it is asked.

use super::answer::{Round, answer};
use super::cluster::{cluster, vote_accounts};
use super::parse;
use super::rooted::{self, Rooted};
use crate::domain::observation::{Answer, ChainBlock, Failure};
use crate::domain::time::{At, Clock};
use crate::telemetry::credentials::Credentials;
use crate::telemetry::degrade::Degrade;
use crate::telemetry::http::Http;
use crate::telemetry::rpc::{Call, Outcome};
use crate::telemetry::rpc_link::{Line, RpcLink, must};

/// Rounds (a second each) after which vote accounts and production are asked again: up to a megabyte.
const BIG_ROUNDS: u64 = 30;

/// Rounds after which what hardly changes is asked again, the cluster's nodes among it: up to two megabytes.
const SLOW_ROUNDS: u64 = 120;

/// Samples of performance, a minute each.
const SAMPLES: &str = "[15]";

/// An unhealthy node: behind the cluster, or without word of it.
const UNHEALTHY: i64 = -32_005;

/// One Solana node.
#[derive(Debug, Default)]
pub struct Solana {
    link: RpcLink,
    rounds: u64,
    degrade: Degrade,
    slot: Option<u64>,
    moved: bool,
    identity: Option<String>,
    genesis: Option<String>,
    rooted: Rooted,
    kept: Round,
}

impl Solana {
    /// A node at this URL; nothing is asked yet.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self { link: RpcLink::new(url), ..Self::default() }
    }

    /// Seconds a slot should take, where that is known.
    #[must_use]
    pub fn block_s(&self) -> Option<f64> {
        self.kept.timing().map(|t| t.block_s)
    }

    /// One round of calls.
    ///
    /// # Errors
    /// When the newest slot cannot be had: without it the node has not answered.
    pub async fn round(&mut self, http: &Http, who: &Credentials, clock: &dyn Clock) -> Result<Answer, Failure> {
        let line = Line { http, who };
        self.degrade.begin();
        self.slots(line).await?;
        self.follow(line, clock.now()).await;
        if self.rounds.is_multiple_of(SLOW_ROUNDS) {
            self.identity = self.link.want(line, &mut self.degrade, &Call::bare("getIdentity"), parse::identity).await;
            let genesis = self.link.want(line, &mut self.degrade, &Call::bare("getGenesisHash"), parse::genesis).await;
            self.genesis = genesis.or(self.genesis.take());
            self.kept.version =
                self.link.want(line, &mut self.degrade, &Call::bare("getVersion"), parse::version).await;
        }
        if self.rounds.is_multiple_of(BIG_ROUNDS) {
            self.big(line).await;
        }
        self.rooted.look(&self.link, line, &mut self.degrade, self.kept.finalized).await;
        self.rounds += 1;
        self.kept.unknown = self.degrade.facts().collect();
        let chain = self.genesis.as_ref().map(|hash| format!("genesis {hash}").into());
        Ok(Answer { chain, blocks: self.rooted.told(), ..answer(&self.kept, clock.now()) })
    }

    /// The hashes at these slots, one request each; a slot that was skipped has none.
    pub async fn hashes(&mut self, http: &Http, who: &Credentials, slots: &[u64]) -> Vec<ChainBlock> {
        rooted::blocks(&self.link, Line { http, who }, &mut self.degrade, slots).await
    }

    /// What every round asks.
    async fn slots(&mut self, line: Line<'_>) -> Result<(), Failure> {
        const CONFIRMED: &str = "getSlot confirmed";
        const FINALIZED: &str = "getSlot finalized";
        const HEALTH: &str = "getHealth";
        let calls = [
            Call::new("getSlot", r#"[{"commitment":"processed"}]"#),
            Call::new("getSlot", r#"[{"commitment":"confirmed"}]"#),
            Call::new("getSlot", r#"[{"commitment":"finalized"}]"#),
            Call::new(HEALTH, "[]"),
        ];
        let mut given = self.link.ask(line, &calls).await?.into_iter();
        let mut next = || given.next().unwrap_or(Ok(Outcome::Nothing));
        self.kept.processed = parse::slot(&must(next(), "getSlot")?)?;
        self.kept.confirmed = self.degrade.keep(CONFIRMED, next(), parse::slot);
        self.kept.finalized = self.degrade.keep(FINALIZED, next(), parse::slot);
        self.kept.health = match next() {
            Ok(Outcome::Refused { code: UNHEALTHY, message }) => Some(Err(parse::health_words(&message))),
            other => self.degrade.keep(HEALTH, other, |_| Ok(Ok(()))),
        };
        Ok(())
    }

    /// Slots carry no time: how old the head is, is seen by its moving; before it was seen to move, the node is asked.
    async fn follow(&mut self, line: Line<'_>, now: At) {
        let slot = self.kept.processed;
        match self.slot.replace(slot) {
            None => self.kept.moved = now,
            Some(last) if last != slot => {
                self.kept.moved = now;
                self.moved = true;
                self.kept.block_time = None;
            }
            Some(_) => {}
        }
        if !self.moved
            && let Some(confirmed) = self.kept.confirmed
        {
            let params = format!("[{confirmed}]");
            self.kept.block_time =
                self.link.want(line, &mut self.degrade, &Call::new("getBlockTime", &params), parse::slot).await;
        }
    }

    async fn big(&mut self, line: Line<'_>) {
        let own = self.identity.clone();
        let own = own.as_deref();
        let found = self
            .link
            .want(line, &mut self.degrade, &Call::new("getRecentPerformanceSamples", SAMPLES), parse::samples)
            .await;
        self.kept.samples = found.unwrap_or_default();
        self.kept.epoch = self.link.want(line, &mut self.degrade, &Call::bare("getEpochInfo"), parse::epoch).await;
        let production = |text: &str| parse::block_production(text, own);
        self.kept.production =
            self.link.want(line, &mut self.degrade, &Call::bare("getBlockProduction"), production).await;
        self.kept.stakes = self
            .link
            .want(line, &mut self.degrade, &Call::bare("getVoteAccounts"), |text| vote_accounts(text, own))
            .await;
        if self.rounds.is_multiple_of(SLOW_ROUNDS) {
            let by_node = self.kept.stakes.as_ref().map(|s| s.by_node.clone()).unwrap_or_default();
            self.kept.cluster = self
                .link
                .want(line, &mut self.degrade, &Call::bare("getClusterNodes"), |text| cluster(text, &by_node))
                .await;
        }
    }
}
