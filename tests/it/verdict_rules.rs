//! The judge on simulated nodes: what is raised, when, why in words, and what clears it.

use rstest::rstest;
use warroom::domain::event::{Event, HealthEvent, NodeState};
use warroom::domain::observation::{Alert, Answer, ChainTiming, Failure, Family, Reading, Tip};
use warroom::domain::signal::SignalId;
use warroom::domain::verdict::{Judge, Limits};
use warroom::domain::watch::NodeSpec;

use crate::support::sim::{Beacon, at, beacon, failed, judge_of, ok, state, verdicts};

/// Slots of 2 s, epochs of 8: half the keys stop at second 400, come back at 600.
#[test]
fn a_finality_slip_turns_in_three_epochs_and_clears_on_progress_alone() {
    let mut judge = judge_of(&["b"]);
    let mut made = Vec::new();
    for s in (0..700).step_by(2) {
        let mut node = Beacon::healthy(s, 2, 8);
        if (400..600).contains(&s) {
            node.finalized = Beacon::healthy(400, 2, 8).finalized;
        }
        made.extend(verdicts(&judge.observe(&node.seen("b", s))));
        if s == 598 {
            let verdict = judge.verdict(&"b".into()).unwrap();
            assert!(verdict.why[0].contains("finality is 14 epochs behind; 2 is normal, limit 3"), "{verdict:?}");
            assert!(verdict.why[0].contains("this node's own link is not the cause"), "{verdict:?}");
        }
    }
    let told: Vec<_> = made.iter().map(|v| (v.from, v.to, v.signal.as_str())).collect();
    assert_eq!(
        told,
        [
            (NodeState::Ok, NodeState::Warn, "chain.finality_lag"),
            (NodeState::Warn, NodeState::Bad, "chain.finality_lag"),
            (NodeState::Bad, NodeState::Ok, "chain.finality_lag"),
        ]
    );
    let epochs = |v: usize| made[v].judged.since(at(400)).as_secs_f64() / 16.0;
    assert!(epochs(0) <= 2.0 && epochs(1) <= 3.0, "{} {}", epochs(0), epochs(1));
    assert_eq!(made[0].judged.since(made[0].since).secs(), 4, "three samples, two seconds apart");
    assert!(made[2].judged.since(at(600)).secs() <= 6 && made[2].since >= at(600));
}

/// A chain that has just begun has nothing final before its fourth epoch; one that never finalizes is told after it.
#[test]
fn a_new_chain_is_given_its_first_epochs() {
    let mut judge = judge_of(&["b"]);
    for s in (0..16 * 5).step_by(2) {
        let finalized = if s < 68 { 0 } else { 2 };
        assert_eq!(verdicts(&judge.observe(&Beacon { finalized, ..Beacon::healthy(s, 2, 8) }.seen("b", s))), [], "{s}");
    }
    let mut judge = judge_of(&["c"]);
    let mut made = Vec::new();
    for s in (0..16 * 7).step_by(2) {
        made.extend(verdicts(&judge.observe(&Beacon { finalized: 0, ..Beacon::healthy(s, 2, 8) }.seen("c", s))));
    }
    assert_eq!(made.last().unwrap().to, NodeState::Bad);
}

