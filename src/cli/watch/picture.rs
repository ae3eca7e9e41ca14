//! The picture as the contract's JSON: one object with scope, strip, nodes and peers. Reported and measured never mix.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Number;

use crate::app::model::Model;
use crate::app::view::situation;
use crate::app::view::tone::Said;
use crate::domain::observation::Value;
use crate::domain::time::At;
use crate::domain::time::Span;

/// All that is known at one moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Picture {
    /// When.
    pub at: At,
    /// Of which network.
    pub network: String,
    /// Where the trouble is.
    pub scope: ScopeSaid,
    /// Whether any two sources hold different blocks at one height.
    pub safety: SafetySaid,
    /// What cannot be undone and begins, or has begun.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub countdowns: Vec<String>,
    /// What is broken.
    pub failing: Vec<String>,
    /// What is being done.
    pub doing: Vec<String>,
    /// What is due.
    pub next: Vec<String>,
    /// Every watched node.
    pub nodes: Vec<NodeSaid>,
    /// Every operator who said something.
    pub peers: Vec<PeerSaid>,
}

/// Where the trouble is, and what proves it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ScopeSaid {
    /// `healthy`, `local`, `network`, …
    pub verdict: &'static str,
    /// Sentences.
    pub evidence: Vec<String>,
}

/// How safety stands, beside liveness.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SafetySaid {
    /// Sources whose chains could be compared.
    pub compared: usize,
    /// Whether two of them are a fork.
    pub forked: bool,
    /// Each difference in a sentence.
    pub conflicts: Vec<String>,
}

/// One node, measured by us.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NodeSaid {
    /// Its name.
    pub id: String,
    /// `ethereum-execution`, …
    pub family: &'static str,
    /// Ours.
    pub mine: bool,
    /// `ok`, `warn`, `bad`, `unknown`, `stale`.
    pub state: &'static str,
    /// Why.
    pub why: Vec<String>,
    /// Its latest values.
    pub signals: BTreeMap<&'static str, SignalSaid>,
}

/// One value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SignalSaid {
    /// A number or a text.
    pub value: serde_json::Value,
    /// Its unit; empty for a bare number or text.
    pub unit: String,
    /// How old it is.
    pub age_s: i64,
    /// The call that gave it.
    pub source: String,
}

/// One operator, in its own words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PeerSaid {
    /// Who.
    pub operator: String,
    /// `verified`, `unsigned`, …
    pub trust: &'static str,
    /// Why it is not counted; empty when it is.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// From our roster.
    pub stake: Option<u64>,
    /// How old its word is.
    pub age_s: i64,
    /// In one line.
    pub summary: String,
}

impl Picture {
    /// What the model knows now.
    #[must_use]
    pub fn of(model: &Model) -> Self {
        let strip = situation(model);
        let sentences = |said: &[Said]| said.iter().map(|s| s.text.as_str().to_owned()).collect();
        let scope = model.watch.judge.scope();
        Self {
            at: model.now,
            network: model.watch.specs.first().map(|s| s.network.clone()).unwrap_or_default(),
            scope: ScopeSaid { verdict: scope.scope.as_str(), evidence: scope.evidence.clone() },
            safety: safety(model),
            countdowns: model.watch.judge.countdowns(model.now).into_iter().map(|c| c.text).collect(),
            failing: sentences(&strip.failing),
            doing: sentences(&strip.doing),
            next: sentences(&strip.next),
            nodes: nodes(model),
            peers: peers(model),
        }
    }

    /// The same without what changes by itself as time passes: two moments are alike when these are equal.
    #[must_use]
    pub fn still(&self) -> Self {
        let mut still = self.clone();
        still.at = At::default();
        for node in &mut still.nodes {
            node.signals.remove("chain.head_age_s");
            node.signals.remove("node.latency_ms");
            node.signals.retain(|name, _| !name.starts_with("host."));
            node.signals.values_mut().for_each(|s| s.age_s = 0);
        }
        still.peers.iter_mut().for_each(|p| p.age_s = 0);
        for said in [&mut still.failing, &mut still.doing, &mut still.next] {
            said.iter_mut().for_each(|s| s.retain(|c| !c.is_ascii_digit()));
        }
        still
    }
}

fn safety(model: &Model) -> SafetySaid {
    let found = model.watch.judge.safety(model.now);
    SafetySaid { compared: found.compared, forked: found.forked, conflicts: found.conflicts }
}

fn nodes(model: &Model) -> Vec<NodeSaid> {
    let views = model.watch.board.views(&model.watch.judge);
    views
        .map(|view| NodeSaid {
            id: view.id().to_string(),
            family: view.family().as_str(),
            mine: view.spec.mine,
            state: view.state.as_str(),
            signals: view
                .signals
                .iter()
                .map(|s| {
                    let said = SignalSaid {
                        value: value(s.value()),
                        unit: view.spec.unit(s.signal).to_owned(),
                        age_s: s.age(model.now).secs(),
                        source: s.source().to_owned(),
                    };
                    (s.signal.name(), said)
                })
                .collect(),
            why: view.why.clone(),
        })
        .collect()
}

fn peers(model: &Model) -> Vec<PeerSaid> {
    let said = model.peers.iter().map(|report| PeerSaid {
        operator: report.operator.to_string(),
        trust: report.trust.as_str(),
        why: report.why.clone(),
        stake: report.stake,
        age_s: report.age(model.now).max(Span::ZERO).secs(),
        summary: report.summary(),
    });
    said.collect()
}

/// Heights stay whole numbers; what is no number at all (never measured so) is null.
fn value(value: &Value) -> serde_json::Value {
    match value {
        Value::Text(text) => serde_json::Value::String(text.to_string()),
        Value::Number(n) if n.fract() == 0.0 && n.abs() < 9_007_199_254_740_992.0 => {
            #[expect(clippy::cast_possible_truncation, reason = "whole, and below 2^53")]
            let whole = *n as i64;
            serde_json::Value::Number(whole.into())
        }
        Value::Number(n) => Number::from_f64(*n).map_or(serde_json::Value::Null, serde_json::Value::Number),
    }
}
