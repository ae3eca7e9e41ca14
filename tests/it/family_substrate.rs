//! Substrate: recorded replies are read, GRANDPA says who is missing, and gated methods are unknown, not zero.

use warroom::domain::event::NodeState;
use warroom::domain::observation::{Answer, Failure, Family};
use warroom::domain::signal::SignalId;
use warroom::domain::time::{At, Clock};
use warroom::domain::verdict::{Judge, Limits};
use warroom::domain::watch::NodeSpec;
use warroom::telemetry::rpc::{self, Outcome};
use warroom::telemetry::{Http, Source, prometheus, substrate};

use crate::support::faulty::{Faulty, Mode};
use crate::support::recorded;
use crate::support::sim;

const LAB: &str = "lab/chopsticks-1.1.0-paseo";

#[test]
fn every_recorded_reply_is_read() {
    let Some(data) = recorded::folder() else { return };
    let get = |name: &str| recorded::result(&data, &format!("{LAB}/{name}.json")).unwrap();
    let header = substrate::header(&get("chain_getHeader")).unwrap();
    assert_eq!((header.number, header.parent.len()), (3, 66), "numbers may be padded");
    assert_eq!(
        substrate::text(&get("chain_getFinalizedHead")).unwrap(),
        substrate::text(&get("chain_getBlockHash")).unwrap()
    );
    let health = substrate::health(&get("system_health")).unwrap();
    assert_eq!((health.peers, health.is_syncing, health.should_have_peers), (0, false, false));
    assert_eq!(substrate::runtime(&get("state_getRuntimeVersion")).unwrap().spec_version, 1_001_002);
    assert_eq!(substrate::text(&get("system_version")).as_deref(), Ok("chopsticks-v1"));
    for gated in ["system_peers", "system_syncState"] {
        let reply = rpc::read_single(&recorded::bytes(&data, &format!("{LAB}/{gated}.json")));
        assert_eq!(reply, Ok(Outcome::Unsupported), "{gated}");
    }
    for lab in [LAB, "lab/smoldot-full-node-0.9.1/node1", "lab/smoldot-full-node-0.9.1/node2"] {
        let mut files = 0;
        for entry in std::fs::read_dir(data.join(lab)).unwrap() {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            files += 1;
            let Ok(Outcome::Given(text)) = rpc::read_single(&bytes) else { continue };
            drop((substrate::header(&text), substrate::health(&text), substrate::sync_state(&text)));
            drop((substrate::grandpa(&text), substrate::count(&text), substrate::runtime(&text)));
        }
        assert!(files > 0, "{lab}");
    }
}

#[test]
fn a_recorded_page_of_metrics_is_read() {
    let Some(data) = recorded::folder() else { return };
    let page = recorded::bytes(&data, "CumpsD+chainflip-docker/derived/chainflip_substrate.prom");
    let page = prometheus::page(&page, Some(Family::Substrate)).unwrap();
    let value = |s: SignalId| page.readings.iter().find(|r| r.signal == s).and_then(|r| r.value.number());
    for (signal, wanted) in [
        (SignalId::HEIGHT, 140_434.0),
        (SignalId::FINALIZED_HEIGHT, 140_431.0),
        (SignalId::LEAVES, 1.0),
        (SignalId::CATCHING_UP, 0.0),
        (SignalId::PEERS, 43.0),
        (SignalId::TXPOOL_PENDING, 0.0),
    ] {
        assert_eq!(value(signal), Some(wanted), "{signal:?}");
    }
}

#[test]
fn times_out_of_the_chain_s_state_are_read() {
    assert_eq!(substrate::timestamp_ms(r#""0x805ab7d89c010000""#), Ok(0x0000_019c_d8b7_5a80));
    for wrong in [r#""0x80""#, "null", r#""0xzz5ab7d89c010000""#, r#""0xéééé""#, "7"] {
        assert!(substrate::timestamp_ms(wrong).is_err(), "{wrong}");
    }
}

const NOON: At = At::from_secs(1_795_256_400);

struct Noon;

impl Clock for Noon {
    fn now(&self) -> At {
        NOON
    }
}

const GRANDPA: &str = r#"{"setId":4,"best":{"round":812,"totalWeight":4,"thresholdWeight":3,
    "prevotes":{"currentWeight":2,"missing":["5Charlie","5Dave"]},"precommits":{"currentWeight":0,"missing":["5Alice","5Bob","5Charlie","5Dave"]}},"background":[]}"#;

