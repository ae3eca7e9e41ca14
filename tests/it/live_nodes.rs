//! Real nodes that are well, hang, and come back, as `watch --json` tells of them.

use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;

use crate::support::live::{Component, wanted};
use crate::support::warroom::Warroom;
use crate::support::watch::{Watch, node, signal, state, why};

/// Long enough for the first polls on a loaded machine.
const FIRST: Duration = Duration::from_secs(30);

/// After it answers again with a new tip, a node is ok within this (contract).
const BACK: Duration = Duration::from_secs(25);

/// A home that watches exactly these (id, family, url).
fn home_with(nodes: &[(&str, &str, &str)]) -> Warroom {
    let home = Warroom::new();
    let mut config = String::from("network = \"live\"\ndiscover = false\n");
    for (id, family, url) in nodes {
        config.push_str(&format!("\n[[node]]\nid = \"{id}\"\nfamily = \"{family}\"\nurl = \"{url}\"\n"));
    }
    home.write("config.toml", &config);
    home
}

fn in_failing(line: &Value, id: &str) -> bool {
    line["failing"].as_array().is_some_and(|a| a.iter().any(|s| s.as_str().is_some_and(|s| s.contains(id))))
}

#[test]
fn live_execution_node_is_read_hangs_and_comes_back() {
    if !wanted("live_execution_node_is_read_hangs_and_comes_back") {
        return;
    }
    let anvil = Component::start("anvil");
    let home = home_with(&[("el-1", "ethereum-execution", anvil.get("ANVIL_URL"))]);
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
        ("alerts", "alertmanager", set.get("ALERTMANAGER_URL")),
        ("exporter", "prometheus", set.get("NODE_EXPORTER_URL")),
    ]);
    let mut watch = Watch::start(&home);
    let line = watch.wait_for("TargetDown", FIRST, |l| why(l, "alerts").contains("TargetDown"));
    assert!(matches!(state(&line, "alerts"), "warn" | "bad"), "{line}");
    let line = watch.wait_for("node_exporter is read", FIRST, |l| state(l, "exporter") == "ok");
    let signals = node(&line, "exporter").unwrap()["signals"].as_object().unwrap();
    assert!(!signals.is_empty(), "nothing was read from node_exporter: {line}");
}
