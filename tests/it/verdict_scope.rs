//! The scope: ours, everybody's, or unknown with the reason; what shares an upstream proves nothing.

use rstest::rstest;
use warroom::domain::event::{NodeState, Scope};
use warroom::domain::observation::Failure;
use warroom::domain::verdict::{Judge, Limits, PeerView};
use warroom::domain::watch::NodeSpec;

use crate::support::sim::{Beacon, at, beacon, failed, scopes};

/// How a node lives through the trouble.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Life {
    Fine,
    Stuck,
    NoFinality,
    Silent,
}

fn live(judge: &mut Judge, lives: &[(&str, Life)], seconds: std::ops::Range<i64>) -> Vec<Scope> {
    let mut said = Vec::new();
    let from = seconds.start;
    for s in seconds.step_by(2) {
        for (name, life) in lives {
            let healthy = Beacon::healthy(s, 2, 8);
            let before = Beacon::healthy(from, 2, 8);
            let seen = match life {
                Life::Fine => healthy.seen(name, s),
                Life::Stuck => before.seen(name, s),
                Life::NoFinality => Beacon { finalized: before.finalized, ..healthy }.seen(name, s),
                Life::Silent => failed(name, s, Failure::TimedOut { after_ms: 3_000 }),
            };
            said.extend(scopes(&judge.observe(&seen)).into_iter().map(|c| c.to));
        }
    }
    said
}

fn other(name: &str, via: Option<&str>) -> NodeSpec {
    beacon(name).others(via)
}

/// Healthy for 100 s, then the trouble for 200 s; the scope at the end and its evidence.
fn after(specs: &[NodeSpec], lives: &[(&str, Life)], peers: &[PeerView]) -> (Scope, String) {
    let mut judge = Judge::new(specs, Limits { peer_fresh_s: 1e9, ..Limits::default() });
    let healthy: Vec<(&str, Life)> = lives.iter().map(|(n, _)| (*n, Life::Fine)).collect();
    live(&mut judge, &healthy, 100..200);
    assert_eq!(judge.scope().scope, Scope::Healthy);
    judge.hear_peers(peers, at(200));
    live(&mut judge, lives, 200..400);
    (judge.scope().scope, judge.scope().evidence.join("\n"))
}

#[rstest]
#[case::stuck_alone(Life::Stuck, Life::Fine, Scope::Local, "independent o moves on")]
#[case::silent_alone(Life::Silent, Life::Fine, Scope::Local, "independent o moves on")]
#[case::no_finality_alone(Life::NoFinality, Life::Fine, Scope::Local, "independent o: finality is 2 epochs")]
#[case::halt(Life::Stuck, Life::Stuck, Scope::Network, "independent o stands still too")]
#[case::finality_lost(Life::NoFinality, Life::NoFinality, Scope::Network, "independent o: finality is")]
#[case::other_silent(Life::NoFinality, Life::Silent, Scope::Unknown, "o cannot be asked: no answer within 3000 ms")]
#[case::ours_fine(Life::Fine, Life::Stuck, Scope::Healthy, "the own node is within its limits")]
fn own_against_another(#[case] own: Life, #[case] others: Life, #[case] scope: Scope, #[case] words: &str) {
    let (found, evidence) = after(&[beacon("b"), other("o", None)], &[("b", own), ("o", others)], &[]);
    assert_eq!(found, scope, "{evidence}");
    assert!(evidence.contains(words), "{evidence}");
    if scope != Scope::Healthy {
        assert!(evidence.contains("own b: "), "both sides of the comparison are named: {evidence}");
    }
}

#[test]
fn own_nodes_alone_prove_nothing() {
    let specs = [beacon("b"), beacon("c")];
    let (scope, evidence) = after(&specs, &[("b", Life::NoFinality), ("c", Life::NoFinality)], &[]);
    assert_eq!(scope, Scope::Unknown);
    assert!(evidence.starts_with("unknown, because there is no independent view"), "{evidence}");
    assert!(evidence.contains("all 2 own nodes fail alike"), "{evidence}");
    assert!(evidence.contains("this node's own link is not the cause"), "{evidence}");
    let (scope, evidence) = after(&specs, &[("b", Life::Stuck), ("c", Life::Fine)], &[]);
    assert_eq!(scope, Scope::Unknown);
    assert!(evidence.contains("1 of 2 own nodes fail"), "{evidence}");
}

#[test]
fn a_shared_upstream_proves_nothing() {
    let own = NodeSpec { via: Some("cloud-a".into()), ..beacon("b") };
    let lives = [("b", Life::Stuck), ("o", Life::Fine)];
    let (scope, evidence) = after(&[own, other("o", Some("cloud-a"))], &lives, &[]);
    assert_eq!(scope, Scope::Unknown);
    assert!(evidence.contains("o shares cloud-a with us and proves nothing"), "{evidence}");
}

