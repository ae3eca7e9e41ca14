//! The runbooks that come with the program: lint finds nothing, and each is followed from its first step to its last,
//! with its real commands against a node that answers as real nodes have answered.

use std::collections::BTreeMap;

use rstest::rstest;
use warroom::domain::event::{Effect, StepKind, StepOutcome};
use warroom::domain::run::StepState;
use warroom::runbook::finding::Severity;
use warroom::runbook::lint::lint;
use warroom::runbook::model::Runbook;
use warroom::runbook::shelf::{Shelf, shipped_text};

use crate::support::replies::Replies;
use crate::support::runner::Runner;
use crate::support::warroom::Warroom;

fn book(id: &str) -> Runbook {
    Shelf::shipped().book(id).unwrap().clone()
}

fn ids() -> Vec<String> {
    Shelf::shipped().books().iter().map(|b| b.id.to_string()).collect()
}

const IDS: [&str; 12] = [
    "bad-upgrade",
    "chain-halt",
    "contract-exploit",
    "execution-stuck",
    "finality-loss",
    "key-compromise",
    "mempool-flood",
    "single-node-fault",
    "solana-restart",
    "substrate-stall",
    "validator-migration",
    "wrong-fork",
];

#[test]
fn all_are_there_and_none_is_broken() {
    let shelf = Shelf::shipped();
    assert_eq!(shelf.faults(), Vec::<String>::new());
    assert_eq!(ids(), IDS);
}

#[test]
fn each_has_a_test_that_it_passes_and_that_reaches_nearly_all_of_it() {
    let house = Warroom::new();
    let said = house.run(&["runbook", "test", "--coverage"]);
    assert_eq!(said.code, 0, "{}\n{}", said.out, said.err);
    assert_eq!(said.out.lines().filter(|l| l.starts_with("ok ")).count(), IDS.len(), "{}", said.out);
    let missed: Vec<&str> = said.out.lines().filter(|l| l.contains("no test reaches")).collect();
    // Of the kinds of keys, each is taken by a branch of its own.
    assert!(missed.iter().all(|l| l.contains("key-compromise: no test reaches signer, machines")), "{missed:?}");
}

#[test]
fn what_signs_is_guarded_and_what_cannot_be_taken_back_is_for_two() {
    for b in Shelf::shipped().books() {
        for s in b.steps.iter().filter(|s| s.effect >= Effect::Destroy) {
            assert!(s.target.is_some() && s.people >= 1, "{} {}", b.id, s.id);
            let signs = s.effect == Effect::Sign;
            assert!(!signs || s.people == 2 && !s.guards.is_empty(), "{} {}", b.id, s.id);
            let at = b.steps.iter().position(|o| o.id == s.id).unwrap();
            let asked = b.steps[..at].iter().any(|o| matches!(o.kind, StepKind::Approve | StepKind::Confirm));
            assert!(asked, "{} {}: somebody was asked before", b.id, s.id);
        }
    }
}

#[test]
fn in_an_exploit_the_pause_comes_first_and_partners_before_the_public() {
    let b = book("contract-exploit");
    let place = |id: &str| b.steps.iter().position(|s| s.id.as_str() == id).unwrap();
    assert!(place("pause") < place("partners") && place("partners") < place("public"));
    assert_eq!(b.steps[place("partners")].to.as_deref(), Some("partners"));
}

#[test]
fn lint_finds_nothing_to_say() {
    for b in Shelf::shipped().books() {
        let found: Vec<String> = lint(b).iter().map(|f| f.in_file(b.id.as_str())).collect();
        assert_eq!(found, Vec::<String>::new());
        assert!((7..=18).contains(&b.steps.len()), "{} has {} steps", b.id, b.steps.len());
        assert!(!b.triggers.is_empty() && !b.intro.is_empty(), "{}", b.id);
    }
}

#[test]
fn nobody_is_told_to_drop_what_keeps_a_key_from_signing_twice() {
    for id in ids() {
        let text = shipped_text(&id).unwrap().to_lowercase();
        for words in ["force-clear-db", "delete slashing", "remove slashing", "disable slashing", "unsafe-reset"] {
            assert!(!text.contains(words), "{id}: {words}");
        }
    }
}

#[test]
fn the_last_step_of_each_looks_at_the_chain_itself() {
    for b in Shelf::shipped().books() {
        let last = b.steps.last().unwrap();
        assert_eq!(last.kind, StepKind::Wait, "{}", b.id);
        assert!(last.command.contains("curl"), "{}: it asks a real node", b.id);
    }
}

