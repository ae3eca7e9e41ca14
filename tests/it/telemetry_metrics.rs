//! The metrics tokenizer: what the field writes is read, what the format forbids is refused, nothing panics.

use proptest::prelude::*;
use rstest::rstest;
use serde_json::Value;
use warroom::domain::observation::Family;
use warroom::domain::signal::SignalId;
use warroom::telemetry::prometheus::{metrics, page};

use crate::support::recorded;

fn accepts(text: &str) -> bool {
    metrics(text).all(|m| m.is_ok())
}

#[test]
fn the_reference_parsers_corpus_is_judged_alike() {
    let Some(data) = recorded::folder() else { return };
    let corpus = recorded::bytes(&data, "prometheus+common/derived/expfmt_text_corpus.jsonl");
    let mut seen = 0;
    for line in String::from_utf8(corpus).unwrap().lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let text = case["text"].as_str().unwrap();
        assert_eq!(accepts(text), case["should_parse"].as_bool().unwrap(), "{text:?}");
        seen += 1;
    }
    assert!(seen >= 25, "{seen}");
}

#[rstest]
#[case("CumpsD+chainflip-docker/derived/geth.prom", 100)]
#[case("CumpsD+chainflip-docker/derived/chainflip_substrate.prom", 100)]
#[case("prometheus+node_exporter/collector/fixtures/e2e-output.txt", 1_000)]
#[case("prymitive+karma/internal/mock/0.31.0/metrics", 100)]
#[case("lab/lodestar-1.5.1/nodeA_finality_stalled/metrics.txt", 100)]
#[case("lab/lodestar-1.5.1/validator_client_metrics.txt", 100)]
#[case("lab/prom/prometheus_metrics.txt", 100)]
#[case("lab/prom/alertmanager_metrics.txt", 100)]
#[case("lab/prom/node_exporter_metrics.txt", 100)]
#[case("lab/el/ethereumjs/metrics.txt", 10)]
fn real_pages_are_read_whole(#[case] path: &str, #[case] at_least: u64) {
    let Some(data) = recorded::folder() else { return };
    let bytes = recorded::bytes(&data, path);
    let read = page(&bytes, None).unwrap_or_else(|e| panic!("{path}: {e}"));
    let lines = bytes.split(|b| *b == b'\n').filter(|l| !l.is_empty() && !l.starts_with(b"#")).count() as u64;
    assert_eq!(read.samples, lines, "{path}");
    assert!(read.samples >= at_least, "{path}: {}", read.samples);
}

#[test]
fn names_become_signals_by_their_ending() {
    let value = |text: &str, family, signal| {
        let read = page(text.as_bytes(), Some(family)).unwrap();
        read.readings.iter().find(|r| r.signal == signal).and_then(|r| r.value.number())
    };
    let geth = "# TYPE chain_head_block gauge\nchain_head_block 1.67e+07\np2p_peers 5\np2p_peers_inbound 2\n";
    assert_eq!(value(geth, Family::EthereumExecution, SignalId::HEIGHT), Some(16_700_000.0));
    assert_eq!(value(geth, Family::EthereumExecution, SignalId::PEERS), Some(5.0));
    let prysm = "p2p_peer_count{state=\"Bad\"} 1\np2p_peer_count{state=\"Connected\"} 7\n";
    assert_eq!(value(prysm, Family::EthereumBeacon, SignalId::PEERS), Some(7.0));
    let votes = "beacon_prev_epoch_active_gwei 100\nbeacon_prev_epoch_target_gwei 60\n";
    assert_eq!(value(votes, Family::EthereumBeacon, SignalId::PARTICIPATION), Some(60.0));
    assert_eq!(value("libp2p_peers NaN\n", Family::EthereumBeacon, SignalId::PEERS), None);
}

#[test]
fn a_bad_line_is_named() {
    let error = page(b"good 1\nbad{x=1} 2\n", None).unwrap_err().to_string();
    assert!(error.contains("line 2: a label's value is not quoted"), "{error}");
    assert!(page(b"", None).is_err());
    assert!(page(&[0xff, 0xfe], None).is_err());
    let metric = metrics("m {a=\"1\" , b=\"x\\\"y\",} 3 77\n").next().unwrap().unwrap();
    assert_eq!((metric.label("a"), metric.label("b"), metric.label("c")), (Some("1"), Some("x\\\"y"), None));
    assert_eq!((metric.value, metric.timestamp_ms), (3.0, Some(77)));
}

proptest! {
    #[test]
    fn nothing_panics_and_lines_count(text in "[a-z_:#{}\"=, \\\\\n0-9.NaInf+-]{0,200}") {
        for metric in metrics(&text) {
            match metric {
                Ok(m) => { let _ = m.label("a"); }
                Err(e) => prop_assert!(e.line <= text.matches('\n').count() + 1),
            }
        }
    }

    #[test]
    fn what_is_written_is_read(name in "[a-z_:][a-z0-9_:]{0,20}", key in "[a-z][a-z0-9_]{0,8}", label in "[^\"\\\\\n]{0,20}", value in -1e15_f64..1e15) {
        let text = format!("{name}{{{key}=\"{label}\"}} {value}\n");
        let metric = metrics(&text).next().unwrap().unwrap();
        prop_assert_eq!(metric.name, name);
        prop_assert_eq!(metric.label(&key), Some(label.as_str()));
        prop_assert_eq!(metric.value, value);
    }
}

/// What the OpenMetrics format has beside the older one, and only where the page ends as it must.
#[rstest]
#[case("# TYPE f counter\nf_total 17.0 1520879607.789\n", Some(1_520_879_607_789))]
#[case("# TYPE f counter\nf_total 17.0 1520879607.789 # {trace_id=\"KOO5S4vxi0o\"} 0.67\n", Some(1_520_879_607_789))]
#[case("# TYPE f histogram\nf_bucket{le=\"1\"} 3 # {} 0.5 1520879607.7\n", None)]
#[case("# TYPE f stateset\nf{f=\"a\"} 1\n# UNIT f_seconds seconds\n", None)]
#[case("# TYPE f info\nf_info{v=\"2\"} 1\n", None)]
fn open_metrics_are_read(#[case] text: &str, #[case] at: Option<i64>) {
    let whole = format!("{text}# EOF\n");
    let read: Vec<_> = metrics(&whole).collect::<Result<_, _>>().unwrap_or_else(|e| panic!("{e}: {text}"));
    assert_eq!((read.len(), read[0].timestamp_ms), (1, at));
    let alien = text.contains("1520879607") || text.contains("stateset") || text.contains(" info");
    assert_eq!(accepts(text), !alien, "the older format has nothing of it");
}

#[rstest]
#[case("f 1 # 0.67\n", "an exemplar has no labels")]
#[case("f 1 # {a=\"b\"}\n", "a value is missing or no number")]
#[case("f 1 soon\n", "a timestamp is no number of seconds")]
#[case("f 1 # {a=\"b\"} 1 2 3\n", "something stands behind")]
fn bad_open_metrics_are_refused(#[case] text: &str, #[case] why: &str) {
    let text = format!("{text}# EOF\n");
    let fault = metrics(&text).find_map(Result::err).unwrap();
    assert!(fault.line == 1 && fault.what.contains(why), "{fault}");
}
