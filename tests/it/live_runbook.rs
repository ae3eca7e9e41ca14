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

use crate::support::live::{Component, wait_for, wanted};
use crate::support::runner::Runner;
use crate::support::warroom::Warroom;

/// Two epochs of eight slots of two seconds, twice over.
const SILENT: Duration = Duration::from_secs(120);

#[test]
fn live_signer_that_was_stopped_is_proved_dead_and_the_other_is_not() {
    if !wanted("a stopped signer") {
        return;
    }
    let node = Component::start("lodestar");
    let house = Warroom::new();
    let url = node.get("BEACON_URL");
    let silent = |key: &str| house.run(&["guard", "silent", "ethereum", "--url", url, "--key", key]);
    // Both sign: neither is dead.
    wait_for("both validators to be seen", Duration::from_secs(90), || {
        ["0", "4"].iter().all(|k| silent(k).out.contains("SIGNED")).then_some(())
    });
    node.signal("VALIDATOR_A_PID", Signal::TERM);
    wait_for("two silent epochs", SILENT, || (silent("0").code == 0).then_some(()));
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
