//! The Beacon source: a handful of GETs a round over one kept connection, each method degrading by itself.
//! Must not know how often it is asked.

use super::answer::{Round, answer};
use super::events::Event;
use super::parse::{self, Header};
use super::stream::{ROUTE, Stream};
use crate::domain::observation::{Answer, ChainBlock, Failure};
use crate::domain::time::{At, Clock};
use crate::telemetry::credentials::Credentials;
use crate::telemetry::degrade::{ASIDE_LIMIT, Degrade};
use crate::telemetry::http::{Http, REQUEST_LIMIT};
use crate::telemetry::memory::Tips;
use crate::telemetry::rpc::Outcome;

/// Rounds after which what hardly changes is asked again.
const SLOW_ROUNDS: u64 = 60;

/// Remembered blocks that are asked for when a reorganisation is measured; a deeper one is told as this deep.
const FORK_STEPS: usize = 32;

/// Routes under which clients serve participation, if they do.
const INCLUSION: [&str; 2] = ["/lighthouse/validator_inclusion", "/teku/v1/validator_inclusion"];

/// One beacon node.
#[derive(Debug)]
pub struct EthBeacon {
    url: String,
    rounds: u64,
    degrade: Degrade,
    tips: Tips,
    stream: Stream,
    kept: Round,
}

impl EthBeacon {
    /// A node at this base URL; nothing is asked yet.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self {
            url: url.trim_end_matches('/').to_owned(),
            rounds: 0,
            degrade: Degrade::default(),
            tips: Tips::default(),
            stream: Stream::default(),
            kept: Round::default(),
        }
    }

    /// Seconds a slot takes, where that is known.
    #[must_use]
    pub fn block_s(&self) -> Option<f64> {
        self.kept.spec.map(|s| s.slot_s)
    }

    /// One round of calls.
    ///
    /// # Errors
    /// When neither the sync state nor the head can be had: without them the node has not answered.
    pub async fn round(&mut self, http: &Http, who: &Credentials, clock: &dyn Clock) -> Result<Answer, Failure> {
        let ask = Ask { http, who, url: &self.url };
        self.degrade.begin();
        self.kept.sync = None;
        self.kept.head = None;
        let sync = ask.get("/eth/v1/node/syncing").await.and_then(|b| parse::sync_state(&b));
        let head = match &sync {
            Err(silent @ (Failure::Refused | Failure::TimedOut { .. } | Failure::Setup(_))) => Err(silent.clone()),
            _ => ask.get("/eth/v1/beacon/headers/head").await.and_then(|b| parse::header(&b)),
        };
        match (sync, head) {
            (Err(failure), Err(_)) => return Err(failure),
            (sync, head) => {
                self.kept.sync = sync.ok();
                self.kept.head = head.ok();
            }
        }
        if self.rounds.is_multiple_of(SLOW_ROUNDS) || self.kept.spec.is_none() || self.kept.genesis_s.is_none() {
            slow(&ask, &mut self.kept).await;
        }
        let (degrade, kept) = (&mut self.degrade, &mut self.kept);
        let checkpoints = "/eth/v1/beacon/states/head/finality_checkpoints";
        kept.finality = ask.want(degrade, "finality_checkpoints", checkpoints, parse::finality).await;
        kept.peers = ask.want(degrade, "node/peer_count", "/eth/v1/node/peer_count", parse::peers).await;
        kept.participation = participation(&ask, degrade, kept).await;
        if let Some(head) = self.kept.head.clone() {
            self.follow(http, who, clock, &head).await;
        }
        self.events(http, who, clock).await;
        self.rounds += 1;
        self.kept.unknown = self.degrade.facts().chain(self.stream.fact()).collect();
        self.kept.reorg_depth = self.tips.deepest(clock.now());
        let chain = self.kept.genesis_s.map(|s| format!("begun at {s}").into());
        Ok(Answer { chain, blocks: self.tips.take_told(), ..answer(&self.kept, clock.now()) })
    }

    /// The roots at these slots, one request each; an empty slot has none.
    pub async fn hashes(&mut self, http: &Http, who: &Credentials, slots: &[u64]) -> Vec<ChainBlock> {
        let ask = Ask { http, who, url: &self.url };
        let mut blocks = Vec::with_capacity(slots.len());
        for slot in slots {
            let reply = ask.get(&format!("/eth/v1/beacon/headers/{slot}")).await;
            let header = reply.and_then(|b| parse::header(&b)).ok().filter(|h| h.slot == *slot);
            blocks.push(ChainBlock { height: *slot, hash: header.map(|h| h.root) });
        }
        blocks
    }

    /// What the node itself told since the last round. A stream is worth opening only by whoever asks more than once.
    async fn events(&mut self, http: &Http, who: &Credentials, clock: &dyn Clock) {
        if self.rounds == 0 {
            return;
        }
        let url = &self.url;
        let came = self.stream.tend(|| http.opening(&format!("{url}{ROUTE}"), who)).await;
        for (when, event) in came {
            let ago = i64::try_from(when.elapsed().as_micros()).unwrap_or(0);
            let at = At::from_micros(clock.now().micros().saturating_sub(ago));
            match event {
                Event::Reorg { depth } => self.tips.told(at, depth),
                Event::Block { slot } => self.kept.block_delay_s = self.kept.into_slot(slot, at),
                // The checkpoints are polled with each round.
                Event::Finalized { .. } => {}
            }
        }
    }

    /// Follows the tip; when it does not continue what was seen, finds the newest remembered block that is still canonical.
    async fn follow(&mut self, http: &Http, who: &Credentials, clock: &dyn Clock, head: &Header) {
        let newest = self.tips.newest().cloned();
        if newest.as_ref().is_some_and(|n| n.hash != head.root) {
            self.kept.parent_slot = newest.filter(|n| n.hash == head.parent).map(|n| n.height);
        }
        if !self.tips.continues(&head.root, Some(&head.parent)) {
            let ask = Ask { http, who, url: &self.url };
            let seen: Vec<_> = self.tips.backwards().take(FORK_STEPS).cloned().collect();
            let mut kept = None;
            let mut asked = 0;
            for old in &seen {
                let reply = ask.get(&format!("/eth/v1/beacon/headers/{}", old.hash)).await;
                match reply.and_then(|b| parse::header(&b)) {
                    Ok(header) if header.canonical => {
                        kept = Some(old.height);
                        break;
                    }
                    Ok(_) | Err(Failure::Status(404)) => asked += 1,
                    // The node cannot say: better no reorganisation than a wrong one.
                    Err(_) => return,
                }
            }
            if asked > 0 {
                self.tips.reorganised(clock.now(), kept);
            }
        }
        self.tips.push(head.slot, &head.root);
    }
}

