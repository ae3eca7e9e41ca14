//! Two real nodes of one network with two chains: a fork, with the block at which they part; and its end.

use std::time::Duration;

use serde_json::Value;

use crate::support::live::{Component, wanted};
use crate::support::warroom::Warroom;
use crate::support::watch::{Watch, signal};

/// Long enough for the first polls and a search on a loaded machine.
const SOON: Duration = Duration::from_secs(90);

fn evidence(line: &Value) -> String {
    let all = line["scope"]["evidence"].as_array().cloned().unwrap_or_default();
    all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n")
}

fn is_fork(line: &Value, words: &str) -> bool {
    line["scope"]["verdict"] == "fork" && evidence(line).contains(words)
}

/// One call, asked apart from the product.
fn call(url: &str, user: &[&str], body: &str) -> String {
    let mut curl = std::process::Command::new("curl");
    curl.args(["-fs", "-H", "content-type: application/json", "-d", body]).args(user).arg(url);
    let asked = curl.output().unwrap();
    assert!(asked.status.success(), "{body} failed: {asked:?}");
    String::from_utf8(asked.stdout).unwrap()
}

fn hash_at(url: &str, height: u64) -> String {
    let body = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"eth_getBlockByNumber","params":["0x{height:x}",false]}}"#);
    let reply: Value = serde_json::from_str(&call(url, &[], &body)).unwrap();
    reply["result"]["hash"].as_str().unwrap_or_default().to_owned()
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
    let home = Warroom::new();
    let mut config = String::from("network = \"live\"\ndiscover = false\n");
    for (id, url, mine) in [("el-1", one, true), ("ext-1", two, false)] {
        let node =
            format!("\n[[node]]\nid = \"{id}\"\nfamily = \"ethereum-execution\"\nurl = \"{url}\"\nmine = {mine}\n");
        config.push_str(&node);
    }
    home.write("config.toml", &config);
    let mut watch = Watch::start(&home);
    let line = watch.wait_for("the fork and where it begins", SOON, |l| is_fork(l, "agree up to 6, differ from 7"));
    let said = evidence(&line);
    assert!(said.contains(&hash_at(one, 7)[..10]) && said.contains(&hash_at(two, 7)[..10]), "{said}");
    assert!(said.contains("we are alone: 1 independent source on the other side"), "{said}");
    assert_eq!(line["safety"]["forked"], true, "{line}");
    let failing = line["failing"].as_array().unwrap();
    assert!(failing.iter().any(|s| s.as_str().unwrap().starts_with("FORK")), "{failing:?}");
    // A reorganisation of one of them is told as deep as it is, and they remain two chains.
    call(one, &[], r#"{"jsonrpc":"2.0","id":1,"method":"anvil_reorg","params":[3,[]]}"#);
    let deep = |l: &Value| signal(l, "el-1", "chain.reorg_depth") == Some(3.0);
    let line = watch.wait_for("the reorganisation", SOON, deep);
    assert_eq!(line["scope"]["verdict"], "fork", "{line}");
}

#[test]
fn live_bitcoin_pair_of_two_chains_is_a_fork_until_they_meet() {
    if !wanted("live_bitcoin_pair_of_two_chains_is_a_fork_until_they_meet") {
        return;
    }
    let pair = Component::start("bcoin");
    let (one, two) = (pair.get("BITCOIN_1_URL"), pair.get("BITCOIN_2_URL"));
    let home = Warroom::new();
    home.write("password", "labkey\n");
    let mut config = String::from("network = \"live\"\ndiscover = false\n");
    for (id, url, mine) in [("btc-1", one, true), ("ext-1", two, false)] {
        let auth = "auth = { user = \"x\", password_file = \"password\" }";
        let node = format!("\n[[node]]\nid = \"{id}\"\nfamily = \"bitcoin\"\nurl = \"{url}\"\nmine = {mine}\n{auth}\n");
        config.push_str(&node);
    }
    home.write("config.toml", &config);
    let user = ["-u", "x:labkey"];
    call(one, &user, r#"{"id":1,"method":"generate","params":[40]}"#);
    call(two, &user, r#"{"id":1,"method":"generate","params":[90]}"#);
    let mut watch = Watch::start(&home);
    // The first block of all is the test chain's own, and the same.
    let line = watch.wait_for("the fork", SOON, |l| is_fork(l, "agree up to 0, differ from 1"));
    assert!(evidence(&line).contains("two hashes at height 1: btc-1 has "), "{line}");
    call(one, &user, &format!(r#"{{"id":1,"method":"addnode","params":["{}","add"]}}"#, pair.get("BITCOIN_2_P2P")));
    let met = |l: &Value| signal(l, "btc-1", "chain.height") == Some(90.0) && l["scope"]["verdict"] == "healthy";
    let line = watch.wait_for("they meet", SOON, met);
    assert_eq!(line["safety"]["conflicts"].as_array().map(Vec::len), Some(0), "{line}");
    assert_eq!(line["safety"]["compared"], 2, "{line}");
}
