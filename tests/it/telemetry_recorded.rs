//! Replies recorded from real nodes: each parses, or is refused for the right reason.

use rstest::rstest;
use serde_json::Value;
use warroom::domain::observation::{Failure, Reading};
use warroom::domain::signal::SignalId;
use warroom::domain::time::At;
use warroom::telemetry::eth_execution::Syncing;
use warroom::telemetry::rpc::Outcome;
use warroom::telemetry::{alertmanager, eth_beacon, eth_execution, prometheus, rpc};

use crate::support::recorded;

const CLIENTS: [&str; 6] =
    ["anvil", "ethereumjs", "ethereumjs_clique_follower", "ethereumjs_clique_miner", "ganache", "hardhat"];

#[test]
fn every_recorded_block_parses() {
    let Some(data) = recorded::folder() else { return };
    let mut read = 0;
    for client in CLIENTS {
        for tag in ["latest", "0", "safe", "finalized", "missing"] {
            let path = format!("lab/el/{client}/eth_getBlockByNumber_{tag}.json");
            match recorded::result(&data, &path) {
                Some(result) => {
                    let block = eth_execution::block(&result).unwrap_or_else(|e| panic!("{path}: {e}"));
                    assert!(block.hash.starts_with("0x") && block.hash.len() == 66, "{path}");
                    read += 1;
                }
                None => assert!(tag != "latest" && tag != "0", "{path} has no block"),
            }
        }
    }
    assert!(read >= 12, "{read}");
    for name in ["get-latest", "get-safe", "get-finalized"] {
        let io = recorded::bytes(&data, &format!("ethereum+execution-apis/tests/eth_getBlockByNumber/{name}.io"));
        let io = String::from_utf8(io).unwrap();
        let reply = io.lines().find_map(|l| l.strip_prefix("<< ")).unwrap();
        let Outcome::Given(result) = rpc::read_single(reply.as_bytes()).unwrap() else { panic!("{name}") };
        assert!(eth_execution::block(&result).unwrap().base_fee_gwei.is_some(), "{name}");
    }
}

#[rstest]
#[case("anvil", true)]
#[case("hardhat", true)]
#[case("ganache", true)]
#[case("ethereumjs", true)]
fn an_unknown_method_is_told_apart_from_a_failure(#[case] client: &str, #[case] unsupported: bool) {
    let Some(data) = recorded::folder() else { return };
    let reply = recorded::bytes(&data, &format!("lab/el/{client}/error_method.json"));
    let outcome = rpc::read_single(&reply).unwrap();
    assert_eq!(outcome == Outcome::Unsupported, unsupported, "{outcome:?}");
}

#[test]
fn clients_differ_in_what_they_serve() {
    let Some(data) = recorded::folder() else { return };
    let single = |path: &str| rpc::read_single(&recorded::bytes(&data, path)).unwrap();
    assert_eq!(single("lab/el/anvil/net_peerCount.json"), Outcome::Unsupported);
    assert_eq!(single("lab/el/hardhat/txpool_status.json"), Outcome::Unsupported);
    assert_eq!(single("lab/el/ganache/txpool_status.json"), Outcome::Unsupported);
    assert_eq!(single("lab/el/ethereumjs/eth_getBlockByNumber_finalized.json"), Outcome::Nothing);
    let result = |path: &str| recorded::result(&data, path).unwrap();
    assert_eq!(eth_execution::syncing(&result("lab/el/anvil/eth_syncing.json")), Ok(Syncing::No));
    let follower = eth_execution::syncing(&result("lab/el/ethereumjs_clique_follower/eth_syncing.json"));
    assert_eq!(follower, Ok(Syncing::Behind(3)));
    assert!(eth_execution::txpool(&result("lab/el/anvil/txpool_status_pending.json")).is_ok());
    let peers = result("lab/el/ethereumjs_clique_follower/net_peerCount.json");
    assert_eq!(eth_execution::quantity(&peers, "net_peerCount"), Ok(1));
    for client in CLIENTS {
        let batch = recorded::bytes(&data, &format!("lab/el/{client}/batch.json"));
        assert_eq!(rpc::read_batch(&batch, 3).unwrap().len(), 3, "{client}");
    }
    let html = rpc::read_single(&recorded::bytes(&data, "lab/el/ethereumjs/error_parse.txt"));
    assert!(matches!(html, Err(Failure::NotUsable(_))), "{html:?}");
}

