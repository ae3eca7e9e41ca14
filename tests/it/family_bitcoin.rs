//! Bitcoin: recorded replies of two clients are read, reorganisations have a depth, and a long gap is no failure.

use warroom::domain::event::NodeState;
use warroom::domain::observation::{Answer, Failure, Family, Reading};
use warroom::domain::signal::SignalId;
use warroom::domain::time::{At, Clock};
use warroom::domain::verdict::{Judge, Limits};
use warroom::domain::watch::{Auth, NodeSpec};
use warroom::telemetry::rpc::{self, Outcome};
use warroom::telemetry::{Http, Source, bitcoin};

use crate::support::faulty::{Faulty, Mode};
use crate::support::recorded;
use crate::support::sim;

const LAB: &str = "lab/bcoin-1.0.2";

#[test]
fn every_recorded_reply_is_read() {
    let Some(data) = recorded::folder() else { return };
    let get = |name: &str| recorded::result(&data, &format!("{LAB}/{name}.json")).unwrap();
    let chain = bitcoin::chain(&get("getblockchaininfo")).unwrap();
    assert_eq!((chain.chain.as_str(), chain.blocks, chain.headers, chain.downloading), ("regtest", 7, 7, None));
    assert_eq!(bitcoin::timing("regtest"), None, "a chain of one's own makes blocks on demand");
    let tips = bitcoin::chain_tips(&get("node2_getchaintips")).unwrap();
    assert_eq!((tips.len(), tips[0].branch, tips[0].status.as_str()), (2, 2, "valid-headers"));
    assert_eq!(bitcoin::pool(&get("getmempoolinfo")).unwrap().limit, 100_000_000);
    let network = bitcoin::network(&get("getnetworkinfo")).unwrap();
    assert_eq!((network.name.as_str(), network.connections), ("/bcoin:v1.0.2/", 1));
    let header = bitcoin::header(&get("getblockheader")).unwrap();
    assert_eq!((header.height, header.time, header.hash.as_str()), (7, 1_795_257_039, chain.best.as_str()));
    assert_eq!(bitcoin::peers(&get("getpeerinfo")).unwrap().all, 1);
    let nosuch = rpc::read_single(&recorded::bytes(&data, &format!("{LAB}/nosuch.json")));
    assert_eq!(nosuch, Ok(Outcome::Unsupported));
    for entry in std::fs::read_dir(data.join(LAB)).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let Ok(Outcome::Given(text)) = rpc::read_single(&bytes) else { continue };
        drop((bitcoin::chain(&text), bitcoin::chain_tips(&text), bitcoin::peers(&text), bitcoin::network(&text)));
    }
}

