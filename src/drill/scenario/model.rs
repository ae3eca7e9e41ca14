//! A scenario as the drill uses it: everything checked, times in seconds from the start.
//! Must not know the file it came from.

use crate::domain::event::AlertFired;
use crate::domain::id::{NodeId, PersonId, RoleId};
use crate::domain::observation::Family;
use crate::domain::signal::SignalId;
use crate::domain::time::{At, Span};
use crate::domain::watch::NodeSpec;
use crate::drill::chain::ChainPlan;
use crate::drill::curve::Curve;
use crate::drill::scenario::parts::{PeerPlan, SignalPlan};
use crate::drill::scenario::pattern::EventPattern;

/// One scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Its id; also its folder's name and part of the incident's id.
    pub id: String,
    /// In a few words.
    pub title: String,
    /// What the players are told before it begins.
    pub briefing: String,
    /// The network's name, invented.
    pub network: String,
    /// When it begins, in its own time.
    pub start: At,
    /// How long it goes on at most.
    pub length: Span,
    /// The seed where none is given.
    pub seed: u64,
    /// The speed where none is given: so many times as fast as real time.
    pub factor: u32,
    /// Between two polls of one node.
    pub poll: Span,
    /// The host that the players' consoles are on.
    pub host: String,
    /// The real incidents it is modelled on.
    pub modelled_on: Vec<ModelledOn>,
    /// What it trains.
    pub objectives: Vec<Objective>,
    /// Who plays.
    pub players: Vec<Player>,
    /// The chain, where nodes of a chain are simulated.
    pub chain: Option<SimChain>,
    /// The simulated nodes.
    pub nodes: Vec<SimNode>,
    /// Their signals beyond those the chain gives.
    pub signals: Vec<SignalPlan>,
    /// When nodes do not answer.
    pub outages: Vec<Outage>,
    /// Other operators.
    pub peers: Vec<PeerPlan>,
    /// Alerts.
    pub alerts: Vec<AlertPlan>,
    /// The list of scripted events.
    pub injects: Vec<Inject>,
    /// What the players' moves do to the simulation.
    pub acts: Vec<Act>,
    /// What good players do.
    pub expectations: Vec<Expectation>,
}

/// The chain and what drives it.
#[derive(Clone, Debug, PartialEq)]
pub struct SimChain {
    /// What never changes.
    pub plan: ChainPlan,
    /// Share of stake that votes, %.
    pub participation: Curve,
    /// Share of slots without a block, %.
    pub missed: Curve,
}

/// A public incident that gave figures or ideas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelledOn {
    /// Which.
    pub incident: String,
    /// What was taken from it.
    pub took: String,
    /// Where it is told.
    pub sources: Vec<String>,
}

/// Something the drill trains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objective {
    /// Short id.
    pub id: String,
    /// In words.
    pub text: String,
}

/// Somebody who plays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Player {
    /// Their name.
    pub name: PersonId,
    /// The role they are meant for.
    pub role: RoleId,
}

/// One simulated node.
#[derive(Clone, Debug, PartialEq)]
pub struct SimNode {
    /// Its name.
    pub id: NodeId,
    /// What kind of node it is.
    pub family: Family,
    /// The players'; `false` for somebody else's.
    pub mine: bool,
    /// What it shares with others.
    pub via: Option<String>,
    /// What its client calls itself.
    pub version: String,
    /// Slots it is behind the chain's head.
    pub behind: u64,
    /// Signals of the chain that it serves beyond the usual ones of its family.
    pub serves: Vec<SignalId>,
}

/// A time in which a node does not answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outage {
    /// Which node.
    pub node: NodeId,
    /// From this second.
    pub from: i64,
    /// To this second (not included).
    pub to: i64,
    /// `refused` or `silent`.
    pub refused: bool,
}

/// An alert of the simulated Alertmanager.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertPlan {
    /// From this second.
    pub from: i64,
    /// To this second.
    pub to: i64,
    /// As it is told; `since` is made from the start.
    pub alert: AlertText,
}

/// The words of an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertText {
    /// The Alertmanager's node.
    pub node: NodeId,
    /// `alertname`.
    pub name: String,
    /// Annotation `summary`.
    pub summary: String,
    /// Label `severity`.
    pub severity: String,
}

impl AlertText {
    /// A fingerprint that stays the same for the same alert.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        format!("{}/{}", self.node, self.name)
    }

    /// As the log tells it.
    #[must_use]
    pub fn fired(&self, since: At) -> AlertFired {
        AlertFired {
            fingerprint: self.fingerprint(),
            name: self.name.clone(),
            node: self.node.clone(),
            summary: self.summary.clone(),
            severity: self.severity.clone(),
            since,
        }
    }
}

/// When something scripted comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    /// At this second.
    At(i64),
    /// After the first entry that fits, so many seconds later.
    After(EventPattern, i64),
}

/// One scripted event that reaches the players.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inject {
    /// Its number.
    pub number: u64,
    /// When it comes.
    pub when: When,
    /// To whom: a role or a person.
    pub to: String,
    /// The words.
    pub text: String,
    /// How it arrives: `call`, `chat`, …
    pub delivered_as: String,
    /// What good players do with it; never shown to players.
    pub expected: String,
    /// Which objective it serves.
    pub objective: String,
}

/// What a move of the players does to the simulation.
#[derive(Clone, Debug, PartialEq)]
pub struct Act {
    /// Short id.
    pub id: String,
    /// The entry that sets it off (once).
    pub when: EventPattern,
    /// So many seconds later.
    pub after: i64,
    /// What changes from then on.
    pub effects: Vec<ActEffect>,
}

/// One change of the simulation. Curves count seconds from the act.
#[derive(Clone, Debug, PartialEq)]
pub enum ActEffect {
    /// Another course of participation.
    Participation(Curve),
    /// Another course of missed slots.
    Missed(Curve),
    /// Another course of a signal.
    Signal(SignalPlan),
    /// A node goes silent (from 0).
    Outage(Outage),
}

/// Something good players do, and what it is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// Short id.
    pub id: String,
    /// In words.
    pub text: String,
    /// The entry that shows it.
    pub pattern: EventPattern,
    /// Within so many seconds from the start, or from `after`.
    pub within: Option<i64>,
    /// The entry from which `within` counts.
    pub after: Option<EventPattern>,
    /// What it is worth.
    pub points: u32,
    /// An entry that spoils it.
    pub fail_if: Option<EventPattern>,
    /// Which objective it belongs to.
    pub objective: String,
}

impl Scenario {
    /// The simulated nodes as everything that watches them needs them; their addresses say that they are a drill's.
    #[must_use]
    pub fn specs(&self) -> Vec<NodeSpec> {
        let spec = |n: &SimNode| {
            let spec = NodeSpec::new(n.id.as_str(), n.family, &format!("drill:{}", n.id), &self.network);
            NodeSpec { mine: n.mine, via: n.via.clone(), ..spec }
        };
        self.nodes.iter().map(spec).collect()
    }

    /// The second of the scenario at a moment.
    #[must_use]
    pub const fn second(&self, at: At) -> i64 {
        at.since(self.start).secs()
    }
}
