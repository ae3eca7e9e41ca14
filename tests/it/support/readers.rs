//! Every reader of bytes that come from outside, as one function from bytes to "there was something in it".
//! Must not know where the bytes are from.

use std::cell::RefCell;
use std::io::Write as _;
use std::path::Path;

use warroom::config::{Problem, parse_config, parse_roster};
use warroom::domain::statement::Statement;
use warroom::drill::scenario::{RecordedOutputs, Scenario, read_scenario, read_script};
use warroom::journal::{encode_line, parse_line, read_allowed_signers};
use warroom::keys::{Key, Signature};
use warroom::peers::{Envelope, read_status};
use warroom::runbook::case::Case;
use warroom::runbook::expect::Expect;
use warroom::runbook::guard;
use warroom::runbook::model::Origin;
use warroom::runbook::{parse, sheet};
use warroom::share::bundle;
use warroom::telemetry::log::{Follow, LINE_LIMIT};
use warroom::telemetry::{alertmanager, contract, eth_beacon, eth_execution, prometheus, wire};
use warroom::telemetry::{bitcoin, cometbft, host, rpc, solana, substrate};

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The replies of CometBFT's RPC.
pub fn cometbft(bytes: &[u8]) -> bool {
    let text = &text(bytes);
    let set = cometbft::validators(text).map(|s| s.0);
    let mut taken = set.is_ok();
    let set = set.unwrap_or_default();
    for state in [cometbft::consensus_state(text), cometbft::dump_consensus_state(text)].into_iter().flatten() {
        drop((cometbft::join(&state, &set), cometbft::join(&state, &state.set)));
        taken = true;
    }
    taken |= cometbft::status(text).is_ok() | cometbft::net(text).is_ok() | cometbft::pending(text).is_ok();
    taken |= cometbft::headers(text).is_ok() | cometbft::failed_txs(text).is_ok();
    drop((cometbft::clients(text), cometbft::unbonding_s(text), cometbft::header_time(text)));
    taken | cometbft::signed_by(text, "AA").is_ok() | cometbft::plan(text).is_ok()
}

/// The replies of Bitcoin nodes.
pub fn bitcoin(bytes: &[u8]) -> bool {
    let text = &text(bytes);
    let taken = bitcoin::chain(text).is_ok() | bitcoin::chain_tips(text).is_ok() | bitcoin::pool(text).is_ok();
    let taken = taken | bitcoin::network(text).is_ok() | bitcoin::peers(text).is_ok() | bitcoin::header(text).is_ok();
    taken | bitcoin::tx_stats(text).is_ok() | bitcoin::block_stats(text).is_ok()
}

/// The replies of Substrate nodes.
pub fn substrate(bytes: &[u8]) -> bool {
    let text = &text(bytes);
    let taken = substrate::header(text).is_ok() | substrate::health(text).is_ok() | substrate::sync_state(text).is_ok();
    let taken = taken | substrate::grandpa(text).is_ok() | substrate::peer_bests(text).is_ok();
    let taken = taken | substrate::count(text).is_ok() | substrate::timestamp_ms(text).is_ok();
    taken | substrate::runtime(text).is_ok()
}

/// The replies of Solana nodes.
pub fn solana(bytes: &[u8]) -> bool {
    let text = &text(bytes);
    let stakes = solana::vote_accounts(text, Some("a"));
    let mut taken = stakes.is_ok();
    let stakes = stakes.unwrap_or_default();
    let _ = stakes.voting_pct();
    taken |= solana::cluster(text, &stakes.by_node).is_ok() | solana::samples(text).is_ok();
    taken |= solana::epoch(text).is_ok() | solana::block_production(text, Some("a")).is_ok();
    taken |= solana::slot(text).is_ok() | solana::health_words(text).is_some();
    drop((solana::block_hash(text), solana::genesis(text)));
    taken | solana::version(text).is_ok() | solana::identity(text).is_ok()
}

/// The replies of Ethereum's execution nodes.
pub fn execution(bytes: &[u8]) -> bool {
    let text = &text(bytes);
    let mut crowd = eth_execution::Crowd::default();
    let mut taken = eth_execution::block(text).is_ok() | eth_execution::syncing(text).is_ok();
    taken |= eth_execution::txpool(text).is_ok() | eth_execution::quantity(text, "q").is_ok();
    for _ in 0..2 {
        let receipts = eth_execution::receipts(text);
        taken |= receipts.is_ok();
        crowd.push(receipts.unwrap_or_default());
    }
    drop((crowd.facts(), crowd.is_flood(None, None)));
    drop((eth_execution::forks(text), eth_execution::besu_pool(text)));
    taken | eth_execution::text(text, "t").is_ok()
}

