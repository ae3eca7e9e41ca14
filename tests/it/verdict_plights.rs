//! Behind, stuck, halted and forked are four different things, in every family that has blocks.

use rstest::rstest;
use warroom::domain::event::{NodeState, Scope};
use warroom::domain::observation::Family;
use warroom::domain::verdict::Plight;

use crate::support::sim::{at, state};
use crate::support::vantage::{BLOCK_S, Node, World};

const FAULT: i64 = 300;

/// An own node and three others.
fn nodes(family: Family) -> Vec<Node> {
    let other = |name| Node::other(name, family);
    vec![Node::own("own", family), other("x"), other("y"), other("z")]
}

fn plight(family: Family, trouble: &[Node], seconds: i64) -> (Option<Plight>, Scope, String) {
    let healthy = nodes(family);
    let mut world = World::new(&healthy);
    world.live(&healthy, 0..FAULT);
    assert_eq!(world.judge.plight(&"own".into(), at(FAULT)), None);
    world.live(trouble, FAULT..FAULT + seconds);
    let why = world.judge.verdict(&"own".into()).unwrap().why.join("; ");
    (world.judge.plight(&"own".into(), at(FAULT + seconds - BLOCK_S)), world.scope().scope, why)
}

/// Seconds that a standstill has to last before it is judged.
const fn wait(family: Family) -> i64 {
    // Blocks of proof of work come by chance: six block times and more are no failure yet.
    if matches!(family, Family::Bitcoin) { 90 } else { 40 }
}

#[rstest]
fn stuck_halted_and_forked(
    #[values(Family::EthereumExecution, Family::EthereumBeacon, Family::Cometbft, Family::Substrate, Family::Bitcoin)]
    family: Family,
) {
    let healthy = nodes(family);
    let stuck = |n: &Node| Node { stuck_at: Some(FAULT), ..n.clone() };
    let alone: Vec<Node> = healthy.iter().map(|n| if n.mine { stuck(n) } else { n.clone() }).collect();
    let all: Vec<Node> = healthy.iter().map(stuck).collect();
    let top = healthy[0].height(FAULT);
    let own_way = |n: &Node| Node { branch: n.mine.then_some((top, "own")), ..n.clone() };
    let forked: Vec<Node> = healthy.iter().map(own_way).collect();
    let (found, scope, why) = plight(family, &alone, wait(family));
    assert_eq!((found, scope), (Some(Plight::Stuck), Scope::Local), "{why}");
    assert!(why.contains("s since the last block") && why.contains("limit"), "{why}");
    let (found, scope, why) = plight(family, &all, wait(family));
    assert_eq!((found, scope), (Some(Plight::Halted), Scope::Network), "{why}");
    let (found, scope, why) = plight(family, &forked, 40);
    assert_eq!((found, scope), (Some(Plight::Forked), Scope::Fork), "{why}");
}

/// It takes blocks and is far below the others; whether it knows that or not.
#[rstest]
fn behind(
    #[values(Family::EthereumExecution, Family::EthereumBeacon, Family::Cometbft, Family::Substrate, Family::Bitcoin)]
    family: Family,
) {
    let healthy = nodes(family);
    let mut world = World::new(&healthy);
    world.live(&healthy, 0..FAULT);
    // Its clock of blocks runs 60 blocks late, and it says nothing about that.
    let mut own = healthy.clone();
    own[0].late = 60;
    world.live(&own, FAULT..FAULT + 40);
    let verdict = world.judge.verdict(&"own".into()).unwrap();
    let why = verdict.why.join("; ");
    assert!(why.contains("behind the median of 3 others (1,000,1") && why.contains("; limit "), "{why}");
    assert_ne!(state(&world.judge, "own"), NodeState::Ok);
    assert_eq!(world.judge.plight(&"own".into(), at(FAULT + 38)), Some(Plight::Behind), "{why}");
    assert!(!matches!(world.scope().scope, Scope::Fork | Scope::Network), "{}", world.evidence());
}
