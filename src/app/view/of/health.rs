//! The health pane: watched nodes from the board, and apart from them what operators report.

use crate::app::board::NodeView;
use crate::app::model::Model;
use crate::app::view::health::{Cell, Health, Node, Peer, Trend};
use crate::app::view::number;
use crate::app::view::tone::{Said, Tone};
use crate::domain::event::{NodeState, Scope};
use crate::domain::observation::{Family, Value};
use crate::domain::signal::SignalId;
use crate::domain::time::Span;
use crate::domain::verdict::exact;
use crate::peers::model::{PeerReport, Trust};

/// On a quiet day an answer younger than this is simply fresh, and the screen stands still between polls.
const FRESH: Span = Span::from_secs(15);

/// Comparisons that stand above the nodes; more would push the nodes themselves off the pane.
const SCOPE_LINES: usize = 5;

/// The health pane of this model.
pub(super) fn health(model: &Model) -> Health {
    let mut nodes: Vec<Node> = model.watch.board.views(&model.watch.judge).map(|v| node(model, &v)).collect();
    if model.watch.board.specs().next().is_none() {
        nodes.clear();
    }
    let total = total_stake(model);
    Health {
        scope: [safety(model), countdown(model), scope(model)].concat(),
        nodes,
        peers: model.peers.iter().map(|p| peer(model, p, total)).collect(),
        alerts: quieted(model),
        hints: hints(model),
    }
}

/// Alerts that fire and are kept quiet: no failure, and not forgotten either.
fn quieted(model: &Model) -> Vec<Said> {
    let all = model.watch.judge.quieted();
    all.into_iter().map(|(name, why)| Said::new(Tone::Quiet, format!("alert {name} {why}"))).collect()
}

/// Safety beside liveness: on a quiet day one quiet line, where there is anything to compare.
fn safety(model: &Model) -> Vec<Said> {
    if !model.watch.specs.iter().any(|s| s.family.is_chain()) {
        return Vec::new();
    }
    let safety = model.watch.judge.safety(model.now);
    let worth = safety.compared > 1 || !safety.conflicts.is_empty();
    let tone = match (safety.forked, safety.conflicts.is_empty()) {
        (true, _) => Tone::Bad,
        (false, false) => Tone::Warn,
        (false, true) => Tone::Quiet,
    };
    let words = if safety.forked { "conflicting hashes: a fork, see below".to_owned() } else { safety.sentence() };
    let said = Said::new(tone, format!("safety  {words}"));
    worth.then_some(said).into_iter().collect()
}

/// What cannot be undone.
fn countdown(model: &Model) -> Vec<Said> {
    let all = model.watch.judge.countdowns(model.now);
    all.into_iter().map(|c| Said::new(if c.left.is_some() { Tone::Warn } else { Tone::Bad }, c.text)).collect()
}

fn scope(model: &Model) -> Vec<Said> {
    let verdict = model.watch.judge.scope();
    if matches!(verdict.scope, Scope::Healthy | Scope::Unknown) {
        return Vec::new();
    }
    let name = verdict.scope.as_str().to_uppercase();
    let mut said = vec![Said::new(Tone::Bad, format!("scope {name}"))];
    // The nodes below say the rest of each sentence; here stands what was compared.
    let short = |e: &String| e.split(';').next().unwrap_or(e).to_owned();
    let shown = verdict.evidence.iter().take(SCOPE_LINES).map(short);
    said.extend(shown.map(|e| Said::new(Tone::Plain, format!("  {e}"))));
    let more = verdict.evidence.len().saturating_sub(SCOPE_LINES);
    if more > 0 {
        said.push(Said::new(Tone::Quiet, format!("  and {more} more comparisons: enter on an own node tells all")));
    }
    said
}

