//! The drill's run sheet: repeatable, judged by the real judge, moved by acts, and looked back on without a change.

use std::path::Path;
use std::sync::Arc;

use warroom::domain::entry::{Entry, Source};
use warroom::domain::event::{DecisionMade, Event, HealthEvent, OrderStanding, Scope};
use warroom::domain::observation::Observation;
use warroom::domain::signal::SignalId;
use warroom::domain::time::{At, Clock, Span};
use warroom::domain::verdict::{Judge, Limits};
use warroom::domain::watch::NodeSpec;
use warroom::drill::scenario::{Scenario, read_scenario, shipped};
use warroom::drill::{DrillOutput, Happening, Schedule, Speed, Stage};

fn scenario() -> Arc<Scenario> {
    Arc::new(read_scenario(Path::new("scenario.toml"), shipped()[0].scenario).unwrap())
}

fn specs(scenario: &Scenario) -> Vec<NodeSpec> {
    scenario.specs()
}

fn all(seed: u64) -> Vec<DrillOutput> {
    let scenario = scenario();
    let end = scenario.start.plus(scenario.length);
    Schedule::new(scenario, seed).advance_to(end)
}

fn observations(outputs: &[DrillOutput]) -> impl Iterator<Item = &Observation> {
    outputs.iter().filter_map(|o| match &o.what {
        Happening::Observed(seen) => Some(seen),
        _ => None,
    })
}

fn entry(scenario: &Scenario, second: i64, event: impl Into<Event>) -> Entry {
    Entry {
        seq: 1,
        at: scenario.start.plus(Span::from_secs(second)),
        writer: "ines@drill-host".into(),
        actor: "ines".into(),
        source: Source::Human,
        disclosure: warroom::domain::entry::Disclosure::default(),
        drill: true,
        event: event.into(),
        seal: warroom::domain::entry::Seal::Unsigned,
        rare: Default::default(),
    }
}

#[test]
fn same_seed_same_world_and_another_seed_another() {
    assert_eq!(all(7), all(7));
    assert_ne!(all(7), all(8));
}

#[test]
fn advancing_in_small_steps_or_at_once_is_the_same() {
    let scenario = scenario();
    let mut schedule = Schedule::new(Arc::clone(&scenario), 7);
    let mut stepwise = Vec::new();
    for ms in (0..=scenario.length.millis()).step_by(733) {
        stepwise.extend(schedule.advance_to(scenario.start.plus(Span::from_millis(ms))));
    }
    stepwise.extend(schedule.advance_to(scenario.start.plus(scenario.length)));
    assert_eq!(stepwise, all(7));
}

#[test]
fn outputs_come_in_order_and_end_once() {
    let outputs = all(7);
    assert!(outputs.windows(2).all(|w| w[0].at <= w[1].at));
    assert_eq!(outputs.last().map(|o| &o.what), Some(&Happening::Over));
    let injects = outputs.iter().filter(|o| matches!(o.what, Happening::Inject(_))).count();
    assert_eq!(injects, 6, "the seventh waits for a standing order");
}

#[test]
fn finality_is_missing_for_four_epochs_while_the_head_moves_and_about_47_slots_are_missed() {
    let outputs = all(7);
    let value = |o: &Observation, signal| {
        let readings = &o.outcome.as_ref().unwrap().readings;
        readings.iter().find(|r| r.signal == signal).and_then(|r| r.value.number()).unwrap()
    };
    let val: Vec<&Observation> = observations(&outputs).filter(|o| o.node.as_str() == "val-2").collect();
    let late: Vec<&&Observation> = val.iter().filter(|o| value(o, SignalId::FINALITY_LAG) > 2.0).collect();
    let behind = late.last().unwrap().at.since(late[0].at).secs();
    assert!((1_524..=1_536).contains(&behind), "four epochs are 25.6 min: {behind} s");
    let heights: Vec<f64> = late.iter().map(|o| value(o, SignalId::HEIGHT)).collect();
    assert!(heights.windows(2).all(|w| w[0] <= w[1]) && heights[heights.len() - 1] - heights[0] > 100.0);
    let mut slots: Vec<u64> =
        val.iter().filter_map(|o| o.outcome.as_ref().unwrap().tip.as_ref()).map(|t| t.height).collect();
    slots.dedup();
    let met = slots.iter().filter(|s| (1_318_432..1_318_560).contains(*s)).count();
    assert!((44..=50).contains(&(128 - met)), "about 47 of 128 were missed: {}", 128 - met);
}

