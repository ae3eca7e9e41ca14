//! Objectives as lines of their own: fed by every observation, told every ten seconds, kept in a file over restarts.
//! Must not know how budgets are reckoned.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::domain::id::NodeId;
use crate::domain::observation::{Alert, Answer, Fact, Observation, Reading};
use crate::domain::signal::SignalId;
use crate::domain::slo::{Book, SloSpec, Standing, is_good};
use crate::domain::subject::{Place, Subject};
use crate::domain::time::{At, Clock};
use crate::domain::verdict::exact;
use crate::domain::watch::NodeSpec;
use crate::telemetry::kept;

/// Between two words about an objective.
pub(super) const EVERY: Duration = Duration::from_secs(10);

/// Words after which what was measured is written down, from the second one on (the first comes before there is anything):
/// a minute is lost at most.
const WRITE_EVERY: u32 = 6;

/// The objectives of a list of lines.
#[derive(Debug, Default)]
pub(super) struct Objectives(BTreeMap<NodeId, Objective>);

#[derive(Debug)]
struct Objective {
    spec: SloSpec,
    place: Option<Place>,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    book: Book,
    burning_since: Option<At>,
    told: u32,
    fault: Option<String>,
}

impl Objectives {
    /// Those among the lines, with what was measured before.
    pub fn of(specs: &[NodeSpec]) -> Self {
        let one = |spec: &NodeSpec| match spec.subject.as_deref() {
            Some(Subject::Slo(slo, place)) => {
                let (book, fault) = place.as_ref().map_or_else(Default::default, |p| load(&p.file));
                let kept = Mutex::new(Kept { book, fault, ..Kept::default() });
                Some((spec.id.clone(), Objective { spec: slo.clone(), place: place.clone(), kept }))
            }
            _ => None,
        };
        Self(specs.iter().filter_map(one).collect())
    }

    /// Takes what a line said.
    pub fn feed(&self, seen: &Observation) {
        for objective in self.0.values() {
            let line = objective.spec.nodes.iter().position(|node| *node == seen.node);
            if let Some((line, good)) = line.zip(is_good(&objective.spec, &seen.outcome)) {
                let mut kept = objective.kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.book.sample(seen.at, line, good, objective.spec.window);
            }
        }
    }

    /// What is to be said of one now; now and then it is written down as well.
    pub fn tell(&self, node: &NodeId, clock: &dyn Clock) -> Option<Observation> {
        let objective = self.0.get(node)?;
        let mut kept = objective.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let now = clock.now();
        let standing = kept.book.standing(&objective.spec, now);
        kept.burning_since = standing.alarm.map(|_| kept.burning_since.unwrap_or(now));
        kept.told = kept.told.wrapping_add(1);
        if let Some(place) = objective.place.as_ref().filter(|p| p.writes && kept.told % WRITE_EVERY == 2) {
            kept.fault = kept::save(&place.file, &kept.book)
                .err()
                .map(|why| format!("{why}; a restart forgets what was measured"));
        }
        let mut answer = answer(node, &objective.spec, &standing, kept.burning_since);
        answer.facts.extend(kept.fault.iter().map(|why| Fact::new("not kept", why)));
        Some(Observation { node: node.clone(), at: now, outcome: Ok(answer) })
    }
}

fn answer(node: &NodeId, spec: &SloSpec, standing: &Standing, since: Option<At>) -> Answer {
    let told = "reckoned from samples";
    let readings = vec![
        Reading::number(SignalId::SLO_BUDGET, standing.budget_left_pct, told),
        Reading::number(SignalId::SLO_GOOD, standing.good_pct, told),
        Reading::number(SignalId::SLO_BURN_1H, standing.burn_1h, told),
        Reading::number(SignalId::SLO_BURN_6H, standing.burn_6h, told),
    ];
    let names: Vec<&str> = spec.nodes.iter().map(NodeId::as_str).collect();
    let facts = vec![
        Fact::new(
            "objective",
            &format!("{} good {} % of {}", spec.signal.name(), spec.objective_pct, spec.window.words()),
        ),
        Fact::new("of", &names.join(", ")),
        Fact::new("measured", &format!("{} of {}", standing.measured.words(), spec.window.words())),
    ];
    let alert = standing.alarm.zip(since).map(|(burning, since)| Alert {
        fingerprint: format!("slo:{node}"),
        name: format!("SLO {node}"),
        summary: format!(
            "the error budget burns {} times too fast over {} and {} min (limit {}); {} % of it is left; {} % good, {} % wanted",
            exact(burning.rate),
            burning.windows_min.0,
            burning.windows_min.1,
            exact(burning.limit),
            exact(standing.budget_left_pct),
            exact(standing.good_pct),
            exact(spec.objective_pct)
        ),
        severity: "critical".to_owned(),
        since,
        quiet: None,
    });
    Answer { readings, alerts: Some(alert.into_iter().collect()), facts, ..Answer::default() }
}

/// What was measured before. A file that cannot be read is said, and measuring begins anew.
fn load(file: &Path) -> (Book, Option<String>) {
    match kept::load(file) {
        Ok(book) => (book.unwrap_or_default(), None),
        Err(why) => (Book::default(), Some(format!("{why}; measuring begins anew"))),
    }
}
