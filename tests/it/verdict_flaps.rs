//! Restart masking and flap damping: what keeps coming back is failing, what flaps clears late.

use warroom::domain::event::NodeState;
use warroom::domain::observation::{Answer, Failure, Family, Reading};
use warroom::domain::signal::SignalId;
use warroom::domain::verdict::{Judge, Limits};
use warroom::domain::watch::NodeSpec;

use crate::support::sim::{failed, judge_of, ok, state, verdicts};
use crate::support::vantage::Node;

fn well(judge: &mut Judge, node: &Node, second: i64) {
    judge.observe(&ok(node.name, second, node.answer(second, &[]).unwrap()));
}

#[test]
fn a_node_that_keeps_coming_back_is_failing_until_it_stays() {
    let node = Node::own("b", Family::EthereumBeacon);
    let mut judge = judge_of(&["b"]);
    let mut states = Vec::new();
    // Every two minutes its process is gone for two polls: too short to be given up on.
    for s in (0..480).step_by(2) {
        if s % 120 >= 116 {
            judge.observe(&failed("b", s, Failure::Refused));
        } else {
            well(&mut judge, &node, s);
        }
        states.push((s, state(&judge, "b")));
        if s == 370 {
            let text = &judge.failing()[0].text;
            assert!(text.contains("it keeps coming back: gone 3 times within 15 min"), "{text}");
        }
    }
    let at = |second: i64| states.iter().find(|(s, _)| *s == second).unwrap().1;
    assert_eq!((at(100), at(230), at(350)), (NodeState::Ok, NodeState::Ok, NodeState::Ok));
    assert_eq!(at(362), NodeState::Bad, "the third return within a quarter of an hour");
    for s in (480..1_000).step_by(2) {
        well(&mut judge, &node, s);
        let expected = if s < 780 { NodeState::Bad } else { NodeState::Ok };
        assert_eq!(state(&judge, "b"), expected, "{s}");
    }
}

/// Answers that come late now and then are no restarts.
#[test]
fn late_answers_are_no_restarts() {
    let node = Node::own("b", Family::EthereumBeacon);
    let mut judge = judge_of(&["b"]);
    for s in (0..900).step_by(2) {
        if s % 50 == 48 {
            judge.observe(&failed("b", s, Failure::TimedOut { after_ms: 3_000 }));
        } else {
            well(&mut judge, &node, s);
            assert_ne!(state(&judge, "b"), NodeState::Bad, "{s}");
        }
    }
}

#[test]
fn what_flaps_clears_late() {
    let spec = NodeSpec::host("net");
    let mut judge = Judge::new(&[spec], Limits::default());
    let mut turns = Vec::new();
    for s in (0..400).step_by(2) {
        // The disk is full for eight samples, then free for eight, and so on.
        let free = if (s / 16) % 2 == 0 { 2.0 } else { 50.0 };
        let answer = Answer { readings: vec![Reading::number(SignalId::DISK_FREE, free, "test")], ..Answer::default() };
        turns.extend(verdicts(&judge.observe(&ok("host", s, answer))).into_iter().map(|v| v.to));
    }
    let raised = turns.iter().filter(|to| **to == NodeState::Bad).count();
    assert_eq!(raised, 3, "the third time it stays: {turns:?}");
    assert_eq!(turns.last(), Some(&NodeState::Bad));
}
