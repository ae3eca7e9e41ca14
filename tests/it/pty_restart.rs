//! A console that ends in an outage and is started again: what failed still fails, since the same moment, on its screen and for
//! scripts; with the real binary, a node played over HTTP, and `state/judgement` between the two.

use std::time::{Duration, Instant};

use serde_json::Value;
use warroom::domain::signal::SignalId;
use warroom::domain::time::{At, Clock as _};
use warroom::runtime::clock::SystemClock;

use crate::support::console::open;
use crate::support::live::wait_for;
use crate::support::pty::Terminal;
use crate::support::replies::Replies;
use crate::support::warroom::Warroom;

/// Three samples, and two ticks of a console on a quiet day, on a loaded machine.
const JUDGED: Duration = Duration::from_secs(60);

/// Seconds by which a screen may be behind: it is drawn anew every 5 s.
const DRAWN_S: i64 = 8;

const WIDE: (u16, u16) = (160, 50);

/// An execution node of a chain with blocks every 12 s, whose newest is of 1970.
fn stuck_node() -> Replies {
    let reply = |result: &str| format!(r#"{{"jsonrpc":"2.0","id":0,"result":{result}}}"#);
    let block = r#"{"number":"0x10","hash":"0xaa","parentHash":"0xbb","timestamp":"0x1","gasUsed":"0x0","gasLimit":"0x1","transactions":[]}"#;
    let node = Replies::new(&[]);
    for (method, result) in [
        ("eth_getBlockByNumber", block),
        ("eth_chainId", "\"0x1\""),
        ("eth_syncing", "false"),
        ("net_peerCount", "\"0x20\""),
        ("web3_clientVersion", "\"Geth/v1.15.0\""),
    ] {
        node.set(method, &[&reply(result)]);
    }
    node
}

/// Since when the node's head is too old, as the state folder keeps it; `None` until it is judged bad.
fn kept_since(home: &Warroom) -> Option<i64> {
    let text = std::fs::read_to_string(home.home().join("state/judgement")).ok()?;
    let memory: Value = serde_json::from_str(text.split_once('\n')?.1).ok()?;
    let standing = &memory["nodes"]["el-1"]["standings"][SignalId::HEAD_AGE.name()];
    let level = standing["level"].as_str()?;
    level.eq_ignore_ascii_case("bad").then(|| seconds(standing["since"].as_str()?)).flatten()
}

fn seconds(text: &str) -> Option<i64> {
    At::parse(text).map(|at| at.since(At::from_secs(0)).secs())
}

fn now() -> i64 {
    SystemClock.now().since(At::from_secs(0)).secs()
}

/// For how long a sentence says that the node fails: seconds, and the seconds of the unit it is told in.
fn told(text: &str) -> Option<(i64, i64)> {
    let line = text.lines().find(|l| l.contains("el-1") && l.contains("since the last block for "))?;
    let mut words = line.split("since the last block for ").nth(1)?.split([' ', ';']);
    let count: i64 = words.next()?.parse().ok()?;
    let unit = if words.next()? == "min" { 60 } else { 1 };
    Some((count * unit, unit))
}

fn leave(mut terminal: Terminal) {
    terminal.press("q");
    let (status, _) = terminal.wait_exit(Duration::from_secs(10));
    assert!(status.success(), "{status}");
}

#[test]
fn what_failed_before_a_restart_still_fails_since_the_same_moment() {
    let node = stuck_node();
    let home = Warroom::new();
    home.write(
        "config.toml",
        &format!(
            "network = \"test\"\ndiscover = false\n\n[[node]]\nid = \"el-1\"\nfamily = \"ethereum-execution\"\nurl = \"{}\"\n",
            node.url
        ),
    );
    let first = open(&home, WIDE);
    first.wait_long("the stuck node", JUDGED, |s| s.contains("FAILING") && told(s).is_some());
    let since = wait_for("the judgement on the disk", JUDGED, || kept_since(&home));
    leave(first);

    // One round is one sample: nobody who begins anew could call it a failure.
    let mut once = home.command(&["watch", "--json", "--once"]);
    let said = once.env_remove("WARROOM_CLOCK").output().unwrap();
    let seen: Value = serde_json::from_slice(&said.stdout).unwrap();
    let failing = seen["failing"][0].as_str().unwrap_or_default();
    let (long, unit) = told(failing).unwrap_or_else(|| panic!("it is not failing: {seen:#}"));
    let age = seconds(seen["at"].as_str().unwrap()).unwrap() - since;
    assert!((long - 1..=long + unit).contains(&age), "failing since {age} s, and told is: {failing}");
    assert_eq!(kept_since(&home), Some(since), "watching writes nothing");

    let started = Instant::now();
    let second = open(&home, WIDE);
    let screen = second.wait_long("the same failure", JUDGED, |s| s.contains("FAILING") && told(s).is_some());
    let (long, unit) = told(&screen).unwrap();
    let (age, lived) = (now() - since, i64::try_from(started.elapsed().as_secs()).unwrap());
    assert!(long > lived, "{long} s: that is since this console began:\n{screen}");
    assert!((long - 1..=long + unit + DRAWN_S).contains(&age), "failing since {age} s:\n{screen}");
    leave(second);
}
