//! Nodes that hang, break, lie or flood: each gives its failure in words, in bounded time and memory, and is no crash.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rstest::rstest;
use warroom::domain::observation::{Answer, Failure, Family};
use warroom::domain::time::{At, Clock};
use warroom::domain::watch::NodeSpec;
use warroom::telemetry::{BODY_LIMIT, Http, ROUND_LIMIT, Source};

use crate::support::faulty::{Faulty, Mode};

struct Noon;

impl Clock for Noon {
    fn now(&self) -> At {
        At::from_secs(1_795_256_400)
    }
}

/// One round of one source against that address.
fn ask(family: Family, url: &str) -> (Result<Answer, Failure>, Duration) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let spec = NodeSpec::new("n", family, url, "test");
    let began = Instant::now();
    let outcome = runtime.block_on(Source::new(spec, Http::new()).round(&Noon));
    (outcome, began.elapsed())
}

const FAMILIES: [Family; 8] = [
    Family::EthereumExecution,
    Family::EthereumBeacon,
    Family::Prometheus,
    Family::Alertmanager,
    Family::Cometbft,
    Family::Substrate,
    Family::Solana,
    Family::Bitcoin,
];

#[rstest]
#[case::reset(Mode::Reset, &["the connection broke"])]
#[case::half(Mode::HalfBody("{\"data\":{\"head_slot\":\"1\"}}".into()), &["closed in the middle of the reply"])]
#[case::html(Mode::Html, &["HTML came instead"])]
#[case::noise(Mode::Noise, &["does not speak HTTP", "the connection broke"])]
#[case::status(Mode::Status(503), &["HTTP 503"])]
#[case::other_json(Mode::Json("{\"hello\":1}".into()), &["not a usable answer"])]
#[case::empty(Mode::Json(String::new()), &["the reply is empty"])]
#[case::deep(Mode::Json("[".repeat(100_000)), &["not a usable answer"])]
#[case::huge(Mode::Huge { told: true }, &["over 8 MiB"])]
#[case::huge_untold(Mode::Huge { told: false }, &["over 8 MiB"])]
fn every_fault_has_its_words(#[case] mode: Mode, #[case] words: &[&str]) {
    for family in FAMILIES {
        let server = Faulty::start(mode.clone());
        let (outcome, took) = ask(family, &server.url());
        let said = outcome.expect_err("a faulty node gave an answer").to_string();
        assert!(words.iter().any(|w| said.contains(w)), "{family:?}: {said}");
        assert!(took < ROUND_LIMIT, "{family:?} took {took:?}");
        // What was read is what was sent at most: four requests of one round, each cut at its limit and some buffers.
        let limit = 5 * (BODY_LIMIT as u64 + 8 * 1024 * 1024);
        assert!(server.sent.load(Ordering::Relaxed) < limit);
    }
}

#[test]
fn a_refused_connection_is_called_so_and_costs_nothing() {
    for family in FAMILIES {
        let (outcome, took) = ask(family, &Faulty::refused());
        assert_eq!(outcome, Err(Failure::Refused), "{family:?}");
        assert!(took < Duration::from_secs(1), "{took:?}");
    }
}

#[test]
fn a_name_that_does_not_resolve_and_a_url_that_is_none_are_called_so() {
    let (outcome, _) = ask(Family::EthereumBeacon, "http://no-such-host.invalid:5052");
    assert!(matches!(outcome, Err(Failure::Setup(_) | Failure::TimedOut { .. })), "{outcome:?}");
    let (outcome, _) = ask(Family::EthereumBeacon, "not a url");
    assert!(matches!(outcome, Err(Failure::Setup(_))), "{outcome:?}");
}

/// Silence and dripping are bounded by the limit of a request, whatever the family; asked side by side to save time.
#[test]
fn silence_and_dripping_end_at_the_limit() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let servers = [Faulty::start(Mode::Hang), Faulty::start(Mode::Drip)];
    let began = Instant::now();
    let outcomes = runtime.block_on(async {
        let mut tasks = Vec::new();
        for server in &servers {
            for family in FAMILIES {
                let mut source = Source::new(NodeSpec::new("n", family, &server.url(), "test"), Http::new());
                tasks.push(tokio::spawn(async move { source.round(&Noon).await }));
            }
        }
        let mut outcomes = Vec::new();
        for task in tasks {
            outcomes.push(task.await.unwrap());
        }
        outcomes
    });
    for outcome in outcomes {
        assert!(matches!(outcome, Err(Failure::TimedOut { .. })), "{outcome:?}");
    }
    assert!(began.elapsed() < ROUND_LIMIT + Duration::from_secs(1), "{:?}", began.elapsed());
}

#[test]
fn a_redirect_is_not_followed() {
    let server = Faulty::start(Mode::Status(302));
    let (outcome, _) = ask(Family::Alertmanager, &server.url());
    assert_eq!(outcome, Err(Failure::Status(302)));
}

/// A node that serves only its head still answers; what it does not serve is left out and not asked again.
#[test]
fn a_missing_method_degrades_only_itself() {
    let block = r#"{"number":"0x10","hash":"0xaa","parentHash":"0x99","timestamp":"0x6b013880"}"#;
    let replies = format!(
        r#"[{{"id":0,"result":{block}}},{{"id":4,"error":{{"code":-32601,"message":"Method not found"}}}},
            {{"id":5,"error":{{"code":-32004,"message":"Method txpool_status is not supported"}}}}]"#
    );
    let server = Faulty::start(Mode::Json(replies));
    let (outcome, _) = ask(Family::EthereumExecution, &server.url());
    let names: Vec<&str> = outcome.unwrap().readings.iter().map(|r| r.signal.name()).collect();
    assert!(names.contains(&"chain.height"), "{names:?}");
    for absent in ["net.peers", "txpool.pending", "chain.finality_lag", "chain.finalized_height"] {
        assert!(!names.contains(&absent), "{absent} was made up: {names:?}");
    }
}

/// The beacon's other routes failing leaves their signals out; the node still answers.
#[test]
fn a_beacon_without_finality_still_answers() {
    let routes = vec![("/node/syncing".to_owned(), r#"{"data":{"head_slot":"7","sync_distance":"0"}}"#.to_owned())];
    let server = Faulty::start(Mode::Routes(routes));
    let (outcome, _) = ask(Family::EthereumBeacon, &server.url());
    let answer = outcome.unwrap();
    let names: Vec<&str> = answer.readings.iter().map(|r| r.signal.name()).collect();
    assert_eq!(names, ["chain.height", "chain.sync_distance", "node.latency_ms"]);
    assert_eq!(answer.tip, None);
}

#[test]
fn a_password_is_sent_and_never_shown() {
    let server = Faulty::start(Mode::Json("[]".into()));
    let url = server.url().replace("http://", "http://us:pa55@");
    let spec = NodeSpec::new("am", Family::Alertmanager, &url, "test");
    assert!(!format!("{spec:?}").contains("pa55"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut source = Source::new(spec, Arc::clone(&Http::new()));
    assert!(runtime.block_on(source.round(&Noon)).is_ok());
}
