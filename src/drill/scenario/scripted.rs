//! The scripted parts of a scenario: outages, peers, alerts, injects, acts, expectations.

use crate::config::Report;
use crate::domain::event::{NodeState, Scope};
use crate::drill::scenario::check::{curve, id, known, moment, one_of, pattern, place, whole, words};
use crate::drill::scenario::file::{ActFile, AlertFile, ExpectFile, InjectFile, OutageFile, PeerFile, Text, WordFile};
use crate::drill::scenario::model::{Act, ActEffect, AlertPlan, AlertText, Expectation, Inject, Outage, When};
use crate::drill::scenario::parts::{PeerPlan, PeerWord};
use crate::drill::scenario::read::{Names, signals};

/// Longest text of an inject or of an operator's words, bytes; a longer one is a problem.
const MAX_WORDS: usize = 2_048;
/// Seconds between two documents of an operator where none is given.
const USUAL_EVERY_S: i64 = 60;

const STATES: [(&str, NodeState); 5] = [
    ("ok", NodeState::Ok),
    ("warn", NodeState::Warn),
    ("bad", NodeState::Bad),
    ("unknown", NodeState::Unknown),
    ("stale", NodeState::Stale),
];

const SCOPES: [(&str, Scope); 7] = [
    ("healthy", Scope::Healthy),
    ("local", Scope::Local),
    ("network", Scope::Network),
    ("partition", Scope::Partition),
    ("fork", Scope::Fork),
    ("client-minority", Scope::ClientMinority),
    ("unknown", Scope::Unknown),
];

pub(super) fn outage(report: &mut Report<'_>, file: &OutageFile, names: &Names) -> Outage {
    known(report, &file.node, "node", &names.nodes);
    let from = moment(report, &file.from, names.length);
    let to = moment(report, &file.to, names.length);
    if to <= from {
        report.add(place(&file.to), format!("the outage ends at {to} s and begins at {from} s; it must end later"));
    }
    let ways = [("refused", true), ("silent", false)];
    let refused = file.how.as_ref().and_then(|h| one_of(report, h, &ways)).unwrap_or(true);
    Outage { node: file.node.get_ref().as_str().into(), from, to, refused }
}

pub(super) fn peer(report: &mut Report<'_>, file: &PeerFile, names: &Names) -> PeerPlan {
    let mut said: Vec<PeerWord> = Vec::new();
    for file in file.says.get_ref() {
        let next = word(report, file, names);
        if said.last().is_some_and(|last| last.at >= next.at) {
            report.add(place(&file.at), "times must rise from one to the next");
        }
        said.push(next);
    }
    if said.is_empty() {
        report.add(place(&file.says), "`says` is empty; write at least one { at = 0, text = \"…\" }");
    }
    let every = file.every.as_ref().map_or(USUAL_EVERY_S, |e| whole(report, e, "every", 5, 3_600));
    PeerPlan {
        operator: words(report, &file.operator, "operator").into(),
        stake: u64::try_from(whole(report, &file.stake, "stake", 0, 1 << 52)).unwrap_or_default(),
        via: file.via.clone(),
        signed: file.signed.unwrap_or(true),
        every,
        words: said,
    }
}

fn word(report: &mut Report<'_>, file: &WordFile, names: &Names) -> PeerWord {
    if file.text.len() > MAX_WORDS || file.text.contains('\n') {
        report.add(place(&file.at), format!("`text` must be one line of at most {MAX_WORDS} bytes"));
    }
    let behind = file.behind.as_ref().map_or(0, |b| whole(report, b, "behind", 0, 256));
    PeerWord {
        at: moment(report, &file.at, names.length),
        says: file.text.clone(),
        client: file.client.clone(),
        version: file.version.clone(),
        state: file.state.as_ref().and_then(|s| one_of(report, s, &STATES)),
        scope: file.scope.as_ref().and_then(|s| one_of(report, s, &SCOPES)),
        behind: u64::try_from(behind).unwrap_or_default(),
    }
}

