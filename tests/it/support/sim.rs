//! A small simulated chain for the judge: nodes that make readings as sources do, second by second, without a clock.

use warroom::domain::event::{Event, HealthEvent, NodeState, ScopeChanged, VerdictChanged};
use warroom::domain::observation::{Answer, ChainTiming, Failure, Family, Observation, Reading, Tip};
use warroom::domain::signal::SignalId;
use warroom::domain::time::At;
use warroom::domain::verdict::{Judge, Limits};
use warroom::domain::watch::NodeSpec;

/// When every simulation begins.
pub const START: i64 = 1_795_256_000;

/// `START` and so many seconds.
pub fn at(seconds: i64) -> At {
    At::from_secs(START + seconds)
}

/// A beacon node's round, as its source would tell it.
#[derive(Clone, Debug)]
pub struct Beacon {
    pub slot_s: i64,
    pub slots_per_epoch: u64,
    /// Slot of the head.
    pub head: u64,
    /// Finalized epoch.
    pub finalized: u64,
    pub peers: Option<u64>,
    pub behind: u64,
}

impl Beacon {
    /// Healthy at this second: two epochs to finality, a block in every slot.
    pub fn healthy(seconds: i64, slot_s: i64, slots_per_epoch: u64) -> Self {
        let head = u64::try_from(seconds / slot_s).unwrap();
        let finalized = (head / slots_per_epoch).saturating_sub(2);
        Self { slot_s, slots_per_epoch, head, finalized, peers: Some(8), behind: 0 }
    }

    /// The observation at this second.
    pub fn seen(&self, node: &str, seconds: i64) -> Observation {
        let number =
            |signal, value: i64| Reading::number(signal, f64::from(i32::try_from(value).unwrap()), "simulated");
        let head = i64::try_from(self.head).unwrap();
        let finalized = i64::try_from(self.finalized).unwrap();
        let slots = i64::try_from(self.slots_per_epoch).unwrap();
        let mut readings = vec![
            number(SignalId::HEIGHT, head),
            number(SignalId::HEAD_AGE, (seconds - head * self.slot_s).max(0)),
            number(SignalId::FINALIZED_EPOCH, finalized),
            number(SignalId::FINALITY_LAG, head.max(seconds / self.slot_s - 3) / slots - finalized),
            number(SignalId::SYNC_DISTANCE, i64::try_from(self.behind).unwrap()),
        ];
        readings.extend(self.peers.map(|p| number(SignalId::PEERS, i64::try_from(p).unwrap())));
        let tip = Tip { height: self.head, hash: format!("0x{:x}", self.head).into(), parent: None };
        let timing = ChainTiming {
            block_s: f64::from(i32::try_from(self.slot_s).unwrap()),
            slots_per_epoch: Some(self.slots_per_epoch),
            from_protocol: true,
        };
        ok(node, seconds, Answer { readings, tip: Some(tip), timing: Some(timing), ..Answer::default() })
    }
}

/// An answer at this second.
pub fn ok(node: &str, seconds: i64, answer: Answer) -> Observation {
    Observation { node: node.into(), at: at(seconds), outcome: Ok(answer) }
}

/// A failure at this second.
pub fn failed(node: &str, seconds: i64, failure: Failure) -> Observation {
    Observation { node: node.into(), at: at(seconds), outcome: Err(failure) }
}

/// A judge of own beacon nodes of these names.
pub fn judge_of(names: &[&str]) -> Judge {
    let specs: Vec<NodeSpec> = names.iter().map(|n| beacon(n)).collect();
    Judge::new(&specs, Limits::default())
}

/// An own beacon node.
pub fn beacon(name: &str) -> NodeSpec {
    NodeSpec::new(name, Family::EthereumBeacon, "http://127.0.0.1:1", "devnet")
}

/// The verdicts among events.
pub fn verdicts(events: &[Event]) -> Vec<VerdictChanged> {
    events
        .iter()
        .filter_map(|e| match e {
            Event::Health(HealthEvent::Verdict(v)) => Some((**v).clone()),
            _ => None,
        })
        .collect()
}

/// The scopes among events.
pub fn scopes(events: &[Event]) -> Vec<ScopeChanged> {
    events
        .iter()
        .filter_map(|e| match e {
            Event::Health(HealthEvent::Scope(s)) => Some((**s).clone()),
            _ => None,
        })
        .collect()
}

/// The state a reader sees.
pub fn state(judge: &Judge, node: &str) -> NodeState {
    judge.verdict(&node.into()).unwrap().state
}
