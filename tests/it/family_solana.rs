//! Solana: recorded replies are read, stake is counted exactly, and slots that stand still are seen without their time.

use warroom::domain::event::NodeState;
use warroom::domain::observation::{Answer, Failure, Family};
use warroom::domain::signal::SignalId;
use warroom::domain::time::{At, Clock};
use warroom::domain::verdict::{Judge, Limits};
use warroom::domain::watch::NodeSpec;
use warroom::telemetry::rpc::{self, Outcome};
use warroom::telemetry::{Http, Source, solana};

use crate::support::faulty::{Faulty, Mode};
use crate::support::recorded;
use crate::support::sim;

const LAB: &str = "lab/surfpool-sdk-1.3.1";

#[test]
fn every_recorded_reply_is_read() {
    let Some(data) = recorded::folder() else { return };
    let get = |name: &str| recorded::result(&data, &format!("{LAB}/{name}.json")).unwrap();
    assert_eq!(solana::slot(&get("getSlot")), Ok(7));
    assert_eq!(solana::version(&get("getVersion")).as_deref(), Ok("3.1.10"));
    assert!(solana::identity(&get("getIdentity")).unwrap().starts_with("SUrFPooL"));
    assert_eq!(solana::epoch(&get("getEpochInfo")).unwrap().slots_in_epoch, 432_000);
    assert!(solana::samples(&get("getRecentPerformanceSamples")).unwrap().len() > 5);
    assert_eq!(solana::block_production(&get("getBlockProduction"), None).unwrap().slots, 0);
    let stakes = solana::vote_accounts(&get("getVoteAccounts"), None).unwrap();
    assert_eq!(stakes.voting_pct(), None, "without stake there is no share of it");
    let cluster = solana::cluster(&get("getClusterNodes"), &stakes.by_node).unwrap();
    assert_eq!((cluster.nodes, cluster.shreds.len()), (1, 0));
    for entry in std::fs::read_dir(data.join(LAB)).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let Ok(Outcome::Given(text)) = rpc::read_single(&bytes) else { continue };
        drop((solana::samples(&text), solana::vote_accounts(&text, None), solana::epoch(&text)));
    }
}

#[test]
fn every_recorded_pair_is_read() {
    let Some(data) = recorded::folder() else { return };
    let pairs = recorded::bytes(&data, "blocto+solana-go-sdk/derived/solana_rpc_pairs.jsonl");
    let mut read = 0;
    for line in String::from_utf8(pairs).unwrap().lines() {
        let pair: serde_json::Value = serde_json::from_str(line).unwrap();
        let method = pair["request"]["method"].as_str().unwrap();
        let text = match rpc::read_single(pair["response"].to_string().as_bytes()).unwrap() {
            Outcome::Given(text) => text,
            Outcome::Refused { code, message } => {
                if method != "getHealth" {
                    // A slot that was skipped or is gone is unknown, and no failure.
                    assert!(matches!(code, -32_009 | -32_007 | -32_004), "{method}: {code}");
                    continue;
                }
                assert_eq!(code, -32_005);
                let behind = solana::health_words(&message);
                assert!(behind == Some(42) || message == "Node is unhealthy", "{message}");
                read += 1;
                continue;
            }
            // `null`: the block's time is not known to that node.
            Outcome::Nothing if method == "getBlockTime" => continue,
            other => panic!("{method}: {other:?}"),
        };
        read += 1;
        match method {
            "getSlot" => assert!(solana::slot(&text).unwrap() > 78_000_000),
            "getVoteAccounts" => assert!(solana::vote_accounts(&text, None).unwrap().current <= 1),
            "getEpochInfo" => assert_eq!(solana::epoch(&text).unwrap().epoch, 200),
            "getBlockProduction" => {
                let own = Some("8gNdbr9dG6oj8bhaQ44icyMYsfG3t1dhXKUJLGVav4tn");
                let made = solana::block_production(&text, own).unwrap();
                assert_eq!(made.own, Some((made.slots, made.blocks)));
            }
            "getClusterNodes" => {
                let stakes = [("8gNdbr9dG6oj8bhaQ44icyMYsfG3t1dhXKUJLGVav4tn".to_owned(), 5)].into();
                let cluster = solana::cluster(&text, &stakes).unwrap();
                assert_eq!(cluster.versions.get("1.8.1"), Some(&(1, 5)));
                assert_eq!(cluster.shreds.get(&23_492), Some(&(1, 5)));
            }
            "getRecentPerformanceSamples" => assert!(!solana::samples(&text).unwrap().is_empty()),
            _ => read -= 1,
        }
    }
    assert!(read >= 15, "{read}");
}

