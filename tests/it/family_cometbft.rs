//! CometBFT: every recorded reply is read, votes are counted in exact powers, and a stuck round says who is missing.

use std::path::Path;

use warroom::domain::observation::{Answer, Failure, Family};
use warroom::domain::signal::SignalId;
use warroom::domain::time::{At, Clock};
use warroom::domain::verdict::{Judge, Limits};
use warroom::domain::votes::{Tally, Vote};
use warroom::domain::watch::NodeSpec;
use warroom::telemetry::rpc::{self, Outcome};
use warroom::telemetry::{Http, Source, cometbft};

use crate::support::faulty::{Faulty, Mode};
use crate::support::recorded;
use crate::support::sim;

const CHAINS: [&str; 4] = ["gaia", "kvstore_v0_34", "kvstore_v0_37", "kvstore_v0_38"];
const BINANCE: &str = "mitjag+csharp-sdk/derived";

fn result(data: &Path, path: &str) -> String {
    recorded::result(data, path).unwrap_or_else(|| panic!("{path} has no result"))
}

#[test]
fn every_recorded_reply_is_read() {
    let Some(data) = recorded::folder() else { return };
    for chain in CHAINS {
        let get = |name: &str| result(&data, &format!("lab/cometbft/{chain}/{name}.json"));
        let status = cometbft::status(&get("status")).unwrap();
        assert!(status.height > 40 && !status.catching_up && status.power > 0, "{chain}: {status:?}");
        assert_eq!(cometbft::net(&get("net_info")).unwrap().peers, 0, "{chain}");
        let state = cometbft::consensus_state(&get("consensus_state")).unwrap();
        assert_eq!((state.round, state.step, state.prevotes.votes.len()), (0, 1, 1), "{chain}");
        assert!(state.prevotes.power.is_some_and(|(seen, total)| seen == 0 && total == status.power), "{chain}");
        let headers = cometbft::headers(&get("blockchain_from_1_to_10")).unwrap();
        assert_eq!(headers.iter().map(|h| h.height).collect::<Vec<_>>(), (1..=10).collect::<Vec<_>>(), "{chain}");
        assert_eq!(cometbft::signed_by(&get("commit_at_height_10"), &status.validator), Ok(true), "{chain}");
        assert_eq!(cometbft::signed_by(&get("commit_at_height_10"), "00AA"), Ok(false), "{chain}");
        assert_eq!(cometbft::failed_txs(&get("block_results_at_height_10")).map(|r| r.1), Ok(0), "{chain}");
        assert_eq!(cometbft::plan(&get(if chain == "gaia" { "abci_info_0" } else { "abci_info" })), Ok(None));
    }
    for (path, txs, failed) in [
        ("lab/cometbft/sei/block_results_with_failed_txs.json", 28, 2),
        ("lab/cometbft/osmosis/block_results_at_height_10499831.json", 8, 0),
        ("lab/cometbft/gaia/block_results_at_height_4555980.json", 4, 0),
    ] {
        let (all, bad) = cometbft::failed_txs(&result(&data, path)).unwrap();
        assert_eq!((all, bad), (txs, failed), "{path}");
    }
    let dydx = result(&data, "lab/cometbft/dydx/block_results_at_height_12791634.json");
    assert!(cometbft::failed_txs(&dydx).is_ok());
    let storm = result(&data, "kinrokinro+cosmos-spammy/derived/unconfirmed_txs_under_attack_trimmed.json");
    assert_eq!(cometbft::pending(&storm), Ok(1_113), "all of the pool, not the page");
    let query = result(&data, "lab/cometbft/kvstore_v0_38/abci_query_with_existing_key.json");
    assert!(cometbft::plan(&query).is_err(), "a value that is no plan is refused");
}

