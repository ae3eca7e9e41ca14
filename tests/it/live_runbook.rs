//! Guards and steps against real programs: an interchange that a real Lodestar exports, its own word on who signs, a step over a
//! real ssh. Only with `WARROOM_LIVE=1`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;
use warroom::domain::event::StepOutcome;
use warroom::runbook::model::Origin;
use warroom::runbook::parse::parse;

use crate::support::live::{Chain, Component, free_base, script, wait_for, wanted};
use crate::support::runner::Runner;
use crate::support::warroom::{Said, Warroom};

/// The first final epoch of a network of eight two-second slots an epoch comes 64 s after its genesis.
const FINAL: Duration = Duration::from_secs(180);
/// The epoch that the stop fell into, another, and the two that are watched, twice over.
const SILENT: Duration = Duration::from_secs(160);

const MIGRATION: &str = r#"---
warroom: 1
id: move
title: Move a signer
revision: 1
owner: ops
reviewed: 2026-11-21
params:
  - {name: beacon, type: url}
  - {name: execution, type: url}
  - {name: file, type: path}
  - {name: epoch, type: integer}
---
## Which client? {#client}
Why.
```sh {kind=check effect=read timeout=20s expect="contains Lodestar/"}
curl -fsS --max-time 10 "$beacon/eth/v1/node/version"
```
## Does the execution chain move? {#moves}
Why.
```sh {kind=wait effect=read timeout=20s every=1s deadline=50s expect="regex block [1-9][0-9]*"}
reply=$(curl -fsS --max-time 5 -H 'content-type: application/json' --data '{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]}' "$execution")
hex=$(printf '%s' "$reply" | tr -d ' \n' | sed -n 's/.*"result":"\(0x[0-9a-f]*\)".*/\1/p' | grep .)
echo "block $(printf '%d' "$hex")"
```
## Final {#final}
Why.
```sh {kind=wait effect=read timeout=20s every=1s deadline=55s expect="regex final epoch [1-9][0-9]*"}
reply=$(curl -fsS --max-time 5 "$beacon/eth/v1/beacon/states/head/finality_checkpoints")
epoch=$(printf '%s' "$reply" | tr -d ' \n' | sed -n 's/.*"finalized":{"epoch":"\([0-9]*\)".*/\1/p' | grep .)
if [ "$epoch" = 0 ]; then echo "nothing is final"; exit 1; fi
echo "final epoch $epoch"
```
## Nothing beyond {#above}
Why.
```sh {kind=check effect=read timeout=20s expect="exit 0"}
warroom guard above ethereum "$file" --epoch "$epoch"
```
## Start {#start}
Why.
```sh {kind=run effect=sign target=validator guards="above" expect="contains it would start"}
echo "it would start"
```
"#;

/// The keys' own client writes down what they have signed: it must be ended before it is asked.
fn exported(node: &Component, to: &Path) {
    let program = Path::new(node.get("LODESTAR_PROGRAM"));
    let lab = program.ancestors().find(|p| p.join("promise.cjs").exists()).unwrap();
    let mut export = Command::new("node");
    export.arg(program).args(["validator", "slashing-protection", "export", "--network", "dev", "--logFile", "none"]);
    export.arg("--dataDir").arg(Path::new(node.get("LODESTAR_FOLDER")).join("validator-A")).arg("--file").arg(to);
    export
        .args(["--beaconNodes", node.get("BEACON_URL"), "--interopIndexes", "0..1"])
        .env("LODESTAR_PRESET", "minimal");
    export.env("NODE_OPTIONS", format!("--no-warnings --require {}", lab.join("promise.cjs").display()));
    let said = export.output().unwrap();
    assert!(said.status.success() && to.exists(), "{}", String::from_utf8_lossy(&[said.stdout, said.stderr].concat()));
}

