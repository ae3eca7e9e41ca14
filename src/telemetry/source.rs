//! One watched endpoint as one thing that can be asked for a round, whatever its family.
//! Must not know when it is asked, nor what becomes of the answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::alertmanager::{Alertmanager, Webhook};
use super::bitcoin::Bitcoin;
use super::cometbft::Cometbft;
use super::contract::{self, Contract};
use super::credentials::Credentials;
use super::eth_beacon::EthBeacon;
use super::eth_execution::EthExecution;
use super::host::{Discipline, Host, RATE_WAIT};
use super::http::Http;
use super::log::Log;
use super::pace;
use super::prometheus::{self, Prometheus, Query, fetch_page};
use super::solana::Solana;
use super::substrate::Substrate;
use crate::domain::observation::{Answer, ChainBlock, Failure, Family, Reading};
use crate::domain::signal::SignalId;
use crate::domain::subject::Subject;
use crate::domain::time::Clock;
use crate::domain::watch::NodeSpec;

/// One whole round may take this long, however many calls it has; past it the node has failed that round.
pub const ROUND_LIMIT: Duration = Duration::from_secs(8);

/// What is asked for beside a round may take this long; past it those blocks count as not told.
const HASHES_LIMIT: Duration = Duration::from_secs(4);

/// A node's metrics page is read on every such round only: it is big, and adds only what the RPC does not say.
const PAGE_ROUNDS: u64 = 5;

/// One endpoint.
pub struct Source {
    spec: NodeSpec,
    who: Credentials,
    http: Arc<Http>,
    kind: Kind,
    rounds: u64,
    page: Vec<Reading>,
}

enum Kind {
    Host(Box<Host>, Discipline),
    Execution(Box<EthExecution>),
    Beacon(Box<EthBeacon>),
    Prometheus(Prometheus),
    Alertmanager(Alertmanager),
    Cometbft(Box<Cometbft>),
    Substrate(Box<Substrate>),
    Solana(Box<Solana>),
    Bitcoin(Box<Bitcoin>),
    Subject(Watched),
    Unwatched,
}

/// What is watched besides nodes.
enum Watched {
    Query(Query),
    Log(Box<Log>),
    Webhook(Box<Webhook>),
    Contract(Box<Contract>),
}

impl Watched {
    fn new(spec: &NodeSpec) -> Option<Self> {
        match spec.subject.as_deref()? {
            Subject::Query(query) => Some(Self::Query(Query::new(&spec.url, query.clone()))),
            Subject::Log(log) => Some(Self::Log(Box::new(Log::new(log.clone())))),
            Subject::Webhook(inbox) => Some(Self::Webhook(Box::new(Webhook::new(inbox.clone())))),
            // Objectives are told by whoever runs the pollers.
            Subject::Slo(..) => None,
            Subject::Contract(contract) => Some(Self::Contract(Box::new(Contract::new(&spec.url, contract.clone())))),
        }
    }
}

impl Source {
    /// For this node; nothing is asked yet.
    #[must_use]
    pub fn new(spec: NodeSpec, http: Arc<Http>) -> Self {
        let kind = match spec.family {
            Family::Host => Kind::Host(Box::default(), Discipline::default()),
            Family::EthereumExecution => Kind::Execution(Box::new(EthExecution::new(&spec.url))),
            Family::EthereumBeacon => Kind::Beacon(Box::new(EthBeacon::new(&spec.url, &spec.validators))),
            Family::Prometheus => Kind::Prometheus(Prometheus::new(&spec.url)),
            Family::Alertmanager => {
                Watched::new(&spec).map_or_else(|| Kind::Alertmanager(Alertmanager::new(&spec.url)), Kind::Subject)
            }
            Family::Cometbft => Kind::Cometbft(Box::new(Cometbft::new(&spec.url))),
            Family::Substrate => Kind::Substrate(Box::new(Substrate::new(&spec.url))),
            Family::Solana => Kind::Solana(Box::new(Solana::new(&spec.url))),
            Family::Bitcoin => Kind::Bitcoin(Box::new(Bitcoin::new(&spec.url))),
            Family::Query | Family::Log | Family::Contract | Family::Slo => {
                Watched::new(&spec).map_or(Kind::Unwatched, Kind::Subject)
            }
            Family::Json => Kind::Unwatched,
        };
        let who = Credentials::new(spec.auth.clone());
        Self { spec, who, http, kind, rounds: 0, page: Vec::new() }
    }

    /// Which node.
    #[must_use]
    pub const fn spec(&self) -> &NodeSpec {
        &self.spec
    }

