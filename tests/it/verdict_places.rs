//! J1: six troubles, each named for what it is, within three polls of its first proof, with both sides of the comparison.

use warroom::domain::event::{NodeState, Scope};
use warroom::domain::observation::Family;
use warroom::domain::verdict::{PeerView, SEARCH_LIMIT};

use crate::support::sim::at;
use crate::support::vantage::{BLOCK_S, Node, World, peer_node, word};

const FAULT: i64 = 300;

/// Head age is judged above 6 s where blocks come every 2: the first sample that shows a standstill.
const STANDSTILL: i64 = FAULT + 8;

/// Healthy until [`FAULT`], then the trouble; the world at its end.
fn through(healthy: &[Node], trouble: &[Node]) -> World {
    let mut world = World::new(healthy);
    world.live(healthy, 0..FAULT);
    assert_eq!(world.scope().scope, Scope::Healthy, "{}", world.evidence());
    world.live(trouble, FAULT..FAULT + 60);
    world
}

fn holds(world: &World, scope: Scope, proof: i64, words: &[&str]) {
    let evidence = world.evidence();
    assert_eq!(world.scope().scope, scope, "{evidence}");
    let said = world.first(scope).unwrap();
    assert!(said - proof <= 3 * BLOCK_S, "said {} s after the first proof", said - proof);
    for word in words {
        assert!(evidence.contains(word), "`{word}` is missing in:\n{evidence}");
    }
}

fn stuck(node: &Node) -> Node {
    Node { stuck_at: Some(FAULT), ..node.clone() }
}

#[test]
fn a_local_fault_is_local() {
    let nodes = [
        Node::own("val-1", Family::EthereumBeacon),
        Node::other("ext-1", Family::EthereumBeacon),
        Node { via: Some("cloud-b"), ..Node::other("ext-2", Family::EthereumBeacon) },
    ];
    let world = through(&nodes, &[stuck(&nodes[0]), nodes[1].clone(), nodes[2].clone()]);
    holds(&world, Scope::Local, STANDSTILL, &["own val-1: ", "independent ext-1 moves on at", "ours is at 1,000,150"]);
}

#[test]
fn a_halt_of_all_is_the_networks() {
    let nodes = [
        Node::own("val-1", Family::Cometbft),
        Node::other("ext-1", Family::Cometbft),
        Node::other("ext-2", Family::Cometbft),
    ];
    let seen = Some(vec![0, 1, 2, 3, 4, 5]);
    let trouble: Vec<Node> = nodes.iter().map(|n| Node { votes: seen.clone(), ..stuck(n) }).collect();
    let world = through(&nodes, &trouble);
    holds(&world, Scope::Network, STANDSTILL, &["own val-1: ", "independent ext-1 stands still too at 1,000,150"]);
}

/// Two halves of the voting power that do not hear one another: each side misses votes that the other has.
#[test]
fn two_groups_that_do_not_hear_each_other_are_a_partition() {
    let nodes = [
        Node::own("val-1", Family::Cometbft),
        Node::own("val-2", Family::Cometbft),
        Node::other("ext-1", Family::Cometbft),
    ];
    let half = |node: &Node, seen: &[usize]| Node { votes: Some(seen.to_vec()), peers: 19.0, ..stuck(node) };
    let here = [0, 1, 2, 3, 4];
    let trouble = [half(&nodes[0], &here), half(&nodes[1], &here), half(&nodes[2], &[5, 6, 7, 8, 9])];
    let world = through(&nodes, &trouble);
    let words = [
        "own val-1 sees prevotes of 50 %",
        "ext-1 of 50 %",
        "together they are 100 %",
        "ext-1 misses votes that val-1 has",
    ];
    holds(&world, Scope::Partition, STANDSTILL, &words);
}

/// Where every side goes on by itself, two chains grow; that both lost their peers tells a partition from a fork.
#[test]
fn two_chains_whose_sides_lost_their_peers_are_a_partition() {
    let nodes = [Node::own("el-1", Family::EthereumExecution), Node::other("ext-1", Family::EthereumExecution)];
    let parted = |n: &Node, name| Node { branch: Some((1_000_150, name)), peers: 12.0, ..n.clone() };
    let world = through(&nodes, &[parted(&nodes[0], "a"), parted(&nodes[1], "b")]);
    let words = ["both sides lost most of their peers", "el-1 has 0x", "agree up to 1,000,150, differ from 1,000,151"];
    holds(&world, Scope::Partition, FAULT + 3 * BLOCK_S, &words);
}

