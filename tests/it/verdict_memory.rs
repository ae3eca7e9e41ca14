//! A restart of the console in an outage: what fails stays failing since when it began, clears only on a new block, and the
//! outage is never learned as normal.

use std::fs;

use warroom::domain::event::{AlertFired, Event, HealthEvent, NodeState, Scope};
use warroom::domain::observation::{Alert, Answer, ChainTiming, Family, Reading, Tip};
use warroom::domain::signal::{SignalId, Worse};
use warroom::domain::slo::{Good, SloSpec};
use warroom::domain::subject::{Bounds, QuerySpec, Subject};
use warroom::domain::time::Span;
use warroom::domain::verdict::{Judge, JudgeMemory, Limits};
use warroom::domain::watch::NodeSpec;
use warroom::runtime::judgement::JudgementFile;

use crate::support::sim::{at, ok, state, verdicts};
use crate::support::vantage::{Node, World};

const FAULT: i64 = 300;

fn nodes() -> [Node; 2] {
    [Node::own("val-1", Family::EthereumBeacon), Node::other("ext-1", Family::EthereumBeacon)]
}

/// A judge that saw 300 s of health and 60 s in which its own node stood still, and what it kept.
fn outage() -> (Judge, JudgeMemory) {
    let healthy = nodes();
    let mut world = World::new(&healthy);
    world.live(&healthy, 0..FAULT);
    let trouble = [Node { stuck_at: Some(FAULT), ..healthy[0].clone() }, healthy[1].clone()];
    world.live(&trouble, FAULT..FAULT + 60);
    assert_eq!(state(&world.judge, "val-1"), NodeState::Bad);
    let memory = world.judge.memory(at(FAULT + 60));
    (world.judge, memory)
}

fn fresh() -> Judge {
    let specs: Vec<NodeSpec> = nodes().iter().map(Node::spec).collect();
    Judge::new(&specs, Limits::default())
}

fn seen(judge: &mut Judge, node: &Node, second: i64) -> Vec<Event> {
    judge.observe(&ok(node.name, second, node.answer(second, &[]).unwrap()))
}

#[test]
fn what_fails_stays_failing_and_clears_on_a_new_block_alone() {
    let (before, memory) = outage();
    let text = serde_json::to_string(&memory).unwrap();
    let memory: JudgeMemory = serde_json::from_str(&text).unwrap();
    let mut judge = fresh();
    let told = judge.restore(&memory, at(FAULT + 70));
    assert!(told.iter().any(|e| matches!(e, Event::Health(HealthEvent::Scope(s)) if s.to == Scope::Local)), "{told:?}");
    let then = before.failing().remove(0);
    let now = judge.failing().remove(0);
    assert_eq!((now.since, now.state, now.signal), (then.since, then.state, then.signal));
    assert!(now.text.contains("not measured again since the restart"), "{}", now.text);
    assert_eq!(judge.scope().scope, Scope::Local);
    // The first answers: nothing is said anew, nothing clears, the scope stays what it was.
    let [own, other] = nodes();
    let stuck = Node { stuck_at: Some(FAULT), ..own.clone() };
    for s in (FAULT + 72..FAULT + 90).step_by(2) {
        let mut said = seen(&mut judge, &stuck, s);
        said.extend(seen(&mut judge, &other, s));
        assert_eq!(said, [], "{s}");
        assert_eq!(judge.failing()[0].since, then.since);
        assert_eq!(judge.scope().scope, Scope::Local, "{:?}", judge.scope());
    }
    // A new block and good samples: that is recovery.
    let mut said = Vec::new();
    for s in (FAULT + 90..FAULT + 100).step_by(2) {
        said.extend(verdicts(&seen(&mut judge, &own, s)));
        seen(&mut judge, &other, s);
    }
    assert_eq!(said.iter().map(|v| v.to).collect::<Vec<_>>(), [NodeState::Ok]);
    assert_eq!(judge.scope().scope, Scope::Healthy);
}

#[test]
fn another_endpoint_an_old_memory_and_another_version_are_judged_anew() {
    let (_, memory) = outage();
    let week = 7 * 86_400;
    let mut judge = fresh();
    assert_eq!(judge.restore(&memory, at(FAULT + 60 + week + 1)), []);
    assert_eq!(judge.restore(&memory, at(FAULT - 60)), [], "from the future");
    assert_eq!(judge.restore(&JudgeMemory { v: 2, ..memory.clone() }, at(FAULT + 70)), []);
    let moved = NodeSpec { url: "http://127.0.0.1:2".into(), ..nodes()[0].spec() };
    let mut judge = Judge::new(&[moved], Limits::default());
    assert_eq!(judge.restore(&memory, at(FAULT + 70)), []);
    assert_eq!(judge.failing(), []);
    // What was heard of here is newer than any memory.
    let mut judge = fresh();
    seen(&mut judge, &nodes()[0], FAULT + 65);
    assert_eq!(judge.restore(&memory, at(FAULT + 70)), []);
}

