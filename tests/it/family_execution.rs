//! Ethereum execution: fork rules as the specification's recorded reply has them, compared among nodes; Besu's own count of its pool
//! (nobody recorded one: routes are made up after Besu's documentation).

use warroom::domain::event::NodeState;
use warroom::domain::observation::{Answer, Family, Value};
use warroom::domain::signal::SignalId;
use warroom::domain::time::{At, Clock};
use warroom::domain::verdict::{Judge, Limits};
use warroom::domain::watch::NodeSpec;
use warroom::telemetry::eth_execution::{self, Forks};
use warroom::telemetry::{Http, Source};

use crate::support::faulty::{Faulty, Mode};
use crate::support::recorded;
use crate::support::sim;

const NOW: i64 = 1_795_256_400;

struct Now;

impl Clock for Now {
    fn now(&self) -> At {
        At::from_secs(NOW)
    }
}

fn routes(extra: &[(&str, &str)]) -> Vec<(String, String)> {
    let block = format!(r#"{{"number":"0x64","hash":"0x01","parentHash":"0x00","timestamp":"0x{:x}"}}"#, NOW - 3);
    let reply = |result: &str| format!(r#"{{"jsonrpc":"2.0","id":0,"result":{result}}}"#);
    let given = extra.iter().map(|(k, v)| (format!("\"{k}\""), reply(v)));
    given.chain([("\"latest\"".to_owned(), reply(&block)), ("\"eth_chainId\"".to_owned(), reply("\"0x1\""))]).collect()
}

fn ask(server: &Faulty, rounds: u32) -> Answer {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut source = Source::new(NodeSpec::new("e", Family::EthereumExecution, &server.url(), "t"), Http::new());
    let mut last = runtime.block_on(source.round(&Now)).unwrap();
    for _ in 1..rounds {
        last = runtime.block_on(source.round(&Now)).unwrap();
    }
    last
}

fn rules(answer: &Answer) -> Option<String> {
    let reading = answer.readings.iter().find(|r| r.signal == SignalId::FORK_RULES)?;
    match &reading.value {
        Value::Text(text) => Some(text.to_string()),
        Value::Number(_) => None,
    }
}

#[test]
fn the_recorded_fork_configuration_is_read() {
    let Some(data) = recorded::folder() else { return };
    let file = recorded::bytes(&data, "ethereum+execution-apis/tests/eth_config/get-config.io");
    let text = String::from_utf8(file).unwrap();
    let reply: serde_json::Value =
        serde_json::from_str(text.lines().find_map(|l| l.strip_prefix("<< ")).unwrap()).unwrap();
    let forks = eth_execution::forks(&reply["result"].to_string()).unwrap();
    assert_eq!(forks, Forks { current: "0xe272ecbe".into(), next: None });
    assert!(eth_execution::forks(r#"{"current":{"forkId":"none","activationTime":1}}"#).is_err());
    assert!(eth_execution::forks(r#"{"current":null,"next":null}"#).is_err());
}

#[test]
fn a_node_that_is_set_for_another_fork_is_told_by_the_others() {
    let old = r#"{"current":{"activationTime":1,"forkId":"0xAAAAAAAA"},"next":null,"last":null}"#;
    let new = r#"{"current":{"activationTime":1,"forkId":"0xaaaaaaaa"},"next":{"activationTime":1795900000,"forkId":"0xbbbbbbbb"},"last":null}"#;
    let answers = [old, new, new].map(|config| ask(&Faulty::start(Mode::Routes(routes(&[("eth_config", config)]))), 1));
    assert_eq!(rules(&answers[0]).as_deref(), Some("0xaaaaaaaa, none planned"));
    assert_eq!(rules(&answers[1]).as_deref(), Some("0xaaaaaaaa, next 0xbbbbbbbb at 2026-11-28 21:06 UTC"));
    let spec = |id: &str, mine: bool| {
        let mut spec = NodeSpec::new(id, Family::EthereumExecution, "http://127.0.0.1:1", "t");
        spec.mine = mine;
        spec
    };
    let mut judge = Judge::new(&[spec("a", true), spec("b", false), spec("c", false)], Limits::default());
    for s in 0..4 {
        for (id, answer) in ["a", "b", "c"].iter().zip(&answers) {
            judge.observe(&sim::ok(id, s, answer.clone()));
        }
    }
    let verdict = judge.verdict(&"a".into()).unwrap();
    assert_eq!((verdict.state, verdict.signal.as_str()), (NodeState::Warn, "chain.fork_rules"), "{verdict:?}");
    let why = verdict.why.join("\n");
    assert!(
        why.contains("its fork rules are 0xaaaaaaaa, none planned, but those of b, c are 0xaaaaaaaa, next 0xbbbbbbbb"),
        "{why}"
    );
    assert!(why.contains("2 of 2 others differ, limit 0"), "{why}");
    // Alone there is nobody to compare with.
    let mut judge = Judge::new(&[spec("a", true)], Limits::default());
    for s in 0..4 {
        judge.observe(&sim::ok("a", s, answers[0].clone()));
    }
    assert_eq!(judge.verdict(&"a".into()).unwrap().state, NodeState::Ok);
}

#[test]
fn throughput_is_the_newest_blocks_transactions_over_its_time() {
    let block = |number: u64, ago: i64, txs: &str| {
        format!(
            r#"{{"jsonrpc":"2.0","id":0,"result":{{"number":"0x{number:x}","hash":"0x{number:x}a","parentHash":"0x{:x}a","timestamp":"0x{:x}","transactions":{txs}}}}}"#,
            number - 1,
            NOW - ago
        )
    };
    let server = Faulty::start(Mode::Routes(vec![("\"latest\"".into(), block(100, 7, "[]"))]));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut source = Source::new(NodeSpec::new("e", Family::EthereumExecution, &server.url(), "t"), Http::new());
    drop(runtime.block_on(source.round(&Now)).unwrap());
    server.become_mode(Mode::Routes(vec![("\"latest\"".into(), block(101, 3, r#"["0x1","0x2","0x3"]"#))]));
    let answer = runtime.block_on(source.round(&Now)).unwrap();
    let rate = answer.readings.iter().find(|r| r.signal == SignalId::TX_RATE).and_then(|r| r.value.number());
    assert_eq!(rate, Some(0.75), "three in four seconds");
}

#[test]
fn besu_tells_its_pool_in_its_own_way() {
    let besu = ("txpool_besuStatistics", r#"{"maxSize":4096,"localCount":1,"remoteCount":41}"#);
    let server = Faulty::start(Mode::Routes(routes(&[besu])));
    let pool = |answer: &Answer| {
        answer
            .readings
            .iter()
            .find(|r| r.signal == SignalId::TXPOOL_PENDING)
            .map(|r| (r.value.number(), r.source.to_string()))
    };
    let answer = ask(&server, 2);
    assert_eq!(pool(&answer), Some((Some(42.0), "txpool_besuStatistics (all)".into())));
    assert!(!answer.readings.iter().any(|r| r.signal == SignalId::TXPOOL_QUEUED), "who waits is not told apart");
    // Where the usual call is served, that one counts, and Besu's is not asked.
    let status = ("txpool_status", r#"{"pending":"0x3","queued":"0x1"}"#);
    let answer = ask(&Faulty::start(Mode::Routes(routes(&[besu, status]))), 2);
    assert_eq!(pool(&answer), Some((Some(3.0), "txpool_status".into())));
    assert!(eth_execution::besu_pool(r#"{"maxSize":4096}"#).is_err());
}