/// What discovery found and did not, as long as no incident needs the room; what would fill an empty pane.
fn hints(model: &Model) -> Vec<Said> {
    if model.is_in_incident() {
        return Vec::new();
    }
    let quiet = |text: &str| Said::new(Tone::Quiet, text);
    let mut said: Vec<Said> = model.watch.found.iter().map(|f| quiet(f)).collect();
    if model.watch.specs.is_empty() {
        said.push(quiet(
            "Nothing is watched yet: this host and the nodes on its usual ports appear here as they answer.",
        ));
    }
    said
}

fn node(model: &Model, view: &NodeView<'_>) -> Node {
    let age = view.heard.map(|at| model.now.elapsed_since(at));
    let calm = !model.is_in_incident() && model.drill.is_none();
    let age = age.map(|a| if calm && a < FRESH { 0 } else { a.secs() });
    Node {
        id: view.spec.id.as_str().into(),
        family: family(view.family()),
        mine: view.spec.mine,
        state: view.state,
        cells: cells(view, calm && view.state == NodeState::Ok),
        age,
        why: if view.state == NodeState::Ok {
            Vec::new()
        } else {
            view.why.iter().map(|w| w.as_str().into()).collect()
        },
        trend: trend(model, view),
    }
}

/// In a word, for a column.
const fn family(family: Family) -> &'static str {
    match family {
        Family::Host => "host",
        Family::EthereumExecution => "exec",
        Family::EthereumBeacon => "beacon",
        Family::Cometbft => "comet",
        Family::Substrate => "substr",
        Family::Solana => "solana",
        Family::Bitcoin => "btc",
        Family::Prometheus => "prom",
        Family::Alertmanager => "alerts",
        Family::Json => "json",
        Family::Query => "query",
        Family::Log => "log",
        Family::Contract => "contr",
        Family::Slo => "slo",
    }
}

/// The values of a pane's row: what it fails by first, then what tells most for its family. Of a machine that is well on a `quiet`
/// screen it says only what they stay below: they never stand still, and the screen does.
fn cells(view: &NodeView<'_>, quiet: bool) -> Vec<Cell> {
    let failing = SignalId::find(&view.signal);
    let usual = usual(view.family()).iter().filter_map(|n| SignalId::find(n));
    let mut order: Vec<SignalId> = failing.into_iter().collect();
    for signal in usual {
        if !order.contains(&signal) {
            order.push(signal);
        }
    }
    let cell = |signal: SignalId| {
        let seen = view.get(signal)?;
        let Value::Number(n) = seen.value() else { return None };
        let tone = if Some(signal) == failing { Tone::of(view.state) } else { Tone::Plain };
        let value = match signal {
            SignalId::CPU | SignalId::MEMORY if quiet => number::below(*n, &[25.0, 50.0, 75.0], " %"),
            SignalId::LOAD if quiet => number::below(*n, &[0.5, 1.0, 2.0, 4.0], ""),
            SignalId::FINALITY_LAG => format!("−{} {}", number::grouped(*n), short_lag(view.family())),
            _ => say(view, signal, *n),
        };
        Some(Cell { label: label(signal, view.family()), value: value.into(), tone })
    };
    order.into_iter().filter_map(cell).collect()
}

/// A value with its unit: the line's own, where the catalogue cannot know it.
fn say(view: &NodeView<'_>, signal: SignalId, n: f64) -> String {
    match signal {
        SignalId::QUERY_VALUE | SignalId::CONTRACT_VALUE | SignalId::SLO_GOOD => {
            format!("{} {}", exact(n), view.spec.unit(signal)).trim_end().to_owned()
        }
        _ => number::of_signal(signal, view.family(), n),
    }
}

const fn short_lag(family: Family) -> &'static str {
    match family {
        Family::EthereumBeacon => "ep",
        _ => "blk",
    }
}

fn label(signal: SignalId, family: Family) -> &'static str {
    match (signal, family) {
        (SignalId::HEIGHT, Family::EthereumBeacon | Family::Solana) => "slot",
        (SignalId::HEIGHT, _) => "block",
        (SignalId::FINALITY_LAG, _) => "final",
        (SignalId::HEAD_AGE, _) => "head",
        _ => signal.row().short,
    }
}

