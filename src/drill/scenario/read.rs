//! From the text of `scenario.toml` to a [`Scenario`]: every problem is collected, with its line.
//! Must not open files.

use std::path::Path;

use crate::config::{Problem, Report};
use crate::domain::incident::resolve_role;
use crate::domain::observation::Family;
use crate::domain::signal::{CATALOGUE, SignalId};
use crate::domain::time::{At, Span};
use crate::drill::chain::ChainPlan;
use crate::drill::scenario::check::{curve, id, known, one_of, place, seconds, whole, words};
use crate::drill::scenario::fault;
use crate::drill::scenario::file::{ChainFile, NodeFile, ScenarioFile, SignalFile, Text};
use crate::drill::scenario::model::{ModelledOn, Objective, Player, Scenario, SimChain, SimNode};
use crate::drill::scenario::parts::SignalPlan;

use super::scripted;

/// Largest scenario that is read; a larger file is a problem.
pub const MAX_SCENARIO_BYTES: usize = 1 << 20;
/// Longest scenario, seconds: one day of its own time.
const MAX_LENGTH_S: i64 = 86_400;

/// What other parts of the scenario may name.
pub(super) struct Names {
    pub length: i64,
    pub nodes: Vec<String>,
    pub objectives: Vec<String>,
}

/// Reads a scenario.
///
/// # Errors
/// Every problem of the file, in the order of lines.
pub fn read_scenario(path: &Path, text: &str) -> Result<Scenario, Vec<Problem>> {
    if text.len() > MAX_SCENARIO_BYTES {
        let says = format!("the file has {} bytes; at most {MAX_SCENARIO_BYTES} are read", text.len());
        return Err(vec![Problem::whole(path, says)]);
    }
    let mut report = Report::new(path, text);
    let file: ScenarioFile = match toml::from_str(text) {
        Ok(file) => file,
        Err(error) => {
            fault::note(&mut report, &error);
            return Err(report.found());
        }
    };
    let scenario = scenario(&mut report, &file);
    report.done(scenario)
}

fn scenario(report: &mut Report<'_>, file: &ScenarioFile) -> Scenario {
    let start = At::parse(file.start.get_ref());
    if start.is_none() {
        let says = format!("`{}` is no time; write \"2026-05-14T20:15:00Z\"", file.start.get_ref());
        report.add(place(&file.start), says);
    }
    let length = length(report, file);
    let names = Names {
        length,
        nodes: file.node.iter().map(|n| n.id.get_ref().clone()).collect(),
        objectives: file.objective.iter().map(|o| o.id.get_ref().clone()).collect(),
    };
    twice(report, "node", file.node.iter().map(|n| &n.id));
    twice(report, "objective", file.objective.iter().map(|o| &o.id));
    twice(report, "person", file.person.iter().map(|p| &p.name));
    if file.person.is_empty() {
        report.add(0, "nobody plays; add a [[person]] with `name` and `role`");
    }
    let number = |value: &Option<_>, report: &mut Report<'_>, name, default, most| {
        value.as_ref().map_or(default, |v| whole(report, v, name, 1, most))
    };
    let seed = file.seed.as_ref().map_or(1, |s| whole(report, s, "seed", 0, i64::MAX));
    let factor = number(&file.factor, report, "factor", 8, i64::from(crate::drill::clock::FASTEST));
    let poll = number(&file.poll, report, "poll", 6, 60);
    Scenario {
        id: id(report, &file.id, "id"),
        title: words(report, &file.title, "title"),
        briefing: file.briefing.trim().to_owned(),
        network: words(report, &file.network, "network"),
        start: start.unwrap_or_default(),
        length: Span::from_secs(length),
        seed: u64::try_from(seed).unwrap_or(1),
        factor: u32::try_from(factor).unwrap_or(8),
        poll: Span::from_secs(poll),
        host: file.host.as_ref().map_or_else(|| "drill-host".to_owned(), |h| id(report, h, "host")),
        modelled_on: modelled_on(report, file),
        objectives: file
            .objective
            .iter()
            .map(|o| Objective { id: id(report, &o.id, "id"), text: o.text.clone() })
            .collect(),
        players: file
            .person
            .iter()
            .map(|p| Player { name: id(report, &p.name, "name").into(), role: resolve_role(p.role.get_ref()) })
            .collect(),
        chain: file.chain.as_ref().map(|c| chain(report, c)),
        nodes: file.node.iter().map(|n| node(report, n)).collect(),
        signals: signals(report, &file.signal, &names, 100),
        outages: file.outage.iter().map(|o| scripted::outage(report, o, &names)).collect(),
        peers: file.peer.iter().map(|p| scripted::peer(report, p, &names)).collect(),
        alerts: file.alert.iter().map(|a| scripted::alert(report, a, &names)).collect(),
        injects: scripted::injects(report, &file.inject, &names),
        acts: file.act.iter().enumerate().map(|(i, a)| scripted::act(report, a, &names, i)).collect(),
        expectations: file.expect.iter().map(|e| scripted::expectation(report, e, &names)).collect(),
    }
}

