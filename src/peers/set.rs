//! What we hold of all operators: one report each, the most trusted, then the newest. Bounded.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::domain::event::PeerReported;
use crate::domain::id::OperatorId;
use crate::domain::time::At;
use crate::peers::check::staleness;
use crate::peers::model::PeerReport;
use crate::peers::model::Trust;

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
        let events = self.iter().filter_map(PeerReport::reported);
        let was = |e: &PeerReported| before.reports.get(&e.operator).and_then(PeerReport::reported);
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
    (rank(new), Reverse(said_at(new))) <= (rank(held), Reverse(said_at(held)))
}

/// From most to least worth keeping.
const fn rank(report: &PeerReport) -> u8 {
    match report.trust {
        Trust::Verified => 0,
        Trust::Stale => 1,
        Trust::Replayed | Trust::Drill | Trust::WrongNetwork => 2,
        Trust::Unsigned => 3,
        Trust::BadSignature | Trust::UnknownOperator | Trust::Oversized => 4,
    }
}

fn said_at(report: &PeerReport) -> At {
    report.document.as_ref().map_or(report.received, |d| d.at)
}