/// A line that stands for `subject`, bad above 2.
fn line(family: Family, subject: Subject) -> NodeSpec {
    let bounds =
        Bounds { signal: SignalId::QUERY_VALUE, worse: Worse::Up, warn: None, bad: Some(2.0), unit: String::new() };
    let spec = NodeSpec::new("line", family, "http://127.0.0.1:1", "net");
    NodeSpec { subject: Some(Box::new(subject)), bounds: vec![bounds], ..spec }
}

/// What was judged of one line is not said of another one that bears its name.
fn goes_on(before: &NodeSpec, after: &NodeSpec) -> bool {
    let mut judge = Judge::new(std::slice::from_ref(before), Limits::default());
    for s in 0..5 {
        let readings = vec![Reading::number(SignalId::QUERY_VALUE, 7.0, "simulated")];
        judge.observe(&ok("line", s * 5, Answer { readings, ..Answer::default() }));
    }
    assert_eq!(state(&judge, "line"), NodeState::Bad);
    let memory = judge.memory(at(30));
    let mut judge = Judge::new(std::slice::from_ref(after), Limits::default());
    !judge.restore(&memory, at(31)).is_empty()
}

#[test]
fn another_query_at_the_same_address_is_judged_anew() {
    let query = |expr: &str| {
        line(Family::Query, Subject::Query(QuerySpec { expr: expr.to_owned(), worse: Worse::Up, empty: None }))
    };
    assert!(goes_on(&query("up"), &query("up")));
    assert!(!goes_on(&query("up"), &query("sum(up)")));
    // An objective is the same one wherever its measurements are kept, and whoever writes them.
    let objective = |pct: f64| {
        let (signal, good) = (SignalId::HEAD_AGE, Good::AtMost(20.0));
        let nodes = vec!["val-1".into()];
        let spec = SloSpec { signal, nodes, good, objective_pct: pct, window: Span::from_mins(24 * 60) };
        line(Family::Slo, Subject::Slo(spec, None))
    };
    let here = |spec: NodeSpec, writes: bool| spec.kept_in(std::path::Path::new("/state"), writes);
    assert!(goes_on(&here(objective(99.0), true), &here(objective(99.0), false)));
    assert!(!goes_on(&here(objective(99.0), true), &here(objective(99.9), true)));
}

/// A chain of 2 s that slows down to 30 s: what its source learns after a restart in the middle of it is not believed.
#[test]
fn an_outage_is_never_learned_as_normal() {
    let spec = NodeSpec::new("n", Family::EthereumExecution, "http://127.0.0.1:1", "net");
    let answer = |height: f64, age: f64, block_s: f64| Answer {
        readings: vec![
            Reading::number(SignalId::HEIGHT, height, "simulated"),
            Reading::number(SignalId::HEAD_AGE, age, "simulated"),
        ],
        tip: Some(Tip { height: 1, hash: format!("{height}").as_str().into(), parent: None }),
        timing: Some(ChainTiming { block_s, slots_per_epoch: None, from_protocol: false }),
        ..Answer::default()
    };
    let mut judge = Judge::new(std::slice::from_ref(&spec), Limits::default());
    for i in 0..100_i32 {
        judge.observe(&ok("n", i64::from(i) * 2, answer(f64::from(i), 0.0, 2.0)));
    }
    let mut why = String::new();
    for s in (200..300).step_by(2) {
        judge.observe(&ok("n", s, answer(99.0, f64::from(i32::try_from(s).unwrap() - 198), 2.0)));
        why = judge.verdict(&"n".into()).unwrap().why.first().cloned().unwrap_or(why);
    }
    assert!(why.contains("100 s since the last block; median 2 s over 99 blocks; limit 16 s"), "{why}");
    let memory = judge.memory(at(300));
    let mut judge = Judge::new(&[spec], Limits::default());
    judge.restore(&memory, at(301));
    for (i, s) in (302..420).step_by(30).enumerate() {
        // A block every half minute, and a source that has learned just that.
        let height = f64::from(u32::try_from(i).unwrap()) + 100.0;
        for later in [0.0, 2.0, 4.0, 20.0, 22.0, 24.0, 26.0] {
            #[expect(clippy::cast_possible_truncation, reason = "seconds")]
            let second = s + later as i64;
            judge.observe(&ok("n", second, answer(height, later, 30.0)));
        }
        let verdict = judge.verdict(&"n".into()).unwrap();
        assert_eq!(verdict.state, NodeState::Bad, "{verdict:?}");
        assert!(verdict.why[0].contains("median 2 s over 99 blocks"), "{verdict:?}");
    }
}

