//! Node bytes, damaged by a seeded mutator: 100,000 executions over every parser of the families, no panic and no hang.
//! The same seed gives the same run; real replies join the shapes where they lie beside the repository.

use std::time::{Duration, Instant};

use warroom::telemetry::{alertmanager, contract, eth_beacon, eth_execution, prometheus};
use warroom::telemetry::{bitcoin, cometbft, rpc, solana, substrate};

use crate::support::recorded;

/// Executions in all.
const RUNS: usize = 100_000;

/// No parser may take longer than this for a damaged reply of at most some kilobytes, on a loaded machine.
const SLOWEST: Duration = Duration::from_secs(2);

/// Shapes of every reply that is read.
const SHAPES: &[&str] = &[
    r#"{"node_info":{"id":"a","network":"hub","moniker":"m","version":"0.38"},"sync_info":{"latest_block_height":"7","latest_block_hash":"AB","latest_block_time":"2026-11-21T10:00:00.123456789Z","catching_up":false},"validator_info":{"address":"AA","voting_power":"5"}}"#,
    r#"{"n_peers":"1","peers":[{"node_info":{"id":"p","version":"1"},"is_outbound":true}]}"#,
    r#"{"round_state":{"height/round/step":"77/3/4","start_time":"2026-11-21T10:00:00Z","height_vote_set":[{"round":"3","prevotes":["nil-Vote","Vote{1:BB 77/03/1(Prevote) 000000000000 AA @ 2026-11-21T10:19:00Z}"],"prevotes_bit_array":"BA{2:_x} 20/50 = 0.40","precommits":["nil-Vote","nil-Vote"],"precommits_bit_array":"BA{2:__} 0/50 = 0.00"}]}}"#,
    r#"{"round_state":{"height":"77","round":3,"step":4,"validators":{"validators":[{"address":"AA","voting_power":"30"}],"proposer":{"address":"AA"}},"votes":[]},"peers":[{"peer_state":{"round_state":{"height":"77","round":-1}}}]}"#,
    r#"{"block_height":"77","validators":[{"address":"AA","voting_power":"30"},{"address":"BB","voting_power":"20"}],"total":"2"}"#,
    r#"{"n_txs":"3","total":"1113","total_bytes":"900"}"#,
    r#"{"block_metas":[{"header":{"height":"7","time":"2026-11-21T10:00:00Z"},"num_txs":"0"}]}"#,
    r#"{"txs_results":[{"code":0},{"code":5},{}]}"#,
    r#"{"signed_header":{"commit":{"signatures":[{"block_id_flag":2,"validator_address":"AA"},null]}}}"#,
    r#"{"response":{"code":0,"value":"Ch8KA3YxNRILCICSuMOY/v///wEYlAUiCGRvd25sb2Fk"}}"#,
    r#"{"chain":"main","blocks":7,"headers":9,"bestblockhash":"aa","initialblockdownload":false,"verificationprogress":0.5,"warnings":["w"]}"#,
    r#"[{"height":7,"hash":"aa","branchlen":0,"status":"active"},{"height":9,"hash":"bb","branchlen":3,"status":"invalid"}]"#,
    r#"{"size":5,"usage":7,"maxmempool":9,"mempoolminfee":1e-05,"minrelaytxfee":0.00001}"#,
    r#"[{"inbound":true,"subver":"/Satoshi:28.0.0/","synced_headers":-1,"inflight":[1,2]}]"#,
    r#"{"hash":"aa","height":7,"time":1795256400,"previousblockhash":"bb"}"#,
    r#"{"txrate":5.5,"window_block_count":144,"window_interval":86400}"#,
    r#"{"number":"0x00000123","parentHash":"0xaa"}"#,
    r#"{"peers":7,"isSyncing":false,"shouldHavePeers":true}"#,
    r#"{"setId":4,"best":{"round":8,"totalWeight":4,"thresholdWeight":3,"prevotes":{"currentWeight":2,"missing":["5C"]},"precommits":{"currentWeight":0,"missing":["5C","5D"]}}}"#,
    r#"[{"peerId":"x","roles":"FULL","bestHash":"0xaa","bestNumber":7}]"#,
    r#""0x805ab7d89c010000""#,
    r#"{"current":[{"nodePubkey":"a","activatedStake":18446744073709551615,"lastVote":9}],"delinquent":[{"nodePubkey":"b","activatedStake":1}]}"#,
    r#"[{"pubkey":"a","version":"2.0","featureSet":7,"shredVersion":50},{"pubkey":"b","version":null}]"#,
    r#"[{"numSlots":150,"numTransactions":9,"samplePeriodSecs":60}]"#,
    r#"{"value":{"byIdentity":{"a":[9,8],"b":[1,0]}}}"#,
    r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{"a":"b"},"value":[1.5,"+Inf"]}]}}"#,
    r#"{"status":"error","errorType":"bad_data","error":"parse error"}"#,
    r#"{"version":"4","truncatedAlerts":1,"alerts":[{"status":"firing","labels":{"alertname":"A"},"annotations":{},"startsAt":"2026-11-21T09:57:20.418Z","fingerprint":"c3"}]}"#,
    r#"[{"fingerprint":"c3","startsAt":"2026-11-21T09:57:20.418Z","labels":{"alertname":"A"},"status":{"state":"active","silencedBy":[],"inhibitedBy":[]}}]"#,
    r#"{"number":"0x1","hash":"0xaa","parentHash":"0xbb","timestamp":"0x5","gasUsed":"0x1","gasLimit":"0x2","transactions":[{"hash":"0xcc","from":"0x1","to":"0xAA","input":"0xa9059cbb00"}]}"#,
    r#"[{"from":"0x1","to":null,"gasUsed":"0xffffffffffffffff","status":"0x1"},{"from":"0x1","to":"0x2","gasUsed":"0x5","status":"0x0"}]"#,
    r#"[{"topics":["0xddf252ad"],"removed":false},{"topics":[],"removed":true}]"#,
    r#""0x00000000000000000000000000000000000000000000000000000000000000ff""#,
    r#"{"data":{"head_slot":"7","sync_distance":"0","is_syncing":false}}"#,
    r#"{"data":{"root":"0xaa","canonical":true,"header":{"message":{"slot":"7","parent_root":"0xbb"}}}}"#,
    r#"{"data":{"previous_justified":{"epoch":"1"},"current_justified":{"epoch":"2"},"finalized":{"epoch":"1"}}}"#,
    "event: chain_reorg\ndata: {\"slot\":\"175\",\"depth\":\"5\"}\n\nevent: block\ndata: {\"slot\":\"9\"}\n\n",
    r#"{"currentBlock":"0x1","highestBlock":"0x5"}"#,
    r#"{"pending":"0x10","queued":7}"#,
    "# HELP a b\n# TYPE a histogram\na_bucket{le=\"0.5\",x=\"y\\\"z\"} 1 1395066363000\na_sum 1e9\nchain_head_block 7\n",
    r#"{"jsonrpc":"2.0","id":0,"error":{"code":-32005,"message":"Node is behind by 42 slots"}}"#,
];