/// A chain whose best block is at that height, 12 s old, and which finalized another.
fn routes(best: u64, finalized: u64) -> Vec<(String, String)> {
    let reply = |result: String| format!(r#"{{"jsonrpc":"2.0","id":0,"result":{result}}}"#);
    let ms = u64::try_from(NOON.micros() / 1_000).unwrap() - 12_000;
    let time = |height: u64| format!(r#""0x{:016x}""#, (ms - (best - height) * 6_000).swap_bytes());
    let mut all: Vec<(String, String)> = Vec::new();
    for height in best - 20..=best {
        all.push((format!(r#""chain_getBlockHash","params":[{height}]"#), reply(format!(r#""0xh{height}""#))));
    }
    for (key, result) in [
        (
            format!(r#""chain_getHeader","params":["0xh{finalized}"]"#),
            format!(r#"{{"number":"0x{finalized:x}","parentHash":"0xp"}}"#),
        ),
        (
            r#""chain_getHeader","params":[]"#.into(),
            format!(r#"{{"number":"0x{best:x}","parentHash":"0xh{}"}}"#, best - 1),
        ),
        (r#""chain_getFinalizedHead""#.into(), format!(r#""0xh{finalized}""#)),
        (r#""system_health""#.into(), r#"{"peers":7,"isSyncing":false,"shouldHavePeers":true}"#.into()),
        (
            r#""system_syncState""#.into(),
            format!(r#"{{"startingBlock":0,"currentBlock":{best},"highestBlock":{best}}}"#),
        ),
        (r#""grandpa_roundState""#.into(), GRANDPA.into()),
        (r#""state_getStorage""#.into(), time(best)),
        (r#""author_pendingExtrinsics""#.into(), r#"["0x01","0x02","0x03"]"#.into()),
        (r#""system_version""#.into(), r#""1.15.0-abc""#.into()),
        (r#""system_chain""#.into(), r#""Paseo""#.into()),
        (r#""state_getRuntimeVersion""#.into(), r#"{"specName":"paseo","specVersion":1002000}"#.into()),
    ] {
        all.push((key, reply(result)));
    }
    let refused =
        r#"{"jsonrpc":"2.0","id":0,"error":{"code":-32601,"message":"RPC call is unsafe to be called externally"}}"#;
    all.push((r#""system_peers""#.into(), refused.into()));
    all
}

fn ask(source: &mut Source) -> Result<Answer, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(source.round(&Noon))
}

fn value(answer: &Answer, signal: SignalId) -> Option<f64> {
    answer.readings.iter().find(|r| r.signal == signal).and_then(|r| r.value.number())
}

#[test]
fn lost_finality_says_who_does_not_vote() {
    let server = Faulty::start(Mode::Routes(routes(0x123, 0x123 - 60)));
    let mut source = Source::new(NodeSpec::new("s", Family::Substrate, &server.url(), "paseo"), Http::new());
    let answer = ask(&mut source).unwrap();
    for (signal, wanted) in [
        (SignalId::HEIGHT, 291.0),
        (SignalId::HEAD_AGE, 12.0),
        (SignalId::FINALIZED_HEIGHT, 231.0),
        (SignalId::FINALITY_LAG, 60.0),
        (SignalId::SYNC_DISTANCE, 0.0),
        (SignalId::CATCHING_UP, 0.0),
        (SignalId::PEERS, 7.0),
        (SignalId::PREVOTES, 50.0),
        (SignalId::TXPOOL_PENDING, 3.0),
        (SignalId::REORG_DEPTH, 0.0),
    ] {
        assert_eq!(value(&answer, signal), Some(wanted), "{signal:?}");
    }
    let unknown: Vec<&str> = answer.facts.iter().filter(|f| f.topic == "unknown").map(|f| f.text.as_str()).collect();
    assert_eq!(unknown.len(), 1, "{unknown:?}");
    assert!(unknown[0].starts_with("system_peers: "), "{unknown:?}");
    let mut judge = Judge::new(&[NodeSpec::new("s", Family::Substrate, "http://127.0.0.1:1", "p")], Limits::default());
    for s in [0, 5, 10] {
        judge.observe(&sim::ok("s", s, answer.clone()));
    }
    let verdict = judge.verdict(&"s".into()).unwrap();
    assert_eq!(verdict.state, NodeState::Bad);
    let why = verdict.why.join("\n");
    assert!(why.contains("GRANDPA is 60 blocks behind the head; limit 50"), "{why}");
    assert!(why.contains("prevotes of 50 % of the power are in") && why.contains("missing: 5Charlie, 5Dave"), "{why}");
    let asked = server.asked.load(std::sync::atomic::Ordering::Relaxed);
    for _ in 0..5 {
        drop(ask(&mut source).unwrap());
    }
    assert!(server.asked.load(std::sync::atomic::Ordering::Relaxed) - asked < 60, "what is refused is not asked again");
}

#[test]
fn a_chain_without_times_is_followed_by_its_moving() {
    let without = |height: u64| {
        let routes = routes(height, height - 2).into_iter();
        Mode::Routes(routes.filter(|(k, _)| !k.contains("state_getStorage") && !k.contains("grandpa")).collect())
    };
    let server = Faulty::start(without(300));
    let mut source = Source::new(NodeSpec::new("s", Family::Substrate, &server.url(), "paseo"), Http::new());
    let answer = ask(&mut source).unwrap();
    assert_eq!(value(&answer, SignalId::HEAD_AGE), Some(0.0), "as young as our first look");
    assert_eq!(value(&answer, SignalId::PREVOTES), None);
    assert!(answer.votes.is_none());
    server.become_mode(without(301));
    assert_eq!(value(&ask(&mut source).unwrap(), SignalId::HEIGHT), Some(301.0));
}