#[test]
fn an_old_chain_with_many_validators_is_read_and_joined() {
    let Some(data) = recorded::folder() else { return };
    let get = |name: &str| result(&data, &format!("{BINANCE}/{name}.json"));
    let status = cometbft::status(&get("Status")).unwrap();
    assert_eq!((status.height, status.power), (10_668_268, 0));
    let net = cometbft::net(&get("NetInfo")).unwrap();
    assert_eq!((net.peers, net.ids.len()), (8, 8));
    assert_eq!(cometbft::pending(&get("NumUnconfirmedTxs")), Ok(0));
    let (set, total) = cometbft::validators(&get("Validators")).unwrap();
    assert_eq!((set.len(), total), (11, 11));
    let state = cometbft::consensus_state(&get("ConsensusState")).unwrap();
    assert_eq!((state.height, state.round, state.step_name()), (9_752_742, 0, "precommit"));
    let votes = cometbft::join(&state, &set).unwrap();
    assert_eq!(votes.prevotes, Tally { block: 1_100_000_000_000, nil: 0, total: 1_100_000_000_000 });
    assert_eq!(votes.precommits.block, 400_000_000_000);
    let dump = cometbft::dump_consensus_state(&get("DumpConsensusState")).unwrap();
    assert_eq!((dump.height, dump.peers.len(), dump.set.len()), (9_773_742, 8, 11));
    let votes = cometbft::join(&dump, &dump.set).unwrap();
    let missing: Vec<&str> = votes.missing().map(|v| &v.name[..12]).collect();
    assert_eq!(missing, ["06FD60078EB4", "37EF19AF2967", "B6F20C7FAA2B"]);
    assert_eq!(votes.prevotes.absent(), 300_000_000_000);
    assert!(votes.prevotes.has_quorum() && !votes.precommits.has_quorum());
    // Another height's set must never lend its powers.
    assert_eq!(cometbft::join(&dump, &dump.set[..10]), None);
    let mut other = dump.set.clone();
    other[1].0 = "FF".repeat(20);
    assert_eq!(cometbft::join(&dump, &other), None);
}

#[test]
fn every_other_recorded_file_is_refused_or_read_and_never_panics() {
    let Some(data) = recorded::folder() else { return };
    let mut files = 0;
    for chain in ["gaia", "kvstore_v0_34", "kvstore_v0_37", "kvstore_v0_38", "dydx", "osmosis", "sei", "simd"] {
        for entry in std::fs::read_dir(data.join("lab/cometbft").join(chain)).unwrap() {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            files += 1;
            let Ok(Outcome::Given(text)) = rpc::read_single(&bytes) else { continue };
            let read = [
                cometbft::status(&text).map(drop),
                cometbft::net(&text).map(drop),
                cometbft::consensus_state(&text).map(drop),
                cometbft::validators(&text).map(drop),
                cometbft::headers(&text).map(drop),
                cometbft::failed_txs(&text).map(drop),
                cometbft::plan(&text).map(drop),
            ];
            for failure in read.into_iter().filter_map(Result::err) {
                assert!(matches!(failure, Failure::NotUsable(_)), "{failure:?}");
            }
        }
    }
    assert!(files >= 140, "{files}");
}

#[test]
fn votes_have_three_states() {
    let state = cometbft::consensus_state(&consensus(3, [VOTED, NIL, "nil-Vote", VOTED2], 60)).unwrap();
    let set = set();
    let votes = cometbft::join(&state, &set).unwrap();
    let by_name = |name: &str| votes.voters.iter().find(|v| v.name.starts_with(name)).unwrap().prevote;
    assert_eq!((by_name("AAAA"), by_name("BBBB"), by_name("CCCC")), (Vote::Block, Vote::Nil, Vote::Absent));
    assert_eq!(votes.prevotes, Tally { block: 50, nil: 20, total: 110 });
    assert!(!votes.prevotes.has_quorum(), "70 of 110 is less than two thirds");
}

const VOTED: &str =
    "Vote{0:AAAAAAAAAAAA 77/03/SIGNED_MSG_TYPE_PREVOTE(Prevote) 20D641F717D4 6D3EC8930E21 @ 2026-11-21T10:19:00Z}";
const NIL: &str =
    "Vote{1:BBBBBBBBBBBB 77/03/SIGNED_MSG_TYPE_PREVOTE(Prevote) 000000000000 6D3EC8930E21 @ 2026-11-21T10:19:00Z}";
const VOTED2: &str =
    "Vote{3:DDDDDDDDDDDD 77/03/SIGNED_MSG_TYPE_PREVOTE(Prevote) 20D641F717D4 6D3EC8930E21 @ 2026-11-21T10:19:00Z}";

/// The set of the made-up chain: powers 30, 20, 40, 20 of 110.
fn set() -> Vec<(String, u64)> {
    [("A", 30), ("B", 20), ("C", 40), ("D", 20)].map(|(c, p)| (c.repeat(40), p)).to_vec()
}