#[test]
fn stake_is_counted_exactly() {
    let max = u64::MAX;
    let text = format!(
        r#"{{"current":[{{"nodePubkey":"a","activatedStake":{max},"lastVote":9,"epochCredits":[[1,2,3]]}},{{"nodePubkey":"b","activatedStake":{max}}}],
        "delinquent":[{{"nodePubkey":"c","activatedStake":{max},"lastVote":3}},{{"nodePubkey":"d","activatedStake":1}}],"more":[1]}}"#
    );
    let stakes = solana::vote_accounts(&text, Some("c")).unwrap();
    assert_eq!(stakes.current_stake, 2 * u128::from(max));
    assert_eq!(stakes.voting_pct(), Some(66.66));
    assert_eq!((stakes.heaviest[0].0.as_str(), stakes.own), ("c", Some((3, true))));
    for wrong in [r#"{"current":[]}"#, r#"{"current":[{"nodePubkey":"a","activatedStake":"1"}],"delinquent":[]}"#, "[]"]
    {
        assert!(solana::vote_accounts(wrong, None).is_err(), "{wrong}");
    }
}

const NOON: i64 = 1_795_256_400;

struct Later(i64);

impl Clock for Later {
    fn now(&self) -> At {
        At::from_secs(NOON + self.0)
    }
}

