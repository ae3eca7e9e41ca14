//! Two real execution nodes of one chain: one makes blocks, ours follows it until it no longer finds it. What the follower says
//! of itself is then out of date; only the comparison shows that it is left behind, and that it is ours alone.

use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;

use serde_json::Value;

use crate::support::live::{Component, script, wanted};
use crate::support::pair::{Watched, call, evidence, home_with, scope};
use crate::support::watch::{Watch, node, signal};

/// From the start to blocks that the follower took, on a loaded machine.
const FOLLOWS: Duration = Duration::from_secs(120);

/// Three blocks of 3 s are the limit; three bad samples, and the time that a scope has to hold.
const LEFT_BEHIND: Duration = Duration::from_secs(60);

/// A quantity of the node's own reply; `None` where it gives no object (`false`: it says that it has all there is).
fn number(reply: &Value) -> Option<u64> {
    u64::from_str_radix(reply.as_str()?.strip_prefix("0x")?, 16).ok()
}

fn height(url: &str) -> u64 {
    number(&call(url, "eth_blockNumber", "[]")).unwrap()
}

/// What the follower believes the chain's height to be.
fn believes(url: &str) -> u64 {
    let reply = call(url, "eth_syncing", "[]");
    number(&reply["highestBlock"]).unwrap_or_else(|| height(url))
}

#[test]
fn live_follower_that_is_left_behind_is_ours_alone() {
    if !wanted("live_follower_that_is_left_behind_is_ours_alone") {
        return;
    }
    let pair = Component::start("ethereumjs-pair");
    let (miner, follower) = (pair.get("MINER_URL"), pair.get("FOLLOWER_URL"));
    let family = "ethereum-execution";
    let home = home_with(&[Watched("el-1", family, follower, true), Watched("ext-1", family, miner, false)]);
    let mut watch = Watch::start(&home);
    // The block time is learned from headers, so there must be some.
    watch.wait_for("a follower that takes blocks", FOLLOWS, |l| signal(l, "el-1", "chain.height") >= Some(10.0));

    // The other one goes on with its chain, where ours does not look for it.
    pair.signal("MINER_PID", Signal::KILL);
    let again = Component::start_with(Command::new(script()).args(["ethereumjs-miner", pair.get("PAIR_PORT")]));
    let at = height(follower);
    let ours = |l: &Value| {
        assert!(scope(l) != "network", "one follower that is left behind is not the network's trouble: {l}");
        let (here, there) = (signal(l, "el-1", "chain.height"), signal(l, "ext-1", "chain.height"));
        scope(l) == "local" && there > here.map(|h| h + 4.0)
    };
    let told = watch.wait_for("the local fault", LEFT_BEHIND, ours);
    let said = evidence(&told);
    eprintln!("{}\n  {}", scope(&told), said.replace('\n', "\n  "));
    assert!(said.contains("own el-1: ") && said.contains("independent ext-1 moves on at "), "{said}");
    // The other one has truly lost its only peer: that may be said of it, and makes it no network's trouble.
    assert!(node(&told, "el-1").is_some_and(|n| n["state"] != "ok"), "{told}");
    let failing = told["failing"].as_array().unwrap();
    assert!(failing.iter().any(|s| s.as_str().unwrap().starts_with("LOCAL: own el-1")), "{failing:?}");
    // So it is: the chain went on, and the follower's own word about its height is old.
    let (is, word) = (height(miner), believes(follower));
    eprintln!("the chain is at {is}, the follower at {}, and says that the highest is {word}", height(follower));
    assert!(is > at + 4 && word < is, "{is}, {at}, {word}");
    drop(again);
}