/// What a watched contract's transactions, receipts, logs and values look like.
pub fn contract(bytes: &[u8]) -> bool {
    let text = &text(bytes);
    let taken = contract::block_calls(text, "0xaa").is_ok() | contract::failed(text).is_ok();
    taken | contract::log_topics(text).is_ok() | contract::word(text, 18).is_ok()
}

/// The replies of Ethereum's beacon nodes.
pub fn beacon(bytes: &[u8]) -> bool {
    let taken = eth_beacon::sync_state(bytes).is_ok() | eth_beacon::header(bytes).is_ok();
    let taken = taken | eth_beacon::finality(bytes).is_ok() | eth_beacon::spec(bytes).is_ok();
    let taken = taken | eth_beacon::peers(bytes).is_ok() | eth_beacon::inclusion_pct(bytes).is_ok();
    let taken = taken | eth_beacon::duties(bytes).is_ok() | eth_beacon::liveness(bytes).is_ok();
    let taken = taken | eth_beacon::registry(bytes).is_ok() | eth_beacon::peer_ids(bytes).is_ok();
    taken | eth_beacon::version(bytes).is_ok() | eth_beacon::genesis_time(bytes).is_ok()
}

/// A beacon node's stream of events: in pieces as they come, the same as at once.
pub fn events(bytes: &[u8]) -> bool {
    let whole = eth_beacon::Events::default().push(bytes);
    let mut stream = eth_beacon::Events::default();
    let pieces: Vec<_> = bytes.chunks(7).flat_map(|piece| stream.push(piece)).collect();
    assert_eq!(format!("{whole:?}"), format!("{pieces:?}"), "pieces are read as the whole is");
    !whole.is_empty()
}

/// The envelope of JSON-RPC, of one call and of several.
pub fn rpc(bytes: &[u8]) -> bool {
    rpc::read_single(bytes).is_ok() | rpc::read_batch(bytes, 3).is_ok()
}

/// A page of metrics.
pub fn metrics(bytes: &[u8]) -> bool {
    match prometheus::page(bytes, None) {
        Ok(page) => prometheus::known_values(&page).len() <= 1_000,
        Err(_) => false,
    }
}

/// What a query gives.
pub fn query(bytes: &[u8]) -> bool {
    prometheus::instant(bytes).map(|series| prometheus::targets_down(&series)).is_ok()
}

/// The alerts that an Alertmanager lists.
pub fn alerts(bytes: &[u8]) -> bool {
    alertmanager::alerts(bytes).is_ok()
}

/// The alerts that an Alertmanager posts.
pub fn webhook(bytes: &[u8]) -> bool {
    alertmanager::webhook(bytes).is_ok()
}

/// This host's own tables and the words of its time keepers.
pub fn host(bytes: &[u8]) -> bool {
    let text = text(bytes);
    let taken = !host::writable_disks(&text).is_empty();
    taken | host::chrony_ms(&text).is_some() | host::timesync_ms(&text).is_some()
}

/// What the recorder tells the other consoles of this host.
pub fn shared(bytes: &[u8]) -> bool {
    let Ok(seen) = wire::decode(&text(bytes)) else { return false };
    // A value that no recorder would send may be in it; what can be told again means the same.
    wire::encode(&seen).is_ok_and(|line| wire::decode(line.trim_end()).is_ok())
}

/// A folder of our own, in memory where the system has that: each run syncs what it writes, and the disk is not what is tried.
fn scratch() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

thread_local! {
    /// A log that grows by what is tried: opening one for each run would only measure the disk.
    static LOG: RefCell<Option<(tempfile::TempDir, std::fs::File, Follow)>> = const { RefCell::new(None) };
}

/// A log file that is followed.
pub fn log(bytes: &[u8]) -> bool {
    LOG.with_borrow_mut(|kept| {
        let (_, file, follow) = kept.get_or_insert_with(|| {
            let folder = scratch();
            let path = folder.path().join("node.log");
            let file = std::fs::File::create(&path).unwrap();
            let mut follow = Follow::new(&path);
            follow.look().unwrap();
            (folder, file, follow)
        });
        // The name may say that the file begins anew.
        if bytes.first().is_some_and(|b| b.is_multiple_of(16)) {
            file.set_len(0).unwrap();
            std::io::Seek::rewind(file).unwrap();
        }
        file.write_all(bytes).unwrap();
        let look = follow.look().unwrap();
        assert!(look.lines.iter().all(|l| l.len() <= LINE_LIMIT && !l.contains('\n')));
        !look.lines.is_empty()
    })
}

/// Places that problems name are in the text.
fn told<T>(read: Result<T, Vec<Problem>>, text: &str) -> bool {
    let lines = text.split('\n').count();
    read.map_err(|problems| {
        assert!(!problems.is_empty() && problems.iter().all(|p| p.line <= lines + 1), "{problems:?} in {lines} lines");
    })
    .is_ok()
}

pub fn config(bytes: &[u8]) -> bool {
    told(parse_config(Path::new("config.toml"), &text(bytes)), &text(bytes))
}