fn routes(slot: u64, delinquent: u64) -> Vec<(String, String)> {
    let reply = |result: &str| format!(r#"{{"jsonrpc":"2.0","id":0,"result":{result}}}"#);
    let sample =
        r#"{"numSlots":150,"numTransactions":180000,"samplePeriodSecs":60,"slot":5,"numNonVoteTransactions":60000}"#;
    let accounts = format!(
        r#"{{"current":[{{"nodePubkey":"aa","activatedStake":{},"lastVote":9}}],"delinquent":[{{"nodePubkey":"zz","activatedStake":{delinquent},"lastVote":1}}]}}"#,
        1_000 - delinquent
    );
    let nodes = r#"[{"pubkey":"aa","version":"2.0.1","featureSet":7,"shredVersion":50},{"pubkey":"zz","version":"1.9.9","featureSet":6,"shredVersion":51}]"#;
    [
        (r#"{"commitment":"processed"}"#, slot.to_string()),
        (r#"{"commitment":"confirmed"}"#, (slot - 1).to_string()),
        (r#"{"commitment":"finalized"}"#, (slot - 32).to_string()),
        (r#""getBlockTime""#, (NOON - 900).to_string()),
        (r#""getHealth""#, r#""ok""#.to_owned()),
        (r#""getIdentity""#, r#"{"identity":"aa"}"#.to_owned()),
        (r#""getVersion""#, r#"{"solana-core":"2.0.1","feature-set":7}"#.to_owned()),
        (r#""getRecentPerformanceSamples""#, format!("[{sample},{sample}]")),
        (r#""getEpochInfo""#, r#"{"absoluteSlot":9,"blockHeight":8,"epoch":700,"slotIndex":216000,"slotsInEpoch":432000}"#.to_owned()),
        (r#""getBlockProduction""#, r#"{"context":{"slot":9},"value":{"byIdentity":{"aa":[100,98],"zz":[100,72]},"range":{"firstSlot":0,"lastSlot":9}}}"#.to_owned()),
        (r#""getVoteAccounts""#, accounts),
        (r#""getClusterNodes""#, nodes.to_owned()),
    ]
    .map(|(key, result)| (key.to_owned(), reply(&result)))
    .to_vec()
}

fn ask(source: &mut Source, seconds: i64) -> Result<Answer, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(source.round(&Later(seconds)))
}

fn value(answer: &Answer, signal: SignalId) -> Option<f64> {
    answer.readings.iter().find(|r| r.signal == signal).and_then(|r| r.value.number())
}

#[test]
fn a_validator_is_read_whole_and_delinquent_stake_is_bad() {
    let server = Faulty::start(Mode::Routes(routes(1_000, 340)));
    let mut source = Source::new(NodeSpec::new("v", Family::Solana, &server.url(), "sol"), Http::new());
    let answer = ask(&mut source, 0).unwrap();
    for (signal, wanted) in [
        (SignalId::HEIGHT, 1_000.0),
        (SignalId::FINALITY_LAG, 32.0),
        (SignalId::CATCHING_UP, 0.0),
        (SignalId::PARTICIPATION, 66.0),
        (SignalId::SKIP_RATE, 15.0),
        (SignalId::MISSED, 2.0),
        (SignalId::TX_RATE, 3_000.0),
        (SignalId::BLOCK_INTERVAL, 0.4),
        (SignalId::HEAD_AGE, 900.0),
        (SignalId::PEERS, 1.0),
    ] {
        assert_eq!(value(&answer, signal), Some(wanted), "{signal:?}");
    }
    let facts: Vec<String> = answer.facts.iter().map(|f| format!("{} {}", f.topic, f.text)).collect();
    for words in [
        "epoch 700, 50 % of it over",
        "delinquent 1 of 2 accounts with 34.00 % of the stake; zz 34.00 %",
        "own vote votes, last for slot 9",
        "versions 2.0.1 (1, 66 % of the stake); 1.9.9 (1, 34 % of the stake)",
        "the cluster is split, or restarts",
        "own blocks 98 in 100",
    ] {
        assert!(facts.iter().any(|f| f.contains(words)), "{words} is missing in {facts:#?}");
    }
    let mut judge = Judge::new(&[NodeSpec::new("v", Family::Solana, "http://127.0.0.1:1", "sol")], Limits::default());
    for s in 0..4 {
        server.become_mode(Mode::Routes(routes(1_001 + u64::try_from(s).unwrap(), 340)));
        let answer = ask(&mut source, s).unwrap();
        assert_eq!(value(&answer, SignalId::HEAD_AGE), Some(0.0), "it was seen to move");
        judge.observe(&sim::ok("v", s, answer));
    }
    let verdict = judge.verdict(&"v".into()).unwrap();
    assert_eq!((verdict.state, verdict.signal.as_str()), (NodeState::Bad, "chain.participation_pct"), "{verdict:?}");
    for s in 4..40 {
        judge.observe(&sim::ok("v", s, ask(&mut source, s).unwrap()));
    }
    let verdict = judge.verdict(&"v".into()).unwrap();
    assert!(verdict.why.iter().any(|w| w.contains("s since the last block")), "slots stand still: {verdict:?}");
}

#[test]
fn an_unhealthy_node_is_behind_and_says_by_how_much() {
    let mut all = routes(1_000, 0);
    let health = all.iter_mut().find(|(k, _)| k.contains("getHealth")).unwrap();
    health.1 = r#"{"jsonrpc":"2.0","id":0,"error":{"code":-32005,"message":"Node is behind by 420 slots","data":{"numSlotsBehind":420}}}"#.into();
    let server = Faulty::start(Mode::Routes(all));
    let mut source = Source::new(NodeSpec::new("v", Family::Solana, &server.url(), "sol"), Http::new());
    let answer = ask(&mut source, 0).unwrap();
    assert_eq!(value(&answer, SignalId::SYNC_DISTANCE), Some(420.0));
    assert_eq!(value(&answer, SignalId::CATCHING_UP), Some(1.0));
}

fn block_route(slot: u64, hash: &str) -> (String, String) {
    let body = format!(
        r#"{{"jsonrpc":"2.0","id":0,"result":{{"blockhash":"{hash}","parentSlot":{},"blockHeight":7}}}}"#,
        slot - 1
    );
    (format!(r#""getBlock","params":[{slot},"#), body)
}

fn skipped(slot: u64, code: i64) -> (String, String) {
    let body = format!(
        r#"{{"jsonrpc":"2.0","id":0,"error":{{"code":{code},"message":"Slot {slot} was skipped, or missing in long-term storage"}}}}"#
    );
    (format!(r#""getBlock","params":[{slot},"#), body)
}

/// Nobody recorded a Solana cluster that forked: routes are made up, with the errors as the real ones word them.
#[test]
fn two_hashes_at_one_finalized_slot_are_a_fork() {
    let node = |name: &str, hash: &str, genesis: &str| {
        let mut all = routes(1_000, 0);
        all.push(skipped(900, -32_009));
        all.push(block_route(901, hash));
        all.push((r#""getGenesisHash""#.into(), format!(r#"{{"jsonrpc":"2.0","id":0,"result":"{genesis}"}}"#)));
        let server = Faulty::start(Mode::Routes(all));
        let source = Source::new(NodeSpec::new(name, Family::Solana, &server.url(), "sol"), Http::new());
        (server, source)
    };
    let judged = |nodes: &mut [(Faulty, Source)]| {
        let specs: Vec<NodeSpec> = nodes.iter().map(|(_, s)| s.spec().clone()).collect();
        let mut judge = Judge::new(&specs, Limits::default());
        for s in 0..6 {
            for (_, source) in nodes.iter_mut() {
                let answer = ask(source, s).unwrap();
                judge.observe(&sim::ok(source.spec().id.as_str(), s, answer));
            }
        }
        judge.tick(sim::at(7));
        (judge.safety(sim::at(7)), judge.scope().clone())
    };
    let mut alike = [node("a", "H1aaaaaaaa", "G1"), node("b", "H1aaaaaaaa", "G1")];
    assert_eq!(ask(&mut alike[0].1, 0).unwrap().blocks[0].height, 901, "a slot that was skipped has no block");
    let (safety, _) = judged(&mut alike);
    assert_eq!(safety.sentence(), "conflicting hashes: none seen in 2 sources");
    let (safety, scope) = judged(&mut [node("a", "H1aaaaaaaa", "G1"), node("b", "H2bbbbbbbb", "G1")]);
    assert!(safety.forked, "{safety:?}");
    assert!(safety.sentence().contains("two hashes at height 901: a has H1aaaaaaaa, b has H2bbbbbbbb"), "{safety:?}");
    assert_eq!(scope.scope, warroom::domain::event::Scope::Fork, "{scope:?}");
    // Another cluster behind the same name of a network is another chain, and no fork.
    let (safety, _) = judged(&mut [node("a", "H1aaaaaaaa", "G1"), node("b", "H2bbbbbbbb", "G2")]);
    assert_eq!(safety.sentence(), "conflicting hashes: unknown, because no two sources name a common block");
}

#[test]
fn a_slot_is_looked_at_once_and_a_node_without_history_says_so() {
    let mut all = routes(1_000, 0);
    all.push(block_route(900, "H1"));
    let server = Faulty::start(Mode::Routes(all));
    let mut source = Source::new(NodeSpec::new("v", Family::Solana, &server.url(), "sol"), Http::new());
    ask(&mut source, 0).unwrap();
    ask(&mut source, 1).unwrap();
    let before = server.asked.load(std::sync::atomic::Ordering::Relaxed);
    let blocks = ask(&mut source, 2).unwrap().blocks;
    assert_eq!((blocks.len(), blocks[0].height, blocks[0].hash.as_deref()), (1, 900, Some("H1")));
    let once = server.asked.load(std::sync::atomic::Ordering::Relaxed) - before;
    server.become_mode(Mode::Routes(routes(1_000, 0)));
    assert_eq!(ask(&mut source, 3).unwrap().blocks, blocks, "told again without asking, {once} requests a round");
    let mut all = routes(1_000, 0);
    let refused = r#"{"jsonrpc":"2.0","id":0,"error":{"code":-32011,"message":"Transaction history is not available from this node"}}"#;
    all.push((r#""getBlock","#.into(), refused.into()));
    let server = Faulty::start(Mode::Routes(all));
    let mut source = Source::new(NodeSpec::new("v", Family::Solana, &server.url(), "sol"), Http::new());
    let answer = ask(&mut source, 0).unwrap();
    assert!(answer.blocks.is_empty());
    let said = answer
        .facts
        .iter()
        .any(|f| f.text.contains("getBlock: the node refuses it: Transaction history is not available"));
    assert!(said, "{:?}", answer.facts);
    assert_eq!(solana::block_hash(r#"{"blockhash":"5BqS"}"#).as_deref(), Ok("5BqS"));
    assert!(solana::block_hash(r#"{"blockhash":""}"#).is_err() && solana::block_hash("null").is_err());
}
