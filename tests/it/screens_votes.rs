//! The closer look at a stuck round: who voted and who is missing, at every size that is promised.

use rstest::rstest;
use warroom::domain::observation::{Answer, Fact, Family, Reading};
use warroom::domain::signal::SignalId;
use warroom::domain::votes::{Tally, Vote, Voter, Votes};
use warroom::domain::watch::NodeSpec;

use crate::screens_whole::text;
use crate::support::desk::Desk;

/// Twelve validators; the second and the fifth have not voted, the third voted for nil.
fn votes() -> Votes {
    let vote = |i: u64| match i {
        1 | 4 => Vote::Absent,
        2 => Vote::Nil,
        _ => Vote::Block,
    };
    let voter = |i: u64| Voter {
        name: format!("{:X}", 0xA1B2_C3D4_0000_u64 + i * 0x1234_5678_9A00).repeat(4)[..40].to_owned(),
        power: Some(1_000 - i * 70),
        prevote: vote(i),
        precommit: Vote::Absent,
    };
    let voters: Vec<Voter> = (0..12).map(voter).collect();
    let sum = |wanted: Vote| voters.iter().filter(|v| v.prevote == wanted).filter_map(|v| v.power).sum();
    let total = voters.iter().filter_map(|v| v.power).sum();
    let prevotes = Tally { block: sum(Vote::Block), nil: sum(Vote::Nil), total };
    let precommits = Tally { total, ..Tally::default() };
    let mut votes = Votes { height: Some(9_773_742), round: 4, step: "prevote".into(), prevotes, precommits, voters };
    votes.rank();
    votes
}

fn desk(size: (u16, u16)) -> Desk {
    let mut desk = Desk::new("alice", size);
    desk.watch(vec![NodeSpec::new("hub-1", Family::Cometbft, "http://127.0.0.1:26657", "hub")], &[]);
    for _ in 0..4 {
        desk.wait(5);
        let number = |signal, value| Reading::number(signal, value, "consensus_state");
        let readings = vec![
            number(SignalId::HEIGHT, 9_773_741.0),
            number(SignalId::HEAD_AGE, 96.0),
            number(SignalId::CATCHING_UP, 0.0),
            number(SignalId::ROUND, 4.0),
            number(SignalId::UNDECIDED, 91.0),
            number(SignalId::PEERS, 31.0),
        ];
        let facts = vec![
            Fact::new("proposer", "62633D9DB7ED78E951F79913FDC8231AA77EC12B"),
            Fact::unknown("net_info", "answered HTTP 404"),
        ];
        let answer = Answer { readings, votes: Some(Box::new(votes())), facts, ..Answer::default() };
        desk.observed("hub-1", Ok(answer));
    }
    desk
}

#[rstest]
#[case(80, 24)]
#[case(120, 40)]
#[case(160, 50)]
fn a_stuck_round_shows_its_votes(#[case] width: u16, #[case] height: u16) {
    let mut desk = desk((width, height));
    let pane = text(&desk.scene(), width, height);
    assert!(pane.contains("undecided for 91 s"), "the pane does not say why:\n{pane}");
    desk.type_keys("\n");
    insta::assert_snapshot!(format!("votes_{width}x{height}"), text(&desk.scene(), width, height));
}

#[test]
fn a_healthy_validator_is_one_line() {
    let mut desk = Desk::new("alice", (80, 24));
    desk.watch(vec![NodeSpec::new("hub-1", Family::Cometbft, "http://127.0.0.1:26657", "hub")], &[]);
    let number = |signal, value| Reading::number(signal, value, "status");
    let readings = vec![
        number(SignalId::HEIGHT, 9_773_741.0),
        number(SignalId::HEAD_AGE, 4.0),
        number(SignalId::CATCHING_UP, 0.0),
        number(SignalId::ROUND, 0.0),
        number(SignalId::UNDECIDED, 1.0),
        number(SignalId::PREVOTES, 71.2),
        number(SignalId::PEERS, 31.0),
    ];
    desk.observed("hub-1", Ok(Answer { readings, ..Answer::default() }));
    let screen = text(&desk.scene(), 80, 24);
    assert_eq!(screen.lines().filter(|l| l.contains("hub-1")).count(), 1, "{screen}");
    insta::assert_snapshot!("votes_healthy_80x24", screen);
}