const SPEC: &str = r#"{"data":{"SECONDS_PER_SLOT":"1","SLOTS_PER_EPOCH":"8","MIN_GENESIS_TIME":"0"}}"#;
const PEERS: &str = r#"{"data":{"disconnected":"0","connecting":"0","connected":"64","disconnecting":"0"}}"#;
const VERSION: &str = r#"{"data":{"version":"Lodestar/v1.5.1/5a1b2c3"}}"#;
const METRICS: &str = "# TYPE beacon_prev_epoch_target_gwei gauge\nbeacon_prev_epoch_target_gwei 6.1e+10\nbeacon_prev_epoch_active_gwei 1e+11\n";

fn syncing(slot: u32, distance: u32) -> String {
    format!(
        r#"{{"data":{{"head_slot":"{slot}","sync_distance":"{distance}","is_syncing":false,"is_optimistic":false,"el_offline":false}}}}"#
    )
}

fn checkpoints(epoch: u32) -> String {
    format!(
        r#"{{"data":{{"previous_justified":{{"epoch":"11","root":"0xfc"}},"current_justified":{{"epoch":"11","root":"0xfc"}},"finalized":{{"epoch":"{epoch}","root":"0x0f"}}}},"execution_optimistic":false}}"#
    )
}

fn beacon() -> Replies {
    let node = Replies::new(&[
        ("/eth/v1/config/spec", &[SPEC]),
        ("/eth/v1/node/version", &[VERSION]),
        ("/eth/v1/node/peer_count", &[PEERS]),
        ("/eth/v1/node/health", &[""]),
        ("/metrics", &[METRICS]),
    ]);
    node.set("/eth/v1/node/syncing", &[&syncing(143, 0), &syncing(143, 0), &syncing(144, 0)]);
    node.set("/eth/v1/beacon/states/head/finality_checkpoints", &[&checkpoints(10)]);
    node
}

#[test]
fn loss_of_finality_is_followed_to_its_end() {
    let node = beacon();
    let book = book("finality-loss");
    let metrics = format!("{}/metrics", node.url);
    let mut runner = Runner::new(&book, &[("beacon_url", &node.url), ("metrics_url", &metrics)]);
    let mut ends: BTreeMap<String, String> = BTreeMap::new();
    while let Some(step) = runner.step() {
        let id = step.id.to_string();
        match step.kind {
            StepKind::Wait => {
                // Not yet, not yet, and then real progress.
                let replies = [checkpoints(10), checkpoints(10), checkpoints(19)];
                let replies: Vec<&str> = replies.iter().map(String::as_str).collect();
                node.set("/eth/v1/beacon/states/head/finality_checkpoints", &replies);
                ends.insert(id, runner.go(None).actual);
            }
            k if k.runs_command() => {
                let end = runner.go(None);
                assert_eq!(end.outcome, StepOutcome::Passed, "{id}: {}", end.actual);
                ends.insert(id, end.actual);
            }
            StepKind::Decide => runner.answer("1"),
            _ => runner.answer(""),
        }
    }
    assert!(runner.run.is_done());
    let end = |id: &str| ends[id].as_str();
    assert_eq!(end("version"), "Lodestar/v1.5.1/5a1b2c3");
    assert_eq!(end("finalized"), "10");
    assert_eq!(end("head"), "moved from slot 143 to 144");
    assert_eq!(end("peers"), "connected 64 · distance 0 · syncing false · execution offline false");
    assert_eq!(end("participation"), "61.0 % of the stake voted (needed: 66.7)");
    assert_eq!(end("final-again"), "final epoch 19 is newer than 10");
}

#[test]
fn a_fault_of_ours_ends_the_network_runbook() {
    let node = beacon();
    let book = book("finality-loss");
    let mut runner = Runner::new(&book, &[("beacon_url", &node.url)]);
    while let Some(step) = runner.step() {
        match step.kind {
            StepKind::Decide => runner.answer("only ours is behind: take single-node-fault instead"),
            k if k.runs_command() => drop(runner.go(None)),
            _ => runner.answer(""),
        }
    }
    let tell = runner.run.state(&"tell".into());
    let StepState::Skipped { reason, .. } = tell else { panic!("{tell:?}") };
    assert_eq!(reason, "only-us decided: Only ours is behind: take single-node-fault instead");
    // Its metrics do not answer: left out, never taken for a number.
    let participation = runner.run.state(&"participation".into());
    assert!(matches!(participation, StepState::Skipped { .. }), "{participation:?}");
}