#[rstest]
#[case::fast_chain(2, 6, 16)]
#[case::slow_chain(12, 36, 96)]
fn a_stuck_head_is_judged_in_block_times(#[case] slot: i64, #[case] warn: i64, #[case] bad: i64) {
    let mut judge = judge_of(&["b"]);
    let base = slot * 64;
    let stuck = Beacon::healthy(base, slot, 32);
    for s in (base - 20..=base).step_by(2) {
        judge.observe(&Beacon::healthy(s, slot, 32).seen("b", s));
    }
    let mut made = Vec::new();
    for s in (base + 2..base + bad + 20).step_by(2) {
        made.extend(verdicts(&judge.observe(&stuck.seen("b", s))));
    }
    assert_eq!(made[0].signal, "chain.head_age_s");
    assert_eq!(made[0].since, at(base + warn + 2));
    let last = made.last().unwrap();
    assert_eq!((last.to, last.since), (NodeState::Bad, at(base + bad + 2)));
    assert!(
        last.why.contains("s since the last block") && last.why.contains(&format!("limit {bad} s")),
        "{}",
        last.why
    );
    // The clock set back makes the age small again; without a new block nothing clears.
    for s in base + 2..base + 12 {
        assert_eq!(verdicts(&judge.observe(&stuck.seen("b", s))), []);
    }
    assert_eq!(state(&judge, "b"), NodeState::Bad);
}

#[test]
fn one_breach_shows_as_a_warning_but_is_no_verdict() {
    let mut judge = judge_of(&["b"]);
    judge.observe(&Beacon::healthy(100, 2, 8).seen("b", 100));
    let stuck = Beacon::healthy(100, 2, 8);
    assert_eq!(judge.observe(&stuck.seen("b", 120)), []);
    let verdict = judge.verdict(&"b".into()).unwrap();
    assert_eq!(verdict.state, NodeState::Warn);
    assert!(verdict.why[0].ends_with("(1 of 3 samples)"), "{verdict:?}");
    assert_eq!(judge.failing(), []);
}

#[rstest]
#[case::refused(Failure::Refused, NodeState::Stale)]
#[case::hangs(Failure::TimedOut { after_ms: 3_000 }, NodeState::Stale)]
#[case::half(Failure::Broken("closed in the middle of the reply".into()), NodeState::Unknown)]
#[case::html(Failure::NotUsable("HTML came instead".into()), NodeState::Unknown)]
#[case::flood(Failure::TooLarge { limit: 8 << 20 }, NodeState::Unknown)]
#[case::status(Failure::Status(502), NodeState::Unknown)]
fn an_own_node_that_gives_nothing_is_failing_with_the_reason(#[case] failure: Failure, #[case] end: NodeState) {
    let mut judge = judge_of(&["b"]);
    judge.observe(&Beacon::healthy(100, 2, 8).seen("b", 100));
    assert_eq!(verdicts(&judge.observe(&failed("b", 102, failure.clone()))), []);
    assert_eq!(state(&judge, "b"), NodeState::Warn);
    assert_eq!(verdicts(&judge.observe(&failed("b", 104, failure.clone()))), []);
    let made = verdicts(&judge.observe(&failed("b", 106, failure.clone())));
    assert_eq!((made[0].to, made[0].signal.as_str(), made[0].since), (end, "reachability", at(102)));
    let failing = judge.failing();
    assert_eq!(failing.len(), 1);
    assert!(failing[0].text.contains(&failure.to_string()), "{}", failing[0].text);
    // Back with the old block: not yet. Back with a new one: twice, then ok.
    let old = Beacon::healthy(100, 2, 8);
    for s in [108, 110, 112] {
        judge.observe(&Beacon { head: old.head, ..Beacon::healthy(s - 6, 2, 8) }.seen("b", 105));
    }
    assert_eq!(state(&judge, "b"), end);
    let mut made = Vec::new();
    for s in [114, 116] {
        made.extend(verdicts(&judge.observe(&Beacon::healthy(s, 2, 8).seen("b", s))));
    }
    assert_eq!((made[0].to, made[0].from), (NodeState::Ok, end));
    assert_eq!(judge.failing(), []);
}

#[test]
fn a_node_that_never_answered_is_unknown_and_its_silence_is_told_once() {
    let mut judge = judge_of(&["b"]);
    assert_eq!(state(&judge, "b"), NodeState::Unknown);
    let mut made = Vec::new();
    for s in 0..10 {
        made.extend(verdicts(&judge.observe(&failed("b", s, Failure::Refused))));
    }
    assert_eq!(made.len(), 1);
    assert_eq!((made[0].from, made[0].to), (NodeState::Unknown, NodeState::Unknown));
    assert_eq!(judge.failing().len(), 1);
}