#[test]
fn the_file_is_whole_or_nothing() {
    let home = tempfile::tempdir().unwrap();
    let file = JudgementFile::of(home.path());
    assert_eq!(file.load(at(FAULT + 60)), None);
    let (_, memory) = outage();
    file.write(&memory).unwrap();
    let found = file.load(at(FAULT + 61)).unwrap();
    assert_eq!((found.scope, found.nodes.len()), (Scope::Local, 2));
    assert_eq!(file.load(at(FAULT + 60 + 8 * 86_400)), None, "too old");
    let path = home.path().join("judgement");
    let text = fs::read_to_string(&path).unwrap();
    for broken in [&text[..text.len() / 2], &text.replace("judgement 1", "judgement 2"), "", "{}"] {
        fs::write(&path, broken).unwrap();
        assert_eq!(file.load(at(FAULT + 61)), None);
    }
}

fn firing(print: &str, quiet: Option<&str>) -> Alert {
    Alert {
        fingerprint: print.into(),
        name: format!("Alert{print}"),
        summary: "it is so".into(),
        severity: "critical".into(),
        since: at(10),
        quiet: quiet.map(str::to_owned),
    }
}

fn hears(judge: &mut Judge, node: &str, second: i64, alerts: &[Alert]) -> Vec<String> {
    let answer = Answer { alerts: Some(alerts.to_vec()), ..Answer::default() };
    let events = judge.observe(&ok(node, second, answer));
    events.iter().filter(|e| e.kind().starts_with("alert.")).map(Event::sentence).collect()
}

fn sources() -> Vec<NodeSpec> {
    let spec = |id: &str| NodeSpec::new(id, Family::Alertmanager, "http://127.0.0.1:1", "net");
    vec![spec("pulled"), spec("posted")]
}

/// What fires still after a restart is told as what stands, and never fires a second time; what is over by then is cleared.
#[test]
fn an_alert_fires_once_over_a_restart() {
    let mut judge = Judge::new(&sources(), Limits::default());
    assert_eq!(hears(&mut judge, "pulled", 20, &[firing("a", None), firing("b", None)]).len(), 2);
    let text = serde_json::to_string(&judge.memory(at(30))).unwrap();
    let memory: JudgeMemory = serde_json::from_str(&text).unwrap();
    let mut judge = Judge::new(&sources(), Limits::default());
    let told = judge.restore(&memory, at(40));
    let stands: Vec<&AlertFired> = told
        .iter()
        .filter_map(|e| match e {
            Event::Health(HealthEvent::Fired(alert)) => Some(&**alert),
            _ => None,
        })
        .collect();
    assert_eq!(
        stands.iter().map(|a| (a.name.as_str(), a.since)).collect::<Vec<_>>(),
        [("Alerta", at(10)), ("Alertb", at(10))]
    );
    assert_eq!(hears(&mut judge, "pulled", 50, &[firing("b", None)]), [""; 0], "nothing is said anew");
    assert_eq!(hears(&mut judge, "posted", 51, &[firing("b", None)]), [""; 0], "by no other way either");
    assert_eq!(hears(&mut judge, "pulled", 55, &[firing("b", None)]), ["alert Alerta cleared"]);
    // A memory without alerts, as an earlier version wrote it, is read.
    let mut value: serde_json::Value = serde_json::from_str(&text).unwrap();
    value.as_object_mut().unwrap().remove("alerts");
    assert_eq!(serde_json::from_value::<JudgeMemory>(value).unwrap().alerts.len(), 0);
}

/// A silence is told by one way and holds for all: a post never tells of one.
#[test]
fn what_one_way_calls_silenced_is_quiet_by_every_way() {
    let mut judge = Judge::new(&sources(), Limits::default());
    assert_eq!(hears(&mut judge, "posted", 10, &[firing("a", None)]).len(), 1);
    assert_eq!(state(&judge, "posted"), NodeState::Bad);
    let why = "silenced by bob until 2026-11-21 04:10";
    assert_eq!(hears(&mut judge, "pulled", 20, &[firing("a", Some(why))]), [format!("alert Alerta fires on, {why}")]);
    for s in 21..25 {
        assert_eq!(hears(&mut judge, "posted", s, &[firing("a", None)]), [""; 0]);
    }
    assert_eq!(state(&judge, "posted"), NodeState::Ok, "the inbox is not failing by it");
    assert_eq!(judge.quieted(), [("Alerta".to_owned(), why.to_owned())]);
    assert_eq!(hears(&mut judge, "pulled", 30, &[]), [""; 0]);
    assert_eq!(hears(&mut judge, "posted", 31, &[firing("a", None)]).len(), 1, "the silence is over, it still fires");
}
