//! Real nodes that are well, hang, and come back, as `watch --json` tells of them.

use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;

use crate::support::live::{Component, wanted};
use crate::support::pair::{BitcoinPair, Watched, home_with};
use crate::support::watch::{Watch, node, signal, state, why};

/// Long enough for the first polls on a loaded machine.
const FIRST: Duration = Duration::from_secs(30);

/// After it answers again with a new tip, a node is ok within this (contract).
const BACK: Duration = Duration::from_secs(25);

fn in_failing(line: &Value, id: &str) -> bool {
    line["failing"].as_array().is_some_and(|a| a.iter().any(|s| s.as_str().is_some_and(|s| s.contains(id))))
}

#[test]
fn live_execution_node_is_read_hangs_and_comes_back() {
    if !wanted("live_execution_node_is_read_hangs_and_comes_back") {
        return;
    }
    let anvil = Component::start("anvil");
    let home = home_with(&[Watched("el-1", "ethereum-execution", anvil.get("ANVIL_URL"), true)]);
    let mut watch = Watch::start(&home);
    let first = watch.wait_for("el-1 is ok", FIRST, |l| state(l, "el-1") == "ok");
    let height = signal(&first, "el-1", "chain.height").unwrap();
    watch.wait_for("three more blocks", FIRST, |l| signal(l, "el-1", "chain.height") >= Some(height + 3.0));
    assert!(signal(&first, "el-1", "txpool.pending").is_some(), "no txpool.pending in {first}");
    // anvil does not know net_peerCount: the signal is left out and does not degrade the node.
    assert_eq!(signal(&first, "el-1", "net.peers"), None);
    anvil.signal("ANVIL_PID", Signal::STOP);
    let silent = |l: &Value| matches!(state(l, "el-1"), "unknown" | "stale");
    let line = watch.wait_for("el-1 hangs", BACK, |l| silent(l) && in_failing(l, "el-1"));
    assert!(why(&line, "el-1").contains("answer"), "the reason does not say that it gave no answer: {line}");
    anvil.signal("ANVIL_PID", Signal::CONT);
    let tip = signal(&line, "el-1", "chain.height").unwrap_or(height);
    let back = watch.wait_for("el-1 is back", BACK, |l| state(l, "el-1") == "ok" && !in_failing(l, "el-1"));
    assert!(signal(&back, "el-1", "chain.height").unwrap() > tip, "ok without a new tip: {back}");
}

#[test]
fn live_alert_that_fires_is_seen() {
    if !wanted("live_alert_that_fires_is_seen") {
        return;
    }
    let set = Component::start("prometheus");
    let home = home_with(&[
        Watched("alerts", "alertmanager", set.get("ALERTMANAGER_URL"), true),
        Watched("exporter", "prometheus", set.get("NODE_EXPORTER_URL"), true),
    ]);
    let mut watch = Watch::start(&home);
    let line = watch.wait_for("TargetDown", FIRST, |l| why(l, "alerts").contains("TargetDown"));
    assert!(matches!(state(&line, "alerts"), "warn" | "bad"), "{line}");
    let line = watch.wait_for("node_exporter is read", FIRST, |l| state(l, "exporter") == "ok");
    let signals = node(&line, "exporter").unwrap()["signals"].as_object().unwrap();
    assert!(!signals.is_empty(), "nothing was read from node_exporter: {line}");
}

/// Two nodes with chains of their own meet: the shorter chain gives way, and how deep it does is told. Then one hangs.
#[test]
fn live_bitcoin_pair_reorganises_hangs_and_comes_back() {
    if !wanted("live_bitcoin_pair_reorganises_hangs_and_comes_back") {
        return;
    }
    let pair = BitcoinPair::start();
    let nodes = [1, 2].map(|n| (format!("btc-{n}"), pair.url(n)));
    let home = home_with(&nodes.each_ref().map(|(id, url)| Watched(id, "bitcoin", url, true)));
    pair.generate(1, 4);
    pair.generate(2, 2);
    let mut watch = Watch::start(&home);
    let both = |l: &Value| signal(l, "btc-1", "chain.height") == Some(4.0) && state(l, "btc-2") == "ok";
    let line = watch.wait_for("both nodes are read", FIRST, both);
    assert_eq!(signal(&line, "btc-2", "chain.height"), Some(2.0));
    assert_eq!(signal(&line, "btc-2", "chain.reorg_depth"), Some(0.0));
    pair.meet(2, 1);
    let deep = |l: &Value| signal(l, "btc-2", "chain.reorg_depth") == Some(2.0);
    let line = watch.wait_for("the reorganisation has its depth", FIRST, deep);
    assert_eq!(signal(&line, "btc-2", "chain.height"), Some(4.0));
    assert_eq!(signal(&line, "btc-1", "chain.reorg_depth"), Some(0.0));
    assert_eq!(state(&line, "btc-2"), "ok", "a past reorganisation is told and holds nothing down: {line}");
    pair.nodes().signal("BITCOIN_2_PID", Signal::STOP);
    let silent = |l: &Value| matches!(state(l, "btc-2"), "unknown" | "stale") && in_failing(l, "btc-2");
    watch.wait_for("btc-2 hangs", BACK, silent);
    pair.nodes().signal("BITCOIN_2_PID", Signal::CONT);
    pair.generate(1, 1);
    watch.wait_for("btc-2 is back", BACK, |l| state(l, "btc-2") == "ok" && !in_failing(l, "btc-2"));
}