#[test]
fn a_head_that_stands_still_stops_the_run() {
    let node = beacon();
    node.set("/eth/v1/node/syncing", &[&syncing(143, 0)]);
    let book = book("finality-loss");
    let mut runner = Runner::new(&book, &[("beacon_url", &node.url)]);
    while let Some(step) = runner.step().filter(|s| s.id.as_str() != "head") {
        if step.kind.runs_command() { drop(runner.go(None)) } else { runner.answer("") }
    }
    let end = runner.go(None);
    assert_eq!((end.outcome, end.actual.as_str()), (StepOutcome::Failed, "exit 1: still at slot 143 after 8 slots"));
    assert_eq!(runner.step().unwrap().id.as_str(), "head", "the run stands where it failed");
}

#[rstest]
#[case::finality("finality-loss", "finalized")]
#[case::own("single-node-fault", "own-head")]
#[case::height("execution-stuck", "height")]
fn a_node_that_does_not_answer_fails_the_step_and_says_how(#[case] id: &str, #[case] at: &str) {
    let book = book(id);
    let url = if id == "execution-stuck" { "execution_url" } else { "beacon_url" };
    let mut runner = Runner::new(&book, &[(url, "http://127.0.0.1:1")]);
    while let Some(step) = runner.step().filter(|s| s.id.as_str() != at) {
        if step.kind.runs_command() { drop(runner.go(None)) } else { runner.answer("") }
    }
    let end = runner.go(None);
    assert_eq!(end.outcome, StepOutcome::Failed, "{}", end.actual);
    assert!(end.output.is_some(), "what curl said is kept");
}

