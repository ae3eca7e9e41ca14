//! What fires and what was resolved lately, as lines of the closer look. Must not know where alerts come from.

use std::collections::VecDeque;

use crate::domain::observation::{Alert, Fact};
use crate::domain::time::{At, Span};

/// How long a resolved alert is told.
const TOLD_FOR: Span = Span::from_mins(30);

/// Resolved alerts that are remembered; of more, the newest.
const REMEMBERED: usize = 16;

/// Firing alerts that are told one by one; the others are counted.
const TOLD: usize = 32;

/// Alerts of the last while.
#[derive(Debug, Default)]
pub(super) struct Recent {
    resolved: VecDeque<(At, String)>,
}

impl Recent {
    /// One was resolved.
    pub fn resolved(&mut self, at: At, alert: &Alert) {
        self.resolved.push_front((at, words(alert)));
        self.resolved.truncate(REMEMBERED);
    }

    /// Those of `before` that `now` no longer has were resolved.
    pub fn compare(&mut self, before: &[Alert], now: &[Alert], at: At) {
        for alert in before.iter().filter(|b| now.iter().all(|n| n.fingerprint != b.fingerprint)) {
            self.resolved(at, alert);
        }
    }

    /// What fires, then what was resolved.
    pub fn facts(&mut self, firing: &[Alert], now: At) -> Vec<Fact> {
        self.resolved.retain(|(at, _)| now.since(*at) < TOLD_FOR);
        let since = |a: &Alert| format!("since {}: {}", a.since.hms(), words(a));
        let mut facts: Vec<Fact> = firing.iter().take(TOLD).map(|a| Fact::new("firing", &since(a))).collect();
        if firing.len() > TOLD {
            facts.push(Fact::new("firing", &format!("and {} more", firing.len() - TOLD)));
        }
        facts.extend(self.resolved.iter().map(|(at, w)| Fact::new("resolved", &format!("at {}: {w}", at.hms()))));
        facts
    }
}

/// What fires and is kept quiet, with the words for it.
pub(super) fn quiet(alerts: &[Alert]) -> Vec<Fact> {
    let told = alerts.iter().filter_map(|a| Some((a, a.quiet.as_ref()?)));
    let mut facts: Vec<Fact> =
        told.clone().take(TOLD).map(|(a, why)| Fact::new("quiet", &format!("{}: {why}", words(a)))).collect();
    let more = told.count().saturating_sub(TOLD);
    if more > 0 {
        facts.push(Fact::new("quiet", &format!("and {more} more")));
    }
    facts
}

fn words(alert: &Alert) -> String {
    let severity = if alert.severity.is_empty() { "no severity" } else { &alert.severity };
    format!("{} ({severity}) {}", alert.name, alert.summary)
}