#[rstest]
#[case("nodeA_healthy", 78, 7, 2.0)]
#[case("nodeA_finality_stalled", 143, 10, 7.0)]
fn a_recorded_beacon_is_read_whole(#[case] node: &str, #[case] slot: u64, #[case] finalized: u64, #[case] lag: f64) {
    let Some(data) = recorded::folder() else { return };
    let get = |name: &str| recorded::bytes(&data, &format!("lab/lodestar-1.5.1/{node}/{name}.json"));
    let spec = eth_beacon::spec(&get("spec")).unwrap();
    let genesis = eth_beacon::genesis_time(&get("genesis")).unwrap();
    let round = eth_beacon::Round {
        sync: Some(eth_beacon::sync_state(&get("node_syncing")).unwrap()),
        head: Some(eth_beacon::header(&get("headers_head")).unwrap()),
        finality: Some(eth_beacon::finality(&get("finality_checkpoints")).unwrap()),
        peers: Some(eth_beacon::peers(&get("node_peer_count")).unwrap()),
        version: Some(eth_beacon::version(&get("node_version")).unwrap()),
        spec: Some(spec),
        genesis_s: Some(genesis),
        ..eth_beacon::Round::default()
    };
    assert_eq!((spec.slot_s, spec.slots_per_epoch), (2.0, 8));
    let now = At::from_secs(i64::try_from(genesis + slot * 2 + 1).unwrap());
    let answer = eth_beacon::answer(&round, now);
    let value = |s: SignalId| answer.readings.iter().find(|r| r.signal == s).and_then(|r| r.value.number());
    assert_eq!(value(SignalId::HEIGHT), Some(slot as f64));
    assert_eq!(value(SignalId::HEAD_AGE), Some(1.0));
    assert_eq!(value(SignalId::FINALIZED_EPOCH), Some(finalized as f64));
    assert_eq!(value(SignalId::FINALITY_LAG), Some(lag));
    assert_eq!(value(SignalId::SYNC_DISTANCE), Some(0.0));
    assert!(answer.readings.iter().any(|r: &Reading| r.signal == SignalId::VERSION));
    assert!(!answer.readings.iter().any(|r| r.signal == SignalId::PARTICIPATION));
    let sync = get("missing_route");
    assert!(matches!(eth_beacon::sync_state(&sync), Err(Failure::NotUsable(_))));
}

/// What a mature client's decoder accepts and refuses, ours does too.
#[test]
fn beacon_decoding_agrees_with_recorded_cases() {
    let Some(data) = recorded::folder() else { return };
    let cases = recorded::bytes(&data, "attestantio+go-eth2-client/derived/beacon_api_decode_cases.jsonl");
    let mut seen = 0;
    for line in String::from_utf8(cases).unwrap().lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let text = case["text"].as_str().unwrap();
        let wrapped = format!(r#"{{"data":{text}}}"#);
        let verdict = match case["type"].as_str().unwrap() {
            "syncstate" => eth_beacon::sync_state(wrapped.as_bytes()).map(drop),
            "finality" => eth_beacon::finality(wrapped.as_bytes()).map(drop),
            _ => continue,
        };
        let name = case["name"].as_str().unwrap();
        // Fields that we do not read may be wrong without harm.
        if ["IsSyncing", "IsOptimistic", "Root", "ELOffline"].iter().any(|f| name.contains(f)) {
            continue;
        }
        assert_eq!(verdict.is_ok(), case["should_parse"].as_bool().unwrap(), "{name}: {text}");
        seen += 1;
    }
    assert!(seen >= 8, "{seen}");
}

#[test]
fn teku_participation_is_a_share() {
    let Some(data) = recorded::folder() else { return };
    let path = "Consensys+teku/data/beaconrestapi/src/test/resources/tech/pegasys/teku/beaconrestapi/handlers/tekuv1/\
                validatorInclusion/GetGlobalValidatorResponseData.json";
    let pct = eth_beacon::inclusion_pct(&recorded::bytes(&data, path)).unwrap();
    assert!((pct - 99.858).abs() < 0.01, "{pct}");
}

#[test]
fn alerts_are_read_once_and_those_that_are_silenced_say_so() {
    let Some(data) = recorded::folder() else { return };
    let firing = alertmanager::alerts(&recorded::bytes(&data, "lab/prom/am_v2_alerts.json")).unwrap();
    assert_eq!(firing.len(), 1);
    assert_eq!((firing[0].name.as_str(), firing[0].severity.as_str()), ("TargetDown", "critical"));
    assert_eq!(firing[0].summary, "dead at 127.0.0.1:19999 is down");
    let silenced = alertmanager::alerts(&recorded::bytes(&data, "lab/prom/am_v2_alerts_silenced.json")).unwrap();
    assert!(!silenced.is_empty() && silenced.iter().all(|a| a.quiet.is_some()), "{silenced:?}");
    assert!(silenced[0].quiet.as_deref().unwrap().starts_with("silenced (silence "), "{silenced:?}");
    assert!(alertmanager::alerts(br#"{"code":601,"message":"bad"}"#).is_err());
}

#[test]
fn a_prometheus_server_tells_which_targets_are_down() {
    let Some(data) = recorded::folder() else { return };
    let up = recorded::bytes(&data, "lab/prom/prom_v1_query_up.json");
    let up = prometheus::instant(&up).unwrap();
    assert_eq!((up.len(), prometheus::targets_down(&up)), (4, 1));
    let error = prometheus::instant(&recorded::bytes(&data, "lab/prom/prom_v1_query_error.json"));
    assert!(error.unwrap_err().to_string().contains("unclosed left parenthesis"));
}