#[test]
fn views_of_one_provider_count_once_and_differing_views_are_said() {
    let specs = [beacon("b"), other("o", Some("x")), other("p", Some("x")), other("q", Some("y"))];
    let lives = [("b", Life::Stuck), ("o", Life::Stuck), ("p", Life::Stuck), ("q", Life::Fine)];
    let (scope, evidence) = after(&specs, &lives, &[]);
    assert_eq!(scope, Scope::Unknown);
    assert!(evidence.contains("independent views differ: 1 show the same, 1 do not"), "{evidence}");
}

#[test]
fn another_network_is_no_comparison() {
    let elsewhere = NodeSpec { network: "canary".into(), ..other("o", None) };
    let (scope, _) = after(&[beacon("b"), elsewhere], &[("b", Life::Stuck), ("o", Life::Fine)], &[]);
    assert_eq!(scope, Scope::Unknown);
}

fn word(operator: &str, trusted: bool, state: NodeState) -> PeerView {
    PeerView {
        operator: operator.into(),
        network: String::new(),
        via: None,
        trusted,
        at: at(200),
        height: None,
        finalized: None,
        state: Some(state),
        scope: None,
        nodes: Vec::new(),
    }
}

#[rstest]
#[case::trusted_fine(true, NodeState::Ok, Scope::Local, "operator acme reports its nodes ok")]
#[case::trusted_same(true, NodeState::Bad, Scope::Network, "operator acme reports its nodes bad")]
#[case::unsigned(false, NodeState::Bad, Scope::Unknown, "operator acme is not counted")]
#[case::no_opinion(true, NodeState::Unknown, Scope::Unknown, "no independent view")]
fn a_peers_word_counts_when_it_is_trusted(
    #[case] trusted: bool,
    #[case] state: NodeState,
    #[case] scope: Scope,
    #[case] words: &str,
) {
    let peers = [word("acme", trusted, state)];
    let (found, evidence) = after(&[beacon("b")], &[("b", Life::NoFinality)], &peers);
    assert_eq!(found, scope, "{evidence}");
    assert!(evidence.contains(words), "{evidence}");
}

#[test]
fn a_stale_word_no_longer_counts() {
    let mut judge = Judge::new(&[beacon("b")], Limits::default());
    live(&mut judge, &[("b", Life::Fine)], 100..200);
    judge.hear_peers(&[word("acme", true, NodeState::Ok)], at(200));
    live(&mut judge, &[("b", Life::Stuck)], 200..300);
    assert_eq!(judge.scope().scope, Scope::Local);
    live(&mut judge, &[("b", Life::Stuck)], 300..400);
    assert_eq!(judge.scope().scope, Scope::Unknown);
}

/// The scope is said within three polls of the first proof, and once.
#[rstest]
#[case::soon(220)]
#[case::and_once(400)]
fn the_scope_is_said_soon_and_once(#[case] until: i64) {
    let mut judge = Judge::new(&[beacon("b"), other("o", None)], Limits::default());
    let calm = [("b", Life::Fine), ("o", Life::Fine)];
    assert_eq!(live(&mut judge, &calm, 100..200), [], "a calm beginning is not worth an entry");
    // Stuck since 200, out of its limit since 208, judged at 212, held for 3 s.
    let said = live(&mut judge, &[("b", Life::Stuck), ("o", Life::Fine)], 200..until);
    assert_eq!(said, [Scope::Local]);
    assert_eq!(live(&mut judge, &calm, until..until + 20), [Scope::Healthy]);
}

/// One round: what has not answered is not called healthy.
#[test]
fn a_node_that_has_not_answered_is_not_healthy() {
    let mut judge = Judge::new(&[beacon("b"), beacon("c")], Limits::default());
    judge.observe(&Beacon::healthy(100, 2, 8).seen("b", 100));
    judge.observe(&failed("c", 100, Failure::Refused));
    assert_eq!(judge.scope().scope, Scope::Unknown);
    assert_eq!(judge.scope().evidence, ["unknown, because c has not answered yet"]);
    assert_eq!(scopes(&judge.observe(&Beacon::healthy(102, 2, 8).seen("c", 102))), [], "calm at last is no entry");
    assert_eq!(judge.scope().scope, Scope::Healthy);
}

#[test]
fn nothing_to_watch_is_unknown_in_words() {
    let mut judge = Judge::new(&[NodeSpec::host("devnet")], Limits::default());
    judge.tick(at(10));
    judge.tick(at(20));
    assert_eq!(judge.scope().scope, Scope::Unknown);
    assert_eq!(judge.scope().evidence, ["unknown, because no own node of a network is watched"]);
}
