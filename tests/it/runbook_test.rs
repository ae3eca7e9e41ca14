//! `warroom runbook test`: a test that should fail does, nothing reaches out, nothing is changed.

use std::fs;

use crate::support::warroom::{Said, Warroom};

const BOOK: &str = "---\nwarroom: 1\nid: own\ntitle: Our own\nrevision: 1\nowner: us\nreviewed: 2026-11-21\nparams:\n  - {name: mark, type: path, default: /tmp}\n---\n\n\
    ## Look {#look}\n\nWhy.\n\n```sh {kind=check effect=read timeout=10s expect=\"number < 5\"}\ncurl -fsS http://192.0.2.1/height\n```\n\n\
    ## Which {#which}\n\nWhy.\n\n```choices {kind=decide}\nleft -> act\nright -> end\n```\n\n\
    ## Act {#act}\n\nWhy.\n\n```sh {kind=run effect=change expect=\"contains done\"}\ntouch \"$mark/touched\"\necho done\n```\n\n\
    ## Wait {#wait}\n\nWhy.\n\n```sh {kind=wait effect=read timeout=5s every=1s deadline=1h expect=\"equals up\"}\ncat \"$mark/state\"\n```\n";

const GOOD: &str = "params = { mark = \"{folder}\" }\n[files]\nstate = \"up\"\n[[reply]]\ntool = \"curl\"\nout = [\"3\\n\"]\n[[step]]\nid = \"act\"\nrecorded = \"done\\n\"\n";

fn played(test: &str) -> Said {
    let house = Warroom::new();
    house.write("runbooks/own.md", BOOK);
    house.write("runbooks/own.test/a.toml", test);
    let said = house.run(&["runbook", "test", "own", "--coverage"]);
    assert!(!house.home().join("runbooks/touched").exists());
    said
}

#[test]
fn a_good_test_passes() {
    let said = played(GOOD);
    assert!(
        said.code == 0 && said.out.starts_with("ok     own  ") && !said.out.contains("no test reaches"),
        "{said:?}"
    );
}

#[test]
fn what_does_not_go_as_wanted_fails_with_both() {
    for (edit, to, says) in [
        ("\"3\\n\"", "\"7\\n\"", "step look failed, wanted passed: expected a number < 5, got 7"),
        (
            "recorded = \"done\\n\"",
            "recorded = \"no\\n\"",
            "step act failed, wanted passed: expected contains \"done\", got no",
        ),
        ("recorded = \"done\\n\"", "actual = \"x\"", "step act changes something and does not run in a test"),
        ("id = \"act\"", "id = \"akt\"", "the runbook has no step `akt`"),
        ("state = \"up\"", "state = \"down\"", "step wait timed out, wanted passed"),
        ("tool = \"curl\"", "tool = \"wget\"", "step look failed, wanted passed"),
        ("id = \"act\"", "id = \"which\"\nanswer = \"up\"\n[[step]]\nid = \"act\"", "step which offers: left · right"),
        ("id = \"act\"", "id = \"wait\"\nends = \"skipped\"\n[[step]]\nid = \"act\"", "step wait was not left out"),
    ] {
        assert!(GOOD.contains(edit), "{edit}");
        let said = played(&GOOD.replacen(edit, to, 1));
        assert!(said.code == 1 && said.out.contains("FAILED") && said.out.contains(says), "{says}: {said:?}");
    }
}

#[test]
fn a_branch_and_a_stop_can_be_wanted() {
    let branch = GOOD.replacen(
        "id = \"act\"",
        "id = \"which\"\nanswer = \"right\"\n[[step]]\nid = \"act\"\nends = \"skipped\"",
        1,
    );
    let said = played(&branch.replace("recorded = \"done\\n\"\n", ""));
    assert!(said.code == 0 && said.out.contains("no test reaches act, wait"), "{said:?}");
    let stop = GOOD.replacen("\"3\\n\"", "\"7\\n\"", 1).replacen(
        "[[step]]",
        "[[step]]\nid = \"look\"\nends = \"failed\"\n[[step]]",
        1,
    );
    let said = played(&format!("stands-at = \"look\"\n{stop}"));
    assert_eq!(said.code, 0, "{said:?}");
}

#[test]
fn a_broken_test_names_its_line() {
    let said = played("about = \"x\"\nsteps = 3\n");
    assert!(said.code == 2 && said.err.contains("a.toml:2: unknown field"), "{said:?}");
    let said = played("[files]\n\"../x\" = \"y\"\n");
    assert!(said.code == 2 && said.err.contains("cannot name a file or a tool"), "{said:?}");
}

