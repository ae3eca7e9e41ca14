//! The run sheet: what comes when. Polls of nodes, documents of operators, injects, the acts' changes, the end.
//! Same scenario, same seed, same entries: the same outputs at the same moments. Moves forward only.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::domain::entry::Entry;
use crate::domain::event::InjectDelivered;
use crate::domain::observation::Observation;
use crate::domain::time::{At, Span};
use crate::drill::operators::document;
use crate::drill::scenario::{Scenario, When};
use crate::drill::simulation::Simulation;
use crate::peers::model::PeerReport;

/// Something that comes to the players' side.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    /// A node was asked.
    Observed(Observation),
    /// What every operator says now (the whole list).
    Peers(Vec<PeerReport>),
    /// A scripted event.
    Inject(InjectDelivered),
    /// The scenario is over.
    Over,
}

/// A happening and its moment.
#[derive(Clone, Debug, PartialEq)]
pub struct DrillOutput {
    /// When, in the drill's time.
    pub at: At,
    /// What.
    pub what: Happening,
}

/// What may be due next; the order of the variants is the order within one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Act(usize),
    Poll(usize),
    Document(usize),
    Inject(usize),
    Over,
}

/// The run sheet.
#[derive(Clone, Debug)]
pub struct Schedule {
    scenario: Arc<Scenario>,
    world: Simulation,
    polls: Vec<At>,
    documents: Vec<At>,
    said: Vec<Option<PeerReport>>,
    /// Acts and injects that are set off: when, and which.
    pending: BTreeSet<(At, Due)>,
    /// Acts and injects that were set off already; each comes once.
    set_off: BTreeSet<Due>,
    over: bool,
}

impl Schedule {
    /// From the beginning.
    #[must_use]
    pub fn new(scenario: Arc<Scenario>, seed: u64) -> Self {
        let start = scenario.start;
        let n = i64::try_from(scenario.nodes.len().max(1)).unwrap_or(1);
        let first = |i: usize| {
            let share = scenario.poll.micros() / n * i64::try_from(i).unwrap_or(0);
            start.plus(Span::from_micros(share))
        };
        let mut pending = BTreeSet::new();
        let mut set_off = BTreeSet::new();
        for (i, inject) in scenario.injects.iter().enumerate() {
            if let When::At(second) = inject.when {
                pending.insert((start.plus(Span::from_secs(second)), Due::Inject(i)));
                set_off.insert(Due::Inject(i));
            }
        }
        pending.insert((start.plus(scenario.length), Due::Over));
        Self {
            polls: (0..scenario.nodes.len()).map(first).collect(),
            documents: scenario.peers.iter().map(|p| start.plus(Span::from_secs(first_word(p)))).collect(),
            said: vec![None; scenario.peers.len()],
            world: Simulation::new(Arc::clone(&scenario), seed),
            pending,
            set_off,
            over: false,
            scenario,
        }
    }

    /// The scenario.
    #[must_use]
    pub const fn scenario(&self) -> &Arc<Scenario> {
        &self.scenario
    }

    /// Whether it has played through.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.over
    }

    /// When the next thing comes; `None` when it is over.
    #[must_use]
    pub fn next_at(&self) -> Option<At> {
        self.due().map(|(at, _)| at)
    }

    fn due(&self) -> Option<(At, Due)> {
        if self.over {
            return None;
        }
        let polls = self.polls.iter().enumerate().map(|(i, at)| (*at, Due::Poll(i)));
        let documents = self.documents.iter().enumerate().map(|(i, at)| (*at, Due::Document(i)));
        polls.chain(documents).chain(self.pending.first().copied()).min()
    }

    /// Everything up to `to`, in order.
    pub fn advance_to(&mut self, to: At) -> Vec<DrillOutput> {
        let mut outputs = Vec::new();
        while let Some((at, due)) = self.due().filter(|(at, _)| *at <= to) {
            outputs.extend(self.happen(at, due).map(|what| DrillOutput { at, what }));
        }
        outputs
    }

    fn happen(&mut self, at: At, due: Due) -> Option<Happening> {
        match due {
            Due::Poll(i) => {
                self.world.move_to(at);
                let next = self.polls.get_mut(i)?;
                *next = at.plus(self.scenario.poll);
                let node = self.scenario.nodes.get(i)?;
                let outcome = self.world.answer(node, at);
                Some(Happening::Observed(Observation { node: node.id.clone(), at, outcome }))
            }
            Due::Document(i) => {
                self.world.move_to(at);
                let plan = self.scenario.peers.get(i)?;
                *self.documents.get_mut(i)? = at.plus(Span::from_secs(plan.every));
                *self.said.get_mut(i)? = document(&self.scenario, plan, self.world.chain(), at);
                Some(Happening::Peers(self.said.iter().flatten().cloned().collect()))
            }
            Due::Act(i) => {
                self.pending.remove(&(at, due));
                // Slots before this moment follow the old course.
                self.world.move_to(at.plus(Span::from_micros(-1)));
                let second = at.since(self.scenario.start).secs();
                for effect in self.scenario.acts.get(i).map(|a| a.effects.clone()).unwrap_or_default() {
                    self.world.change(second, effect);
                }
                None
            }
            Due::Inject(i) => {
                self.pending.remove(&(at, due));
                let inject = self.scenario.injects.get(i)?;
                Some(Happening::Inject(InjectDelivered {
                    number: inject.number,
                    to: inject.to.clone(),
                    delivered_as: inject.delivered_as.clone(),
                    text: inject.text.clone(),
                }))
            }
            Due::Over => {
                self.pending.clear();
                self.over = true;
                Some(Happening::Over)
            }
        }
    }

    /// An entry stands in the log: acts and injects that waited for it are set off.
    pub fn notice(&mut self, entry: &Entry) {
        let acts = self.scenario.acts.iter().enumerate();
        let acts = acts.filter(|(_, a)| a.when.fits(entry)).map(|(i, a)| (Due::Act(i), a.after));
        let injects = self.scenario.injects.iter().enumerate().filter_map(|(i, inject)| match &inject.when {
            When::After(pattern, after) if pattern.fits(entry) => Some((Due::Inject(i), *after)),
            _ => None,
        });
        for (due, after) in acts.chain(injects).collect::<Vec<_>>() {
            if self.set_off.insert(due) {
                self.pending.insert((entry.recorded().plus(Span::from_secs(after)), due));
            }
        }
    }
}

/// The second of an operator's first document.
fn first_word(plan: &crate::drill::scenario::PeerPlan) -> i64 {
    plan.words.first().map_or(0, |w| w.at)
}
