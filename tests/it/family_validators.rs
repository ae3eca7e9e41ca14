//! Own validators on a beacon chain: recorded replies of Teku; a made-up node with routes for the rest (nobody recorded a missed slot
//! of a named validator): who missed, whose votes are lacking, what a node does not serve, and what a reorganisation changes.

use warroom::domain::event::NodeState;
use warroom::domain::observation::{Answer, Family};
use warroom::domain::signal::SignalId;
use warroom::domain::time::{At, Clock};
use warroom::domain::validator::ValidatorName;
use warroom::domain::verdict::{Judge, Limits};
use warroom::domain::watch::NodeSpec;
use warroom::telemetry::eth_beacon::{self, Duty, Slots};
use warroom::telemetry::{Http, Source};

use crate::support::faulty::{Faulty, Mode};
use crate::support::recorded;
use crate::support::sim;

const TEKU: &str =
    "Consensys+teku/data/beaconrestapi/src/test/resources/tech/pegasys/teku/beaconrestapi/handlers/v1/validator";

#[test]
fn recorded_replies_are_read() {
    let Some(data) = recorded::folder() else { return };
    let duties = eth_beacon::duties(&recorded::bytes(&data, &format!("{TEKU}/getProposerDuties.json"))).unwrap();
    assert_eq!((duties.len(), duties[0].slot, duties[0].index), (1, 800, 2));
    assert!(duties[0].key.starts_with("0x8c43edcf"));
    let live = eth_beacon::liveness(&recorded::bytes(&data, &format!("{TEKU}/postValidatorLiveness.json"))).unwrap();
    assert_eq!(live, [(1, false)]);
    let lodestar = |name: &str| recorded::bytes(&data, &format!("lab/lodestar-1.5.1/nodeA_healthy/{name}.json"));
    let duties = eth_beacon::duties(&lodestar("proposer_duties")).unwrap();
    assert_eq!((duties.len(), duties[0].slot, duties[0].index), (8, 72, 0));
    let registry = eth_beacon::registry(&lodestar("validators")).unwrap();
    assert_eq!((registry.len(), registry[0].0), (8, 0));
    assert!(duties.iter().all(|d| registry.contains(&(d.index, d.key.clone()))), "keys and indices agree");
    assert!(eth_beacon::liveness(&lodestar("liveness_post")).is_err());
    // Lodestar 1.5.1 writes numbers, as its own sources have it.
    let old = br#"{"data":[{"index":3,"epoch":4,"is_live":true}]}"#;
    assert_eq!(eth_beacon::liveness(old).unwrap(), [(3, true)]);
    assert!(eth_beacon::liveness(br#"{"data":[{"index":"3"}]}"#).is_err(), "no word is no vote that is lacking");
}

struct Second(i64);

impl Clock for Second {
    fn now(&self) -> At {
        At::from_secs(self.0)
    }
}

const GENESIS: i64 = 1_000;
const KEY: &str = "0x93247f2209abcacf57b75a51dafae777f9dd38bc7053d1af526f220a7489a6d3a2753e5f3e8b1cfe39b56f43611df74a";

/// Slots of 2 s, 8 an epoch, the head at 44 in epoch 5; validator = slot mod 8; of 40 to 43 these have no block.
fn node(empty: &[u64], liveness: Option<&str>) -> Vec<(String, String)> {
    let header = |slot: u64| {
        format!(
            r#"{{"data":{{"root":"0x{slot:064x}","canonical":true,"header":{{"message":{{"slot":"{slot}","parent_root":"0x{:064x}"}}}}}}}}"#,
            slot - 1
        )
    };
    let key = |slot: u64| if slot % 8 == 2 { KEY.to_owned() } else { format!("0x{:096x}", slot % 8) };
    let duties = |epoch: u64| {
        let one =
            |slot: u64| format!(r#"{{"pubkey":"{}","validator_index":"{}","slot":"{slot}"}}"#, key(slot), slot % 8);
        let all: Vec<String> = (epoch * 8..epoch * 8 + 8).map(one).collect();
        format!(r#"{{"dependent_root":"0x00","data":[{}]}}"#, all.join(","))
    };
    let mut routes = vec![
        ("/node/syncing".to_owned(), r#"{"data":{"head_slot":"44","sync_distance":"0"}}"#.to_owned()),
        ("/config/spec".into(), r#"{"data":{"SECONDS_PER_SLOT":"2","SLOTS_PER_EPOCH":"8"}}"#.into()),
        (
            "/node/peers?state=connected".into(),
            r#"{"data":[{"peer_id":"16Ub"},{"peer_id":"16Ua"}],"meta":{"count":2}}"#.into(),
        ),
        ("/beacon/genesis".into(), format!(r#"{{"data":{{"genesis_time":"{GENESIS}"}}}}"#)),
        ("/headers/head".into(), header(44)),
        ("/duties/proposer/5".into(), duties(5)),
        ("/duties/proposer/6".into(), duties(6)),
        (
            format!("/states/head/validators?id={KEY}"),
            format!(
                r#"{{"data":[{{"index":"2","balance":"1","status":"active_ongoing","validator":{{"pubkey":"{KEY}"}}}}]}}"#
            ),
        ),
    ];
    routes.extend(liveness.map(|told| ("/eth/v1/validator/liveness".to_owned(), told.to_owned())));
    routes.extend((40..44).filter(|s| !empty.contains(s)).map(|s| (format!("/beacon/headers/{s} "), header(s))));
    routes
}

fn spec(url: &str) -> NodeSpec {
    let mut spec = NodeSpec::new("b", Family::EthereumBeacon, url, "t");
    spec.validators = vec![
        ValidatorName::parse("3").unwrap(),
        ValidatorName::parse(&KEY.to_uppercase().replace("0X", "0x")).unwrap(),
    ];
    spec
}

fn ask(server: &Faulty) -> Answer {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut source = Source::new(spec(&server.url()), Http::new());
    // In the fifth slot of epoch 5.
    runtime.block_on(source.round(&Second(GENESIS + 89))).unwrap()
}

fn value(answer: &Answer, signal: SignalId) -> Option<f64> {
    answer.readings.iter().find(|r| r.signal == signal).and_then(|r| r.value.number())
}

fn facts(answer: &Answer) -> String {
    answer.facts.iter().map(|f| format!("{}: {}\n", f.topic, f.text)).collect()
}

#[test]
fn a_slot_of_ours_without_a_block_is_named_and_judged() {
    let told = r#"{"data":[{"index":"2","is_live":false},{"index":"3","is_live":true},{"index":"9","is_live":false}]}"#;
    let server = Faulty::start(Mode::Routes(node(&[41, 42], Some(told))));
    let answer = ask(&server);
    assert_eq!(value(&answer, SignalId::MISSED_PROPOSALS), Some(1.0));
    assert_eq!(value(&answer, SignalId::LIVE), Some(50.0), "a validator that nobody asked for does not count");
    assert_eq!(value(&answer, SignalId::SKIP_RATE), None, "four slots are too few for a share");
    let said = facts(&answer);
    for words in [
        "without a block: 2 of the latest 4 slots: 42 (validator 2, ours), 41 (validator 1)",
        "missed proposals: 1 of 2 own slots have no block: slot 42 of validator 2",
        "own validators: votes of 1 of 2 own validators were seen in epoch 4; none of 2",
        "our next block: slot 50 by validator 2, in about 12 s",
    ] {
        assert!(said.contains(words), "{words} is missing in\n{said}");
    }
    let mut judge = Judge::new(&[spec("http://127.0.0.1:1")], Limits::default());
    for s in [0, 2, 4] {
        judge.observe(&sim::ok("b", s, answer.clone()));
    }
    let verdict = judge.verdict(&"b".into()).unwrap();
    let why = verdict.why.join("\n");
    assert_eq!(verdict.state, NodeState::Warn, "{why}");
    assert!(why.contains("1 of 2 own slots have no block: slot 42 of validator 2; limit 1"), "{why}");
    assert!(why.contains("votes of 1 of 2 own validators were seen in epoch 4; none of 2; limit 95 %"), "{why}");
}

#[test]
fn a_chain_that_is_well_is_not_judged_and_what_is_not_served_is_unknown() {
    let well = r#"{"data":[{"index":"2","is_live":true},{"index":"3","is_live":true}]}"#;
    let answer = ask(&Faulty::start(Mode::Routes(node(&[], Some(well)))));
    assert_eq!(value(&answer, SignalId::MISSED_PROPOSALS), Some(0.0));
    assert_eq!(value(&answer, SignalId::LIVE), Some(100.0));
    let answer = ask(&Faulty::start(Mode::Routes(node(&[41], None))));
    assert_eq!(value(&answer, SignalId::LIVE), None);
    let said = facts(&answer);
    assert!(said.contains("unknown: validator/liveness by POST: answered HTTP 404"), "{said}");
    assert!(said.contains("unknown: validator/liveness by GET: answered HTTP 404"), "{said}");
    let routes = node(&[41], Some(well)).into_iter().filter(|(r, _)| !r.contains("duties")).collect();
    let answer = ask(&Faulty::start(Mode::Routes(routes)));
    assert_eq!(value(&answer, SignalId::MISSED_PROPOSALS), None, "whose slot it was is not known");
    let said = facts(&answer);
    assert!(said.contains("without a block: 1 of the latest 4 slots: 41\n"), "{said}");
    assert!(said.contains("unknown: validator/duties/proposer: answered HTTP 404"), "{said}");
    let routes = node(&[], Some(well))
        .into_iter()
        .map(|(r, b)| (r, b.replace(&format!("\"pubkey\":\"{KEY}\"}}}}]"), "\"pubkey\":\"0x00\"}}]")));
    let said = facts(&ask(&Faulty::start(Mode::Routes(routes.collect()))));
    assert!(said.contains("unknown: own validators: the registry of this chain has no key 0x93247f22…"), "{said}");
}

#[test]
fn liveness_is_asked_by_get_where_post_is_not_served() {
    let mut routes = node(&[], None);
    let told = r#"{"data":[{"index":2,"epoch":4,"is_live":true},{"index":3,"epoch":4,"is_live":false}]}"#;
    routes.push(("GET /eth/v1/validator/liveness?indices=2&indices=3&epoch=4 ".into(), told.into()));
    let answer = ask(&Faulty::start(Mode::Routes(routes)));
    assert_eq!(value(&answer, SignalId::LIVE), Some(50.0), "{}", facts(&answer));
}

#[test]
fn peers_that_left_are_counted() {
    let Some(data) = recorded::folder() else { return };
    let ids =
        eth_beacon::peer_ids(&recorded::bytes(&data, "lab/lodestar-1.5.1/nodeA_healthy/node_peers.json")).unwrap();
    assert!(!ids.is_empty());
    let server = Faulty::start(Mode::Routes(node(&[], None)));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut source = Source::new(spec(&server.url()), Http::new());
    let first = runtime.block_on(source.round(&Second(GENESIS + 89))).unwrap();
    assert_eq!(value(&first, SignalId::PEERS_LEFT), None, "nobody knows who was there before");
    let mut routes = node(&[], None);
    let peers = routes.iter_mut().find(|(r, _)| r.contains("node/peers")).unwrap();
    peers.1 = r#"{"data":[{"peer_id":"16Ub"},{"peer_id":"16Uc"},{"peer_id":"16Ud"}]}"#.into();
    server.become_mode(Mode::Routes(routes));
    let later = (0..10).map(|_| runtime.block_on(source.round(&Second(GENESIS + 89))).unwrap()).last().unwrap();
    assert_eq!(value(&later, SignalId::PEERS_LEFT), Some(1.0));
    assert!(facts(&later).contains("peers: 2 came and 1 left since the look before"), "{}", facts(&later));
}

fn duty(slot: u64) -> Duty {
    Duty { slot, index: slot, key: String::new() }
}

#[test]
fn slots_are_looked_at_once_and_again_after_a_reorganisation() {
    let mut slots = Slots::default();
    slots.take((2, 2), (16..24).map(duty).collect(), |d| d.index == 18);
    assert_eq!(slots.due(20, 8), [16, 17, 18, 19], "from the epoch's beginning, never the head itself");
    for (slot, made) in [(16, false), (17, true), (18, false), (19, true)] {
        slots.looked(slot, made, 8);
    }
    assert!(slots.due(20, 8).is_empty());
    let passed = slots.passed(20, 8);
    assert_eq!((passed.looked, passed.own), (3, 1), "what lies before the first block is not told");
    assert_eq!(passed.own_missed().collect::<Vec<_>>(), [(18, 18)]);
    slots.rewind(17, 8);
    assert_eq!(slots.passed(20, 8).own_missed().count(), 0);
    assert_eq!(slots.due(20, 8), [18, 19]);
    slots.looked(18, true, 8);
    // Far behind: the latest epoch only, a few at a time, and nothing of what was before.
    assert_eq!(slots.due(200, 8), [192, 193, 194, 195]);
    assert_eq!(slots.passed(200, 8).looked, 0);
}

#[test]
fn a_share_is_told_of_enough_slots_and_the_oldest_are_forgotten() {
    let mut slots = Slots::default();
    for slot in 1..=100 {
        slots.looked(slot, slot % 4 != 0, 8);
        let passed = slots.passed(slot, 8);
        assert_eq!(passed.missed_pct().is_some(), passed.looked >= 16);
        assert!(passed.looked <= 32);
    }
    assert_eq!(slots.passed(100, 8).missed_pct(), Some(25.0));
    assert!(slots.passed(100, 8).named().ends_with("100, 96, 92, 88, 84 and 3 more"));
}

#[test]
fn duties_that_were_told_ahead_are_asked_for_again_when_their_epoch_comes() {
    let mut slots = Slots::default();
    slots.take((3, 2), vec![duty(24)], |_| true);
    assert!(slots.knows(3, 2) && !slots.knows(3, 3));
    slots.take((3, 3), vec![duty(25)], |_| true);
    assert!(slots.knows(3, 3));
    assert_eq!(slots.passed(20, 8).next, Some((25, 25)));
}
