//! A real Substrate runtime whose blocks the test makes and takes back: how deep a rollback is, a chain that stands still,
//! and its end by real progress.

use std::time::Duration;

use serde_json::Value;

use crate::support::live::{Component, wanted};
use crate::support::pair::{Watched, call, home_with, scope};
use crate::support::watch::{Watch, signal, state, why};

/// Enough for a block time to be learned from them.
const BLOCKS: u32 = 12;

/// First polls on a loaded machine.
const SOON: Duration = Duration::from_secs(40);

/// Three block times of 6 s are the limit, and three samples 5 s apart.
const STALL: Duration = Duration::from_secs(70);

/// The height by the node's own word: before the first block that is asked for it may have made some.
fn height(url: &str) -> u32 {
    let header = call(url, "chain_getHeader", "[]");
    u32::from_str_radix(header["number"].as_str().unwrap().trim_start_matches("0x"), 16).unwrap()
}

fn at_height(line: &Value, height: u32) -> bool {
    signal(line, "sub-1", "chain.height") == Some(f64::from(height))
}

#[test]
fn live_substrate_node_is_rolled_back_stalls_and_goes_on() {
    if !wanted("live_substrate_node_is_rolled_back_stalls_and_goes_on") {
        return;
    }
    let node = Component::start("chopsticks");
    let url = node.get("CHOPSTICKS_URL");
    call(url, "dev_newBlock", &format!(r#"[{{"count":{BLOCKS}}}]"#));
    let top = height(url);
    let home = home_with(&[Watched("sub-1", "substrate", url, true)]);
    let mut watch = Watch::start(&home);
    let line = watch.wait_for("the head", SOON, |l| at_height(l, top));
    assert_eq!(signal(&line, "sub-1", "chain.finalized_height"), Some(f64::from(top)), "{line}");
    assert_eq!(signal(&line, "sub-1", "chain.reorg_depth"), Some(0.0), "{line}");

    call(url, "dev_setHead", &format!("[{}]", top - 3));
    let line = watch.wait_for("the rollback", SOON, |l| at_height(l, top - 3));
    assert_eq!(signal(&line, "sub-1", "chain.reorg_depth"), Some(3.0), "{line}");

    let stalled = |l: &Value| scope(l) == "unknown" && why(l, "sub-1").contains("since the last block");
    let line = watch.wait_for("the standstill", STALL, stalled);
    eprintln!("{}", why(&line, "sub-1"));
    assert!(matches!(state(&line, "sub-1"), "warn" | "bad"), "{line}");
    let said = line["scope"]["evidence"].to_string();
    assert!(said.contains("unknown, because there is no independent view"), "nobody else was asked: {said}");

    call(url, "dev_newBlock", r#"[{"count":2}]"#);
    let line = watch.wait_for("blocks again", SOON, |l| state(l, "sub-1") == "ok" && scope(l) == "healthy");
    assert!(at_height(&line, top - 1), "{line}");
}
