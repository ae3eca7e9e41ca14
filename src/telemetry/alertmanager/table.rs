//! The alerts that were posted and not yet resolved, by fingerprint, and how they are kept over restarts: a saved
//! configuration or a new process must not make them look resolved. Must not know who posts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::parse::{ALERTS_LIMIT, Told};
use crate::domain::observation::Alert;
use crate::domain::time::{At, Span};

/// The version of the kept form; another one is not used.
const VERSION: u32 = 1;

/// An alert that nobody repeated for so long is forgotten, and that is said: Alertmanager repeats every 4 hours unless told
/// otherwise, and one that was silenced in the meantime is never said to be resolved.
const FORGET: Span = Span::from_mins(12 * 60);

/// What fires, and when something was posted last.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    firing: BTreeMap<String, (At, Alert)>,
    heard: Option<At>,
}

/// The table as it is kept.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    v: u32,
    /// Where it was posted to: another inbox of the same name has alerts of its own.
    listen: String,
    heard: At,
    firing: Vec<KeptAlert>,
}

#[derive(Debug, Serialize, Deserialize)]
struct KeptAlert {
    fingerprint: String,
    name: String,
    summary: String,
    severity: String,
    since: At,
    heard: At,
}

impl Table {
    /// When something was posted last; `None` while what fires is not known.
    pub const fn heard(&self) -> Option<At> {
        self.heard
    }

    /// What fires, the oldest first.
    pub fn firing(&self) -> Vec<Alert> {
        let mut alerts: Vec<Alert> = self.firing.values().map(|(_, alert)| alert.clone()).collect();
        alerts.sort_by(|a, b| (a.since, &a.fingerprint).cmp(&(b.since, &b.fingerprint)));
        alerts
    }

    /// Takes a post: how many alerts had no room, and those that were resolved.
    pub fn hear(&mut self, told: Told, now: At) -> (u64, Vec<Alert>) {
        self.heard = Some(now);
        let mut no_room = 0;
        for alert in told.firing {
            let known = self.firing.contains_key(&alert.fingerprint);
            if !known && self.firing.len() >= ALERTS_LIMIT {
                no_room += 1;
                continue;
            }
            self.firing.insert(alert.fingerprint.clone(), (now, alert));
        }
        let gone = told.resolved.iter().filter_map(|print| self.firing.remove(print)).map(|(_, alert)| alert);
        (no_room, gone.collect())
    }

    /// Forgets what nobody repeated; how many.
    pub fn forget(&mut self, now: At) -> u64 {
        let before = self.firing.len();
        self.firing.retain(|_, (heard, _)| now.since(*heard) < FORGET);
        (before - self.firing.len()) as u64
    }

    /// To be kept; `None` while nothing was posted.
    pub fn kept(&self, listen: &str) -> Option<Kept> {
        let one = |(heard, alert): &(At, Alert)| {
            let Alert { fingerprint, name, summary, severity, since, quiet: _ } = alert.clone();
            KeptAlert { fingerprint, name, summary, severity, since, heard: *heard }
        };
        let firing = self.firing.values().map(one).collect();
        self.heard.map(|heard| Kept { v: VERSION, listen: listen.to_owned(), heard, firing })
    }

    /// As it was kept of this inbox; empty of any other one, or another version.
    pub fn of(kept: Kept, listen: &str) -> Self {
        if kept.v != VERSION || kept.listen != listen {
            return Self::default();
        }
        let one = |kept: KeptAlert| {
            let KeptAlert { fingerprint, name, summary, severity, since, heard } = kept;
            (fingerprint.clone(), (heard, Alert { fingerprint, name, summary, severity, since, quiet: None }))
        };
        Self { firing: kept.firing.into_iter().take(ALERTS_LIMIT).map(one).collect(), heard: Some(kept.heard) }
    }
}