pub(super) fn alert(report: &mut Report<'_>, file: &AlertFile, names: &Names) -> AlertPlan {
    known(report, &file.node, "node", &names.nodes);
    let from = moment(report, &file.from, names.length);
    let to = moment(report, &file.to, names.length);
    let alert = AlertText {
        node: file.node.get_ref().as_str().into(),
        name: words(report, &file.name, "name"),
        summary: file.summary.clone(),
        severity: file.severity.clone(),
    };
    AlertPlan { from, to, alert }
}

pub(super) fn injects(report: &mut Report<'_>, files: &[InjectFile], names: &Names) -> Vec<Inject> {
    let mut injects: Vec<Inject> = Vec::new();
    for file in files {
        let number = u64::try_from(whole(report, &file.number, "number", 1, 9_999)).unwrap_or(1);
        if injects.iter().any(|i| i.number == number) {
            report.add(place(&file.number), format!("inject {number} is there twice; number them differently"));
        }
        if file.text.trim().is_empty() || file.text.len() > MAX_WORDS {
            report.add(place(&file.number), format!("the `text` of inject {number} must have 1 to {MAX_WORDS} bytes"));
        }
        let after = file.after.as_ref().map_or(0, |a| whole(report, a, "after", 0, names.length));
        let when = match (&file.at, &file.when) {
            (Some(at), None) => When::At(moment(report, at, names.length)),
            (None, Some(when)) => When::After(pattern(report, when), after),
            _ => {
                let says = format!("inject {number} needs either `at` (a time) or `when` (an entry), and not both");
                report.add(place(&file.number), says);
                When::At(0)
            }
        };
        injects.push(Inject {
            number,
            when,
            to: words(report, &file.to, "to"),
            text: file.text.trim().to_owned(),
            delivered_as: file.delivered_as.clone(),
            expected: file.expected.trim().to_owned(),
            objective: objective(report, file.objective.as_ref(), names),
        });
    }
    injects
}

fn objective(report: &mut Report<'_>, name: Option<&Text>, names: &Names) -> String {
    let Some(name) = name else { return String::new() };
    known(report, name, "objective", &names.objectives);
    name.get_ref().clone()
}

pub(super) fn act(report: &mut Report<'_>, file: &ActFile, names: &Names, index: usize) -> Act {
    let first = 10_000 + 1_000 * u64::try_from(index).unwrap_or(0);
    let mut effects = Vec::new();
    effects.extend(file.participation.as_ref().map(|c| ActEffect::Participation(curve(report, c, first))));
    effects.extend(file.missed.as_ref().map(|c| ActEffect::Missed(curve(report, c, first + 1))));
    effects.extend(signals(report, &file.signal, names, first + 2).into_iter().map(ActEffect::Signal));
    effects.extend(file.outage.iter().map(|o| ActEffect::Outage(outage(report, o, names))));
    if effects.is_empty() {
        report.add(place(&file.id), "this act changes nothing; add participation, missed, signal or outage");
    }
    Act {
        id: id(report, &file.id, "id"),
        when: pattern(report, &file.when),
        after: file.after.as_ref().map_or(0, |a| whole(report, a, "after", 0, names.length)),
        effects,
    }
}

pub(super) fn expectation(report: &mut Report<'_>, file: &ExpectFile, names: &Names) -> Expectation {
    Expectation {
        id: id(report, &file.id, "id"),
        text: file.text.clone(),
        pattern: pattern(report, &file.pattern),
        within: file.within.as_ref().map(|w| moment(report, w, names.length)),
        after: file.after.as_ref().map(|p| pattern(report, p)),
        points: u32::try_from(whole(report, &file.points, "points", 1, 100)).unwrap_or(1),
        fail_if: file.fail_if.as_ref().map(|p| pattern(report, p)),
        objective: objective(report, file.objective.as_ref(), names),
    }
}