#[test]
fn two_hashes_at_one_height_are_a_fork() {
    let nodes = [
        Node { version: "Geth/v1.13.4/linux", ..Node::own("el-1", Family::EthereumExecution) },
        Node { version: "Nethermind/v1.25.0/linux", ..Node::other("ext-1", Family::EthereumExecution) },
        Node { version: "besu/v24.1.0/linux", ..Node::other("ext-2", Family::EthereumExecution) },
    ];
    let odd = Node { branch: Some((1_000_150, "odd")), ..nodes[0].clone() };
    let world = through(&nodes, &[odd, nodes[1].clone(), nodes[2].clone()]);
    let words = [
        "two hashes at height 1,000,151: el-1 has ",
        "ext-1 has ",
        "agree up to 1,000,150, differ from 1,000,151",
        "we are alone: 2 independent sources on the other side, none on ours",
        "the sides run different clients: geth 1.13.4 against besu 24.1.0, nethermind 1.25.0",
    ];
    // One block is a race for the head; three in a row on both sides are a fork.
    holds(&world, Scope::Fork, FAULT + 3 * BLOCK_S, &words);
    let safety = world.judge.safety(at(FAULT + 58));
    assert!(safety.forked && safety.sentence().starts_with("conflicting hashes: two hashes at height"), "{safety:?}");
}

/// The nodes of one client fail wherever they run, those of the others do not.
#[test]
fn what_only_one_clients_users_have_is_that_clients() {
    let nodes = [
        Node { version: "Prysm/v5.3.0 (linux)", ..Node::own("val-1", Family::EthereumBeacon) },
        Node { version: "Lighthouse/v6.0.1-abc/x86_64", ..Node::own("val-2", Family::EthereumBeacon) },
        Node { version: "teku/v24.8.0/linux", ..Node::other("ext-1", Family::EthereumBeacon) },
    ];
    let mut world = World::new(&nodes);
    world.live(&nodes, 0..FAULT);
    world.judge.hear_peers(
        &[
            word("northstake", FAULT, peer_node("prysm", "5.3.0", NodeState::Bad)),
            word("harbour", FAULT, peer_node("nimbus", "24.7.0", NodeState::Ok)),
        ],
        at(FAULT),
    );
    world.live(&[stuck(&nodes[0]), nodes[1].clone(), nodes[2].clone()], FAULT..FAULT + 60);
    let words = [
        "all that fail run prysm: val-1, operator northstake",
        "none of those that are well does",
        "own val-1: ",
        "independent ext-1 moves on",
    ];
    holds(&world, Scope::ClientMinority, STANDSTILL, &words);
}

/// Own nodes of one client that fail prove nothing of it while nobody else of it fails; one of ours of another client that
/// is well does. What is no standstill is never a client's.
#[test]
fn what_our_own_nodes_share_is_our_house_unless_one_of_ours_is_well() {
    let geth = "Geth/v1.13.4/linux";
    let own = |name| Node { version: geth, ..Node::own(name, Family::EthereumExecution) };
    let nodes = [
        own("el-1"),
        own("el-2"),
        own("el-3"),
        Node { version: "besu/v24.1.0/linux", ..Node::other("ext-1", Family::EthereumExecution) },
    ];
    let mut trouble: Vec<Node> = nodes[..3].iter().map(stuck).collect();
    trouble.push(nodes[3].clone());
    let world = through(&nodes, &trouble);
    holds(&world, Scope::Local, STANDSTILL, &["own el-1: ", "independent ext-1 moves on at"]);
    assert!(!world.evidence().contains("most of the network"), "{}", world.evidence());
    let mut mixed = nodes.to_vec();
    mixed[2].version = "Nethermind/v1.25.0/linux";
    let world = through(&mixed, &[stuck(&mixed[0]), stuck(&mixed[1]), mixed[2].clone(), mixed[3].clone()]);
    holds(&world, Scope::ClientMinority, STANDSTILL, &["all that fail run geth: el-1, el-2", "el-3, ext-1"]);
    assert!(!world.evidence().contains("most of the network"), "{}", world.evidence());
    let silent = |n: &Node| Node { silent: true, ..n.clone() };
    let world = through(&mixed, &[silent(&mixed[0]), silent(&mixed[1]), mixed[2].clone(), mixed[3].clone()]);
    assert_eq!(world.scope().scope, Scope::Local, "{}", world.evidence());
}