fn execution() -> Replies {
    Replies::new(&[
        ("web3_clientVersion", &[r#"{"jsonrpc":"2.0","id":1,"result":"anvil/v1.7.1"}"#]),
        ("eth_syncing", &[r#"{"jsonrpc":"2.0","id":1,"result":false}"#]),
        ("eth_blockNumber", &[r#"{"jsonrpc":"2.0","id":1,"result":"0x12f"}"#]),
        (
            "eth_getBlockByNumber",
            &[
                r#"{"jsonrpc": "2.0", "id": 1, "result": {"hash": "0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "parentHash": "0xbb", "timestamp": "0x5", "transactions": []}}"#,
            ],
        ),
        ("net_peerCount", &[r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"Method not found"}}"#]),
    ])
}

#[test]
fn a_stuck_execution_node_is_followed_to_its_end() {
    let node = execution();
    let book = book("execution-stuck");
    let mut runner = Runner::new(&book, &[("execution_url", &node.url)]);
    let mut ends: BTreeMap<String, String> = BTreeMap::new();
    while let Some(step) = runner.step() {
        let id = step.id.to_string();
        match step.id.as_str() {
            // No service is restarted by a test; what would run is looked at instead.
            "restart" => {
                assert!(step.command.contains("systemctl restart \"$service\""));
                assert_eq!(step.effect, Effect::Change);
                ends.insert(id, runner.go(Some("echo \"would restart $service\"")).actual);
            }
            "moves" => {
                node.set("eth_blockNumber", &[r#"{"result":"0x12f"}"#, r#"{"result":"0x130"}"#]);
                ends.insert(id, runner.go(None).actual);
            }
            _ if step.kind.runs_command() => {
                let end = runner.go(None);
                assert_eq!(end.outcome, StepOutcome::Passed, "{id}: {}", end.actual);
                ends.insert(id, end.actual);
            }
            _ if step.kind == StepKind::Decide => runner.answer("1"),
            _ => runner.answer("no telling line"),
        }
    }
    let end = |id: &str| ends[id].as_str();
    assert_eq!(end("version"), "anvil/v1.7.1 · syncing false");
    assert_eq!(end("height"), "303");
    assert!(
        end("age").ends_with(" s old, hash 0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        "{}",
        end("age")
    );
    assert!(end("peers").starts_with("not told: ") && end("peers").contains("-32601"), "{}", end("peers"));
    assert_eq!(end("restart"), "exit 0: would restart execution");
    assert_eq!(end("moves"), "now at 304, was at 303");
}

#[test]
fn a_single_node_at_fault_is_followed_to_its_end() {
    let node = beacon();
    node.set("/eth/v1/node/syncing", &[&syncing(100, 238), &syncing(100, 238), &syncing(339, 0)]);
    let book = book("single-node-fault");
    let mut runner = Runner::new(&book, &[("beacon_url", &node.url)]);
    let mut ends: BTreeMap<String, String> = BTreeMap::new();
    while let Some(step) = runner.step() {
        let id = step.id.to_string();
        match step.id.as_str() {
            "restart" => drop(runner.go(Some("true"))),
            "other-head" => runner.answer("338"),
            _ if step.kind.runs_command() => {
                let end = runner.go(None);
                assert_eq!(end.outcome, StepOutcome::Passed, "{id}: {}", end.actual);
                ends.insert(id, end.actual);
            }
            _ if step.kind == StepKind::Decide => runner.answer("Others move, ours does not"),
            _ => runner.answer(""),
        }
    }
    let end = |id: &str| ends[id].as_str();
    assert_eq!((end("health"), end("own-head"), end("behind")), ("health 200", "100", "238 slots behind"));
    assert!(end("host").starts_with("disk free "), "{}", end("host"));
    assert_eq!(end("back"), "distance 0 at slot 339");
}

#[test]
fn a_log_from_elsewhere_sets_nothing_that_is_not_declared() {
    let book = book("execution-stuck");
    let mut runner = Runner::new(&book, &[]);
    let before = warroom::runbook::next::values(&book, &runner.run);
    runner.run.pinned.params.insert("LD_PRELOAD".to_owned(), "/tmp/evil.so".to_owned());
    runner.run.pinned.params.insert("service".to_owned(), "geth; rm -rf /".to_owned());
    let after = warroom::runbook::next::values(&book, &runner.run);
    assert!(!after.contains_key("LD_PRELOAD") && !after.contains_key("service"), "{after:?}");
    assert_eq!(before.len(), after.len() + 1);
}

#[test]
fn a_folder_adds_and_overrides_and_a_broken_file_hides_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    let own = shipped_text("finality-loss").unwrap().replace("revision: 3\n", "revision: 9\n");
    write("ours.md", &own);
    write("twice.md", &own);
    write("broken.md", "---\nwarroom: 1\nid: broken\n---\n");
    write(".hidden.md", "no");
    write("notes.txt", "no");
    let shelf = Shelf::load(dir.path());
    let names: Vec<&str> = shelf.books().iter().map(|b| b.id.as_str()).collect();
    assert_eq!(names, IDS);
    let ours = shelf.book("finality-loss").unwrap();
    assert_eq!((ours.revision, ours.origin.as_str().ends_with("ours.md")), (9, true));
    assert_ne!(ours.digest(), book("finality-loss").digest());
    assert_eq!(shelf.faults().len(), 2, "{:?}", shelf.faults());
    assert!(shelf.faults()[0].contains("broken.md:"), "{:?}", shelf.faults());
    assert!(shelf.faults()[1].contains("twice.md:3: error: ") && shelf.faults()[1].contains("ours.md has the id"));
    assert_eq!(Shelf::load(&dir.path().join("nowhere")).faults().len(), 0);
}

#[test]
fn a_runbook_under_git_is_pinned_with_its_commit_and_called_dirty_when_it_was_edited() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("runbooks");
    std::fs::create_dir(&folder).unwrap();
    let text = shipped_text("finality-loss").unwrap();
    std::fs::write(folder.join("a.md"), text).unwrap();
    let git = |args: &[&str]| {
        let mut git = std::process::Command::new("git");
        git.current_dir(dir.path())
            .env("HOME", dir.path())
            .args(["-c", "user.name=a", "-c", "user.email=a@b"])
            .args(args);
        let said = git.output().unwrap();
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        String::from_utf8(said.stdout).unwrap().trim().to_owned()
    };
    let commit = || Shelf::load(&folder).book("finality-loss").unwrap().commit.clone();
    assert_eq!(commit(), "", "no repository");
    git(&["init", "-q"]);
    assert_eq!(commit(), "", "no commit");
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "first"]);
    assert_eq!(commit(), git(&["rev-parse", "HEAD"]));
    std::fs::write(folder.join("a.md"), format!("{text}\nedited\n")).unwrap();
    assert_eq!(commit(), format!("{}-dirty", git(&["rev-parse", "HEAD"])), "edited");
    std::fs::rename(folder.join("a.md"), folder.join("new.md")).unwrap();
    assert_eq!(commit(), "", "the commit has no such file");
}

const FRONT: &str = "---\nwarroom: 1\nid: t\ntitle: T\nrevision: 1\nowner: ops\nreviewed: 2026-11-21\nparams:\n  - {name: url, type: url, default: \"http://x\"}\n---\n";

#[rstest]
#[case::fine("Why.\n```sh {kind=check}\ncurl \"$url\"\n```\n", "")]
#[case::belied(
    "Why.\n```sh {kind=check}\nrm -rf /x \"$url\"\n```\n",
    "error: step `a` says effect=read, but its text removes"
)]
#[case::restart(
    "Why.\n```sh {kind=check}\nsystemctl restart geth; echo \"$url\"\n```\n",
    "error: step `a` says effect=read, but its text changes a service"
)]
#[case::signer(
    "Why.\n```sh {kind=run effect=change expect=\"exit 0\"}\nsystemctl start validator; echo \"$url\"\n```\n",
    "error: step `a` says effect=change, but its text starts a signer"
)]
#[case::protection(
    "Why.\n```sh {kind=run effect=destroy target=x expect=\"exit 0\"}\nrm slashing_protection.sqlite \"$url\"\n```\n",
    "error: step `a` takes away what keeps a key from signing twice"
)]
#[case::reset(
    "Why.\n```sh {kind=run effect=destroy target=x expect=\"exit 0\"}\ngaiad unsafe-reset-all \"$url\"\n```\n",
    "error: step `a` takes away what keeps a key from signing twice"
)]
#[case::overwritten(
    "Why.\n```sh {kind=run expect=\"exit 0\"}\necho \"$url\" > /d/priv_validator_state.json\n```\n",
    "error: step `a` takes away what keeps a key from signing twice"
)]
#[case::older_copy(
    "Why.\n```sh {kind=run expect=\"exit 0\"}\ncp \"$url\" /d/data/priv_validator_state.json\n```\n",
    "error: step `a` takes away what keeps a key from signing twice"
)]
#[case::signing_check(
    "Why.\n```sh {kind=check effect=sign target=x expect=\"exit 0\"}\necho \"$url\"\n```\n",
    "error: step `a` is a check that lets a key sign"
)]
#[case::no_check(
    "Why.\n```sh {kind=run}\necho \"$url\"\n```\n",
    "warning: step `a` changes something, but says neither"
)]
#[case::no_target(
    "Why.\n```sh {kind=run effect=destroy expect=\"exit 0\"}\necho \"$url\"\n```\n",
    "warning: step `a` cannot be taken back, but names no target"
)]
#[case::unknown(
    "Why.\n```sh {kind=check}\necho \"$url\" \"$ulr\"\n```\n",
    "error: step `a` reads $ulr, which nobody sets; did you mean $url?"
)]
#[case::unquoted("Why.\n```sh {kind=check}\ncurl $url\n```\n", "warning: step `a` reads $url without quotes")]
#[case::unused("Why.\n```sh {kind=check}\ntrue\n```\n", "warning: no step uses the parameter url")]
#[case::secret(
    "Why.\n```sh {kind=check}\ncurl \"$url?token=abcdef0123\"\n```\n",
    "warning: step `a` seems to hold a secret"
)]
#[case::no_why("```sh {kind=check}\necho \"$url\"\n```\n", "warning: step `a` does not say why")]
fn lint_says(#[case] step: &str, #[case] says: &str) {
    let text = format!("{FRONT}## A {{#a}}\n{step}");
    let origin = warroom::runbook::model::Origin::BuiltIn;
    let book = warroom::runbook::parse::parse(text.as_bytes(), "t.md", origin).unwrap();
    let found: Vec<String> = lint(&book).iter().map(|f| f.in_file("t.md")).collect();
    if says.is_empty() {
        assert_eq!(found, Vec::<String>::new());
    } else {
        assert!(found.iter().any(|f| f.contains(says)), "{found:?}");
    }
    let raised = lint(&book).iter().any(|f| f.severity == Severity::Error && f.what.contains("says effect"));
    assert_eq!(raised, book.steps[0].effect > book.steps[0].said, "what lint calls an error is treated as the worse");
}

#[test]
fn lint_asks_for_an_owner_and_a_review() {
    let text = "---\nwarroom: 1\nid: t\ntitle: T\nrevision: 1\n---\n## A {#a kind=note}\nWhy.\n";
    let origin = warroom::runbook::model::Origin::BuiltIn;
    let book = warroom::runbook::parse::parse(text.as_bytes(), "t.md", origin).unwrap();
    let found: Vec<String> = lint(&book).into_iter().map(|f| f.what).collect();
    assert_eq!(found, ["nobody has reviewed it", "it has no owner"]);
}