#[test]
fn bitcoin_core_s_own_replies_are_read() {
    let Some(data) = recorded::folder() else { return };
    let text = |path: &str| String::from_utf8(recorded::bytes(&data, path)).unwrap();
    let peers = bitcoin::peers(&text("st3b1t+SatoshiTop/test/getpeerinfo.json")).unwrap();
    assert!(peers.all >= 10 && peers.best_header.is_some_and(|h| h > 797_000), "{peers:?}");
    assert!(peers.clients.keys().any(|c| c.starts_with("/Satoshi:")), "{peers:?}");
    let more = bitcoin::peers(&text("chaincodelabs+bmon/bmon/testdata/getpeerinfo.json")).unwrap();
    assert!(more.all >= 10, "{more:?}");
    let blocks: serde_json::Value = serde_json::from_str(&text("st3b1t+SatoshiTop/test/getblockstats.json")).unwrap();
    let stats = bitcoin::block_stats(&blocks["840000"].to_string()).unwrap();
    assert_eq!((stats.txs, stats.fee_rate), (Some(3_050), Some(3_770)));
    // A word in the old form, a list in the new one.
    for warnings in [r#""Unknown new rules activated""#, r#"["Unknown new rules activated"]"#] {
        let info = format!(r#"{{"chain":"main","blocks":1,"headers":1,"bestblockhash":"aa","warnings":{warnings}}}"#);
        let chain = bitcoin::chain(&info).unwrap();
        assert_eq!(chain.warnings().collect::<Vec<_>>(), ["Unknown new rules activated"]);
    }
}

const NOON: At = At::from_secs(1_795_256_400);

struct Noon;

impl Clock for Noon {
    fn now(&self) -> At {
        NOON
    }
}

/// A node with these hashes from height 100 on, the last one being the tip.
fn routes(hashes: &[&str], tips: &str) -> Vec<(String, String)> {
    let top = 99 + hashes.len();
    let (best, parent) = (hashes[hashes.len() - 1], hashes[hashes.len() - 2]);
    let reply = |result: &str| format!(r#"{{"result":{result},"error":null,"id":0}}"#);
    let route = |key: String, result: &str| (key, reply(result));
    let header = |hash: &str, height: usize, parent: &str| {
        let time = 1_795_256_400 - 300 - (top - height) * 600;
        format!(r#"{{"hash":"{hash}","height":{height},"time":{time},"previousblockhash":"{parent}"}}"#)
    };
    let mut all: Vec<(String, String)> = hashes
        .iter()
        .enumerate()
        .map(|(i, hash)| route(format!(r#""getblockhash","params":[{}]"#, 100 + i), &format!("{hash:?}")))
        .collect();
    all.extend([
        route(
            r#""method":"getblockchaininfo""#.into(),
            &format!(
                r#"{{"chain":"main","blocks":{top},"headers":{top},"bestblockhash":"{best}","initialblockdownload":false,"verificationprogress":1,"warnings":[]}}"#
            ),
        ),
        route(format!(r#""getblockheader","params":["{best}"]"#), &header(best, top, parent)),
        route(format!(r#""getblockheader","params":["{parent}"]"#), &header(parent, top - 1, "x")),
        route(r#""method":"getchaintips""#.into(), tips),
        route(r#""method":"getmempoolinfo""#.into(), r#"{"size":5000,"usage":290000000,"maxmempool":300000000,"mempoolminfee":0.00002,"minrelaytxfee":0.00001}"#),
        route(r#""method":"getnetworkinfo""#.into(), r#"{"version":280000,"subversion":"/Satoshi:28.0.0/","connections":12,"connections_in":2}"#),
        route(r#""method":"getpeerinfo""#.into(), r#"[{"inbound":true,"subver":"/Satoshi:27.0.0/","synced_headers":103,"inflight":[7]}]"#),
        route(r#""method":"getchaintxstats""#.into(), r#"{"txrate":5.5,"window_block_count":144,"window_interval":86400}"#),
    ]);
    all
}

fn ask(source: &mut Source) -> Result<Answer, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(source.round(&Noon))
}

fn value(answer: &Answer, signal: SignalId) -> Option<f64> {
    answer.readings.iter().find(|r| r.signal == signal).and_then(|r| r.value.number())
}

const ACTIVE: &str = r#"[{"height":103,"hash":"d","branchlen":0,"status":"active"}]"#;

#[test]
fn a_node_without_batches_is_read_and_a_reorganisation_has_its_depth() {
    let server = Faulty::start(Mode::Routes(routes(&["a", "b", "c"], ACTIVE)));
    let spec = NodeSpec::new("b", Family::Bitcoin, &server.url(), "main");
    let mut source = Source::new(spec, Http::new());
    let first = ask(&mut source).unwrap();
    for (signal, wanted) in [
        (SignalId::HEIGHT, 102.0),
        (SignalId::HEAD_AGE, 300.0),
        (SignalId::BLOCK_INTERVAL, 600.0),
        (SignalId::SYNC_DISTANCE, 0.0),
        (SignalId::CATCHING_UP, 0.0),
        (SignalId::REORG_DEPTH, 0.0),
        (SignalId::INVALID_AHEAD, 0.0),
        (SignalId::PEERS, 12.0),
        (SignalId::TXPOOL_PENDING, 5_000.0),
        (SignalId::TX_RATE, 5.5),
    ] {
        assert_eq!(value(&first, signal), Some(wanted), "{signal:?}");
    }
    assert_eq!(first.timing.map(|t| t.block_s), Some(600.0));
    let facts: Vec<String> = first.facts.iter().map(|f| format!("{} {}", f.topic, f.text)).collect();
    for words in ["pool 290 of 300 MB in use; it is full", "600 s in the mean of 144 blocks", "unknown getblockstats"] {
        assert!(facts.iter().any(|f| f.contains(words)), "{words} is missing in {facts:#?}");
    }
    for next in [vec!["a", "b", "c", "d"], vec!["a", "b", "C", "D", "E"]] {
        let tips = r#"[{"height":104,"hash":"E","branchlen":0,"status":"active"},{"height":103,"hash":"d","branchlen":2,"status":"valid-fork"},
            {"height":111,"hash":"f","branchlen":9,"status":"invalid"}]"#;
        server.become_mode(Mode::Routes(routes(&next, tips)));
        drop(ask(&mut source).unwrap());
    }
    let after = ask(&mut source).unwrap();
    assert_eq!(value(&after, SignalId::REORG_DEPTH), Some(2.0), "c and d are gone");
    assert_eq!(value(&after, SignalId::INVALID_AHEAD), Some(7.0));
    assert_eq!(value(&after, SignalId::STALE_BLOCKS), Some(2.0), "what is invalid is no stale block");
    assert_eq!(value(&first, SignalId::STALE_BLOCKS), Some(0.0));
    assert!(
        after.facts.iter().any(|f| f.topic == "side branch" && f.text.starts_with("9 blocks long up to height 111"))
    );
    let mut judge = Judge::new(&[NodeSpec::new("b", Family::Bitcoin, "http://127.0.0.1:1", "main")], Limits::default());
    for s in [0, 5, 10] {
        judge.observe(&sim::ok("b", s, after.clone()));
    }
    let verdict = judge.verdict(&"b".into()).unwrap();
    assert_eq!(verdict.state, NodeState::Bad);
    assert!(verdict.why.iter().any(|w| w.contains("calls invalid is 7 blocks longer")), "{verdict:?}");
}

/// A gap of 40 minutes comes twice a day, and is quiet; two hours come once in years, and are not.
#[test]
fn a_gap_of_forty_minutes_is_not_red() {
    let spec = NodeSpec::new("b", Family::Bitcoin, "http://127.0.0.1:1", "main");
    let mut judge = Judge::new(&[spec], Limits::default());
    let mut states = Vec::new();
    for s in (0..7_200).step_by(5) {
        let readings = vec![
            Reading::number(SignalId::HEIGHT, 800_000.0, "x"),
            Reading::number(SignalId::HEAD_AGE, f64::from(s), "x"),
        ];
        let answer = Answer { readings, timing: bitcoin::timing("main"), ..Answer::default() };
        judge.observe(&sim::ok("b", s.into(), answer));
        states.push((s, sim::state(&judge, "b")));
    }
    let at = |wanted: NodeState| states.iter().find(|(_, state)| *state == wanted).map(|(s, _)| *s);
    assert_eq!(at(NodeState::Warn), Some(3_605), "from an hour on it is said");
    assert_eq!(at(NodeState::Bad), Some(6_615), "from 110 minutes on it is bad");
}

#[test]
fn a_cookie_is_read_again_and_its_absence_has_words() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join(".cookie");
    let server = Faulty::start(Mode::Routes(routes(&["a", "b", "c"], ACTIVE)));
    let mut spec = NodeSpec::new("b", Family::Bitcoin, &server.url(), "main");
    spec.auth = Auth::CookieFile(file.clone());
    let mut source = Source::new(spec, Http::new());
    let said = ask(&mut source).unwrap_err().to_string();
    assert!(said.contains(".cookie"), "{said}");
    std::fs::write(&file, "__cookie__:abcd\n").unwrap();
    assert!(ask(&mut source).is_ok());
}

/// Bitcoin Core tells its errors with HTTP 500; while it loads its index that is the whole answer.
#[test]
fn a_node_that_warms_up_says_so() {
    let body = r#"{"result":null,"error":{"code":-28,"message":"Loading block index…"},"id":0}"#;
    let server = Faulty::start(Mode::Json(body.into()));
    let spec = NodeSpec::new("b", Family::Bitcoin, &server.url(), "main");
    let said = ask(&mut Source::new(spec, Http::new())).unwrap_err().to_string();
    assert!(said.contains("error -28: Loading block index"), "{said}");
}
