//! What we hold of all operators: one report each, the most trusted, then the newest. Bounded.

use std::collections::BTreeMap;

use crate::domain::event::PeerReported;
use crate::domain::id::OperatorId;
use crate::domain::time::At;
use crate::peers::check::staleness;
use crate::peers::report::PeerReport;
use crate::peers::report::Trust;

/// Most operators held. Known ones always fit a roster of this size; strangers beyond it are left out.
const MAX_OPERATORS: usize = 10_000;

/// Reports by operator.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PeerSet {
    reports: BTreeMap<OperatorId, PeerReport>,
}

impl PeerSet {
    /// Takes one round's reports over what is held. Something less trusted never hides something verified that still holds.
    pub fn take(&mut self, reports: impl IntoIterator<Item = PeerReport>) {
        for report in reports {
            let full = self.reports.len() >= MAX_OPERATORS;
            match self.reports.get(&report.operator) {
                Some(held) if !replaces(&report, held) => {}
                None if full => {}
                _ => {
                    self.reports.insert(report.operator.clone(), report);
                }
            }
        }
    }

    /// Lets documents grow old: what was verified and no longer holds becomes stale.
    pub fn age(&mut self, now: At) {
        for report in self.reports.values_mut().filter(|r| r.trust == Trust::Verified) {
            if let Some(why) = report.document.as_ref().and_then(|d| staleness(d, now)) {
                (report.trust, report.why) = (Trust::Stale, why);
            }
        }
    }

    /// All, by operator's name.
    pub fn iter(&self) -> impl Iterator<Item = &PeerReport> {
        self.reports.values()
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.reports.len()
    }

    /// Nobody said anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.reports.is_empty()
    }

    /// What the log should hear: operators whose trust or summary differs from `before`.
    #[must_use]
    pub fn news(&self, before: &Self) -> Vec<PeerReported> {
        let events = self.iter().map(PeerReport::event);
        let was = |e: &PeerReported| before.reports.get(&e.operator).map(PeerReport::event);
        events.filter(|e| was(e).is_none_or(|b| (&b.trust, &b.summary) != (&e.trust, &e.summary))).collect()
    }
}

/// Newer words replace older ones of the same trust; the more trusted replace the less, and a verified one that was
/// held and is now stale gives way to anything verified.
fn replaces(new: &PeerReport, held: &PeerReport) -> bool {
    if new.origin == held.origin {
        // The same place says something else now: that is what this operator says, whatever it is worth,
        // except for an old document shown again.
        return new.trust != Trust::Replayed || held.trust != Trust::Verified;
    }
    (new.trust, std::cmp::Reverse(new.at)) <= (held.trust, std::cmp::Reverse(held.at))
}

impl PeerReport {
    /// The log's entry about it.
    #[must_use]
    pub fn event(&self) -> PeerReported {
        let said = self.document.as_ref().map(crate::peers::document::Document::summary).unwrap_or_default();
        PeerReported {
            operator: self.operator.clone(),
            trust: self.trust.as_str().to_owned(),
            summary: said,
            at: self.at,
        }
    }
}
