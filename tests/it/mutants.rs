//! Every reader of outside bytes against a seeded mutator and a corpus that is kept: no panic, no hang, nothing without bounds.
//! `WARROOM_MUTATIONS=N` sets how many runs of each; 100,000 are run in continuous integration.

use std::collections::BTreeSet;
use std::path::Path;

use crate::support::mutate::{Reader, try_reader};
use crate::support::readers;

/// A test for each reader, and the table of them all.
macro_rules! readers {
    ($($name:ident: [$($also:literal),*]),* $(,)?) => {
        /// Every reader.
        const READERS: &[Reader] = &[$(Reader { name: stringify!($name), also: &[$($also),*], read: readers::$name }),*];
        $(#[test]
        fn $name() {
            try_reader(Reader { name: stringify!($name), also: &[$($also),*], read: readers::$name });
        })*
    };
}

readers! {
    cometbft: [],
    bitcoin: [],
    substrate: [],
    solana: [],
    execution: [],
    contract: [],
    beacon: [],
    events: [],
    rpc: [],
    metrics: [],
    query: [],
    alerts: [],
    webhook: [],
    host: [],
    shared: [],
    log: [],
    config: [],
    roster: [],
    scenario: [],
    outputs: ["fixtures/finality-slips/outputs.toml"],
    script: ["fixtures/finality-slips/scripts"],
    runbook: [],
    case: [],
    expect: [],
    sheet: [],
    guard: ["tests/vectors/guard"],
    status: [],
    bundle: [],
    lines: [],
    statements: [],
    allowed_signers: [],
    sshsig: [],
    public_key: [],
}

#[test]
fn every_corpus_has_its_reader() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let kept: BTreeSet<String> =
        std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().file_name().to_string_lossy().into_owned()).collect();
    let read: BTreeSet<String> = READERS.iter().map(|r| r.name.to_owned()).collect();
    assert_eq!(kept, read);
}

/// All that reads what nodes and their tools say, for recorded replies.
pub(crate) fn feed(bytes: &[u8]) {
    let of_nodes = [
        "cometbft",
        "bitcoin",
        "substrate",
        "solana",
        "execution",
        "contract",
        "beacon",
        "events",
        "rpc",
        "metrics",
        "query",
        "alerts",
        "webhook",
    ];
    for reader in READERS.iter().filter(|r| of_nodes.contains(&r.name)) {
        (reader.read)(bytes);
    }
}
