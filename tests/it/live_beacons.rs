//! One real network of two beacon nodes, each with half of the validators at its side: parted, joined again, and without
//! half of its votes. The scope is right soon after the first proof, which the test finds by asking the nodes itself.

use std::collections::BTreeMap;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;
use warroom::domain::time::At;

use crate::support::live::{Chain, Component, get_json, wait_for, wanted};
use crate::support::pair::{Watched, after, curl, evidence, home_with, now, scope};
use crate::support::watch::{Watch, node, signal, state, why};

/// A slot, and so the time between two polls.
const SLOT: Duration = Duration::from_secs(2);

/// Slots of an epoch.
const EPOCH: u64 = 8;

/// From the first proof to the word (goal J1), and one poll more: what proves it is in the nodes before they are asked.
const WORD: Duration = Duration::from_secs(2 * (3 + 1));

/// Genesis, and a few slots.
const BEGUN: Duration = Duration::from_secs(90);

/// Until both sides have built three blocks each, when half of the proposers are on each.
const PARTED: Duration = Duration::from_secs(90);

/// From a chain without finality to the first final epoch.
const FINAL: Duration = Duration::from_secs(150);

/// The limit is crossed in the second epoch after the votes went away.
const UNFINAL: Duration = Duration::from_secs(90);

/// The blocks of a chain from this slot on, by what the node itself says; empty slots are left out.
fn blocks(url: &str, from: u64) -> BTreeMap<u64, String> {
    let Some(head) = Chain::ask(url).map(|c| c.head) else { return BTreeMap::new() };
    let root = |slot: u64| {
        let reply = get_json(&format!("{url}/eth/v1/beacon/headers/{slot}"))?;
        Some((slot, reply["data"]["root"].as_str()?.to_owned()))
    };
    (from..=head).filter_map(root).collect()
}

/// The two nodes of the network.
struct Pair(Component);

impl Pair {
    fn url(&self, n: u8) -> &str {
        self.0.get(&format!("BEACON_{n}_URL"))
    }

    /// The first node is told to look for the other, or to leave it.
    fn tell(&self, verb: &str) {
        let id = get_json(&format!("{}/eth/v1/node/identity", self.url(2))).unwrap();
        let id = id["data"]["peer_id"].as_str().unwrap().to_owned();
        let to = format!("{}/eth/v1/lodestar/{verb}?peerId={id}&multiaddr={}", self.url(1), self.0.get("BEACON_2_P2P"));
        curl(&["-X", "POST", &to]);
    }

    fn chains(&self) -> Option<[Chain; 2]> {
        Some([Chain::ask(self.url(1))?, Chain::ask(self.url(2))?])
    }

    /// The blocks that only one side has, by slot, once both sides have built so many.
    fn apart(&self, from: u64, depth: usize) -> Option<[BTreeMap<u64, String>; 2]> {
        let (one, two) = (blocks(self.url(1), from), blocks(self.url(2), from));
        let without = |a: &BTreeMap<u64, String>, b: &BTreeMap<u64, String>| -> BTreeMap<u64, String> {
            a.iter().filter(|(slot, root)| b.get(slot) != Some(root)).map(|(s, r)| (*s, r.clone())).collect()
        };
        let sides = [without(&one, &two), without(&two, &one)];
        sides.iter().all(|s| s.len() >= depth).then_some(sides)
    }
}

fn both_ok(line: &Value) -> bool {
    ["cl-1", "ext-1"].iter().all(|n| state(line, n) == "ok") && scope(line) == "healthy"
}

/// The word came soon after the proof.
fn in_time(what: &str, line: &Value, proof: At) {
    let took = after(line, proof);
    eprintln!("{what}: {:.1} s after the first proof\n  {}", took.as_secs_f64(), evidence(line).replace('\n', "\n  "));
    assert!(took <= WORD, "{what}: {took:?} after the first proof\n{line}");
}

#[test]
fn live_beacon_pair_parts_meets_again_and_loses_finality() {
    if !wanted("live_beacon_pair_parts_meets_again_and_loses_finality") {
        return;
    }
    let pair = Pair(Component::start("lodestar-pair"));
    pair.tell("connect_peer");
    let family = "ethereum-beacon";
    let home = home_with(&[Watched("cl-1", family, pair.url(1), true), Watched("ext-1", family, pair.url(2), false)]);
    let mut watch = Watch::start(&home);
    let together =
        |l: &Value| both_ok(l) && l["safety"]["compared"] == 2 && signal(l, "cl-1", "net.peers") == Some(1.0);
    watch.wait_for("two healthy nodes of one chain", BEGUN, |l| {
        together(l) && signal(l, "cl-1", "chain.height") >= Some(3.0)
    });
    parts_and_meets_again(&pair, &mut watch);
    loses_finality(&pair, &mut watch);
}

