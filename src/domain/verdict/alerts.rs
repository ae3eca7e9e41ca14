//! Alerts: each fires once, by whatever ways it comes, and is over when the last way no longer has it, or when somebody has
//! silenced it. Must not know how a node is judged.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::domain::event::{AlertCleared, AlertFired, Event};
use crate::domain::id::NodeId;
use crate::domain::observation::{Alert, Answer};
use crate::domain::time::At;

/// Alerts remembered of one way over a restart; a source tells no more of them.
const REMEMBERED: usize = 256;

/// Whether an alert of this severity is a failure by itself.
#[must_use]
pub fn is_severe(severity: &str) -> bool {
    matches!(severity.to_ascii_lowercase().as_str(), "critical" | "page" | "emergency" | "disaster")
}

/// One that fires.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertMemory {
    /// `alertname`.
    pub name: String,
    /// Annotation `summary` or `description`.
    pub summary: String,
    /// Label `severity`.
    pub severity: String,
    /// `startsAt`.
    pub since: At,
}

#[derive(Clone, Debug)]
struct Held {
    alert: AlertMemory,
    missed: u32,
}

/// What fires, by the way it comes and its fingerprint; and what fires but is kept quiet, with the words for it.
#[derive(Clone, Debug, Default)]
pub(super) struct Alerts {
    firing: BTreeMap<NodeId, BTreeMap<String, Held>>,
    quiet: BTreeMap<NodeId, BTreeMap<String, (String, String)>>,
}

impl Alerts {
    /// Forgets the ways that are not watched any more.
    pub fn keep_nodes(&mut self, watched: impl Fn(&NodeId) -> bool) {
        self.firing.retain(|node, _| watched(node));
        self.quiet.retain(|node, _| watched(node));
    }

    /// The same alert may come by several ways (pulled, posted, two Alertmanagers of a pair): one fingerprint fires once, and
    /// is over when the last way no longer has it. What one way calls silenced or inhibited is quiet by every way: an inbox is
    /// never told of a silence.
    pub fn hear(&mut self, node: &NodeId, told: &[Alert], clear_after: u32) -> Vec<Event> {
        let words = |a: &Alert| Some((a.fingerprint.clone(), (a.name.clone(), a.quiet.clone()?)));
        self.quiet.insert(node.clone(), told.iter().filter_map(words).collect());
        let mut events = self.hush();
        let firing: Vec<&Alert> = told.iter().filter(|a| !self.is_quiet(&a.fingerprint)).collect();
        let others = self.firing.iter().filter(|(n, _)| *n != node).flat_map(|(_, held)| held.keys());
        let elsewhere: BTreeSet<String> = others.cloned().collect();
        let known = self.firing.entry(node.clone()).or_default();
        for alert in &firing {
            let fresh = !known.contains_key(&alert.fingerprint) && !elsewhere.contains(&alert.fingerprint);
            known.insert(alert.fingerprint.clone(), Held { alert: memory_of(alert), missed: 0 });
            if fresh {
                events.push(fired(node, &alert.fingerprint, &memory_of(alert)));
            }
        }
        known.retain(|fingerprint, held| {
            if firing.iter().any(|a| a.fingerprint == *fingerprint) {
                return true;
            }
            held.missed = held.missed.saturating_add(1);
            if held.missed < clear_after {
                return true;
            }
            if !elsewhere.contains(fingerprint) {
                events.push(cleared(fingerprint, &held.alert.name, String::new()));
            }
            false
        });
        events
    }

    fn is_quiet(&self, fingerprint: &str) -> bool {
        self.quiet.values().any(|of| of.contains_key(fingerprint))
    }

    /// Alerts that fired and were made quiet: over, at once, with the words why.
    fn hush(&mut self) -> Vec<Event> {
        let quiet: BTreeMap<&String, &String> = self.quiet.values().flatten().map(|(p, (_, why))| (p, why)).collect();
        let mut over: BTreeMap<String, (String, String)> = BTreeMap::new();
        for held in self.firing.values_mut() {
            held.retain(|fingerprint, held| {
                let Some(why) = quiet.get(fingerprint) else { return true };
                over.insert(fingerprint.clone(), (held.alert.name.clone(), (*why).clone()));
                false
            });
        }
        over.into_iter().map(|(fingerprint, (name, why))| cleared(&fingerprint, &name, why)).collect()
    }

    /// An answer as it is judged: without the alerts that are kept quiet.
    pub fn without_quiet<'a>(&self, answer: &'a Answer) -> Cow<'a, Answer> {
        let told = answer.alerts.as_deref().unwrap_or_default();
        if told.iter().all(|a| !self.is_quiet(&a.fingerprint)) {
            return Cow::Borrowed(answer);
        }
        let loud = told.iter().filter(|a| !self.is_quiet(&a.fingerprint)).cloned().collect();
        Cow::Owned(Answer { alerts: Some(loud), ..answer.clone() })
    }

    /// What fires and is kept quiet, by name.
    pub fn quieted(&self) -> Vec<(String, String)> {
        let by_print: BTreeMap<&String, &(String, String)> = self.quiet.values().flatten().collect();
        let mut all: Vec<(String, String)> = by_print.into_values().cloned().collect();
        all.sort();
        all
    }

    /// What another process has to know, so that what fires still is not said twice.
    pub fn memory(&self) -> BTreeMap<NodeId, BTreeMap<String, AlertMemory>> {
        let of = |held: &BTreeMap<String, Held>| {
            held.iter().take(REMEMBERED).map(|(print, h)| (print.clone(), h.alert.clone())).collect()
        };
        self.firing.iter().filter(|(_, held)| !held.is_empty()).map(|(node, held)| (node.clone(), of(held))).collect()
    }

    /// Takes over what another process knew of ways that `same` still names; what fires, as it was said then.
    pub fn restore(
        &mut self,
        kept: &BTreeMap<NodeId, BTreeMap<String, AlertMemory>>,
        same: impl Fn(&NodeId) -> bool,
    ) -> Vec<Event> {
        let mut told: BTreeMap<String, Event> = BTreeMap::new();
        for (node, alerts) in kept.iter().filter(|(node, _)| same(node)) {
            for (print, alert) in alerts.iter().take(REMEMBERED) {
                told.entry(print.clone()).or_insert_with(|| fired(node, print, alert));
            }
            let held = alerts.iter().take(REMEMBERED);
            let held = held.map(|(print, alert)| (print.clone(), Held { alert: alert.clone(), missed: 0 })).collect();
            self.firing.insert(node.clone(), held);
        }
        told.into_values().collect()
    }
}

fn memory_of(alert: &Alert) -> AlertMemory {
    AlertMemory {
        name: alert.name.clone(),
        summary: alert.summary.clone(),
        severity: alert.severity.clone(),
        since: alert.since,
    }
}

fn fired(node: &NodeId, fingerprint: &str, alert: &AlertMemory) -> Event {
    AlertFired {
        fingerprint: fingerprint.to_owned(),
        name: alert.name.clone(),
        node: node.clone(),
        summary: alert.summary.clone(),
        severity: alert.severity.clone(),
        since: alert.since,
    }
    .into()
}

fn cleared(fingerprint: &str, name: &str, why: String) -> Event {
    AlertCleared { fingerprint: fingerprint.to_owned(), name: name.to_owned(), why }.into()
}
