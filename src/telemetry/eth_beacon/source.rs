//! The Beacon source: a handful of GETs a round over one kept connection, each method degrading by itself.
//! Must not know how often it is asked.

use super::answer::{Round, answer};
use super::ask::Ask;
use super::duties;
use super::events::Event;
use super::own::Own;
use super::parse::{self, Header};
use super::slots::Slots;
use super::stream::{ROUTE, Stream};
use crate::domain::observation::{Answer, ChainBlock, Failure};
use crate::domain::time::{At, Clock};
use crate::domain::validator::ValidatorName;
use crate::telemetry::credentials::Credentials;
use crate::telemetry::degrade::{ASIDE_LIMIT, Degrade};
use crate::telemetry::http::Http;
use crate::telemetry::memory::Tips;

/// Rounds after which what hardly changes is asked again.
const SLOW_ROUNDS: u64 = 60;

/// Remembered blocks that are asked for when a reorganisation is measured; a deeper one is told as this deep.
const FORK_STEPS: usize = 32;

/// Rounds after which peers are asked for by name: a reply of some hundred bytes for each.
const PEER_ROUNDS: u64 = 10;

/// Route of who is to make which block.
const DUTIES: &str = "validator/duties/proposer";

/// Route of the blocks that passed.
const HEADERS: &str = "beacon/headers/{slot}";

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
    slots: Slots,
    own: Own,
    peer_ids: Option<Vec<String>>,
    kept: Round,
}

impl EthBeacon {
    /// A node at this base URL, through which these validators are looked for; nothing is asked yet.
    #[must_use]
    pub fn new(url: &str, own: &[ValidatorName]) -> Self {
        Self {
            url: url.trim_end_matches('/').to_owned(),
            rounds: 0,
            degrade: Degrade::default(),
            tips: Tips::default(),
            stream: Stream::default(),
            slots: Slots::default(),
            own: Own::new(own),
            peer_ids: None,
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
        if self.rounds.is_multiple_of(PEER_ROUNDS) {
            self.churn(http, who).await;
        }
        if let Some(head) = self.kept.head.clone() {
            self.follow(http, who, clock, &head).await;
            self.blocks_of_validators(http, who, clock, &head).await;
        }
        self.events(http, who, clock).await;
        self.rounds += 1;
        self.kept.unknown = self.degrade.facts().chain(self.stream.fact()).chain(self.own.unknown()).collect();
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

    /// Which peers came and left since the look before.
    async fn churn(&mut self, http: &Http, who: &Credentials) {
        let ask = Ask { http, who, url: &self.url };
        let path = "/eth/v1/node/peers?state=connected";
        let ids = ask.want(&mut self.degrade, "node/peers", path, parse::peer_ids).await;
        let lacks = |a: &[String], b: &[String]| a.iter().filter(|id| b.binary_search(id).is_err()).count() as u64;
        self.kept.churn = self.peer_ids.as_ref().zip(ids.as_ref()).map(|(old, new)| (lacks(new, old), lacks(old, new)));
        self.peer_ids = ids;
    }

    /// Slots without a block, whose they were, and whether our validators vote.
    async fn blocks_of_validators(&mut self, http: &Http, who: &Credentials, clock: &dyn Clock, head: &Header) {
        let Some((spec, now)) = self.kept.spec.zip(self.kept.slot_now(clock.now())) else { return };
        let ask = Ask { http, who, url: &self.url };
        let per_epoch = spec.slots_per_epoch;
        // A node that is an epoch behind takes old blocks, and tells no duties.
        if now.saturating_sub(head.slot) > per_epoch {
            (self.kept.passed, self.kept.live) = (None, None);
            return;
        }
        let (epoch, degrade) = (now / per_epoch, &mut self.degrade);
        // The next epoch's are asked for only to say when a block of ours is due.
        let last = if self.own.is_none() { epoch } else { epoch + 1 };
        for wanted in epoch..=last {
            if !self.slots.knows(wanted, epoch) {
                let path = format!("/eth/v1/validator/duties/proposer/{wanted}");
                if let Some(duties) = ask.want(degrade, DUTIES, &path, duties::duties).await {
                    self.slots.take((wanted, epoch), duties, |duty| self.own.has(duty));
                }
            }
        }
        for slot in self.slots.due(head.slot, per_epoch) {
            if !degrade.asks(HEADERS) {
                break;
            }
            let path = format!("/eth/v1/beacon/headers/{slot}");
            match ask.get_within(&path, ASIDE_LIMIT).await.and_then(|b| parse::header(&b)) {
                Ok(header) => self.slots.looked(slot, header.slot == slot, per_epoch),
                Err(Failure::Status(404)) => self.slots.looked(slot, false, per_epoch),
                // It cannot say now; the same slot is asked for with the next round.
                Err(failure) => {
                    degrade.keep(HEADERS, Err(failure), |_| Ok(()));
                    break;
                }
            }
        }
        self.kept.passed = Some(self.slots.passed(now, per_epoch));
        if self.own.is_none() {
            return;
        }
        self.own.learn(ask, degrade, self.rounds.is_multiple_of(SLOW_ROUNDS)).await;
        // Votes of an epoch's last slot are still on their way in the slot after it.
        if now % per_epoch >= 1 {
            self.own.look(ask, degrade, epoch).await;
        }
        self.kept.live = self.own.live().cloned();
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
                let per_epoch = self.kept.spec.map_or(1, |s| s.slots_per_epoch);
                self.slots.rewind(kept.unwrap_or(0), per_epoch);
            }
        }
        self.tips.push(head.slot, &head.root);
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