#[test]
fn a_poller_that_falls_silent_makes_the_view_stale() {
    let mut judge = judge_of(&["b"]);
    judge.observe(&Beacon::healthy(100, 2, 8).seen("b", 100));
    assert_eq!(verdicts(&judge.tick(at(119))), []);
    let made = verdicts(&judge.tick(at(121)));
    assert_eq!((made[0].to, made[0].since), (NodeState::Stale, at(100)));
    assert!(made[0].why.contains("this view is stale"));
    assert_eq!(verdicts(&judge.tick(at(150))), []);
}

fn peers_at(judge: &mut Judge, s: i64, peers: Option<u64>) {
    judge.observe(&Beacon { peers, ..Beacon::healthy(s, 2, 8) }.seen("b", s));
}

#[rstest]
#[case::never_had_one(&[0, 0, 0, 0], NodeState::Ok)]
#[case::lone_pair(&[1, 1, 1, 1], NodeState::Ok)]
#[case::lost_all(&[2, 0, 0, 0], NodeState::Bad)]
#[case::lost_most(&[8, 1, 1, 1], NodeState::Warn)]
#[case::enough(&[8, 3, 3, 3], NodeState::Ok)]
fn peers_are_judged_by_what_the_node_had(#[case] seen: &[u64], #[case] end: NodeState) {
    let mut judge = judge_of(&["b"]);
    for (s, peers) in (100..).step_by(2).zip(seen) {
        peers_at(&mut judge, s, Some(*peers));
    }
    assert_eq!(state(&judge, "b"), end);
}

#[test]
fn a_method_that_is_not_served_degrades_nothing() {
    let mut judge = judge_of(&["b"]);
    for s in (100..200).step_by(2) {
        peers_at(&mut judge, s, None);
    }
    assert_eq!(state(&judge, "b"), NodeState::Ok);
    assert_eq!(judge.verdict(&"b".into()).unwrap().why, Vec::<String>::new());
}

/// An execution node of an unknown chain: finality is judged by what the head did since it last moved.
#[test]
fn finality_of_an_unknown_chain_is_judged_by_the_heads_own_way() {
    let spec = NodeSpec::new("e", Family::EthereumExecution, "http://127.0.0.1:1", "devnet");
    let mut judge = Judge::new(&[spec], Limits::default());
    let mut made = Vec::new();
    for s in 0..600_i32 {
        let (head, finalized) = (1_000 + s, if s < 100 { 500 + s } else { 600 });
        let readings = vec![
            Reading::number(SignalId::HEIGHT, f64::from(head), "x"),
            Reading::number(SignalId::HEAD_AGE, 0.5, "x"),
            Reading::number(SignalId::FINALIZED_HEIGHT, f64::from(finalized), "x"),
            Reading::number(SignalId::FINALITY_LAG, f64::from(head - finalized), "x"),
        ];
        let tip = Tip { height: 1, hash: format!("{head}").into(), parent: None };
        let timing = ChainTiming { block_s: 1.0, slots_per_epoch: None, from_protocol: false };
        let answer = Answer { readings, tip: Some(tip), timing: Some(timing), ..Answer::default() };
        made.extend(verdicts(&judge.observe(&ok("e", s.into(), answer))));
    }
    assert_eq!(made[0].since, at(100 + 129), "{made:?}");
    assert_eq!(made.last().unwrap().to, NodeState::Bad);
    assert!(made[0].why.contains("while finality stood still"), "{}", made[0].why);
}