struct Ask<'a> {
    http: &'a Http,
    who: &'a Credentials,
    url: &'a str,
}

impl Ask<'_> {
    async fn get(&self, path: &str) -> Result<Vec<u8>, Failure> {
        self.http.get(&format!("{}{path}", self.url), self.who, REQUEST_LIMIT).await?.usable()
    }

    /// One route beside the first; what cannot be had is left out, with the reason.
    async fn want<T>(
        &self,
        degrade: &mut Degrade,
        what: &'static str,
        path: &str,
        read: impl FnOnce(&[u8]) -> Result<T, Failure>,
    ) -> Option<T> {
        let asked = async {
            let reply = self.http.get(&format!("{}{path}", self.url), self.who, ASIDE_LIMIT).await?.usable()?;
            Ok(Outcome::Given(String::from_utf8_lossy(&reply).into_owned()))
        };
        degrade.want(what, asked, |text| read(text.as_bytes())).await
    }
}

/// What hardly changes.
async fn slow(ask: &Ask<'_>, kept: &mut Round) {
    if let Ok(spec) = ask.get("/eth/v1/config/spec").await.and_then(|b| parse::spec(&b)) {
        kept.spec = Some(spec);
    }
    if let Ok(genesis) = ask.get("/eth/v1/beacon/genesis").await.and_then(|b| parse::genesis_time(&b)) {
        kept.genesis_s = Some(genesis);
    }
    if let Ok(version) = ask.get("/eth/v1/node/version").await.and_then(|b| parse::version(&b)) {
        kept.version = Some(version);
    }
}

/// Participation of the head's epoch, from whichever client's own route answers.
async fn participation(ask: &Ask<'_>, degrade: &mut Degrade, kept: &Round) -> Option<f64> {
    let head = kept.head.as_ref()?.slot;
    let epoch = head / kept.spec?.slots_per_epoch.max(1);
    for route in INCLUSION {
        let path = format!("{route}/{epoch}/global");
        let pct = ask.want(degrade, route, &path, parse::inclusion_pct).await;
        if pct.is_some() {
            return pct;
        }
    }
    None
}
