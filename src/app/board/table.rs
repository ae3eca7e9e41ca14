//! The board itself: takes observations, keeps the latest value and a ring for each signal, gives views and samples.
//! Local measurements only: what peers report has a board of its own.

use std::collections::BTreeMap;

use super::ring::Ring;
use super::view::{NodeView, SignalView};
use crate::domain::id::NodeId;
use crate::domain::observation::{Fact, Failure, Observation, Reading, Sample};
use crate::domain::signal::SignalId;
use crate::domain::time::At;
use crate::domain::verdict::Judge;
use crate::domain::votes::Votes;
use crate::domain::watch::NodeSpec;

/// Everything measured here, lately.
#[derive(Clone, Debug, Default)]
pub struct Board {
    nodes: Vec<Row>,
    revision: u64,
}

#[derive(Clone, Debug)]
struct Row {
    spec: NodeSpec,
    heard: Option<At>,
    failure: Option<Failure>,
    cells: BTreeMap<SignalId, Cell>,
    votes: Option<(At, Box<Votes>)>,
    facts: Vec<Fact>,
}

impl Row {
    fn new(spec: &NodeSpec) -> Self {
        Self { spec: spec.clone(), heard: None, failure: None, cells: BTreeMap::new(), votes: None, facts: Vec::new() }
    }
}

#[derive(Clone, Debug)]
struct Cell {
    reading: Reading,
    at: At,
    ring: Ring,
}

impl Board {
    /// A board for these nodes, empty.
    #[must_use]
    pub fn new(specs: &[NodeSpec]) -> Self {
        let mut board = Self::default();
        board.set_specs(specs);
        board
    }

    /// Takes another list of nodes, in its order; what is known of those that stay, stays.
    pub fn set_specs(&mut self, specs: &[NodeSpec]) {
        let mut old: BTreeMap<NodeId, Row> =
            std::mem::take(&mut self.nodes).into_iter().map(|r| (r.spec.id.clone(), r)).collect();
        for spec in specs {
            let same = old
                .remove(&spec.id)
                .filter(|r| r.spec.family == spec.family && r.spec.url == spec.url && r.spec.subject == spec.subject);
            let row = same.unwrap_or_else(|| Row::new(spec));
            self.nodes.push(Row { spec: spec.clone(), ..row });
        }
        self.revision += 1;
    }

    /// The nodes that are watched, in the configuration's order.
    pub fn specs(&self) -> impl Iterator<Item = &NodeSpec> {
        self.nodes.iter().map(|r| &r.spec)
    }

    /// Counts changes, so that a screen knows whether to draw.
    #[must_use]
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// Takes one observation; one of a node that is not on the board changes nothing.
    pub fn observe(&mut self, seen: &Observation) {
        let Some(row) = self.nodes.iter_mut().find(|r| r.spec.id == seen.node) else { return };
        self.revision += 1;
        row.heard = Some(seen.at);
        match &seen.outcome {
            Err(failure) => row.failure = Some(failure.clone()),
            Ok(answer) => {
                row.failure = None;
                row.votes = answer.votes.clone().map(|v| (seen.at, v));
                row.facts.clone_from(&answer.facts);
                for reading in &answer.readings {
                    row.read(reading, seen.at);
                }
            }
        }
    }

    /// Every node as a reader sees it, in the configuration's order.
    pub fn views<'a>(&'a self, judge: &'a Judge) -> impl Iterator<Item = NodeView<'a>> + 'a {
        self.nodes.iter().map(|row| row.view(judge))
    }

    /// One node as a reader sees it.
    #[must_use]
    pub fn view<'a>(&'a self, node: &NodeId, judge: &Judge) -> Option<NodeView<'a>> {
        self.nodes.iter().find(|r| r.spec.id == *node).map(|row| row.view(judge))
    }

    /// The half hour of one signal of one node.
    #[must_use]
    pub fn ring(&self, node: &NodeId, signal: SignalId) -> Option<&Ring> {
        let row = self.nodes.iter().find(|r| r.spec.id == *node)?;
        row.cells.get(&signal).map(|c| &c.ring)
    }

    /// Every kept sample after `since` (all, when `None`), by time, then node, then signal: for the flight recorder.
    #[must_use]
    pub fn samples_since(&self, since: Option<At>) -> Vec<Sample> {
        let since = since.unwrap_or(At::from_micros(i64::MIN));
        let mut out = Vec::new();
        for row in &self.nodes {
            for (signal, cell) in &row.cells {
                let kept = cell.ring.after(since);
                out.extend(kept.map(|(at, value)| Sample { at, node: row.spec.id.clone(), signal: *signal, value }));
            }
        }
        out.sort_by(|a, b| (a.at, &a.node, a.signal).cmp(&(b.at, &b.node, b.signal)));
        out
    }

    /// When the newest observation of all was made.
    #[must_use]
    pub fn heard(&self) -> Option<At> {
        self.nodes.iter().filter_map(|r| r.heard).max()
    }
}

impl Row {
    fn read(&mut self, reading: &Reading, at: At) {
        let cell = self.cells.entry(reading.signal).or_insert_with(|| Cell {
            reading: reading.clone(),
            at,
            ring: Ring::default(),
        });
        cell.reading.clone_from(reading);
        cell.at = at;
        if let Some(number) = reading.value.number() {
            cell.ring.push(at, number);
        }
    }

    fn view<'a>(&'a self, judge: &Judge) -> NodeView<'a> {
        let verdict = judge.verdict(&self.spec.id);
        let (state, signal, why, since) = verdict.map_or_else(
            || (crate::domain::event::NodeState::Unknown, String::new(), Vec::new(), None),
            |v| (v.state, v.signal, v.why, v.since),
        );
        let signals = self.cells.iter().map(|(signal, cell)| SignalView {
            signal: *signal,
            reading: &cell.reading,
            at: cell.at,
            ring: cell.reading.value.number().map(|_| &cell.ring),
        });
        NodeView {
            spec: &self.spec,
            state,
            signal,
            why,
            since,
            heard: self.heard,
            failure: self.failure.as_ref(),
            signals: signals.collect(),
            votes: self.votes.as_ref(),
            facts: &self.facts,
        }
    }
}