/// Block times that run apart from ours for ever are no halt; a head that stands still is.
#[test]
fn a_learned_chain_is_judged_by_its_moving_head() {
    let spec = NodeSpec::new("e", Family::EthereumExecution, "http://127.0.0.1:1", "devnet");
    let mut judge = Judge::new(&[spec], Limits::default());
    let mut made = Vec::new();
    for s in (0..120_i32).step_by(2) {
        let head = s.min(60) / 2;
        let age = f64::from(11 + (s - head * 2));
        let readings = vec![
            Reading::number(SignalId::HEIGHT, f64::from(head), "x"),
            Reading::number(SignalId::HEAD_AGE, age, "x"),
        ];
        let tip = Tip { height: 1, hash: format!("{head}").into(), parent: None };
        let timing = ChainTiming { block_s: 2.0, slots_per_epoch: None, from_protocol: false };
        let answer = Answer { readings, tip: Some(tip), timing: Some(timing), ..Answer::default() };
        made.extend(verdicts(&judge.observe(&ok("e", s.into(), answer))));
    }
    assert_eq!((made[0].to, made[0].since), (NodeState::Warn, at(66)), "{made:?}");
    assert_eq!((made[1].to, made[1].since), (NodeState::Bad, at(76)), "{made:?}");
}

fn firing(severity: &str) -> Answer {
    let alert = Alert {
        fingerprint: "f1".into(),
        name: "TargetDown".into(),
        summary: "it is down".into(),
        severity: severity.into(),
        since: at(0),
        quiet: None,
    };
    Answer { alerts: Some(vec![alert]), ..Answer::default() }
}

#[rstest]
#[case("critical", NodeState::Bad)]
#[case("page", NodeState::Bad)]
#[case("warning", NodeState::Warn)]
#[case("", NodeState::Warn)]
fn alerts_fire_once_and_clear_when_they_are_gone(#[case] severity: &str, #[case] end: NodeState) {
    let spec = NodeSpec::new("am", Family::Alertmanager, "http://127.0.0.1:1", "devnet");
    let mut judge = Judge::new(&[spec], Limits::default());
    let quiet = Answer { alerts: Some(Vec::new()), ..Answer::default() };
    let mut kinds = Vec::new();
    for (s, answer) in (0..).zip([firing(severity), firing(severity), quiet.clone(), quiet.clone(), quiet]) {
        let events = judge.observe(&ok("am", s, answer));
        kinds.extend(events.iter().map(|e| format!("{s} {}", e.kind())));
        if s == 1 {
            assert_eq!(state(&judge, "am"), end);
        }
        if let Some(Event::Health(HealthEvent::Fired(a))) = events.iter().find(|e| e.kind() == "alert.fired") {
            assert_eq!((a.node.as_str(), a.name.as_str(), a.since), ("am", "TargetDown", at(0)));
        }
    }
    assert_eq!(kinds, ["0 verdict.changed", "0 alert.fired", "3 verdict.changed", "3 alert.cleared"]);
}

#[rstest]
#[case::disk(SignalId::DISK_FREE, 2.0, 3, NodeState::Bad)]
#[case::disk_low(SignalId::DISK_FREE, 9.0, 3, NodeState::Warn)]
#[case::cpu_peak(SignalId::CPU, 100.0, 14, NodeState::Ok)]
#[case::cpu_long(SignalId::CPU, 100.0, 15, NodeState::Warn)]
#[case::memory(SignalId::MEMORY, 99.0, 15, NodeState::Warn)]
#[case::descriptors(SignalId::FDS, 99.0, 15, NodeState::Bad)]
fn the_host_is_judged_slowly(
    #[case] signal: SignalId,
    #[case] value: f64,
    #[case] samples: i64,
    #[case] end: NodeState,
) {
    let mut judge = Judge::new(&[NodeSpec::host("devnet")], Limits::default());
    for s in 0..samples {
        let answer = Answer { readings: vec![Reading::number(signal, value, "x")], ..Answer::default() };
        judge.observe(&ok("host", s, answer));
    }
    assert_eq!(state(&judge, "host"), end);
}

