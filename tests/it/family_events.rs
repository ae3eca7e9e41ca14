//! The stream of a beacon node's events: recorded ones, in any pieces; a node that streams, and one that refuses to.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::prelude::*;
use warroom::domain::observation::{Answer, Family};
use warroom::domain::signal::SignalId;
use warroom::domain::time::{At, Clock};
use warroom::domain::watch::NodeSpec;
use warroom::telemetry::eth_beacon::{Event, Events, Round, Spec};
use warroom::telemetry::{Http, Source};

use crate::support::recorded;

#[test]
fn recorded_streams_are_read_whole() {
    let Some(data) = recorded::folder() else { return };
    let bytes = recorded::bytes(&data, "lab/lodestar-1.5.1/events_A.sse");
    let all = Events::default().push(&bytes);
    let count = |fits: fn(&Event) -> bool| all.iter().filter(|e| fits(e)).count();
    assert_eq!(count(|e| matches!(e, Event::Block { .. })), 84);
    assert_eq!(count(|e| matches!(e, Event::Finalized { .. })), 4);
    assert_eq!(
        all.iter().filter(|e| matches!(e, Event::Reorg { .. })).collect::<Vec<_>>(),
        [&Event::Reorg { depth: 5 }]
    );
    for size in [1, 7, 1_000] {
        let mut events = Events::default();
        let pieces: Vec<Event> = bytes.chunks(size).flat_map(|piece| events.push(piece)).collect();
        assert_eq!(pieces, all, "in pieces of {size}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_events_or_nothing(pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..64), 0..16)) {
        let mut events = Events::default();
        let mut found = 0;
        for piece in &pieces {
            found += events.push(piece).len();
        }
        prop_assert!(found <= pieces.len() * 64);
    }
}

#[test]
fn a_line_without_an_end_takes_no_room() {
    let mut events = Events::default();
    for _ in 0..1_000 {
        assert!(events.push(&[b'x'; 4_096]).is_empty());
    }
    assert_eq!(events.push(b"\nevent: block\ndata: {\"slot\":\"7\"}\n\n"), [Event::Block { slot: 7 }]);
}

#[test]
fn a_delay_is_counted_from_the_slots_beginning() {
    let spec = Some(Spec { slot_s: 12.0, slots_per_epoch: 32 });
    let round = Round { spec, genesis_s: Some(1_000), ..Round::default() };
    assert_eq!(round.into_slot(10, At::from_micros(1_122_500_000)), Some(2.5));
    assert_eq!(round.into_slot(10, At::from_secs(1_119)), Some(0.0), "our clock is behind");
    assert_eq!(round.into_slot(10, At::from_secs(1_120 + 384)), None, "it is catching up");
    assert_eq!(Round::default().into_slot(10, At::from_secs(1_120)), None);
}

struct Second(i64);

impl Clock for Second {
    fn now(&self) -> At {
        At::from_secs(self.0)
    }
}

/// A beacon node at slot 10, genesis 1,000; `stream` is what its events answer with.
fn node(stream: &'static str) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    std::thread::spawn(move || {
        for mut socket in listener.incoming().flatten() {
            let mut buffer = [0; 4_096];
            let n = socket.read(&mut buffer).unwrap_or(0);
            let path = String::from_utf8_lossy(&buffer[..n]).split(' ').nth(1).unwrap_or_default().to_owned();
            log.lock().unwrap().push(path.clone());
            if path.starts_with("/eth/v1/events") {
                let _ = socket.write_all(stream.as_bytes());
                // It stays open as long as somebody listens.
                std::thread::spawn(move || socket.read(&mut [0; 16]));
                continue;
            }
            let root = |n: u8| format!("0x{n:064}");
            let body = match path.as_str() {
                "/eth/v1/node/syncing" => r#"{"data":{"head_slot":"10","sync_distance":"0"}}"#.to_owned(),
                "/eth/v1/config/spec" => r#"{"data":{"SECONDS_PER_SLOT":"12","SLOTS_PER_EPOCH":"32"}}"#.to_owned(),
                "/eth/v1/beacon/genesis" => r#"{"data":{"genesis_time":"1000"}}"#.to_owned(),
                "/eth/v1/beacon/headers/head" => format!(
                    r#"{{"data":{{"root":"{}","canonical":true,"header":{{"message":{{"slot":"10","parent_root":"{}"}}}}}}}}"#,
                    root(1),
                    root(0)
                ),
                _ => String::new(),
            };
            let status = if body.is_empty() { "404 Not Found" } else { "200 OK" };
            let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            let _ = socket.write_all(format!("{head}{body}").as_bytes());
        }
    });
    (url, asked)
}

/// Rounds until the answer fits, at most for some seconds.
fn rounds(url: &str, fits: impl Fn(&Answer) -> bool) -> Answer {
    let waiting = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let mut source = Source::new(NodeSpec::new("b", Family::EthereumBeacon, url, "t"), Arc::clone(&Http::new()));
    waiting.block_on(async {
        let mut last = source.round(&Second(1_123)).await.unwrap();
        for _ in 0..100 {
            if fits(&last) {
                break;
            }
            std::thread::park_timeout(Duration::from_millis(50));
            last = source.round(&Second(1_123)).await.unwrap();
        }
        last
    })
}

fn value(answer: &Answer, signal: SignalId) -> Option<f64> {
    answer.readings.iter().find(|r| r.signal == signal).and_then(|r| r.value.number())
}

#[test]
fn events_tell_delays_and_reorganisations() {
    let stream = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n\
                  event: chain_reorg\ndata: {\"slot\":\"10\",\"depth\":\"5\"}\n\n\
                  event: block\ndata: {\"slot\":\"10\",\"block\":\"0x1\"}\n\n";
    let (url, asked) = node(stream);
    let answer = rounds(&url, |a| value(a, SignalId::REORG_DEPTH) == Some(5.0));
    assert_eq!(value(&answer, SignalId::REORG_DEPTH), Some(5.0));
    assert!(value(&answer, SignalId::BLOCK_DELAY).is_some_and(|d| (2.0..=3.0).contains(&d)), "{answer:?}");
    assert!(answer.facts.iter().any(|f| f.topic == "events" && f.text.contains("open")), "{:?}", answer.facts);
    let asked = asked.lock().unwrap();
    let streams = asked.iter().filter(|p| p.starts_with("/eth/v1/events")).count();
    assert_eq!(streams, 1, "one stream, however many rounds");
    assert!(asked.iter().any(|p| p.contains("topics=block&topics=chain_reorg")), "{asked:?}");
}

#[test]
fn a_node_that_refuses_the_stream_is_polled() {
    let (url, _) = node("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    let answer = rounds(&url, |a| a.facts.iter().any(|f| f.text.contains("everything is polled")));
    assert!(answer.facts.iter().any(|f| f.text.contains("HTTP 404; everything is polled")), "{:?}", answer.facts);
    assert_eq!(value(&answer, SignalId::HEIGHT), Some(10.0));
    assert_eq!(value(&answer, SignalId::BLOCK_DELAY), None);
}
