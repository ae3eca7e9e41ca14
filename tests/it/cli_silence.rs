//! `warroom guard silent` for Ethereum and Solana: how long, on a chain that is of now and that the stake carries; whatever
//! else comes proves nothing.

use rstest::rstest;

use crate::support::replies::Replies;
use crate::support::warroom::{Said, Warroom};

/// The binary's clock stands at 2026-11-21T03:00:00Z, which is this; slots of a second, the head of now is slot 90.
const GENESIS: u64 = 1_795_230_000 - 90;
const SPEC: &str = r#"{"data":{"SLOTS_PER_EPOCH":"8","SECONDS_PER_SLOT":"1"}}"#;
const KNOWN: &str = r#"{"data":{"index":"4","status":"active_ongoing"}}"#;

fn syncing(slot: u64) -> String {
    format!(
        r#"{{"data":{{"head_slot":"{slot}","sync_distance":"0","is_syncing":false,"is_optimistic":false,"el_offline":false}}}}"#
    )
}

fn points(justified: u64) -> String {
    format!(
        r#"{{"data":{{"current_justified":{{"epoch":"{justified}","root":"0x1"}},"finalized":{{"epoch":"8","root":"0x1"}}}}}}"#
    )
}

fn live(epoch: u64, is: bool) -> String {
    format!(r#"{{"data":[{{"index":"4","epoch":"{epoch}","is_live":{is}}}]}}"#)
}

/// A beacon node in epoch 10, whose head leaps on to the end of epoch 12; validator 4 is silent.
fn beacon() -> Replies {
    let node = Replies::new(&[("/eth/v1/config/spec", &[SPEC]), ("/eth/v1/beacon/states/head/validators/4", &[KNOWN])]);
    node.set("/eth/v1/beacon/genesis", &[&format!(r#"{{"data":{{"genesis_time":"{GENESIS}"}}}}"#)]);
    let heads: Vec<String> = [80, 81, 87, 90, 96, 98].map(syncing).into();
    node.set("/eth/v1/node/syncing", &heads.iter().map(String::as_str).collect::<Vec<_>>());
    node.set("/eth/v1/beacon/states/head/finality_checkpoints", &[&points(9), &points(11)]);
    for epoch in 9..=12 {
        node.set(&format!("/eth/v1/validator/liveness/{epoch}"), &[&live(epoch, false)]);
    }
    node
}

fn asked(node: &Replies, more: &[&str]) -> Said {
    Warroom::new().run(&[&["guard", "silent", "ethereum", "--url", &node.url, "--key", "4"], more].concat())
}

#[test]
fn three_whole_epochs_are_watched_as_they_pass() {
    let said = asked(&beacon(), &[]);
    assert_eq!(said.code, 0, "{said:?}");
    for words in [
        "the chain went on from slot 80 to 81\n",
        "two thirds of the stake voted for epoch 9, this is epoch 10\n",
        "validator 4 was silent in epochs 9 to 11\n",
        "two thirds of the stake voted for epoch 11, this is epoch 12\n",
    ] {
        assert!(said.out.contains(words), "{words}: {said:?}");
    }
    assert!(said.err.contains("watching epochs 9 to 11"), "{said:?}");
    assert_eq!(asked(&beacon(), &["--for", "1"]).code, 2, "one epoch proves nothing");
}

#[rstest]
#[case::lives("/eth/v1/validator/liveness/9", live(9, true), 3, "validator 4 SIGNED in epoch 9")]
#[case::comes_back("/eth/v1/validator/liveness/11", live(11, true), 3, "validator 4 SIGNED in epoch 11")]
#[case::small_side("/eth/v1/beacon/states/head/finality_checkpoints", points(7), 3, "on the smaller side of a split")]
#[case::not_told_which("/eth/v1/beacon/states/head/finality_checkpoints", "{}".to_owned(), 3, "is not known")]
#[case::optimistic("/eth/v1/node/syncing", syncing(81).replace("optimistic\":false", "optimistic\":true"), 4, "is_optimistic")]
#[case::headless("/eth/v1/node/syncing", syncing(81).replace("offline\":false", "offline\":true"), 4, "el_offline")]
#[case::syncs("/eth/v1/node/syncing", syncing(81).replace("syncing\":false", "syncing\":true"), 4, "is syncing")]
#[case::old("/eth/v1/beacon/genesis", r#"{"data":{"genesis_time":"1795229000"}}"#.to_owned(), 3, "does not see the chain of now")]
#[case::mute("/eth/v1/validator/liveness/9", "{}".to_owned(), 3, "does not tell whether")]
fn what_is_no_proof_of_silence(#[case] path: &str, #[case] reply: String, #[case] code: i32, #[case] says: &str) {
    let node = beacon();
    node.set(path, &[&reply]);
    let said = asked(&node, &[]);
    assert!(said.code == code && format!("{}{}", said.out, said.err).contains(says), "{said:?}");
}

#[test]
fn an_epoch_that_nobody_was_told_of_is_not_silent() {
    let node = beacon();
    // From epoch 10 into epoch 12: nobody saw the end of epoch 10.
    node.set("/eth/v1/node/syncing", &[&syncing(80), &syncing(81), &syncing(96), &syncing(98)]);
    let said = asked(&node, &[]);
    assert!(said.code == 3 && said.out.contains("epoch 10 passed between two looks"), "{said:?}");
}

#[test]
fn a_head_behind_the_clock_tells_of_the_epoch_before_it_no_more() {
    let node = beacon();
    node.set("/eth/v1/validator/liveness/9", &[&live(9, false), "no"]);
    assert_eq!(asked(&node, &[]).code, 0);
}

#[test]
fn a_node_that_tells_of_no_past_epoch_proves_nothing() {
    let node = beacon();
    node.set("/eth/v1/node/syncing", &[&syncing(80), &syncing(81), &syncing(120), &syncing(121)]);
    // It stood for so long that an epoch passed which nobody was told of.
    let said = asked(&node, &[]);
    assert!(said.code == 4 && said.err.contains("unreachable is not dead"), "{said:?}");
}

const RATE: &str = r#"{"result":[{"numSlots":300,"samplePeriodSecs":60,"slot":2000}]}"#;
const VOTES: &str = r#"{"result":{"current":[{"votePubkey":"Big","nodePubkey":"N","lastVote":2000,"activatedStake":90},
    {"votePubkey":"Soon","nodePubkey":"S","lastVote":1800,"activatedStake":5}],
    "delinquent":[{"votePubkey":"Long","nodePubkey":"L","lastVote":1600,"activatedStake":5}]}}"#;

fn solana() -> Replies {
    let node = Replies::new(&[("getHealth", &[r#"{"result":"ok"}"#]), ("getVoteAccounts", &[VOTES])]);
    node.set("getSlot", &[r#"{"result":2000}"#, r#"{"result":2001}"#]);
    node.set("getRecentPerformanceSamples", &[RATE]);
    node
}

#[test]
fn a_solana_vote_is_old_by_slots_and_by_time() {
    let asked = |node: &Replies, key: &str| {
        Warroom::new().run(&["guard", "silent", "solana", "--url", &node.url, "--key", key])
    };
    let long = asked(&solana(), "Long");
    assert!(long.code == 0 && long.out.contains("401 slots before 2001"), "{long:?}");
    // 201 slots are more than 150, and at this speed only 40 seconds.
    let soon = asked(&solana(), "Soon");
    assert!(soon.code == 3 && soon.out.contains("wait until 300 have passed"), "{soon:?}");
    let node = solana();
    node.set("getRecentPerformanceSamples", &[r#"{"result":[]}"#]);
    let unknown = asked(&node, "Long");
    assert!(unknown.code == 4 && unknown.err.contains("how fast its slots pass"), "{unknown:?}");
}
