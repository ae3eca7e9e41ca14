//! Which runbooks fit what is wrong now, the best first, and why each. Pure: what is wrong comes in as symptoms; must not know
//! who judged it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::domain::id::{NodeId, RunbookId};
use crate::domain::observation::Family;
use crate::domain::time::At;
use crate::runbook::model::Runbook;
use crate::runbook::next::client_fits;
use crate::runbook::trigger::{Cause, Trigger, Whose};

/// Suggestions at most; more than a person reads while something burns. The best stay.
pub const MOST: usize = 6;

/// Reasons told of one suggestion.
const REASONS: usize = 4;

/// A node of ours, as far as a runbook asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ours {
    /// Its name.
    pub id: NodeId,
    /// Its family.
    pub family: Family,
    /// Its network.
    pub network: String,
    /// What it calls itself; `None` where it did not tell.
    pub version: Option<String>,
}

/// One thing that is wrong now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symptom {
    /// What.
    pub cause: Cause,
    /// Of which own node; `None` for an alert, which is nobody's.
    pub node: Option<NodeId>,
    /// In a sentence.
    pub says: String,
}

/// All that is wrong now, and what stands in this incident.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Situation {
    /// Own nodes.
    pub ours: Vec<Ours>,
    /// What is wrong, the oldest first.
    pub symptoms: Vec<Symptom>,
    /// Runbooks whose run is under way.
    pub running: BTreeSet<RunbookId>,
    /// Runbooks that were followed to their end, and when.
    pub done: BTreeMap<RunbookId, At>,
}

/// A runbook that fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// Which.
    pub id: RunbookId,
    /// Its title.
    pub title: String,
    /// What it is suggested for, the weightiest first; never empty.
    pub why: Vec<String>,
    /// When it was followed to its end in this incident, if it was.
    pub done: Option<At>,
}

/// The runbooks that fit, the best first: those not yet followed in this incident, then by what speaks for them (where the
/// trouble is and an alert count double), then by severity, then by name. None that is under way, none for another network,
/// none written for a client that no node in trouble is.
#[must_use]
pub fn suggest(books: &[Runbook], now: &Situation) -> Vec<Suggestion> {
    let mut found: Vec<(Suggestion, usize, u8)> = books
        .iter()
        .filter(|book| !now.running.contains(&book.id))
        .filter_map(|book| {
            let reasons = reasons(book, now);
            let weight = reasons.iter().map(|(weight, _)| weight).sum();
            let mut why: Vec<String> = Vec::new();
            for (_, says) in reasons {
                if !why.contains(&says) {
                    why.push(says);
                }
            }
            why.truncate(REASONS);
            let done = now.done.get(&book.id).copied();
            let suggestion = Suggestion { id: book.id.clone(), title: book.title.clone(), why, done };
            (weight > 0).then_some((suggestion, weight, book.severity.unwrap_or(u8::MAX)))
        })
        .collect();
    found.sort_by(|(a, a_weight, a_severity), (b, b_weight, b_severity)| {
        let key =
            |s: &Suggestion, weight: usize, severity: u8| (s.done.is_some(), Reverse(weight), severity, s.id.clone());
        key(a, *a_weight, *a_severity).cmp(&key(b, *b_weight, *b_severity))
    });
    found.truncate(MOST);
    found.into_iter().map(|(suggestion, ..)| suggestion).collect()
}

/// What speaks for a runbook: one reason for each trigger that holds, the weightiest first.
fn reasons(book: &Runbook, now: &Situation) -> Vec<(usize, String)> {
    // A trigger that cannot be read is lint's matter.
    let triggers = book.triggers.iter().filter_map(|text| Trigger::parse(text).ok());
    let mut reasons: Vec<(usize, String)> = triggers
        .filter_map(|trigger| {
            let symptom = now.symptoms.iter().find(|s| holds(&trigger, s, book, now))?;
            let weight = if matches!(trigger.cause, Cause::Scope(_) | Cause::Alert(_)) { 2 } else { 1 };
            Some((weight, symptom.says.clone()))
        })
        .collect();
    reasons.sort_by_key(|(weight, _)| Reverse(*weight));
    reasons
}

fn holds(trigger: &Trigger, symptom: &Symptom, book: &Runbook, now: &Situation) -> bool {
    if trigger.cause != symptom.cause {
        return false;
    }
    // An alert is no node's: then it is asked whether any node of ours is meant.
    let of_it = |ours: &&Ours| symptom.node.as_ref().is_none_or(|id| ours.id == *id);
    let meant = |ours: &Ours| match &trigger.whose {
        Whose::Any => true,
        Whose::Family(family) => ours.family == *family,
        Whose::Client(client) => ours.version.as_deref().is_some_and(|v| client_fits(std::slice::from_ref(client), v)),
    };
    let any = |words: &[String]| words.is_empty() || words.iter().any(|w| w == "any");
    let network = |ours: &Ours| any(&book.network) || book.network.contains(&ours.network);
    let client =
        |ours: &Ours| any(&book.client) || ours.version.as_deref().is_some_and(|v| client_fits(&book.client, v));
    let asks_nothing = trigger.whose == Whose::Any && any(&book.network) && any(&book.client);
    asks_nothing || now.ours.iter().filter(of_it).any(|ours| meant(ours) && network(ours) && client(ours))
}
