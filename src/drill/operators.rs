//! The other operators of a scenario: the status document each would publish now, as the peers' room would hand it on.
//! Whether it is signed is the scenario's word: in a drill no key signs anything.

use std::collections::BTreeMap;

use crate::domain::time::{At, Span};
use crate::drill::chain::Chain;
use crate::drill::scenario::{PeerPlan, Scenario};
use crate::peers::model::{PeerNode, PeerReport, StatusDocument, Trust};

/// For how many publishing intervals a document holds.
const VALID_INTERVALS: i64 = 3;

/// What an operator says at `at`; `None` before its first word.
#[must_use]
pub fn document(scenario: &Scenario, plan: &PeerPlan, chain: Option<&Chain>, at: At) -> Option<PeerReport> {
    let since_start = at.since(scenario.start);
    let second = since_start.secs();
    let word = plan.words.iter().rev().find(|w| w.at <= second)?;
    let head = chain.and_then(|c| c.head(word.behind));
    let hash_at = head.map(|h| BTreeMap::from([(h.slot.to_string(), h.hash.to_string())])).unwrap_or_default();
    let node = PeerNode {
        id: format!("{}-1", plan.operator),
        client: word.client.clone(),
        version: word.version.clone(),
        height: head.map(|h| h.slot),
        hash_at,
        finalized: chain.map(Chain::finalized_epoch),
        peers: None,
        state: word.state,
    };
    let document = StatusDocument {
        v: 1,
        operator: plan.operator.clone(),
        at,
        seq: u64::try_from(second / plan.every.max(1)).unwrap_or(0),
        valid_s: u64::try_from(Span::from_secs(plan.every * VALID_INTERVALS).secs()).unwrap_or(0),
        network: scenario.network.clone(),
        drill: true,
        incident: None,
        nodes: vec![node],
        ready: BTreeMap::new(),
        runbook: None,
        says: word.says.clone(),
        scope: word.scope,
    };
    let (trust, why) = if plan.signed {
        (Trust::Verified, String::new())
    } else {
        (Trust::Unsigned, "the document carries no signature".to_owned())
    };
    Some(PeerReport {
        operator: plan.operator.clone(),
        via: plan.via.clone(),
        trust,
        why,
        stake: Some(plan.stake),
        origin: format!("drill {}", scenario.id),
        received: at,
        document: Some(document),
    })
}
