//! The poller against a node that comes and goes, and discovery against places that are known.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use warroom::domain::event::{Event, HealthEvent, NodeState};
use warroom::domain::observation::{Family, Observation};
use warroom::domain::subject::{LogSpec, Subject};
use warroom::domain::time::{At, Clock};
use warroom::domain::verdict::{Judge, Limits};
use warroom::domain::watch::NodeSpec;
use warroom::telemetry::discovery::{Candidate, discover_on};
use warroom::telemetry::{Desk, Pollers, one_round};

use crate::support::faulty::{Faulty, Mode};

/// A clock that starts at noon and runs with the test.
struct Running(std::time::Instant);

impl Clock for Running {
    fn now(&self) -> At {
        At::from_micros(1_795_256_400_000_000 + i64::try_from(self.0.elapsed().as_micros()).unwrap())
    }
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(Running(std::time::Instant::now()))
}

fn head(number: u64) -> Mode {
    let block =
        format!(r#"{{"number":"0x{number:x}","hash":"0x{number:064x}","parentHash":"0x0","timestamp":"0x6b013890"}}"#);
    Mode::Json(format!(r#"[{{"id":0,"result":{block}}}]"#))
}

async fn next(seen: &mut mpsc::Receiver<Observation>) -> Observation {
    tokio::time::timeout(Duration::from_secs(20), seen.recv()).await.unwrap().unwrap()
}

#[test]
fn a_node_that_comes_back_is_seen_and_judged_in_time() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let server = Faulty::start(head(5));
    let spec = NodeSpec::new("n", Family::EthereumExecution, &server.url(), "test");
    let mut judge = Judge::new(std::slice::from_ref(&spec), Limits::default());
    let clock = clock();
    runtime.block_on(async {
        let (out, mut seen) = mpsc::channel(16);
        let pollers = Pollers::start(&[spec], &clock, &out);
        judge.observe(&next(&mut seen).await);
        assert_eq!(judge.verdict(&"n".into()).unwrap().state, NodeState::Ok);
        server.become_mode(Mode::Reset);
        while judge.failing().is_empty() {
            judge.observe(&next(&mut seen).await);
        }
        assert_eq!(judge.verdict(&"n".into()).unwrap().state, NodeState::Unknown);
        server.become_mode(head(6));
        let back = clock.now();
        let recovered = loop {
            let events = judge.observe(&next(&mut seen).await);
            if let Some(Event::Health(HealthEvent::Verdict(v))) = events.first() {
                break v.clone();
            }
        };
        assert_eq!(recovered.to, NodeState::Ok, "{recovered:?}");
        assert!(recovered.judged.since(back).as_secs_f64() < 25.0);
        assert_eq!(pollers.dropped(), 0);
    });
}

#[test]
fn a_reader_that_does_not_keep_up_loses_only_what_is_counted() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let specs: Vec<NodeSpec> =
        (0..5).map(|i| NodeSpec::new(&format!("n{i}"), Family::Alertmanager, &Faulty::refused(), "test")).collect();
    runtime.block_on(async {
        let (out, mut seen) = mpsc::channel(2);
        let pollers = Pollers::start(&specs, &clock(), &out);
        let limit = tokio::time::Instant::now() + Duration::from_secs(10);
        while pollers.dropped() < 3 && tokio::time::Instant::now() < limit {
            tokio::task::yield_now().await;
        }
        assert!(pollers.dropped() >= 3);
        next(&mut seen).await;
    });
}

#[test]
fn one_round_asks_everybody_once_and_keeps_their_order() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let up = Faulty::start(Mode::Json("[]".into()));
    let specs = [
        NodeSpec::new("down", Family::Alertmanager, &Faulty::refused(), "test"),
        NodeSpec::new("up", Family::Alertmanager, &up.url(), "test"),
        NodeSpec::host("test"),
    ];
    let seen = runtime.block_on(one_round(&specs, &clock()));
    let told: Vec<_> = seen.iter().map(|o| (o.node.as_str(), o.outcome.is_ok())).collect();
    assert_eq!(told, [("down", false), ("up", true), ("host", true)]);
}

