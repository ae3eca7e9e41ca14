//! The simulated world at one moment: the chain, every curve with what acts have changed, and what a node answers.
//! Must not know when anybody asks.

use std::sync::Arc;

use crate::domain::id::NodeId;
use crate::domain::observation::{Alert, Answer, ChainTiming, Failure, Family, Reading, Tip};
use crate::domain::signal::SignalId;
use crate::domain::time::{At, Span};
use crate::drill::chain::{Block, Chain};
use crate::drill::chance::Chance;
use crate::drill::curve::Curve;
use crate::drill::scenario::{ActEffect, Scenario, SimNode};

/// Where simulated readings say they come from.
const SOURCE: &str = "the drill's scenario";
/// What a node that does not answer is given up after, as the real pollers do.
const TIMEOUT_MS: u64 = 3_000;

/// The world. Moves forward only.
#[derive(Clone, Debug)]
pub struct Simulation {
    scenario: Arc<Scenario>,
    chance: Chance,
    chain: Option<Chain>,
    /// What acts have changed: from which second on, and what.
    changes: Vec<(i64, ActEffect)>,
}

impl Simulation {
    /// The world just before the scenario begins.
    #[must_use]
    pub fn new(scenario: Arc<Scenario>, seed: u64) -> Self {
        let chain = scenario.chain.as_ref().map(|c| Chain::new(c.plan.clone(), seed));
        Self { chance: Chance::new(seed), chain, changes: Vec::new(), scenario }
    }

    /// The chain, where there is one.
    #[must_use]
    pub const fn chain(&self) -> Option<&Chain> {
        self.chain.as_ref()
    }

    /// From second `from` on something is different.
    pub fn change(&mut self, from: i64, effect: ActEffect) {
        self.changes.push((from, effect));
    }

    /// Lets every slot happen that begins at `at` or before.
    pub fn move_to(&mut self, at: At) {
        let second = at.since(self.scenario.start).secs();
        while let Some((_, begins)) = self.chain.as_ref().map(Chain::upcoming).filter(|(_, s)| *s <= second) {
            let (missed, participation) = (self.missed(begins), self.participation(begins));
            if let Some(chain) = &mut self.chain {
                chain.slot_happens(missed, participation);
            }
        }
    }

    fn participation(&self, second: i64) -> f64 {
        let changed = self.newest(second, |effect| match effect {
            ActEffect::Participation(curve) => Some(curve),
            _ => None,
        });
        self.drawn(changed, self.scenario.chain.as_ref().map(|c| &c.participation), second).min(100.0)
    }

    fn missed(&self, second: i64) -> f64 {
        let changed = self.newest(second, |effect| match effect {
            ActEffect::Missed(curve) => Some(curve),
            _ => None,
        });
        self.drawn(changed, self.scenario.chain.as_ref().map(|c| &c.missed), second)
    }

    fn newest<'a>(
        &'a self,
        second: i64,
        pick: impl Fn(&'a ActEffect) -> Option<&'a Curve>,
    ) -> Option<(i64, &'a Curve)> {
        self.changes.iter().rev().filter(|(from, _)| *from <= second).find_map(|(f, e)| pick(e).map(|c| (*f, c)))
    }

    fn drawn(&self, changed: Option<(i64, &Curve)>, base: Option<&Curve>, second: i64) -> f64 {
        match (changed, base) {
            (Some((from, curve)), _) => curve.value(as_f64(second - from), self.chance),
            (None, Some(curve)) => curve.value(as_f64(second), self.chance),
            (None, None) => 0.0,
        }
    }

    /// What a node answers at `at`.
    ///
    /// # Errors
    /// Why it does not answer.
    pub fn answer(&self, node: &SimNode, at: At) -> Result<Answer, Failure> {
        let second = at.since(self.scenario.start).secs();
        if let Some(refused) = self.outage(&node.id, second) {
            return Err(if refused { Failure::Refused } else { Failure::TimedOut { after_ms: TIMEOUT_MS } });
        }
        let mut answer = Answer::default();
        if !node.version.is_empty() {
            answer.readings.push(Reading::text(SignalId::VERSION, &node.version, SOURCE));
        }
        if let Some(chain) = &self.chain {
            match node.family {
                Family::EthereumBeacon => self.beacon(&mut answer, chain, node, at),
                Family::EthereumExecution => self.execution(&mut answer, chain, node, at),
                _ => {}
            }
        }
        if node.family == Family::Alertmanager {
            self.alerts(&mut answer, node, second);
        }
        self.signals(&mut answer, node, second);
        Ok(answer)
    }

    fn outage(&self, node: &NodeId, second: i64) -> Option<bool> {
        let base = self.scenario.outages.iter().find(|o| o.node == *node && (o.from..o.to).contains(&second));
        let changed = self.changes.iter().find_map(|(from, effect)| match effect {
            ActEffect::Outage(o) if o.node == *node && (from + o.from..from + o.to).contains(&second) => Some(o),
            _ => None,
        });
        base.or(changed).map(|o| o.refused)
    }