/// Cut from each other, both sides go on by themselves; joined again, one of them takes its blocks back.
fn parts_and_meets_again(pair: &Pair, watch: &mut Watch) {
    let common = pair.chains().unwrap().map(|c| c.head).into_iter().min().unwrap();
    pair.tell("disconnect_peer");
    wait_for("three blocks on either side", PARTED, || pair.apart(common.saturating_sub(2), 3));
    let proof = now();
    let line = watch.wait_for("the partition", PARTED, |l| scope(l) == "partition");
    in_time("partition", &line, proof);
    let said = evidence(&line);
    let sides = pair.apart(common.saturating_sub(2), 3).unwrap();
    for words in ["both sides lost most of their peers", "cl-1 has ", "ext-1 has ", "cl-1 and ext-1 agree up to "] {
        assert!(said.contains(words), "{words:?} is missing in:\n{said}");
    }
    // The block at which they part, as the nodes themselves have it: one of the two may be an empty slot.
    let first = *sides.iter().filter_map(|s| s.keys().next()).min().unwrap();
    assert!(said.contains(&format!("two hashes at height {first}: ")), "they part at {first}:\n{said}");
    for root in sides.iter().filter_map(|s| s.get(&first)) {
        assert!(said.contains(&root[..10]), "{root} at {first} is missing in:\n{said}");
    }
    assert_eq!(line["safety"]["forked"], true, "{line}");

    let [one, two] = pair.apart(common.saturating_sub(2), 3).unwrap();
    pair.tell("connect_peer");
    let joined = |l: &Value| both_ok(l) && l["safety"]["conflicts"].as_array().is_some_and(Vec::is_empty);
    let line = watch.wait_for("one chain again", PARTED, joined);
    // Whose blocks are gone, and how deep: from the last block of that side to the one that both have.
    let now_one = blocks(pair.url(1), first);
    let (loser, gone) = match one.values().all(|root| now_one.values().any(|r| r == root)) {
        true => ("ext-1", two),
        false => ("cl-1", one),
    };
    let depth = gone.keys().next_back().unwrap() - first + 1;
    let told = signal(&line, loser, "chain.reorg_depth").unwrap();
    eprintln!("{loser} took back {} blocks over {depth} slots; told: {told}", gone.len());
    // It may have made another block or two before it heard of the others.
    assert!(told >= f64::from(u32::try_from(gone.len()).unwrap()), "{loser}: {told} of {gone:?}");
    assert!(told <= f64::from(u32::try_from(depth + 5).unwrap()), "{loser}: {told} of {gone:?}");
    // Cleared by a new block on both, not by the end of the quarrel alone.
    let after = pair.chains().unwrap();
    let top = gone.keys().next_back().unwrap();
    assert!(after.iter().all(|c| c.head > *top), "{after:?} and {top}");
}

/// Without half of the votes nothing is final any more, everywhere, while the head moves on.
fn loses_finality(pair: &Pair, watch: &mut Watch) {
    let finals = |n: u64| move || pair.chains().filter(|c| c.iter().all(|c| c.finalized >= n));
    wait_for("a final epoch on both", FINAL, finals(2));
    watch.wait_for("health with finality", UNFINAL, both_ok);
    let before = pair.chains().unwrap();
    pair.0.signal("VALIDATOR_2_PID", Signal::STOP);
    // The rule: bad above 3 epochs, warned above 2; the proof is there when both nodes are over the first limit.
    let lags = |c: &Chain| c.head / EPOCH > c.finalized + 2;
    wait_for("finality behind on both", UNFINAL, || pair.chains().filter(|c| c.iter().all(lags)));
    let proof = now();
    let line = watch.wait_for("the network's trouble", UNFINAL, |l| scope(l) == "network");
    in_time("finality lost", &line, proof);
    let said = evidence(&line);
    for words in ["own cl-1: ", "independent ext-1: finality is "] {
        assert!(said.contains(words), "{words:?} is missing in:\n{said}");
    }
    assert!(why(&line, "cl-1").contains("finality"), "{line}");
    assert!(node(&line, "cl-1").is_some_and(|n| n["state"] != "ok"), "{line}");
    let during = wait_for("a head that moves on", 10 * SLOT, || {
        pair.chains().filter(|c| c.iter().zip(&before).all(|(now, then)| now.head > then.head))
    });
    assert_eq!(scope(&line), "network", "{during:?}");
}