#[test]
fn live_signer_that_was_stopped_is_proved_dead_and_its_own_export_guards_its_next_start() {
    if !wanted("a stopped signer") {
        return;
    }
    // Two keys of eight: without them the others still carry the chain, and silence can be proved.
    let mut lodestar = Command::new(script());
    let node =
        Component::start_with(lodestar.args(["lodestar", &free_base().to_string()]).env("WARROOM_LAB_A_KEYS", "2"));
    let anvil = Component::start("anvil");
    let (house, url) = (Warroom::new(), node.get("BEACON_URL"));
    let silent = |key: &str| {
        let mut call = house.command(&["guard", "silent", "ethereum", "--url", url, "--key", key]);
        Said::from(call.env_remove("WARROOM_CLOCK").output().unwrap())
    };
    wait_for("a chain that is nearly final", FINAL, || Chain::ask(url).filter(|c| c.head >= 26));
    let book = parse(MIGRATION.as_bytes(), "move.md", Origin::BuiltIn).unwrap();
    let file = house.home().join("interchange.json");
    let begin = |epoch: u64| {
        let (epoch, file) = (epoch.to_string(), file.display().to_string());
        let given = [("beacon", url), ("execution", anvil.get("ANVIL_URL")), ("file", &file), ("epoch", &epoch)];
        let mut runner = Runner::new(&book, &given);
        let own = Path::new(env!("CARGO_BIN_EXE_warroom")).parent().unwrap();
        runner.tools = format!("{}:", own.display());
        runner
    };
    let mut run = begin(0);
    for (step, says) in [("client", "Lodestar/"), ("moves", "block "), ("final", "final epoch ")] {
        assert_eq!(run.step().unwrap().id.as_str(), step);
        let end = run.go(None);
        assert!(end.outcome == StepOutcome::Passed && end.actual.contains(says), "{step}: {end:?}");
    }
    // Both sign: neither is dead.
    let final_epoch = Chain::ask(url).unwrap().finalized;
    assert!(final_epoch >= 1 && ["0", "4"].iter().all(|k| silent(k).out.contains("SIGNED")));

    node.signal("VALIDATOR_A_PID", Signal::TERM);
    let epoch = Chain::ask(url).unwrap().head / 8;
    wait_for("the lock of its database", Duration::from_secs(30), || {
        Path::new("/proc").join(node.get("VALIDATOR_A_PID")).join("exe").read_link().is_err().then_some(())
    });
    exported(&node, &file);
    let shown = house.run(&["guard", "show", "ethereum", &file.display().to_string()]);
    assert!(shown.code == 0 && shown.out.matches("target").count() == 2, "{shown:?}");
    // An epoch that it signed in: the guard of the start refuses, with its evidence, and nothing starts.
    for (next, starts) in [(1, false), (epoch + 2, true)] {
        let mut run = begin(next);
        for _ in 0..3 {
            assert_eq!(run.go(None).outcome, StepOutcome::Passed);
        }
        let looked = run.go(None);
        assert_eq!(looked.outcome == StepOutcome::Passed, starts, "{next}: {looked:?}");
    }
    wait_for("three silent epochs", SILENT, || (silent("0").code == 0).then_some(()));
    let other = silent("4");
    assert!(other.code == 3 && other.out.contains("validator 4 SIGNED"), "{other:?}");
    let nobody = silent("4711");
    assert_eq!(nobody.code, 4, "a validator that never was is no dead one: {nobody:?}");
}

const BOOK: &str = "---\nwarroom: 1\nid: there\ntitle: Look there\nrevision: 1\nowner: us\nreviewed: 2026-11-21\nparams:\n  - {name: there, type: string}\n  - {name: word, type: string}\n---\n\n\
    ## Look {#look}\n\nWhy.\n\n```sh {kind=check effect=read timeout=20s host=$there expect=\"record\"}\nprintf '%s|%s|' \"$word\" \"${SSH_CONNECTION:-clean}\"\ncat\nid -un\n```\n\n\
    ## Hang {#hang}\n\nWhy.\n\n```sh {kind=check effect=read timeout=2s host=$there expect=\"exit 0\"}\nsleep 4711\n```\n";

#[test]
fn live_step_runs_over_ssh_and_ends_there_at_its_timeout() {
    if !wanted("a step over ssh") {
        return;
    }
    let server = Component::start("sshd");
    let folder = tempfile::tempdir().unwrap();
    // The person's own settings stand in their ~/.ssh; here they are named, and the rest of the call stays as it is.
    let keys = Path::new(server.get("SSHD_FOLDER"));
    let text = format!(
        "#!/bin/sh\nexec /usr/bin/ssh -F none -p {} -l {} -i {} -o IdentitiesOnly=yes -o UserKnownHostsFile={} -o LogLevel=ERROR \"$@\"\n",
        server.get("SSHD_PORT"),
        server.get("SSHD_USER"),
        keys.join("person").display(),
        keys.join("known_hosts").display()
    );
    fs::write(folder.path().join("ssh"), text).unwrap();
    fs::set_permissions(folder.path().join("ssh"), fs::Permissions::from_mode(0o755)).unwrap();
    let book = parse(BOOK.as_bytes(), "there.md", Origin::BuiltIn).unwrap();
    let word = "it's $(touch /tmp/pwned-by-warroom-test) \"q\"";
    let mut runner = Runner::new(&book, &[("there", "127.0.0.1"), ("word", word)]);
    runner.tools = format!("{}:", folder.path().display());
    let end = runner.go(None);
    assert_eq!((end.outcome, end.actual), (StepOutcome::Passed, format!("{word}|clean|{}", server.get("SSHD_USER"))));
    assert!(!Path::new("/tmp/pwned-by-warroom-test").exists());
    assert_eq!(runner.go(None).outcome, StepOutcome::TimedOut);
    let alive = || Command::new("pgrep").args(["-f", "^sleep 4711$"]).output().unwrap().status.success();
    wait_for("the other host to end it", Duration::from_secs(15), || (!alive()).then_some(()));
}
