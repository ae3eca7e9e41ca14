//! Shipped runbooks followed from their first step to their last against real nodes that are really at fault: a stand-in for
//! `systemctl` heals what a restart would. Only with `WARROOM_LIVE=1`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;

use crate::support::live::{Component, get_json, wait_for, wanted};
use crate::support::warroom::{Said, Warroom};

/// From the start of a network of two-second slots to its first heads: genesis comes after 15 s.
const BEGUN: Duration = Duration::from_secs(90);

/// A home in an incident, whose `systemctl restart` does this.
struct Place {
    home: Warroom,
    path: String,
}

impl Place {
    fn new(restart: &str) -> Self {
        let home = Warroom::new();
        home.write("config.toml", "network = \"devnet\"\ndiscover = false\n");
        home.write(
            "bin/systemctl",
            &format!("#!/bin/sh\ncase $1 in restart) {restart} ;; is-active) echo active ;; *) exit 64 ;; esac\n"),
        );
        fs::set_permissions(home.home().join("bin/systemctl"), fs::Permissions::from_mode(0o755)).unwrap();
        let path = format!("{}:{}", home.home().join("bin").display(), std::env::var("PATH").unwrap());
        let place = Self { home, path };
        assert_eq!(place.say(&["declare", "--severity", "2", "a node of ours"]).code, 0);
        place
    }

    /// With the real clock.
    fn say(&self, args: &[&str]) -> Said {
        let mut call = self.home.command(args);
        Said::from(call.env_remove("WARROOM_CLOCK").env("PATH", &self.path).output().unwrap())
    }
}

fn ask(url: &str, method: &str, params: &str) {
    let body = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}"#);
    let mut curl = Command::new("curl");
    curl.args(["-fsS", "--max-time", "5", "-H", "content-type: application/json", "--data", &body, url]);
    let said = curl.output().unwrap();
    assert!(said.status.success(), "{method}: {said:?}");
}

#[test]
fn live_execution_node_that_stands_is_followed_until_it_moves() {
    if !wanted("execution-stuck on anvil") {
        return;
    }
    let anvil = Component::start("anvil");
    let url = anvil.get("ANVIL_URL");
    let mends = r#"{"jsonrpc":"2.0","id":1,"method":"evm_setIntervalMining","params":[1]}"#;
    let restart = format!("curl -fsS -H 'content-type: application/json' --data '{mends}' {url}");
    let place = Place::new(&restart);
    ask(url, "evm_setIntervalMining", "[0]");
    let (node, mut run) = (format!("execution_url={url}"), vec!["runbook", "run", "execution-stuck"]);
    run.extend([
        "--param",
        &node,
        "--answer",
        "log=it hangs",
        "--answer",
        "cause=It hangs, nothing is damaged: restart it",
    ]);
    // Without a word it changes nothing.
    let halted = place.say(&run);
    assert!(halted.code == 3 && halted.err.contains("allow it with --yes"), "{halted:?}");
    assert!(halted.out.contains("anvil/v") && halted.out.contains("newest block is "), "{halted:?}");
    let done = place.say(&["runbook", "run", "execution-stuck", "--yes"]);
    assert_eq!(done.code, 0, "{done:?}");
    let moved =
        done.out.lines().find(|l| l.contains("actual") && l.contains("now at ")).unwrap_or_else(|| panic!("{done:?}"));
    let heights: Vec<u64> = moved.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect();
    assert!(heights[0] > heights[1], "{moved}");
    let log = place.say(&["log"]).out;
    assert!(log.contains("systemctl restart") || log.contains("Restart the execution node"), "{log}");
    assert_eq!(place.say(&["verify"]).code, 0);
}

#[test]
fn live_beacon_node_at_fault_is_followed_until_it_is_at_the_head() {
    if !wanted("single-node-fault on lodestar") {
        return;
    }
    let network = Component::start("lodestar");
    let url = network.get("BEACON_URL").to_owned();
    let place = Place::new(&format!("kill -CONT {}", network.get("BEACON_PID")));
    let sync = || get_json(&format!("{url}/eth/v1/node/syncing"));
    let slot = |name: &str| sync()?["data"][name].as_str()?.parse::<u64>().ok();
    let head = wait_for("the first heads", BEGUN, || slot("head_slot").filter(|s| *s >= 2));
    network.signal("BEACON_PID", Signal::STOP);
    let (node, other) = (format!("beacon_url={url}"), format!("other-head={}", head + 30));
    let answers = ["ours=Others move, ours does not", "keys=both clients here, and nothing else", &other];
    let mut run = vec!["runbook", "run", "single-node-fault", "--param", &node];
    run.extend(answers.iter().flat_map(|a| ["--answer", a]));
    // It does not answer: a finding, and where its head is cannot be said.
    let dead = place.say(&run);
    assert!(dead.code == 1 && dead.out.contains("✗ own-head"), "{dead:?}");
    network.signal("BEACON_PID", Signal::CONT);
    wait_for("an answer", BEGUN, sync);
    let halted = place.say(&["runbook", "run", "single-node-fault", "--answer", &other, "--until", "behind"]);
    assert!(halted.code == 0 && halted.out.contains("slots behind"), "{halted:?}");
    // It hangs once more, and the restart is what brings it back.
    network.signal("BEACON_PID", Signal::STOP);
    run.push("--yes");
    let run: Vec<&str> = run.into_iter().filter(|w| !w.starts_with("beacon_url") && *w != "--param").collect();
    let done = place.say(&run);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.out.contains("distance ") && done.out.contains("disk free "), "{done:?}");
    let away = slot("sync_distance").unwrap();
    assert!(away <= 2, "{away} slots away");
    assert_eq!(place.say(&["verify"]).code, 0);
}