/// A `/consensus_state` result in that round, begun so many seconds before noon.
fn consensus(round: u64, prevotes: [&str; 4], before_noon: i64) -> String {
    let prevotes = prevotes.map(|v| format!("{v:?}")).join(",");
    let start = NOON.plus(warroom::domain::time::Span::from_secs(-before_noon));
    format!(
        r#"{{"round_state":{{"height/round/step":"77/{round}/4","start_time":"{start}","proposer":{{"address":"{}","index":2}},
        "height_vote_set":[{{"round":0,"prevotes":[]}},{{"round":{round},"prevotes":[{prevotes}],
        "prevotes_bit_array":"BA{{4:xx_x}} 70/110 = 0.64","precommits":["nil-Vote","nil-Vote","nil-Vote","nil-Vote"],
        "precommits_bit_array":"BA{{4:____}} 0/110 = 0.00"}}]}}}}"#,
        "C".repeat(40)
    )
}

const NOON: At = At::from_secs(1_795_256_400);

struct Noon;

impl Clock for Noon {
    fn now(&self) -> At {
        NOON
    }
}

fn enveloped(result: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":-1,"result":{result}}}"#)
}

/// A protobuf field that is a message, or text.
fn message(field: u8, inside: &[u8]) -> Vec<u8> {
    assert!(inside.len() < 128 * 128);
    let mut out = vec![field << 3 | 2];
    if inside.len() >= 128 {
        out.push(u8::try_from(inside.len() % 128 + 128).unwrap());
        out.push(u8::try_from(inside.len() / 128).unwrap());
    } else {
        out.push(u8::try_from(inside.len()).unwrap());
    }
    out.extend(inside);
    out
}

/// A protobuf field that is a number.
fn number(field: u8, mut value: u64) -> Vec<u8> {
    let mut out = vec![field << 3];
    while value >= 128 {
        out.push(u8::try_from(value % 128 + 128).unwrap());
        value /= 128;
    }
    out.push(u8::try_from(value).unwrap());
    out
}

/// What an application answers to a query.
fn abci(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let held = three.iter().fold(0_u32, |held, b| held << 8 | u32::from(*b)) << (8 * (3 - three.len()));
        for i in 0..=three.len() {
            text.push(char::from(DIGITS[(held >> (18 - 6 * i) & 63) as usize]));
        }
    }
    format!(r#"{{"response":{{"code":0,"value":"{text}"}}}}"#)
}

/// Two clients of CometBFT chains with 14 days of trust each, one that is frozen, and one of another kind.
fn ibc_clients() -> Vec<u8> {
    let client = |id: &str, kind: &str, frozen: u64| {
        let trust = message(3, &number(1, 1_209_600));
        let state = [message(1, b"osmosis-1"), trust, message(6, &number(2, frozen))].concat();
        let any =
            [message(1, format!("/ibc.lightclients.{kind}.v1.ClientState").as_bytes()), message(2, &state)].concat();
        message(1, &[message(1, id.as_bytes()), message(2, &any)].concat())
    };
    [
        client("07-tendermint-4", "tendermint", 0),
        client("07-tendermint-7", "tendermint", 0),
        client("07-tendermint-9", "tendermint", 5),
        client("08-wasm-1", "wasm", 0),
    ]
    .concat()
}

/// A client's newest header, made so many seconds from noon.
fn ibc_header(from_noon: i64) -> Vec<u8> {
    let at = u64::try_from(NOON.secs() + from_noon).unwrap();
    message(1, &[message(1, b"/x"), message(2, &message(1, &number(1, at)))].concat())
}