/// All that we see from our own house stands still; one independent view moves on.
#[test]
fn a_local_fault_that_looks_like_a_halt_is_local_and_without_an_outside_view_unknown() {
    let house = Some("dc-1");
    // One version in the house and another outside is what an outage of the house looks like too.
    let (ours, theirs) = ("0.38.2", "0.37.4");
    let nodes = [
        Node { via: house, version: ours, ..Node::own("val-1", Family::Cometbft) },
        Node { via: house, version: ours, ..Node::own("val-2", Family::Cometbft) },
        Node { via: house, version: ours, ..Node::other("rpc-same-house", Family::Cometbft) },
        Node { via: Some("far-away"), version: theirs, ..Node::other("ext-1", Family::Cometbft) },
    ];
    let trouble = [stuck(&nodes[0]), stuck(&nodes[1]), stuck(&nodes[2]), nodes[3].clone()];
    let world = through(&nodes, &trouble);
    holds(&world, Scope::Local, STANDSTILL, &["own val-1: ", "own val-2: ", "independent ext-1 moves on at"]);
    let world = through(&nodes[..3], &trouble[..3]);
    let words =
        ["unknown, because there is no independent view", "rpc-same-house shares dc-1 with us and proves nothing"];
    holds(&world, Scope::Unknown, STANDSTILL, &words);
}

/// Far deeper than what was watched: both are asked, politely, until the very block is known.
#[test]
fn where_two_chains_part_is_found_by_asking_few_blocks() {
    let nodes = [Node::own("btc-1", Family::Bitcoin), Node::other("ext-1", Family::Bitcoin)];
    for fork in [1_u64, 420_000, 999_990] {
        let other = Node { branch: Some((fork, "b")), ..nodes[1].clone() };
        let pair = [nodes[0].clone(), other];
        let mut world = World::new(&pair);
        world.live(&pair, 0..80);
        assert_eq!(world.scope().scope, Scope::Fork);
        let words = format!("agree up to {}, differ from {}", grouped(fork), grouped(fork + 1));
        assert!(world.evidence().contains(&words), "{words}:\n{}", world.evidence());
        assert!(world.requests.values().all(|n| *n <= SEARCH_LIMIT), "{:?}", world.requests);
        let so_far = world.requests.clone();
        world.live(&pair, 80..300);
        assert_eq!(world.requests, so_far, "what is known is not asked again");
    }
}

/// Safety is told beside liveness: while all stand still the sources that were compared are counted, in an outage as on a quiet day.
#[test]
fn safety_is_told_of_every_source_that_was_compared() {
    let family = Family::EthereumExecution;
    let nodes = [
        Node::own("el-1", family),
        Node::own("el-2", family),
        Node::other("ext-1", family),
        Node::other("ext-2", family),
    ];
    let mut world = World::new(&nodes);
    world.live(&nodes, 0..FAULT);
    assert_eq!(world.judge.safety(at(FAULT - 2)).sentence(), "conflicting hashes: none seen in 4 sources");
    world.live(&nodes.each_ref().map(stuck), FAULT..FAULT + 120);
    assert_eq!(world.judge.scope().scope, Scope::Network, "{:?}", world.judge.scope());
    assert_eq!(world.judge.safety(at(FAULT + 118)).sentence(), "conflicting hashes: none seen in 4 sources");
}

