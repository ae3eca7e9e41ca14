//! Captured outputs and pinned texts through etcd: they arrive with the entries that speak of them, whole and true or not at all.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use crate::support::fake_etcd::{FakeEtcd, Fault};
use crate::support::warroom::{Said, Warroom};

const ID: &str = "2026-11-21-stall";

/// A small output, one in several pieces, and one of which only head and tail are kept.
const RUNBOOK: &str = "---\nwarroom: 1\nid: talk\ntitle: Talk\nrevision: 1\nowner: a\nreviewed: 2026-11-01\n---\n\n## Little {#little}\nOne line.\n```sh {kind=check effect=read timeout=20s expect=\"exit 0\"}\nprintf 'CAN%s\\n' ARY-little\n```\n\n## Much {#much}\nSome pieces.\n```sh {kind=check effect=read timeout=20s expect=\"exit 0\"}\nseq 1 100000\n```\n\n## Too much {#too-much}\nMore than is kept.\n```sh {kind=check effect=read timeout=20s expect=\"exit 0\"}\nseq 1 400000\n```\n";

fn on(fake: &FakeEtcd) -> Warroom {
    let home = Warroom::new();
    home.write("config.toml", &format!("discover = false\n[share.etcd]\nendpoints = [\"{}\"]\n", fake.url()));
    home
}

/// A home where somebody followed a runbook.
fn told(fake: &FakeEtcd) -> Warroom {
    let home = on(fake);
    home.write("runbooks/talk.md", RUNBOOK);
    assert_eq!(home.run(&["declare", "--severity", "2", "stall"]).code, 0);
    let mut run = home.command(&["runbook", "run", "talk"]);
    let said = Said::from(run.env("WARROOM_CLOCK", "run:2026-11-21T03:00:00Z").output().unwrap());
    assert_eq!(said.code, 0, "{said:?}");
    home
}

fn share(home: &Warroom) -> Said {
    home.run(&["share", "--once", "--limit", "60"])
}

fn folder(home: &Warroom) -> PathBuf {
    home.home().join("incidents").join(ID).join("outputs")
}

fn files(home: &Warroom) -> BTreeMap<String, Vec<u8>> {
    let found = fs::read_dir(folder(home)).into_iter().flatten().flatten();
    found.map(|f| (f.file_name().into_string().unwrap(), fs::read(f.path()).unwrap())).collect()
}

fn parts(fake: &FakeEtcd) -> Vec<String> {
    fake.keys().into_keys().filter(|key| key.starts_with("/warroom/~outputs/")).collect()
}

#[test]
fn what_a_step_wrote_and_the_text_that_was_followed_arrive_with_the_entries() {
    let fake = FakeEtcd::start();
    let (alice, bob) = (told(&fake), on(&fake));
    let said = share(&alice);
    assert_eq!(said.code, 0, "{said:?}");
    // Text, little, 589 KB in three pieces, a MiB and a mark in five.
    assert_eq!(parts(&fake).len(), 1 + 1 + 3 + 5, "{:?}", parts(&fake));
    assert!(fake.keys().values().all(|value| value.len() <= 256 * 1024));
    let said = share(&bob);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(files(&bob), files(&alice));
    assert_eq!(files(&bob).len(), 4);
    let text = files(&bob).into_values().find(|bytes| bytes == RUNBOOK.as_bytes());
    assert!(text.is_some(), "the pinned text came too");
    // Nothing is sent twice.
    let keys = fake.keys();
    assert_eq!((share(&alice).code, share(&bob).code), (0, 0));
    assert_eq!(fake.keys(), keys);
}

#[test]
fn a_struck_output_and_one_that_no_shared_entry_names_stay_here() {
    let fake = FakeEtcd::start();
    let alice = told(&fake);
    fs::write(folder(&alice).join("0".repeat(64)), "CANARY-internal").unwrap();
    let log = alice.run(&["log", "--json"]);
    let entries: Vec<serde_json::Value> = serde_json::from_str(&log.out).unwrap();
    let little = entries.iter().find(|e| e["kind"] == "step.finished" && e["data"]["step"] == "little").unwrap();
    let said = alice.run(&["strike", little["id"].as_str().unwrap()]);
    assert_eq!(said.code, 0, "{said:?}");
    let said = share(&alice);
    assert_eq!(said.code, 0, "{said:?}");
    let all: Vec<u8> = fake.keys().into_iter().filter(|(k, _)| k.contains("~outputs")).flat_map(|(_, v)| v).collect();
    assert_eq!(parts(&fake).len(), 1 + 3 + 5);
    assert!(!all.windows(6).any(|w| w == b"CANARY"), "it left");
}

#[test]
fn bytes_that_are_not_what_their_key_says_are_told_and_not_taken() {
    let fake = FakeEtcd::start();
    let (alice, bob) = (told(&fake), on(&fake));
    let little = files(&alice).into_iter().find(|(_, bytes)| bytes == b"CANARY-little\n").unwrap().0;
    fake.put(&format!("/warroom/~outputs/{ID}/{little}/01-00"), b"something else\n");
    assert_eq!(share(&alice).code, 0);
    let said = bob.run(&["share", "--once", "--limit", "10"]);
    assert_eq!(said.code, 4, "{said:?}");
    assert!(said.out.contains("other bytes than output") && said.out.contains("etcdctl del"), "{said:?}");
    assert!(!files(&bob).contains_key(&little));
    assert_eq!(files(&bob).len(), 3, "the others came");
    assert_eq!(files(&alice)[&little], b"CANARY-little\n");
    // Whoever finds another piece where ours belongs says so as well.
    let much =
        files(&alice).into_iter().find(|(_, bytes)| bytes.starts_with(b"1\n") && bytes.len() < 600_000).unwrap().0;
    let fake = FakeEtcd::start();
    alice.write("config.toml", &format!("discover = false\n[share.etcd]\nendpoints = [\"{}\"]\n", fake.url()));
    fake.put(&format!("/warroom/~outputs/{ID}/{much}/03-01"), b"x");
    assert_eq!(share(&alice).code, 0, "a hole is filled, and what is there is not what anybody asked for");
    assert_eq!(parts(&fake).len(), 1 + 1 + 3 + 5);
}

#[test]
fn a_full_cluster_and_a_false_acknowledgement_are_said_and_outlived() {
    let fake = FakeEtcd::start();
    let (alice, bob) = (told(&fake), on(&fake));
    // Entries first, so that what is refused next is an output.
    fs::rename(folder(&alice), alice.home().join("aside")).unwrap();
    assert_eq!(share(&alice).code, 0);
    fs::rename(alice.home().join("aside"), folder(&alice)).unwrap();
    fake.fail(&[Fault::FalseAck, Fault::Full]);
    let said = share(&alice);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("FULL (NOSPACE)"), "{said:?}");
    assert_eq!(parts(&fake).len(), 10, "what was acknowledged and is not there is put again");
    assert_eq!(share(&bob).code, 0);
    assert_eq!(files(&bob), files(&alice));
}