#[test]
fn the_judge_says_network_with_an_independent_view_and_then_healthy() {
    let scenario = scenario();
    let mut judge = Judge::new(&specs(&scenario), Limits::default());
    let mut scopes: Vec<(Scope, i64, Vec<String>)> = Vec::new();
    let mut bad = 0;
    for output in all(7) {
        let events = match &output.what {
            Happening::Observed(seen) => judge.observe(seen),
            Happening::Peers(reports) => {
                let views: Vec<_> = reports.iter().map(warroom::peers::model::PeerReport::view).collect();
                judge.hear_peers(&views, output.at)
            }
            _ => Vec::new(),
        };
        for event in events {
            match event {
                Event::Health(HealthEvent::Scope(s)) => {
                    scopes.push((s.to, output.at.since(scenario.start).secs(), s.evidence));
                }
                Event::Health(HealthEvent::Verdict(v)) if v.signal == "chain.finality_lag" => bad += 1,
                _ => {}
            }
        }
    }
    assert!(bad > 0);
    let network = scopes.iter().find(|s| s.0 == Scope::Network).unwrap();
    assert!(network.1 < 900 && network.2.iter().any(|e| e.contains("ref-1")), "{scopes:?}");
    let last = scopes.last().unwrap();
    assert!(last.0 == Scope::Healthy && last.1 > 2_160, "{scopes:?}");
    assert!(!scopes.iter().any(|s| s.0 == Scope::Local), "{scopes:?}");
}

#[test]
fn an_act_answers_a_move_and_an_inject_waits_for_one() {
    let scenario = scenario();
    let mut schedule = Schedule::new(Arc::clone(&scenario), 7);
    let mut outputs = schedule.advance_to(scenario.start.plus(Span::from_secs(600)));
    let decided = DecisionMade {
        question: "what now".into(),
        outcome: "Restart both validators".into(),
        proposal: None,
        reason: String::new(),
    };
    schedule.notice(&entry(&scenario, 600, decided));
    schedule.notice(&entry(&scenario, 601, OrderStanding { text: "NO RESTARTS".into() }));
    outputs.extend(schedule.advance_to(scenario.start.plus(scenario.length)));
    let silent: Vec<i64> = observations(&outputs)
        .filter(|o| o.node.as_str() == "val-1" && o.outcome.is_err())
        .map(|o| o.at.since(scenario.start).secs())
        .collect();
    assert_eq!((silent.first(), silent.last()), (Some(&630), Some(&1_164)));
    let fifth = outputs.iter().find(|o| matches!(&o.what, Happening::Inject(i) if i.number == 5)).unwrap();
    assert_eq!(fifth.at.since(scenario.start).secs(), 751);
}

#[test]
fn the_stage_pauses_runs_faster_seeks_and_looks_back_without_changing_anything() {
    let scenario = scenario();
    let mut stage = Stage::new(Arc::clone(&scenario), 7, Speed::Times(10));
    let clock = stage.clock();
    let mut outputs = stage.tick(Span::from_secs(6));
    assert_eq!(clock.now().since(scenario.start), Span::from_secs(60));
    stage.pause(true);
    assert!(stage.tick(Span::from_secs(60)).is_empty());
    outputs.extend(stage.forward_to(scenario.start.plus(Span::from_mins(9))));
    let (_, again) = stage.look_back(&[], clock.now());
    assert_eq!(again, outputs);
    let (then, earlier) =
        stage.look_back(&[entry(&scenario, 400, OrderStanding { text: "x".into() })], At::from_micros(0));
    assert!(then.is_empty() && earlier.is_empty());
    assert_eq!(stage.status().elapsed, Span::from_mins(9), "looking back moved nothing");
    stage.pause(false);
    stage.set_speed(Speed::Max);
    while !stage.status().over {
        outputs.extend(stage.tick(Span::ZERO));
    }
    assert_eq!(outputs, all(7));
    assert!(stage.tick(Span::from_secs(9)).is_empty(), "after the end nothing comes");
}