pub(crate) fn feed(bytes: &[u8]) {
    drop((rpc::read_single(bytes), rpc::read_batch(bytes, 3)));
    let text = &String::from_utf8_lossy(bytes);
    drop((cometbft::status(text), cometbft::net(text), cometbft::pending(text), cometbft::headers(text)));
    drop((cometbft::failed_txs(text), cometbft::signed_by(text, "AA"), cometbft::plan(text)));
    drop((cometbft::clients(text), cometbft::unbonding_s(text), cometbft::header_time(text)));
    drop((solana::block_hash(text), solana::genesis(text), eth_execution::forks(text), eth_execution::besu_pool(text)));
    let set = cometbft::validators(text).map(|s| s.0).unwrap_or_default();
    for state in [cometbft::consensus_state(text), cometbft::dump_consensus_state(text)].into_iter().flatten() {
        drop((cometbft::join(&state, &set), cometbft::join(&state, &state.set)));
    }
    drop((bitcoin::chain(text), bitcoin::chain_tips(text), bitcoin::pool(text), bitcoin::network(text)));
    drop((bitcoin::peers(text), bitcoin::header(text), bitcoin::tx_stats(text), bitcoin::block_stats(text)));
    drop((substrate::header(text), substrate::health(text), substrate::sync_state(text), substrate::grandpa(text)));
    drop((
        substrate::peer_bests(text),
        substrate::count(text),
        substrate::timestamp_ms(text),
        substrate::runtime(text),
    ));
    let stakes = solana::vote_accounts(text, Some("a")).unwrap_or_default();
    drop((stakes.voting_pct(), solana::cluster(text, &stakes.by_node), solana::samples(text), solana::epoch(text)));
    feed_others(bytes, text);
    drop((solana::block_production(text, Some("a")), solana::health_words(text), solana::slot(text)));
}

