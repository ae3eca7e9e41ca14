//! A fork, a lost finality and a blind console as the person in front of them sees it, at three sizes.

use rstest::rstest;
use warroom::app::keymap::Key;
use warroom::app::msg::{Msg, WorldMsg};
use warroom::domain::observation::{Failure, Family};
use warroom::domain::raw::{RawReply, RawRound};
use warroom::domain::watch::NodeSpec;

use crate::screens_whole::text;
use crate::support::desk::Desk;
use crate::support::vantage::Node;

const FORKED_AT: u64 = 1_000_030;

fn nodes() -> [Node; 3] {
    let family = Family::EthereumExecution;
    [
        Node { version: "Geth/v1.13.4/linux", ..Node::own("el-1", family) },
        Node { version: "Nethermind/v1.25.0/linux", ..Node::other("ext-1", family) },
        Node { version: "besu/v24.1.0/linux", ..Node::other("ext-2", family) },
    ]
}

fn shown(desk: &Desk) -> String {
    text(&desk.scene(), desk.model.screen.size.0, desk.model.screen.size.1)
}

fn polled(desk: &mut Desk, nodes: &[Node], seconds: std::ops::Range<i64>) {
    for s in seconds.step_by(2) {
        desk.wait(2);
        for node in nodes {
            desk.observed(node.name, node.answer(s, &[]));
        }
    }
}

fn forked(size: (u16, u16)) -> Desk {
    let nodes = nodes();
    let mut desk = Desk::new("alice", size);
    desk.watch(nodes.iter().map(Node::spec).collect(), &[]);
    polled(&mut desk, &nodes, 0..60);
    let odd = Node { branch: Some((FORKED_AT, "odd")), ..nodes[0].clone() };
    polled(&mut desk, &[odd, nodes[1].clone(), nodes[2].clone()], 60..120);
    desk
}

#[rstest]
#[case((80, 24))]
#[case((120, 40))]
#[case((160, 50))]
fn a_fork(#[case] size: (u16, u16)) {
    let desk = forked(size);
    let screen = shown(&desk);
    assert!(screen.contains("FORK: two hashes at height 1,000,031"), "{screen}");
    assert!(screen.contains("safety  conflicting hashes: a fork, see below"), "{screen}");
    insta::assert_snapshot!(format!("scope_fork_{}x{}", size.0, size.1), screen);
}

/// Enter on the own node: all comparisons, then the raw replies as soon as they are fetched.
#[test]
fn from_the_failing_line_to_the_evidence_and_the_raw_reply() {
    let mut desk = forked((120, 40));
    desk.press(Key::Enter);
    let screen = shown(&desk);
    for words in ["scope fork", "agree up to 1,000,030, differ from 1,000,031", "we are alone: 2 independent sources"] {
        assert!(screen.contains(words), "{words}:\n{screen}");
    }
    let reply = RawReply {
        request: "POST http://127.0.0.1:1 {}".into(),
        lines: vec!["HTTP 200, 12 bytes".into(), "{\"result\":1}".into()],
    };
    let round = RawRound { asked: desk.model.now, replies: vec![reply], left_out: 0 };
    let replies = |node: &str| Msg::World(WorldMsg::Replies(node.into(), Some(Box::new(round.clone()))));
    desk.send(replies("ext-1"));
    assert!(!all(&mut desk).contains("raw replies"), "another node's are not this one's");
    desk.send(replies("el-1"));
    let read = all(&mut desk);
    assert!(read.contains("raw replies of el-1, asked at ") && read.contains("{\"result\":1}"), "{read}");
}

/// Every page of what is open.
fn all(desk: &mut Desk) -> String {
    let mut read = String::new();
    for _ in 0..40 {
        read.push_str(&shown(desk));
        desk.press(Key::Down);
    }
    read
}

/// Finality that stands still long enough has an end that cannot be undone: the leak.
#[test]
fn the_inactivity_leak_is_counted_down() {
    let mut desk = Desk::new("alice", (120, 40));
    desk.watch(vec![NodeSpec::new("val-1", Family::EthereumBeacon, "http://127.0.0.1:5052", "devnet")], &[]);
    let mut told = Vec::new();
    // Slots of 12 s from the first of an epoch on; what is final stands still two epochs before it.
    for i in 0..(32 * 6) {
        desk.wait(12);
        let slot = 32 * 41_000 + i;
        #[expect(clippy::cast_precision_loss, reason = "a few epochs")]
        let lag = (i / 32 + 2) as f64;
        desk.beacon("val-1", slot, lag, 71.0);
        told.push(desk.model.watch.judge.countdowns(desk.model.now).pop().map(|c| c.text));
    }
    assert_eq!(told[32], None, "three epochs are a breath");
    let at = |slot: usize| told[slot].clone().unwrap_or_default();
    assert!(at(64 + 16).starts_with("inactivity leak in 2 epochs (9"), "{}", at(64 + 16));
    assert!(at(127).starts_with("inactivity leak in 1 epoch (12 s"), "{}", at(127));
    assert!(at(128).starts_with("the inactivity leak has run for 1 epoch"), "{}", at(128));
    let screen = shown(&desk);
    assert!(screen.contains("the inactivity leak has run for 2 epochs"), "{screen}");
}

/// Everything silent at once, others' nodes among it: that is our view, and it is the first thing said.
#[test]
fn a_blind_console_says_so_first() {
    let nodes = nodes();
    let mut desk = Desk::new("alice", (120, 40));
    desk.watch(nodes.iter().map(Node::spec).collect(), &[]);
    polled(&mut desk, &nodes, 0..60);
    for _ in 0..10 {
        desk.wait(3);
        for node in &nodes {
            desk.observed(node.name, Err(Failure::TimedOut { after_ms: 3_000 }));
        }
    }
    let screen = shown(&desk);
    assert!(screen.contains("FAILING  OUR VIEW is stale"), "{screen}");
    desk.wait(60);
    let screen = shown(&desk);
    assert!(screen.contains("FAILING  OUR VIEW is stale"), "{screen}");
}