/// Which values tell most, by family; a family without a list of its own shows the chain's.
const fn usual(family: Family) -> &'static [&'static str] {
    match family {
        Family::Host => {
            &["host.cpu_pct", "host.mem_used_pct", "host.disk_free_pct", "host.load_1m", "host.clock_offset_ms"]
        }
        Family::Prometheus => &["metrics.targets_down", "metrics.samples", "node.latency_ms"],
        Family::Alertmanager => &["alerts.firing", "node.latency_ms"],
        Family::Query => &["query.value", "query.series"],
        Family::Slo => &["slo.budget_left_pct", "slo.burn_1h", "slo.good_pct"],
        Family::Log => &["log.matches_min", "log.lines_min"],
        Family::Contract => &["contract.value", "contract.calls_min", "contract.failed_pct", "contract.events_min"],
        Family::EthereumBeacon => &[
            "chain.finality_lag",
            "chain.height",
            "net.peers",
            "chain.participation_pct",
            "chain.head_age_s",
            "node.latency_ms",
        ],
        _ => &[
            "chain.height",
            "chain.head_age_s",
            "net.peers",
            "txpool.pending",
            "chain.finality_lag",
            "node.latency_ms",
        ],
    }
}

/// The half hour of the value that the node fails by.
fn trend(model: &Model, view: &NodeView<'_>) -> Option<Trend> {
    if view.state == NodeState::Ok {
        return None;
    }
    let signal = SignalId::find(&view.signal)?;
    let seen = view.get(signal)?;
    let points: Vec<_> = seen.ring?.iter().collect();
    let (low, high) = points.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), (_, v)| (l.min(*v), h.max(*v)));
    let (from, to) = (points.first()?.0, points.last()?.0.max(model.now));
    let say = |n: f64| say(view, signal, n);
    let now = points.last().map(|(_, v)| say(*v))?;
    let label = label(signal, view.family());
    // Two points are the least that can show a direction.
    (points.len() > 1).then(|| Trend {
        label,
        span: (from, to),
        scale: (bare(&say(low), &say(high)).into(), say(high).into()),
        now: now.into(),
        points,
    })
}

/// A number without its unit, where the other end of the scale says it.
fn bare(low: &str, high: &str) -> String {
    match (low.rsplit_once(' '), high.rsplit_once(' ')) {
        (Some((number, unit)), Some((_, same))) if unit == same => number.to_owned(),
        _ => low.to_owned(),
    }
}

/// All stake of the roster in force, else of the operators heard of.
fn total_stake(model: &Model) -> u64 {
    let pinned = model.ledger().and_then(|l| l.incident().roster.as_ref());
    let roster = pinned.map(|r| r.operators.values().fold(0_u64, |sum, s| sum.saturating_add(*s))).filter(|t| *t > 0);
    roster.unwrap_or_else(|| model.peers.iter().filter_map(|p| p.stake).fold(0, u64::saturating_add))
}

fn peer(model: &Model, report: &PeerReport, total: u64) -> Peer {
    let counts = report.trust == Trust::Verified;
    Peer {
        operator: report.operator.as_str().into(),
        mark: if counts { String::new() } else { report.trust.as_str().to_uppercase() }.into(),
        says: report.summary().into(),
        stake: report.stake.filter(|_| total > 0).map(|s| share(s, total)).unwrap_or_default().into(),
        age: report.age(model.now).secs().max(0),
        note: if counts { "" } else { "not counted" }.into(),
        tone: if counts { Tone::Reported } else { Tone::Quiet },
    }
}

/// `14.5 %`, in exact integers, rounded down so that shares never add up to more than all.
fn share(stake: u64, total: u64) -> String {
    let tenths = u128::from(stake) * 1_000 / u128::from(total.max(1));
    format!("{}.{} %", tenths / 10, tenths % 10)
}