/// A day of a healthy mainnet node: late blocks, missed slots, a peer count that wanders.
#[test]
fn a_healthy_day_is_not_red() {
    let mut judge = judge_of(&["b"]);
    let mut made = Vec::new();
    let mut noise = 12_345_u64;
    let mut chance = move || {
        noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (noise >> 33) % 1_000
    };
    let (mut head, mut slot, mut delay) = (32, 32, 2);
    for s in (32 * 12..32 * 12 + 86_400).step_by(5) {
        let now = u64::try_from(s / 12).unwrap();
        if now > slot {
            slot = now;
            delay = if chance() < 15 { 99 } else { i64::try_from(chance() % 6).unwrap() };
        }
        if s % 12 >= delay {
            head = slot;
        }
        let finalized = (head / 32).saturating_sub(2);
        let node = Beacon { head, finalized, peers: Some(40 + chance() % 30), ..Beacon::healthy(s, 12, 32) };
        made.extend(verdicts(&judge.observe(&node.seen("b", s))));
    }
    let bad = made.iter().filter(|v| v.to == NodeState::Bad).count();
    let warn = made.iter().filter(|v| v.to == NodeState::Warn).count();
    assert!(bad == 0 && warn <= 2, "{bad} bad, {warn} warn: {made:?}");
}

#[test]
fn limits_can_be_overridden_and_nodes_exchanged() {
    let limits = Limits { peers_warn: 10.0, ..Limits::default() };
    let mut judge = Judge::new(&[beacon("b")], limits);
    for (s, peers) in [(100, 12), (102, 8), (104, 8), (106, 8)] {
        peers_at(&mut judge, s, Some(peers));
    }
    assert_eq!(state(&judge, "b"), NodeState::Warn);
    judge.set_specs(&[beacon("b"), beacon("c")]);
    assert_eq!(state(&judge, "b"), NodeState::Warn, "what is known of a node that stays, stays");
    assert_eq!(state(&judge, "c"), NodeState::Unknown);
    judge.set_specs(&[beacon("c")]);
    assert_eq!(judge.verdict(&"b".into()), None);
}

/// Two hundred blocks of 5 s each: where the protocol says 2 s its limit stays, where nothing is said the chain's own pace is the measure.
#[rstest]
#[case::protocol(true, "one is due every 2 s; limit 16 s", NodeState::Bad)]
#[case::learned(false, "median 5 s over 200 blocks; limit 15 s", NodeState::Warn)]
fn what_was_learned_never_loosens_a_protocols_limit(
    #[case] protocol: bool,
    #[case] words: &str,
    #[case] end: NodeState,
) {
    let spec = NodeSpec::new("n", Family::EthereumBeacon, "http://127.0.0.1:1", "devnet");
    let mut judge = Judge::new(std::slice::from_ref(&spec), Limits::default());
    let mut look = |second: i64, age: f64, height: i64| {
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let readings = vec![
            Reading::number(SignalId::HEIGHT, height as f64, "simulated"),
            Reading::number(SignalId::HEAD_AGE, age, "simulated"),
        ];
        let tip = Tip { height: height.unsigned_abs(), hash: format!("{height}").as_str().into(), parent: None };
        let timing = ChainTiming { block_s: 2.0, slots_per_epoch: None, from_protocol: protocol };
        let answer = Answer { readings, tip: Some(tip), timing: Some(timing), ..Answer::default() };
        judge.observe(&ok("n", second, answer));
        judge.verdict(&"n".into()).unwrap()
    };
    for block in 0..=200 {
        look(block * 5, 0.0, block);
    }
    let mut last = None;
    for age in 1..=20 {
        last = Some(look(1_000 + age, f64::from(i32::try_from(age).unwrap()), 200));
    }
    let last = last.unwrap();
    assert_eq!((last.state, last.signal.as_str()), (end, "chain.head_age_s"), "{last:?}");
    assert!(last.why[0].contains(words), "{last:?}");
}