#[test]
fn a_file_is_tested_where_it_lies_and_leaves_nothing() {
    let house = Warroom::new();
    house.write("elsewhere/own.md", BOOK);
    house.write("elsewhere/own.test/a.toml", GOOD);
    let temp = house.home().join("tmp");
    fs::create_dir(&temp).unwrap();
    let file = house.home().join("elsewhere/own.md").display().to_string();
    let test = |more: &[&str]| {
        let words: Vec<&str> = ["runbook", "test", &file].into_iter().chain(more.iter().copied()).collect();
        Said::from(house.command(&words).stdin(std::process::Stdio::null()).env("TMPDIR", &temp).output().unwrap())
    };
    let unasked = test(&[]);
    assert!(
        unasked.code == 3 && unasked.err.contains("steps that look (look, wait) would really run here"),
        "{unasked:?}"
    );
    assert_eq!(unasked.out, "", "nothing was played");
    let said = test(&["--trust-file"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(fs::read_dir(&temp).unwrap().count(), 0);
}

#[test]
fn a_runbook_is_printed_for_a_pencil() {
    let house = Warroom::new();
    let said = house.run(&["runbook", "show", "validator-migration", "--paper", "--param", "old_host=val-1"]);
    assert_eq!(said.code, 0, "{said:?}");
    for part in [
        "MOVE A VALIDATOR TO ANOTHER HOST   validator-migration r3",
        "$old_host = val-1   ",
        "$key_id = ________________________",
        "[ ] 1. The new node follows the chain, without the key   (check)   ________ UTC",
        "    !! MAKES A KEY SIGN: two live signers are slashed.",
        "    [ ] right before it, once more: step {#silent}",
        "    on the host $old_host:",
        "    expected: exit 0",
    ] {
        assert!(said.out.contains(part), "{part}: {}", said.out);
    }
    assert!(said.out.lines().filter(|l| !l.contains("| ") && !l.starts_with('$')).all(|l| l.chars().count() <= 110));
}

#[test]
fn shellcheck_is_asked_where_it_is() {
    let house = Warroom::new();
    house.write("runbooks/own.md", &BOOK.replace("curl -fsS", "curl -fsS $mark"));
    house.write("bin/shellcheck", "#!/bin/sh\ncat >/dev/null\necho '-:1:11: warning: Double quote it. [SC2086]'\necho '-:1:12: note: Not in style. [SC2016]'\n");
    let bin = house.home().join("bin");
    let set = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(bin.join("shellcheck"), set).unwrap();
    let file = house.home().join("runbooks/own.md").display().to_string();
    let asked = |path: &str| Said::from(house.command(&["runbook", "lint", &file]).env("PATH", path).output().unwrap());
    let with = asked(&format!("{}:/bin:/usr/bin", bin.display()));
    let says = "own.md:17: warning: step `look`: shellcheck: Double quote it. [SC2086]; see SC2086";
    assert!(with.code == 0 && with.out.contains(says) && !with.out.contains("style"), "{with:?}");
    let without = asked("/nowhere");
    assert!(without.code == 0 && !without.out.contains("shellcheck"), "{without:?}");
}

#[test]
fn the_real_shellcheck_has_nothing_to_say_of_the_shipped_runbooks() {
    if std::process::Command::new("shellcheck").arg("--version").output().is_err() {
        eprintln!("SKIPPED: shellcheck is not installed");
        return;
    }
    let house = Warroom::new();
    let said = house.run(&["runbook", "lint"]);
    assert_eq!((said.code, said.out.as_str()), (0, ""), "{said:?}");
    // It was asked.
    house.write("runbooks/own.md", &BOOK.replace("curl -fsS", "curl -fsS $mark"));
    let own = house.home().join("runbooks/own.md").display().to_string();
    assert!(house.run(&["runbook", "lint", &own]).out.contains("[SC2086]"));
}

#[test]
fn a_step_for_another_client_does_not_begin() {
    let house = Warroom::new();
    let node = crate::support::replies::Replies::new(&[(
        "web3_clientVersion",
        &[r#"{"jsonrpc":"2.0","id":1,"result":"Geth/v1.15.0"}"#],
    )]);
    for (method, result) in [
        ("eth_chainId", "\"0x1\""),
        ("eth_blockNumber", "\"0x10\""),
        ("eth_syncing", "false"),
        ("net_peerCount", "\"0x3\""),
    ] {
        node.set(method, &[&format!(r#"{{"jsonrpc":"2.0","id":1,"result":{result}}}"#)]);
    }
    let block = r#"{"jsonrpc":"2.0","id":1,"result":{"number":"0x10","hash":"0xaa","parentHash":"0xbb","timestamp":"0x1","gasUsed":"0x0","gasLimit":"0x1","transactions":[]}}"#;
    node.set("eth_getBlockByNumber", &[block]);
    house.write("config.toml", &format!("network = \"devnet\"\n[[node]]\nid = \"el-1\"\nfamily = \"ethereum-execution\"\nurl = \"{}\"\nmine = true\n", node.url));
    house.write(
        "runbooks/own.md",
        &BOOK
            .replace("reviewed: 2026-11-21", "reviewed: 2026-11-21\nclient: besu")
            .replace("curl -fsS http://192.0.2.1/height", "echo 3"),
    );
    assert_eq!(house.run(&["declare", "--severity", "3", "x"]).code, 0);
    let other = house.run(&["runbook", "run", "own", "--until", "look"]);
    assert!(
        other.code == 3 && other.err.contains("THE WRONG HOST? This is written for besu; el-1 is Geth/v1.15.0"),
        "{other:?}"
    );
    assert!(!house.run(&["log"]).out.contains("step look begun"), "nothing began");
    let said = house.run(&["runbook", "run", "own", "--until", "look", "--client", "besu"]);
    assert_eq!(said.code, 0, "{said:?}");
}