fn length(report: &mut Report<'_>, file: &ScenarioFile) -> i64 {
    match seconds(file.length.get_ref()) {
        Some(s @ 1..=MAX_LENGTH_S) => s,
        _ => {
            let says = format!("`length` must be 1 to {MAX_LENGTH_S} s; write seconds, or \"44:00\"");
            report.add(place(&file.length), says);
            MAX_LENGTH_S
        }
    }
}

fn modelled_on(report: &mut Report<'_>, file: &ScenarioFile) -> Vec<ModelledOn> {
    let mut models = Vec::new();
    for m in &file.modelled_on {
        if m.sources.get_ref().is_empty() {
            report.add(place(&m.sources), "`sources` is empty; name at least one public source");
        }
        models.push(ModelledOn {
            incident: m.incident.clone(),
            took: m.took.clone(),
            sources: m.sources.get_ref().clone(),
        });
    }
    models
}

fn chain(report: &mut Report<'_>, file: &ChainFile) -> SimChain {
    let big = 1_i64 << 52;
    let number = |report: &mut Report<'_>, v, name, least, most| {
        u64::try_from(whole(report, v, name, least, most)).unwrap_or_default()
    };
    SimChain {
        plan: ChainPlan {
            block_s: whole(report, &file.block_s, "block-s", 1, 3_600),
            slots_per_epoch: number(report, &file.slots_per_epoch, "slots-per-epoch", 1, 1 << 20),
            first_slot: number(report, &file.first_slot, "first-slot", 1, big),
            first_block: number(report, &file.first_block, "first-block", 1, big),
            quorum_pct: file.quorum_pct.as_ref().map_or(66.7, |q| *q.get_ref()),
        },
        participation: curve(report, &file.participation, 1),
        missed: curve(report, &file.missed, 2),
    }
}

fn node(report: &mut Report<'_>, file: &NodeFile) -> SimNode {
    let families: Vec<(&str, Family)> = Family::ALL.iter().map(|f| (f.as_str(), *f)).collect();
    let behind = file.behind.as_ref().map_or(0, |b| whole(report, b, "behind", 0, 256));
    SimNode {
        id: id(report, &file.id, "id").into(),
        family: one_of(report, &file.family, &families).unwrap_or(Family::Json),
        mine: file.mine.unwrap_or(true),
        via: file.via.clone(),
        version: file.version.clone(),
        behind: u64::try_from(behind).unwrap_or_default(),
        serves: file.serves.iter().filter_map(|s| signal_id(report, s)).collect(),
    }
}

fn signal_id(report: &mut Report<'_>, name: &Text) -> Option<SignalId> {
    let all: Vec<(&str, &str)> = CATALOGUE.iter().map(|s| (s.name, s.name)).collect();
    one_of(report, name, &all).and_then(SignalId::find)
}

/// Signals by keyframes; `first` keeps the draws of the scenario's and of each act's curves apart.
pub(super) fn signals(report: &mut Report<'_>, files: &[SignalFile], names: &Names, first: u64) -> Vec<SignalPlan> {
    let mut plans = Vec::new();
    for (number, file) in (first..).zip(files) {
        known(report, &file.node, "node", &names.nodes);
        let curve = curve(report, file, number);
        if let Some(signal) = signal_id(report, &file.name) {
            plans.push(SignalPlan { node: file.node.get_ref().as_str().into(), signal, curve });
        }
    }
    plans
}

/// Names that stand twice.
pub(super) fn twice<'a>(report: &mut Report<'_>, what: &str, names: impl Iterator<Item = &'a Text>) {
    let mut seen: Vec<&str> = Vec::new();
    for name in names {
        if seen.contains(&name.get_ref().as_str()) {
            report.add(place(name), format!("{what} `{}` is there twice; rename or remove one", name.get_ref()));
        }
        seen.push(name.get_ref());
    }
}