/// The parsers of the sources beside the chains' own families, and of the first two of these.
fn feed_others(bytes: &[u8], text: &str) {
    drop((prometheus::instant(bytes), prometheus::page(bytes, None), alertmanager::alerts(bytes)));
    drop((alertmanager::webhook(bytes), contract::block_calls(text, "0xaa"), contract::failed(text)));
    drop((contract::log_topics(text), contract::word(text, 18), eth_execution::block(text)));
    drop((eth_execution::syncing(text), eth_execution::txpool(text), eth_execution::quantity(text, "q")));
    let mut crowd = eth_execution::Crowd::default();
    for _ in 0..2 {
        crowd.push(eth_execution::receipts(text).unwrap_or_default());
    }
    drop((crowd.facts(), crowd.is_flood(None, None)));
    drop((eth_beacon::sync_state(bytes), eth_beacon::header(bytes), eth_beacon::finality(bytes)));
    drop(eth_beacon::Events::default().push(bytes));
    drop((
        eth_beacon::peer_ids(bytes),
        eth_beacon::duties(bytes),
        eth_beacon::liveness(bytes),
        eth_beacon::registry(bytes),
    ));
    drop((eth_beacon::spec(bytes), eth_beacon::peers(bytes), eth_beacon::inclusion_pct(bytes)));
}

/// What is put in place of something: numbers at their ends, structure, text that is none.
const BITS: &[&[u8]] = &[
    b"18446744073709551616",
    b"-1",
    b"1e999",
    b"null",
    b"\"\"",
    b"{",
    b"}",
    b"[[[[[[[[",
    b"\\u0000",
    b"\xff\xfe",
    "é".as_bytes(),
    b":",
    b"0x",
    b"Vote{",
    b"} /",
    b"//",
    b"////8=",
];

fn damage(bytes: &mut Vec<u8>, dice: &mut impl FnMut(usize) -> usize) {
    for _ in 0..=dice(3) {
        if bytes.is_empty() {
            return;
        }
        let at = dice(bytes.len());
        match dice(5) {
            0 => bytes[at] = u8::try_from(dice(256)).unwrap(),
            1 => bytes.truncate(at),
            2 => {
                let to = (at + dice(16)).min(bytes.len());
                bytes.drain(at..to);
            }
            3 => {
                let from = dice(at + 1);
                let piece = bytes[from..at].to_vec();
                bytes.splice(at..at, piece);
            }
            _ => {
                let to = (at + dice(8)).min(bytes.len());
                bytes.splice(at..to, BITS[dice(BITS.len())].iter().copied());
            }
        }
    }
}

/// Real replies of at most 8 KB, so that a run stays short.
fn real() -> Vec<Vec<u8>> {
    let Some(data) = recorded::folder() else { return Vec::new() };
    let folders = [
        "lab/cometbft/gaia",
        "lab/bcoin-1.0.2",
        "lab/chopsticks-1.1.0-paseo",
        "lab/surfpool-sdk-1.3.1",
        "lab/el/anvil",
        "lab/el/ethereumjs",
        "lab/lodestar-1.5.1/nodeA_healthy",
        "lab/prom",
    ];
    let mut all: Vec<_> = folders
        .iter()
        .flat_map(|f| std::fs::read_dir(data.join(f)).unwrap())
        .map(|e| e.unwrap().path())
        .filter(|p| p.metadata().unwrap().len() < 8_192)
        .collect();
    all.sort();
    all.iter().map(|p| std::fs::read(p).unwrap()).collect()
}

#[test]
fn damaged_replies_are_read_or_refused() {
    let mut shapes: Vec<Vec<u8>> = SHAPES.iter().map(|s| s.as_bytes().to_vec()).collect();
    shapes.extend(real());
    let mut seed = 0x5eed_u64;
    let mut dice = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % below.max(1)
    };
    for shape in &shapes {
        feed(shape);
    }
    for run in 0..RUNS / PARSERS {
        let mut bytes = shapes[run % shapes.len()].clone();
        damage(&mut bytes, &mut dice);
        let began = Instant::now();
        feed(&bytes);
        assert!(began.elapsed() < SLOWEST, "run {run}: {:?}", String::from_utf8_lossy(&bytes));
    }
}

/// Parsers that one feeding runs.
const PARSERS: usize = 50;
