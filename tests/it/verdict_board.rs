//! The board: half an hour in fixed room, ages and sources on every value, samples for the flight recorder.

use proptest::prelude::*;
use warroom::app::board::{Board, RING_CAPACITY, RING_SPAN, Ring};
use warroom::domain::event::NodeState;
use warroom::domain::observation::{Answer, Failure, Reading};
use warroom::domain::signal::SignalId;
use warroom::domain::time::{At, Span};
use warroom::domain::verdict::{Judge, Limits};
use warroom::domain::watch::NodeSpec;

use crate::support::sim::{Beacon, at, beacon, failed, ok};

#[test]
fn a_view_has_value_unit_age_and_source() {
    let specs = [NodeSpec::host("devnet"), beacon("b")];
    let (mut board, mut judge) = (Board::new(&specs), Judge::new(&specs, Limits::default()));
    let seen = Beacon::healthy(100, 2, 8).seen("b", 100);
    board.observe(&seen);
    judge.observe(&seen);
    let ids: Vec<String> = board.views(&judge).map(|v| v.id().to_string()).collect();
    assert_eq!(ids, ["host", "b"], "in the configuration's order");
    let view = board.view(&"b".into(), &judge).unwrap();
    assert_eq!((view.state, view.heard, view.failure), (NodeState::Ok, Some(at(100)), None));
    let names: Vec<&str> = view.signals.iter().map(|s| s.signal.name()).collect();
    assert_eq!(
        names,
        [
            "chain.height",
            "chain.head_age_s",
            "chain.finalized_epoch",
            "chain.finality_lag",
            "chain.sync_distance",
            "net.peers"
        ],
        "in the catalogue's order"
    );
    let height = view.get(SignalId::HEIGHT).unwrap();
    assert_eq!((height.value().number(), height.source(), height.age(at(103)).secs()), (Some(50.0), "simulated", 3));
    assert_eq!(height.age(at(90)), Span::ZERO, "a clock that went back makes no negative age");
    let host = board.view(&"host".into(), &judge).unwrap();
    assert_eq!((host.state, host.signals.len()), (NodeState::Unknown, 0));
}

#[test]
fn a_failure_keeps_old_values_with_their_age_and_says_why() {
    let specs = [beacon("b")];
    let (mut board, judge) = (Board::new(&specs), Judge::new(&specs, Limits::default()));
    board.observe(&Beacon::healthy(100, 2, 8).seen("b", 100));
    board.observe(&failed("b", 110, Failure::Refused));
    board.observe(&failed("nobody", 110, Failure::Refused));
    let view = board.view(&"b".into(), &judge).unwrap();
    assert_eq!((view.failure, view.heard), (Some(&Failure::Refused), Some(at(110))));
    assert_eq!(view.get(SignalId::HEIGHT).unwrap().age(at(110)).secs(), 10);
    assert_eq!(board.heard(), Some(at(110)));
}

#[test]
fn samples_come_by_time_and_each_only_once() {
    let mut board = Board::new(&[beacon("b"), beacon("a")]);
    for s in [100, 102, 104] {
        for node in ["b", "a"] {
            board.observe(&Beacon::healthy(s, 2, 8).seen(node, s));
        }
    }
    let all = board.samples_since(None);
    assert!(all.is_sorted_by_key(|s| (s.at, s.node.clone(), s.signal)));
    let heights: Vec<f64> =
        all.iter().filter(|s| s.signal == SignalId::HEIGHT && s.node == "a".into()).map(|s| s.value).collect();
    assert_eq!(heights, [50.0, 51.0, 52.0]);
    assert!(board.samples_since(Some(at(102))).iter().all(|s| s.at > at(102)));
    let before = all.len();
    let rest = board.samples_since(Some(at(100))).len();
    assert_eq!(before - rest, all.iter().filter(|s| s.at <= at(100)).count());
}

#[test]
fn a_text_has_no_ring_and_other_nodes_are_forgotten() {
    let mut board = Board::new(&[beacon("b")]);
    let answer = Answer { readings: vec![Reading::text(SignalId::VERSION, "v1", "x")], ..Answer::default() };
    board.observe(&ok("b", 1, answer));
    let judge = Judge::new(&[beacon("b")], Limits::default());
    let view = board.view(&"b".into(), &judge).unwrap();
    assert!(view.get(SignalId::VERSION).unwrap().ring.is_none());
    assert_eq!(board.samples_since(None), []);
    let revision = board.revision();
    board.set_specs(&[beacon("c")]);
    assert!(board.revision() > revision);
    assert!(board.view(&"b".into(), &judge).is_none());
}

proptest! {
    #[test]
    fn a_ring_keeps_its_room_its_span_and_its_order(steps in proptest::collection::vec((-5_000_000..60_000_000_i64, 0..5_i32), 0..3_000)) {
        let mut ring = Ring::default();
        let mut now = At::from_secs(1_700_000_000);
        for (step, value) in steps {
            now = now.plus(Span::from_micros(step));
            ring.push(now, f64::from(value));
            let (last, _) = ring.last().unwrap();
            prop_assert!(ring.len() <= RING_CAPACITY);
            let times: Vec<At> = ring.iter().map(|(at, _)| at).collect();
            prop_assert!(times.is_sorted());
            prop_assert!(last.since(times[0]) <= RING_SPAN);
        }
        ring.push(now, f64::NAN);
        prop_assert!(ring.iter().all(|(_, v)| v.is_finite()));
    }
}

/// At one sample a second the ring still spans half an hour, and a value that does not change costs little.
#[test]
fn half_an_hour_fits_at_any_pace() {
    let (mut busy, mut still) = (Ring::default(), Ring::default());
    for s in 0..7_200_i32 {
        busy.push(at(s.into()), f64::from(s));
        still.push(at(s.into()), 7.0);
    }
    let span = busy.last().unwrap().0.since(busy.iter().next().unwrap().0);
    assert!(span >= Span::from_mins(29), "{}", span.words());
    assert!(still.len() <= 121, "{}", still.len());
}