/// A race for the head is told beside liveness and is no fork; when the chain has settled it, nothing remains.
#[test]
fn a_race_for_the_head_is_no_fork() {
    let nodes = [Node::own("el-1", Family::EthereumExecution), Node::other("ext-1", Family::EthereumExecution)];
    let mut world = World::new(&nodes);
    world.live(&nodes, 0..FAULT);
    let safety = world.judge.safety(at(FAULT - 2));
    assert_eq!(safety.sentence(), "conflicting hashes: none seen in 2 sources");
    let racing = Node { branch: Some((1_000_149, "race")), ..nodes[0].clone() };
    world.live(&[racing, nodes[1].clone()], FAULT..FAULT + 4);
    let safety = world.judge.safety(at(FAULT + 2));
    assert!(safety.sentence().contains("a race for the head so far, not a fork"), "{safety:?}");
    assert!(!safety.forked);
    world.live(&nodes, FAULT + 4..FAULT + 60);
    assert_eq!(world.judge.safety(at(FAULT + 58)).conflicts, Vec::<String>::new());
    assert_eq!(world.said, [], "{:?}", world.said);
}

/// An operator's document names a hash that ours does not have there: ours is asked for it, and the conflict is seen.
#[test]
fn an_operators_hash_is_compared_with_ours() {
    let node = Node::own("c-1", Family::Cometbft);
    let mut world = World::new(std::slice::from_ref(&node));
    world.live(std::slice::from_ref(&node), 0..100);
    let said = |hash: &str| {
        let mut theirs = peer_node("cometbft", "0.38.2", NodeState::Ok);
        theirs.height = Some(1_000_040);
        theirs.hashes = [(999_000, hash.into())].into();
        theirs.family = Some(Family::Cometbft);
        word("northstake", 100, theirs)
    };
    world.judge.hear_peers(&[said(&node.hash(999_000))], at(100));
    world.live(std::slice::from_ref(&node), 100..120);
    assert_eq!(world.judge.safety(at(118)).sentence(), "conflicting hashes: none seen in 2 sources");
    world.judge.hear_peers(&[PeerView { at: at(120), ..said("0xother") }], at(120));
    world.live(std::slice::from_ref(&node), 120..140);
    assert_eq!(world.scope().scope, Scope::Fork);
    assert!(world.evidence().contains("operator northstake's n1 has 0xother"), "{}", world.evidence());
}

fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// Nodes that say themselves that they are on different chains are no fork of one another, whatever network they stand under.
#[test]
fn different_chains_under_one_name_are_no_fork() {
    let nodes = [
        Node { chain: "chain id 1", ..Node::own("el-1", Family::EthereumExecution) },
        Node { chain: "chain id 31337", branch: Some((0, "dev")), ..Node::other("anvil", Family::EthereumExecution) },
    ];
    let mut world = World::new(&nodes);
    world.live(&nodes, 0..120);
    assert_eq!((world.scope().scope, world.said.len()), (Scope::Healthy, 0), "{}", world.evidence());
    assert_eq!(world.judge.safety(at(118)).compared, 0);
    assert!(world.requests.is_empty(), "{:?}", world.requests);
}

/// A node that is started anew on another chain answers at the same address: blocks of the old one are held against nobody.
#[test]
fn blocks_of_the_chain_that_stood_behind_an_address_before_are_forgotten() {
    let dev =
        Node { chain: "chain id 31337", branch: Some((0, "dev")), ..Node::own("el-1", Family::EthereumExecution) };
    let main = Node { chain: "chain id 1", ..Node::other("ext-1", Family::EthereumExecution) };
    let before = [dev.clone(), main.clone()];
    let mut world = World::new(&before);
    world.live(&before, 0..120);
    assert_eq!(world.judge.safety(at(118)).compared, 0);
    // It comes back on the other's chain, further on than the other, which stands still: what the two have in common are
    // heights of before, and there the address had blocks of the old chain.
    let after = [Node { chain: "chain id 1", branch: None, ..dev }, Node { stuck_at: Some(118), ..main }];
    for s in (140..200).step_by(2) {
        world.live(&after, s..s + 2);
        let safety = world.judge.safety(at(s));
        assert_eq!((safety.conflicts, safety.forked), (Vec::<String>::new(), false), "{s}");
    }
    assert_eq!(world.first(Scope::Fork), None, "{:?}", world.said);
    assert_eq!(world.judge.safety(at(198)).compared, 2, "now they are of one chain");
}
