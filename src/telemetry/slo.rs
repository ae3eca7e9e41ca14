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
use crate::domain::subject::{SloPlace, Subject};
use crate::domain::time::{At, Clock};
use crate::domain::verdict::exact;
use crate::domain::watch::NodeSpec;

/// Between two words about an objective.
pub(super) const EVERY: Duration = Duration::from_secs(10);

/// Words after which what was measured is written down, from the second one on (the first comes before there is anything):
/// a minute is lost at most.
const WRITE_EVERY: u32 = 6;

/// Largest file that is read; thirty days take some ten kilobytes.
const FILE_LIMIT: u64 = 1024 * 1024;

/// The objectives of a list of lines.
#[derive(Debug, Default)]
pub(super) struct Objectives(BTreeMap<NodeId, Objective>);

#[derive(Debug)]
struct Objective {
    spec: SloSpec,
    place: Option<SloPlace>,
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
            kept.fault = save(&place.file, &kept.book).err();
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
    });
    Answer { readings, alerts: Some(alert.into_iter().collect()), facts, ..Answer::default() }
}

/// What was measured before. A file that cannot be read is said, and measuring begins anew.
fn load(file: &Path) -> (Book, Option<String>) {
    let words = |why: &dyn std::fmt::Display| format!("{}: {why}; measuring begins anew", file.display());
    match std::fs::metadata(file) {
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => return (Book::default(), None),
        Ok(meta) if meta.len() > FILE_LIMIT => return (Book::default(), Some(words(&"it is over 1 MiB"))),
        _ => {}
    }
    let read = std::fs::read(file).map_err(|why| words(&why));
    match read.and_then(|bytes| serde_json::from_slice(&bytes).map_err(|why| words(&why))) {
        Ok(book) => (book, None),
        Err(why) => (Book::default(), Some(why)),
    }
}

/// Writes it aside and puts it in place, so that a reader never sees half of it.
fn save(file: &Path, book: &Book) -> Result<(), String> {
    let words = |why: &dyn std::fmt::Display| format!("{}: {why}; a restart forgets what was measured", file.display());
    let text = serde_json::to_vec(book).map_err(|why| words(&why))?;
    let partial = file.with_extension("partial");
    let folder = file.parent().map_or(Ok(()), std::fs::create_dir_all);
    let written = folder.and_then(|()| std::fs::write(&partial, text)).and_then(|()| std::fs::rename(&partial, file));
    written.map_err(|why| words(&why))
}
