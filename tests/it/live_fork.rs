//! Two real nodes of one network with two chains: a fork, with the block at which they part; and its end.

use std::time::Duration;

use serde_json::Value;

use crate::support::live::{Component, wanted};
use crate::support::pair::{BitcoinPair, Watched, call, evidence, home_with, scope};
use crate::support::watch::{Watch, signal};

/// Long enough for the first polls and a search on a loaded machine.
const SOON: Duration = Duration::from_secs(90);

fn is_fork(line: &Value, words: &str) -> bool {
    scope(line) == "fork" && evidence(line).contains(words)
}

fn hash_at(url: &str, height: u64) -> String {
    let block = call(url, "eth_getBlockByNumber", &format!(r#"["0x{height:x}",false]"#));
    block["hash"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn live_execution_pair_of_two_chains_is_a_fork() {
    if !wanted("live_execution_pair_of_two_chains_is_a_fork") {
        return;
    }
    let pair = Component::start("anvil-pair");
    let (one, two) = (pair.get("ANVIL_1_URL"), pair.get("ANVIL_2_URL"));
    // What is really so: the sixth block is the same, the seventh is not.
    assert_eq!(hash_at(one, 6), hash_at(two, 6));
    let family = "ethereum-execution";
    let home = home_with(&[Watched("el-1", family, one, true), Watched("ext-1", family, two, false)]);
    let mut watch = Watch::start(&home);
    let line = watch.wait_for("the fork and where it begins", SOON, |l| is_fork(l, "agree up to 6, differ from 7"));
    let said = evidence(&line);
    assert!(said.contains(&hash_at(one, 7)[..10]) && said.contains(&hash_at(two, 7)[..10]), "{said}");
    assert!(said.contains("we are alone: 1 independent source on the other side"), "{said}");
    assert_eq!(line["safety"]["forked"], true, "{line}");
    let failing = line["failing"].as_array().unwrap();
    assert!(failing.iter().any(|s| s.as_str().unwrap().starts_with("FORK")), "{failing:?}");
    // A reorganisation of one of them is told as deep as it is, and they remain two chains.
    call(one, "anvil_reorg", "[3,[]]");
    let deep = |l: &Value| signal(l, "el-1", "chain.reorg_depth") == Some(3.0);
    let line = watch.wait_for("the reorganisation", SOON, deep);
    assert_eq!(scope(&line), "fork", "{line}");
}

#[test]
fn live_bitcoin_pair_of_two_chains_is_a_fork_until_they_meet() {
    if !wanted("live_bitcoin_pair_of_two_chains_is_a_fork_until_they_meet") {
        return;
    }
    let pair = BitcoinPair::start();
    let home =
        home_with(&[Watched("btc-1", "bitcoin", pair.url(1), true), Watched("ext-1", "bitcoin", pair.url(2), false)]);
    pair.generate(1, 40);
    pair.generate(2, 90);
    let mut watch = Watch::start(&home);
    // The first block of all is the test chain's own, and the same.
    let line = watch.wait_for("the fork", SOON, |l| is_fork(l, "agree up to 0, differ from 1"));
    assert!(evidence(&line).contains("two hashes at height 1: btc-1 has "), "{line}");
    pair.meet(1, 2);
    let met = |l: &Value| signal(l, "btc-1", "chain.height") == Some(90.0) && scope(l) == "healthy";
    let line = watch.wait_for("they meet", SOON, met);
    assert_eq!(line["safety"]["conflicts"].as_array().map(Vec::len), Some(0), "{line}");
    assert_eq!(line["safety"]["compared"], 2, "{line}");
}