pub fn roster(bytes: &[u8]) -> bool {
    told(parse_roster(Path::new("roster.toml"), &text(bytes)), &text(bytes))
}

pub fn scenario(bytes: &[u8]) -> bool {
    told(read_scenario(Path::new("scenario.toml"), &text(bytes)), &text(bytes))
}

pub fn outputs(bytes: &[u8]) -> bool {
    told(RecordedOutputs::read(Path::new("outputs.toml"), &text(bytes), 3_600), &text(bytes))
}

thread_local! {
    static PLAYED: Scenario = {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/finality-slips/scenario.toml");
        read_scenario(&path, &std::fs::read_to_string(&path).unwrap()).unwrap()
    };
}

pub fn script(bytes: &[u8]) -> bool {
    PLAYED.with(|scenario| told(read_script(Path::new("good.toml"), &text(bytes), scenario), &text(bytes)))
}

/// A runbook's Markdown with its front matter.
pub fn runbook(bytes: &[u8]) -> bool {
    match parse::parse(bytes, "x.md", Origin::BuiltIn) {
        Ok(book) => !book.steps.is_empty(),
        Err(broken) => {
            assert!(!broken.findings.is_empty(), "refused without a word");
            false
        }
    }
}

pub fn case(bytes: &[u8]) -> bool {
    Case::read(&text(bytes)).is_ok()
}

/// An expectation, and what came, divided by an empty line.
pub fn expect(bytes: &[u8]) -> bool {
    let text = text(bytes);
    let (wanted, came) = text.split_once("\n\n").unwrap_or((&text, ""));
    Expect::parse(wanted).map(|e| (e.judge(Some(0), came), e.in_words())).is_ok()
}

pub fn sheet(bytes: &[u8]) -> bool {
    sheet::read(bytes).is_ok()
}

/// Signing states of each family: what proves that a key may sign again.
pub fn guard(bytes: &[u8]) -> bool {
    let mut taken = false;
    for (family, _) in guard::Family::ALL {
        if let Ok(state) = guard::read(family, bytes) {
            let _ = guard::covers(&state, &state).says();
            taken = true;
        }
    }
    taken
}

/// Another operator's status document.
pub fn status(bytes: &[u8]) -> bool {
    Envelope::read(bytes).is_ok_and(|e| {
        drop(e.signature().map(Signature::parse));
        read_status(e.status.get()).is_ok()
    })
}

thread_local! {
    static SCRATCH: tempfile::TempDir = scratch();
}

/// A bundle, or one chain's file, that somebody handed over.
pub fn bundle(bytes: &[u8]) -> bool {
    SCRATCH.with(|folder| {
        let file = folder.path().join("handed.tar");
        std::fs::write(&file, bytes).unwrap();
        let taken = bundle::check(&file, &folder.path().join("state"));
        // Nothing but the file and the empty folder is left, whatever it was.
        let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert!(left.len() <= 2, "{left:?}");
        taken.is_ok()
    })
}

/// A line of a log.
pub fn lines(bytes: &[u8]) -> bool {
    let Ok((entry, prev)) = parse_line(bytes) else { return false };
    // What was read can be written, unless it holds what no new entry may; and reads the same again.
    if let Ok(line) = encode_line(&entry, &prev) {
        let (again, _) = parse_line(line.as_bytes()).unwrap();
        let of = |e: &warroom::domain::entry::Entry| (e.seq, e.at, e.writer.clone(), e.event.kind().to_owned());
        assert_eq!(of(&again), of(&entry));
    }
    true
}

pub fn statements(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let Ok(read) = Statement::parse(text) else { return false };
    let written = match &read {
        Statement::Delegation(s) => s.text(),
        Statement::Approval(s) => s.text(),
        Statement::Checkpoint(s) => s.text(),
    };
    assert_eq!(Statement::parse(&written).unwrap(), read, "one meaning");
    true
}

pub fn allowed_signers(bytes: &[u8]) -> bool {
    let text = text(bytes);
    let (signers, others) = read_allowed_signers(&text);
    assert!(signers.len() + others.len() <= text.lines().count() && others.len() <= 32);
    assert!(signers.iter().all(|s| s.principals.iter().all(|p| !p.is_empty() && !p.contains(['*', '?', '!']))));
    !signers.is_empty()
}

/// A signature, and whether it is one of this text by anybody.
pub fn sshsig(bytes: &[u8]) -> bool {
    let Ok(read) = Signature::parse(&text(bytes)) else { return false };
    drop(read.verify("file", b"what was signed\n"));
    true
}

/// An OpenSSH public key.
pub fn public_key(bytes: &[u8]) -> bool {
    let Ok(key) = Key::parse(&text(bytes)) else { return false };
    assert_eq!(Key::from_blob(key.blob()).unwrap(), key, "one meaning");
    true
}