#[test]
fn discovery_says_what_it_found_and_what_not() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let comet = Faulty::start(Mode::Json(r#"{"result":{"node_info":{"network":"gaia-1"},"sync_info":{}}}"#.into()));
    let beacon = Faulty::start(Mode::Json(r#"{"data":{"version":"Lodestar/v1"}}"#.into()));
    let html = Faulty::start(Mode::Html);
    let locked = Faulty::start(Mode::Status(401));
    let hanging = Faulty::start(Mode::Hang);
    let nobody = Faulty::start(Mode::Hang).port();
    let place = |port, family| Candidate { port, family, path: "" };
    let places = [
        place(comet.port(), Family::Cometbft),
        place(beacon.port(), Family::EthereumBeacon),
        place(html.port(), Family::EthereumExecution),
        place(locked.port(), Family::Bitcoin),
        place(hanging.port(), Family::Alertmanager),
        place(nobody, Family::Solana),
    ];
    let began = std::time::Instant::now();
    let report = runtime.block_on(discover_on(&places, "devnet"));
    assert!(began.elapsed() < Duration::from_secs(3));
    let found: Vec<&NodeSpec> = report.found.iter().collect();
    assert_eq!(found.len(), 2);
    assert_eq!(
        (found[0].family, found[0].id.as_str()),
        (Family::Cometbft, format!("cometbft-{}", comet.port()).as_str())
    );
    assert_eq!((found[1].family, found[1].network.as_str(), found[1].mine), (Family::EthereumBeacon, "devnet", true));
    let all = report.sentences.join("\n");
    for words in [
        format!("Ethereum beacon answers on {}: Lodestar/v1.", beacon.port()),
        format!("CometBFT answers on {}: gaia-1.", comet.port()),
        format!("Something on {} wants credentials", locked.port()),
        format!("Something on {}, the usual port of Ethereum execution, is not that", html.port()),
        format!("Something on {}, the usual port of Alertmanager, is not that: no answer within", hanging.port()),
        format!("Nothing listens on the usual ports of Solana ({nobody})."),
    ] {
        assert!(all.contains(&words), "missing: {words}\n{all}");
    }
}

/// Every family of chains is found by what it says of itself, and ready to be polled.
#[test]
fn discovery_finds_the_other_chains() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let reply = |result: &str| Faulty::start(Mode::Json(format!(r#"{{"jsonrpc":"2.0","id":0,"result":{result}}}"#)));
    let servers = [
        (Family::Substrate, reply(r#""Paseo""#), "Substrate", "Paseo"),
        (Family::Solana, reply(r#"{"solana-core":"2.0.1"}"#), "Solana", "2.0.1"),
        (Family::Bitcoin, reply(r#"{"chain":"signet"}"#), "Bitcoin", "signet"),
    ];
    let places =
        servers.each_ref().map(|(family, server, ..)| Candidate { port: server.port(), family: *family, path: "" });
    let report = runtime.block_on(discover_on(&places, "devnet"));
    for (i, (family, server, title, name)) in servers.iter().enumerate() {
        let said = format!("{title} answers on {}: {name}.", server.port());
        assert!(report.sentences.contains(&said), "{said} is missing: {:?}", report.sentences);
        assert_eq!((report.found[i].family, report.found[i].url.as_str()), (*family, server.url().as_str()));
    }
}

/// Raw replies are kept of whatever is asked, of the newest round alone; where nobody is asked, of what was read.
#[test]
fn the_raw_round_of_each_kind_of_line_is_kept() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let server = Faulty::start(head(5));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("node.log");
    std::fs::write(&file, "ERR one is broken\n").unwrap();
    let subject = Subject::Log(LogSpec { file: file.clone(), patterns: vec!["ERR".into()], ignore: Vec::new() });
    let log = NodeSpec { subject: Some(Box::new(subject)), ..NodeSpec::new("log", Family::Log, "", "test") };
    let specs = [NodeSpec::new("n", Family::EthereumExecution, &server.url(), "test"), NodeSpec::host("test"), log];
    let (clock, desk) = (clock(), Desk::default());
    runtime.block_on(async {
        let (out, mut seen) = mpsc::channel(16);
        let _pollers = Pollers::start_asking(&specs, &clock, &out, &desk);
        let mut heard = std::collections::BTreeSet::new();
        while heard.len() < specs.len() {
            heard.insert(next(&mut seen).await.node.to_string());
        }
    });
    let of = |node: &str| desk.replies.of(&node.into()).unwrap();
    let asked = of("n");
    assert!(asked.asked <= clock.now() && asked.left_out == 0, "{asked:?}");
    let call = asked.replies.iter().find(|r| r.is_of("eth_getBlockByNumber latest")).unwrap();
    assert!(call.lines[0].starts_with("HTTP 200, ") && call.lines.iter().any(|l| l.contains("0x5")), "{call:?}");
    let host = of("host");
    assert!(host.replies.iter().any(|r| r.is_of("load average") && !r.lines.is_empty()), "{host:?}");
    assert!(host.replies.iter().any(|r| r.is_of("statvfs of writable disks")), "{host:?}");
    assert!(of("log").replies.iter().any(|r| r.is_of("followed file")), "{:?}", of("log"));
    assert_eq!(desk.replies.of(&"another".into()), None);
}