    fn beacon(&self, answer: &mut Answer, chain: &Chain, node: &SimNode, at: At) {
        let Some(head) = chain.head(node.behind) else { return };
        let plan = chain.plan();
        let seen = chain.slot().saturating_sub(node.behind);
        let epoch = seen / plan.slots_per_epoch;
        let finalized = chain.finalized_epoch().min(epoch.saturating_sub(2));
        let second = at.since(self.scenario.start).secs();
        push(answer, SignalId::HEIGHT, whole(head.slot));
        push(answer, SignalId::HEAD_AGE, self.age(chain, head, at));
        push(answer, SignalId::FINALIZED_HEIGHT, whole(finalized * plan.slots_per_epoch));
        push(answer, SignalId::FINALIZED_EPOCH, whole(finalized));
        push(answer, SignalId::FINALITY_LAG, whole(epoch.saturating_sub(finalized)));
        push(answer, SignalId::SYNC_DISTANCE, whole(node.behind));
        if node.serves.contains(&SignalId::PARTICIPATION) {
            push(answer, SignalId::PARTICIPATION, self.participation(second));
        }
        answer.tip = Some(tip(head, head.slot));
        answer.timing = Some(timing(chain));
    }

    fn execution(&self, answer: &mut Answer, chain: &Chain, node: &SimNode, at: At) {
        let Some(head) = chain.head(node.behind) else { return };
        let finalized = chain.finalized_number().min(head.number);
        push(answer, SignalId::HEIGHT, whole(head.number));
        push(answer, SignalId::HEAD_AGE, self.age(chain, head, at));
        push(answer, SignalId::FINALIZED_HEIGHT, whole(finalized));
        push(answer, SignalId::FINALITY_LAG, whole(head.number - finalized));
        answer.tip = Some(tip(head, head.number));
        answer.timing = Some(timing(chain));
    }

    /// Seconds since the block's own slot began, in tenths.
    fn age(&self, chain: &Chain, head: &Block, at: At) -> f64 {
        let born = self.scenario.start.plus(Span::from_secs(chain.second_of(head.slot)));
        (at.since(born).as_secs_f64() * 10.0).round() / 10.0
    }

    fn alerts(&self, answer: &mut Answer, node: &SimNode, second: i64) {
        let firing = self.scenario.alerts.iter().filter(|a| a.alert.node == node.id);
        let firing: Vec<Alert> = firing
            .filter(|a| (a.from..a.to).contains(&second))
            .map(|a| Alert {
                fingerprint: a.alert.fingerprint(),
                name: a.alert.name.clone(),
                summary: a.alert.summary.clone(),
                severity: a.alert.severity.clone(),
                since: self.scenario.start.plus(Span::from_secs(a.from)),
                quiet: None,
            })
            .collect();
        push(answer, SignalId::ALERTS, whole(u64::try_from(firing.len()).unwrap_or(0)));
        answer.alerts = Some(firing);
    }

    fn signals(&self, answer: &mut Answer, node: &SimNode, second: i64) {
        let planned = self.scenario.signals.iter().filter(|s| s.node == node.id);
        let mut wanted: Vec<SignalId> = planned.map(|s| s.signal).collect();
        wanted.extend(self.changes.iter().filter_map(|(_, effect)| match effect {
            ActEffect::Signal(s) if s.node == node.id => Some(s.signal),
            _ => None,
        }));
        wanted.sort();
        wanted.dedup();
        for signal in wanted {
            let changed = self.newest(second, |effect| match effect {
                ActEffect::Signal(s) if s.node == node.id && s.signal == signal => Some(&s.curve),
                _ => None,
            });
            let base = self.scenario.signals.iter().find(|s| s.node == node.id && s.signal == signal);
            if changed.is_none() && base.is_none() {
                continue;
            }
            let value = self.drawn(changed, base.map(|s| &s.curve), second);
            answer.readings.retain(|r| r.signal != signal);
            push(answer, signal, value);
        }
    }
}

fn push(answer: &mut Answer, signal: SignalId, value: f64) {
    answer.readings.push(Reading::number(signal, value, SOURCE));
}

fn tip(head: &Block, height: u64) -> Tip {
    Tip { height, hash: head.hash.clone(), parent: Some(head.parent.clone()) }
}

fn timing(chain: &Chain) -> ChainTiming {
    let plan = chain.plan();
    ChainTiming { block_s: as_f64(plan.block_s), slots_per_epoch: Some(plan.slots_per_epoch), from_protocol: true }
}

#[expect(clippy::cast_precision_loss, reason = "heights and counts stay below 2^53")]
const fn whole(n: u64) -> f64 {
    n as f64
}

#[expect(clippy::cast_precision_loss, reason = "seconds of a drill are far below 2^53")]
const fn as_f64(n: i64) -> f64 {
    n as f64
}