/// The routes of a node that waits for validator C.
fn stuck_node() -> Vec<(String, String)> {
    let time = NOON.plus(warroom::domain::time::Span::from_secs(-75));
    let status = format!(
        r#"{{"node_info":{{"id":"aa","network":"hub-9","moniker":"val-a","version":"0.38.17"}},"sync_info":{{"latest_block_hash":"AB12",
        "latest_block_height":"76","latest_block_time":"{time}","catching_up":false}},"validator_info":{{"address":"{}","voting_power":"30"}}}}"#,
        "A".repeat(40)
    );
    let members = set().iter().map(|(a, p)| format!(r#"{{"address":"{a}","voting_power":"{p}"}}"#)).collect::<Vec<_>>();
    let heads = (57..=76_i64).map(|h| {
        let time = NOON.plus(warroom::domain::time::Span::from_secs(-75 - (76 - h) * 6));
        format!(r#"{{"header":{{"height":"{h}","time":"{time}"}},"num_txs":"0"}}"#)
    });
    let signature = |c: &str, flag: u8| format!(r#"{{"block_id_flag":{flag},"validator_address":"{}"}}"#, c.repeat(40));
    let commit = format!(
        r#"{{"signed_header":{{"commit":{{"signatures":[{},{}]}}}},"canonical":true}}"#,
        signature("A", 1),
        signature("B", 2)
    );
    let dump = consensus(3, [VOTED, NIL, "nil-Vote", VOTED2], 70).replace(
        r#"{"round_state":{"height/"#,
        r#"{"peers":[{"peer_state":{"round_state":{"height":"77","round":3}}},{"peer_state":{"round_state":{"height":"79","round":-1}}}],
        "round_state":{"height/"#,
    );
    [
        ("GET /status", status),
        ("GET /consensus_state", consensus(3, [VOTED, NIL, "nil-Vote", VOTED2], 70)),
        ("GET /dump_consensus_state", dump),
        ("GET /validators?height=77", format!(r#"{{"block_height":"77","validators":[{}],"total":"4"}}"#, members.join(","))),
        ("GET /net_info", r#"{"n_peers":"2","peers":[{"node_info":{"id":"p1","version":"0.38.17"},"is_outbound":true},{"node_info":{"id":"p2","version":"0.38.12"}}]}"#.into()),
        ("GET /num_unconfirmed_txs", r#"{"n_txs":"3","total":"3","total_bytes":"900","txs":null}"#.into()),
        ("GET /blockchain", format!(r#"{{"last_height":"76","block_metas":[{}]}}"#, heads.collect::<Vec<_>>().join(","))),
        ("GET /block_results?height=76", r#"{"height":"76","txs_results":[{"code":0},{"code":5}]}"#.into()),
        ("GET /commit?height=75", commit),
        ("cosmos.staking.v1beta1.Query/Params%22 ", abci(&message(1, &message(1, &number(1, 1_814_400))))),
        ("client.v1.Query/ClientStates%22&data=0x0a021840 ", abci(&ibc_clients())),
        ("client.v1.Query/ConsensusState%22&data=0x0a0f30372d74656e6465726d696e742d342001 ", abci(&ibc_header(-86_400))),
        ("client.v1.Query/ConsensusState%22&data=0x0a0f30372d74656e6465726d696e742d372001 ", abci(&ibc_header(-1_209_601))),
        ("GET /abci_query", r#"{"response":{"code":0,"value":"Ch8KA3YxNRILCICSuMOY/v///wEYlAUiCGRvd25sb2Fk"}}"#.into()),
    ]
    .map(|(route, body)| (route.to_owned(), enveloped(&body)))
    .to_vec()
}

fn ask(source: &mut Source) -> Result<Answer, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(source.round(&Noon))
}

fn source(server: &Faulty) -> Source {
    Source::new(NodeSpec::new("c", Family::Cometbft, &server.url(), "hub"), Http::new())
}

fn value(answer: &Answer, signal: SignalId) -> Option<f64> {
    answer.readings.iter().find(|r| r.signal == signal).and_then(|r| r.value.number())
}

#[test]
fn a_stuck_round_tells_who_is_missing_and_is_judged_bad() {
    let server = Faulty::start(Mode::Routes(stuck_node()));
    let answer = ask(&mut source(&server)).unwrap();
    for (signal, wanted) in [
        (SignalId::HEIGHT, 76.0),
        (SignalId::HEAD_AGE, 75.0),
        (SignalId::BLOCK_INTERVAL, 6.0),
        (SignalId::CATCHING_UP, 0.0),
        (SignalId::ROUND, 3.0),
        (SignalId::UNDECIDED, 70.0),
        (SignalId::PREVOTES, 63.63),
        (SignalId::PRECOMMITS, 0.0),
        (SignalId::MISSED, 1.0),
        (SignalId::PEERS, 2.0),
        (SignalId::TX_RATE, 2.0 / 6.0),
        (SignalId::TXPOOL_PENDING, 3.0),
        (SignalId::FAILED_TXS, 1.0),
        (SignalId::SYNC_DISTANCE, 2.0),
        (SignalId::UPGRADE_IN, 584.0),
    ] {
        assert_eq!(value(&answer, signal), Some(wanted), "{signal:?}");
    }
    assert_eq!(answer.timing.map(|t| t.block_s), Some(6.0));
    let facts: Vec<String> = answer.facts.iter().map(|f| format!("{} {}", f.topic, f.text)).collect();
    for words in [
        "chain hub-9 as val-a",
        "27.27 % of all",
        "upgrade v15 at height 660",
        "1 of 2 failed in block 76",
        "of 2 peers 1 are at our height, 1 ahead",
        "1 run 0.38.12, 1 run 0.38.17",
    ] {
        assert!(facts.iter().any(|f| f.contains(words)), "{words} is missing in {facts:#?}");
    }
    assert!(!facts.iter().any(|f| f.starts_with("unknown")), "{facts:#?}");
    let spec = NodeSpec::new("c", Family::Cometbft, "http://127.0.0.1:1", "hub");
    let mut judge = Judge::new(&[spec], Limits::default());
    for s in [0, 5, 10] {
        judge.observe(&sim::ok("c", s, answer.clone()));
    }
    let verdict = judge.verdict(&"c".into()).unwrap();
    let why = verdict.why.join("\n");
    assert!(why.contains("undecided for 70 s, in round 3"), "{why}");
    assert!(why.contains("63.6 % of the power are in") && why.contains("missing: CCCCCCCCCCCC (36.4 %)"), "{why}");
    assert_eq!(verdict.state, warroom::domain::event::NodeState::Bad);
}

#[test]
fn each_route_degrades_by_itself_and_is_not_asked_again_at_once() {
    for missing in ["/consensus_state", "/validators", "/net_info", "/num_unconfirmed_txs", "/commit", "/abci_query"] {
        let routes = stuck_node().into_iter().filter(|(r, _)| !r.contains(missing) || r.contains("dump")).collect();
        let server = Faulty::start(Mode::Routes(routes));
        let mut source = source(&server);
        let answer = ask(&mut source).unwrap();
        let said = answer.facts.iter().filter(|f| f.topic == "unknown").map(|f| f.text.clone()).collect::<Vec<_>>();
        assert!(said.iter().any(|t| t.contains("HTTP 404")), "{missing}: {said:?}");
        assert_eq!(value(&answer, SignalId::HEIGHT), Some(76.0), "{missing}");
        let absent = match missing {
            "/net_info" => SignalId::PEERS,
            "/num_unconfirmed_txs" => SignalId::TXPOOL_PENDING,
            "/commit" => SignalId::MISSED,
            "/abci_query" => SignalId::UPGRADE_IN,
            // The full dump, and the integers beside the bit array, stand in for these.
            _ => SignalId::LEAVES,
        };
        assert_eq!(value(&answer, absent), None, "{missing} was made up");
        assert!(value(&answer, SignalId::PREVOTES).is_some(), "{missing}");
        let again = ask(&mut source).unwrap();
        let still = again.facts.iter().filter(|f| f.topic == "unknown").map(|f| f.text.clone()).collect::<Vec<_>>();
        assert_eq!(still, said, "remembered with its reason");
    }
}

#[test]
fn catching_up_is_behind_and_not_failing() {
    let spec = NodeSpec::new("c", Family::Cometbft, "http://127.0.0.1:1", "hub");
    let mut judge = Judge::new(&[spec], Limits::default());
    let mut routes = stuck_node();
    routes[0].1 = routes[0].1.replace(r#""catching_up":false"#, r#""catching_up":true"#);
    let server = Faulty::start(Mode::Routes(routes));
    let answer = ask(&mut source(&server)).unwrap();
    assert_eq!(value(&answer, SignalId::ROUND), None, "a node that catches up takes part in no round");
    for s in 0..20 {
        let mut answer = answer.clone();
        if let Some(tip) = answer.tip.as_mut() {
            tip.hash = format!("h{s}").as_str().into();
        }
        judge.observe(&sim::ok("c", s * 5, answer));
    }
    let verdict = judge.verdict(&"c".into()).unwrap();
    assert_eq!(verdict.state, warroom::domain::event::NodeState::Warn, "{verdict:?}");
    assert!(verdict.why.iter().any(|w| w.contains("behind, not failing")), "{verdict:?}");
    // Standing still while it should catch up is failing.
    for s in 20..100 {
        judge.observe(&sim::ok("c", s * 5, answer.clone()));
    }
    assert_eq!(judge.verdict(&"c".into()).unwrap().state, warroom::domain::event::NodeState::Bad);
}

/// A halt of a Cosmos chain brings ends nearer that nobody can undo; a chain that moves is told of none.
#[test]
fn a_halt_counts_down_to_what_cannot_be_undone() {
    let server = Faulty::start(Mode::Routes(stuck_node()));
    let mut source = source(&server);
    ask(&mut source).unwrap();
    let answer = ask(&mut source).unwrap();
    let facts: Vec<String> = answer.facts.iter().map(|f| format!("{}: {}", f.topic, f.text)).collect();
    for words in [
        "unbonding: takes 21 d 0 h",
        "IBC clients: 3 of CometBFT chains, 1 expired; the first to expire is 07-tendermint-4 in osmosis-1, in 13 d 0 h",
    ] {
        assert!(facts.iter().any(|f| f == words), "{words} is missing in {facts:#?}");
    }
    assert_eq!(answer.deadlines.len(), 2, "{:?}", answer.deadlines);
    let spec = NodeSpec::new("c", Family::Cometbft, "http://127.0.0.1:1", "hub");
    let mut judge = Judge::new(&[spec], Limits::default());
    let at = |s: i64| NOON.plus(warroom::domain::time::Span::from_secs(s));
    for s in [0, 5, 10] {
        assert!(judge.countdowns(at(s)).is_empty(), "it is not judged yet");
        let seen =
            warroom::domain::observation::Observation { node: "c".into(), at: at(s), outcome: Ok(answer.clone()) };
        // Consoles that follow see the same.
        let line = warroom::telemetry::wire::encode(&seen).unwrap();
        judge.observe(&warroom::telemetry::wire::decode(&line).unwrap());
    }
    let told: Vec<String> = judge.countdowns(at(10)).into_iter().map(|c| c.text).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[0].starts_with(
            "the trust of IBC client 07-tendermint-4 in osmosis-1 ends in 12 d 23 h: its newest header is of "
        ),
        "{told:?}"
    );
    assert!(told[0].ends_with("trusted for 14 d 0 h; expired, only governance brings it back"), "{told:?}");
    assert!(
        told[1].starts_with("the unbonding time of 21 d 0 h after the newest block ends in 20 d 23 h: "),
        "{told:?}"
    );
    let late = judge.countdowns(at(30 * 86_400));
    assert!(late.iter().all(|c| c.left.is_none()) && late[0].text.contains("has ended"), "{late:?}");
    let mut moves = answer;
    moves.readings.retain(|r| !matches!(r.signal, SignalId::ROUND | SignalId::HEAD_AGE));
    let spec = NodeSpec::new("d", Family::Cometbft, "http://127.0.0.1:1", "hub");
    let mut judge = Judge::new(&[spec], Limits::default());
    for s in [0, 5, 10] {
        judge.observe(&sim::ok("d", s, moves.clone()));
    }
    assert!(judge.countdowns(at(10)).is_empty());
}

#[test]
fn a_chain_without_staking_says_so_and_has_no_end() {
    let mut routes = stuck_node();
    routes.retain(|(route, _)| !route.contains("v1"));
    routes.insert(
        0,
        ("cosmos.staking".into(), enveloped(r#"{"response":{"code":6,"log":"unknown query path","value":null}}"#)),
    );
    let answer = ask(&mut source(&Faulty::start(Mode::Routes(routes)))).unwrap();
    let facts: Vec<String> = answer.facts.iter().map(|f| format!("{}: {}", f.topic, f.text)).collect();
    assert!(
        facts
            .iter()
            .any(|f| f.contains("unknown: unbonding time: not a usable answer: unbonding time: unknown query path")),
        "{facts:#?}"
    );
    assert!(answer.deadlines.is_empty());
    for bytes in [vec![], vec![0x0a, 0xff], message(1, &message(1, &number(1, u64::MAX))), message(1, b"x")] {
        assert!(cometbft::unbonding_s(&abci(&bytes)).is_err());
        assert!(cometbft::header_time(&abci(&bytes)).is_err());
    }
    let query = recorded::folder().map(|d| result(&d, "lab/cometbft/kvstore_v0_38/abci_query_with_existing_key.json"));
    assert!(query.is_none_or(|q| cometbft::unbonding_s(&q).is_err()), "a value that is none is refused");
}