    /// How long to wait between two good rounds: the chain's block time within limits.
    #[must_use]
    pub fn interval(&self) -> Duration {
        pace::interval(match &self.kind {
            Kind::Execution(s) => s.block_s(),
            Kind::Beacon(s) => s.block_s(),
            Kind::Cometbft(s) => s.block_s(),
            Kind::Substrate(s) => s.block_s(),
            Kind::Solana(s) => s.block_s(),
            Kind::Bitcoin(s) => s.block_s(),
            Kind::Subject(Watched::Query(_)) => Some(prometheus::EVERY_S),
            Kind::Subject(Watched::Contract(_)) => Some(contract::EVERY_S),
            _ => None,
        })
    }

    /// One round, within [`ROUND_LIMIT`].
    ///
    /// # Errors
    /// Why the node gave nothing usable.
    pub async fn round(&mut self, clock: &dyn Clock) -> Result<Answer, Failure> {
        let began = Instant::now();
        let after_ms = u64::try_from(ROUND_LIMIT.as_millis()).unwrap_or(u64::MAX);
        let asked = tokio::time::timeout(ROUND_LIMIT, self.ask(clock)).await;
        let mut answer = match asked.unwrap_or(Err(Failure::TimedOut { after_ms })) {
            Ok(answer) => answer,
            Err(failure) => {
                self.who.forget();
                return Err(failure);
            }
        };
        let asked_nobody = matches!(self.kind, Kind::Host(..) | Kind::Subject(Watched::Log(_) | Watched::Webhook(_)));
        if !asked_nobody {
            let ms = began.elapsed().as_secs_f64() * 1e3;
            answer.readings.push(Reading::number(SignalId::LATENCY, ms, "measured here"));
        }
        self.add_page(&mut answer).await;
        self.rounds += 1;
        Ok(answer)
    }

    /// The node's blocks at these heights, for whoever compares chains; empty where the family's blocks have no hash we read.
    pub async fn hashes(&mut self, heights: &[u64]) -> Vec<ChainBlock> {
        let (http, who) = (self.http.as_ref(), &self.who);
        let asked = async {
            match &mut self.kind {
                Kind::Execution(s) => s.hashes(http, who, heights).await,
                Kind::Beacon(s) => s.hashes(http, who, heights).await,
                Kind::Cometbft(s) => s.hashes(http, who, heights).await,
                Kind::Substrate(s) => s.hashes(http, who, heights).await,
                Kind::Solana(s) => s.hashes(http, who, heights).await,
                Kind::Bitcoin(s) => s.hashes(http, who, heights).await,
                _ => Vec::new(),
            }
        };
        tokio::time::timeout(HASHES_LIMIT, asked).await.unwrap_or_default()
    }

    async fn ask(&mut self, clock: &dyn Clock) -> Result<Answer, Failure> {
        let (http, who) = (self.http.as_ref(), &self.who);
        match &mut self.kind {
            Kind::Host(host, clock_discipline) => {
                if !host.warm() {
                    host.round();
                    tokio::time::sleep(RATE_WAIT).await;
                }
                let mut answer = host.round();
                let offset = clock_discipline.offset_ms().await;
                let reading = |ms| Reading::number(SignalId::CLOCK_OFFSET, ms, "chronyc or timedatectl");
                answer.readings.extend(offset.map(reading));
                Ok(answer)
            }
            Kind::Execution(s) => s.round(http, who, clock).await,
            Kind::Beacon(s) => s.round(http, who, clock).await,
            Kind::Cometbft(s) => s.round(http, who, clock).await,
            Kind::Substrate(s) => s.round(http, who, clock).await,
            Kind::Solana(s) => s.round(http, who, clock).await,
            Kind::Bitcoin(s) => s.round(http, who, clock).await,
            Kind::Prometheus(s) => s.round(http, who).await,
            Kind::Alertmanager(s) => s.round(http, who, clock).await,
            Kind::Subject(Watched::Query(s)) => s.round(http, who).await,
            Kind::Subject(Watched::Log(s)) => s.round(clock).await,
            Kind::Subject(Watched::Webhook(s)) => s.round(who, clock).await,
            Kind::Subject(Watched::Contract(s)) => s.round(http, who, clock).await,
            Kind::Unwatched => {
                Err(Failure::Setup(format!("this version does not watch {} yet", self.spec.family.as_str())))
            }
        }
    }

    /// Adds what only the node's metrics page says. A page that fails degrades nothing.
    async fn add_page(&mut self, answer: &mut Answer) {
        let Some(url) = self.spec.metrics.clone() else { return };
        if self.rounds.is_multiple_of(PAGE_ROUNDS) {
            let page = fetch_page(&self.http, &self.who, &url, Some(self.spec.family)).await;
            self.page = page.map(|p| p.readings).unwrap_or_default();
        }
        for reading in &self.page {
            if !answer.readings.iter().any(|r| r.signal == reading.signal) {
                answer.readings.push(reading.clone());
            }
        }
    }
}
