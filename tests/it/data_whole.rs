//! Every file that was recorded from real software goes through every reader: none panics, none takes long, and each of the
//! known kinds is read by the reader that it is for, or refused with words.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use warroom::telemetry::rpc::{self, Outcome};
use warroom::telemetry::{alertmanager, bitcoin, cometbft, eth_beacon, eth_execution, prometheus, solana, substrate};

use crate::mutants::feed;
use crate::support::recorded;

/// Larger files are sources of data sets, no replies: a reader takes at most 8 MiB anyway.
const LARGEST: u64 = 8 * 1024 * 1024;

/// All readers together may take this long for one file, in a debug build on a loaded machine.
const SLOWEST: Duration = Duration::from_secs(30);

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else if path.metadata().is_ok_and(|m| m.len() <= LARGEST) {
            found.push(path);
        }
    }
}

#[test]
fn every_recorded_file_is_read_or_refused() {
    let Some(data) = recorded::folder() else { return };
    let mut all = Vec::new();
    files(&data, &mut all);
    all.sort();
    for path in &all {
        let bytes = std::fs::read(path).unwrap();
        let began = Instant::now();
        feed(&bytes);
        // Lines are replies of their own in many a recording, behind `<< ` in the specification's.
        for line in bytes.split(|b| *b == b'\n').take(32) {
            feed(line.strip_prefix(b"<< ").unwrap_or(line));
        }
        assert!(began.elapsed() < SLOWEST, "{} took {:?}", path.display(), began.elapsed());
    }
    assert!(all.len() > 500, "{}", all.len());
}

/// What a reader makes of a reply.
type Read = fn(&str) -> Result<(), String>;

fn said<T>(read: Result<T, warroom::domain::observation::Failure>) -> Result<(), String> {
    read.map(drop).map_err(|why| why.to_string())
}

/// Replies by the name of their file, in all folders below one: which reader they are for.
const KINDS: &[(&str, &str, Read)] = &[
    ("lab/el", "eth_getBlockByNumber_latest.json", |t| said(eth_execution::block(t))),
    ("lab/el", "eth_syncing.json", |t| said(eth_execution::syncing(t))),
    ("lab/el", "txpool_status.json", |t| said(eth_execution::txpool(t))),
    ("lab/el", "eth_chainId.json", |t| said(eth_execution::quantity(t, "eth_chainId"))),
    ("lab/el", "web3_clientVersion.json", |t| said(eth_execution::text(t, "web3_clientVersion"))),
    ("lab/bcoin-1.0.2", "getblockchaininfo.json", |t| said(bitcoin::chain(t))),
    ("lab/bcoin-1.0.2", "getchaintips.json", |t| said(bitcoin::chain_tips(t))),
    ("lab/bcoin-1.0.2", "getmempoolinfo.json", |t| said(bitcoin::pool(t))),
    ("lab/bcoin-1.0.2", "getpeerinfo.json", |t| said(bitcoin::peers(t))),
    ("lab/chopsticks-1.1.0-paseo", "chain_getHeader.json", |t| said(substrate::header(t))),
    ("lab/chopsticks-1.1.0-paseo", "system_health.json", |t| said(substrate::health(t))),
    ("lab/smoldot-full-node-0.9.1", "system_health.json", |t| said(substrate::health(t))),
    ("lab/surfpool-sdk-1.3.1", "getEpochInfo.json", |t| said(solana::epoch(t))),
    ("lab/surfpool-sdk-1.3.1", "getSlot.json", |t| said(solana::slot(t))),
    ("lab/surfpool-sdk-1.3.1", "getVoteAccounts.json", |t| said(solana::vote_accounts(t, None))),
    ("lab/cometbft", "status.json", |t| said(cometbft::status(t))),
    ("lab/cometbft", "net_info.json", |t| said(cometbft::net(t))),
    ("lab/cometbft", "consensus_state.json", |t| said(cometbft::consensus_state(t))),
];

/// Of every kind at least one real reply is read; one that is not read is refused by the node itself or with words.
#[test]
fn every_known_kind_is_read() {
    let Some(data) = recorded::folder() else { return };
    let mut found = BTreeMap::new();
    for (folder, name, read) in KINDS {
        let mut all = Vec::new();
        files(&data.join(folder), &mut all);
        let counts = found.entry((folder, name)).or_insert((0, Vec::new()));
        for path in all.iter().filter(|p| p.file_name().is_some_and(|n| n == *name)) {
            match rpc::read_single(&std::fs::read(path).unwrap()) {
                Ok(Outcome::Given(text)) => match read(&text) {
                    Ok(()) => counts.0 += 1,
                    Err(why) => counts.1.push(format!("{}: {why}", path.display())),
                },
                Ok(Outcome::Unsupported | Outcome::Refused { .. } | Outcome::Nothing) => {}
                Err(why) => counts.1.push(format!("{}: {why}", path.display())),
            }
        }
    }
    for ((folder, name), (read, refused)) in &found {
        assert!(*read > 0, "{folder}: no {name} was read: {refused:?}");
        assert!(refused.is_empty(), "{folder}: {refused:?}");
    }
}

#[test]
fn every_recorded_page_and_list_is_read() {
    let Some(data) = recorded::folder() else { return };
    let mut all = Vec::new();
    files(&data.join("lab"), &mut all);
    let mut read = (0, 0, 0);
    for path in &all {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(path).unwrap();
        if name.ends_with("metrics.txt") && bytes.starts_with(b"# ") {
            prometheus::page(&bytes, None).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            read.0 += 1;
        } else if name.starts_with("am_v2_alerts") && !name.contains("groups") {
            alertmanager::alerts(&bytes).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            read.1 += 1;
        } else if name == "node_syncing.json" {
            eth_beacon::sync_state(&bytes).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            read.2 += 1;
        }
    }
    assert!(read.0 >= 5 && read.1 >= 2 && read.2 >= 3, "{read:?}");
}
