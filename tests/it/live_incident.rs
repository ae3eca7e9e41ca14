//! The proof of the main job: half of a real network's validators stop, and one incident is lived through with the real
//! binary, from the first red line to the post-mortem draft, against a real beacon node.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::support::console;
use crate::support::live::{Chain, Component, wait_for, wanted};
use crate::support::warroom::{Said, Warroom};
use crate::support::watch::{Watch, state, why};

/// Eight slots of two seconds.
const EPOCH: Duration = Duration::from_secs(16);

/// From the start of the network to a healthy, final chain: genesis after 15 s, the first final epoch at slot 32.
const FINAL: Duration = Duration::from_secs(180);

/// The verdict turns within three epochs' worth of polls, and the run of polls that hysteresis asks for.
const TURN: Duration = Duration::from_secs(3 * 16 + 10);

/// After validators come back: justification needs two full epochs of votes, then polls and real progress.
const RECOVERY: Duration = Duration::from_secs(8 * 16);

/// The id of the watched node.
const NODE: &str = "cl-1";

/// A call with the real clock that must succeed.
fn done(home: &Warroom, args: &[&str]) -> Said {
    let said = Said::from(home.command(args).env_remove("WARROOM_CLOCK").output().unwrap());
    assert_eq!(said.code, 0, "warroom {}\n{}\n{}", args.join(" "), said.out, said.err);
    said
}

#[test]
fn live_loss_of_finality_from_first_red_line_to_draft() {
    if !wanted("live_loss_of_finality_from_first_red_line_to_draft") {
        return;
    }
    let network = Component::start("lodestar");
    let beacon = network.get("BEACON_URL").to_owned();
    let home = Warroom::new();
    home.write(
        "config.toml",
        &format!("network = \"devnet\"\ndiscover = false\n\n[[node]]\nid = \"{NODE}\"\nfamily = \"ethereum-beacon\"\nurl = \"{beacon}\"\n"),
    );
    wait_for("a final chain", FINAL, || Chain::ask(&beacon).filter(|c| c.finalized >= 2));

    // The console is the recorder; watch is a second pair of eyes that writes nothing.
    let terminal = console::open(&home, (120, 40));
    let mut watch = Watch::start(&home);
    watch.wait_for("a healthy node", 2 * EPOCH, |l| state(l, NODE) == "ok");

    let (stopped, before) = (Instant::now(), Chain::ask(&beacon).unwrap());
    network.signal("VALIDATOR_B_PID", Signal::STOP);
    let red = |l: &_| matches!(state(l, NODE), "warn" | "bad") && why(l, NODE).contains("finality");
    let line = watch.wait_for("the verdict on finality", TURN, red);
    eprintln!("verdict after {:.1} s: {}", stopped.elapsed().as_secs_f64(), why(&line, NODE));
    let during = Chain::ask(&beacon).unwrap();
    assert!(during.head > before.head, "the head does not move: {before:?} {during:?}");
    terminal.wait_for("FAILING names the node", |s| s.contains(NODE) && s.contains("finality"));

    done(&home, &["declare", "--severity", "2", "Finality slips on the devnet"]);
    done(&home, &["role", "assign", "incident-commander", "alice"]);
    done(&home, &["role", "assign", "responder", "bob"]);
    done(&home, &["status", "active", "--reason", "two people are on it"]);
    terminal.wait_for("the incident on the screen", |s| s.contains("Finality slips"));

    network.signal("VALIDATOR_B_PID", Signal::CONT);
    watch.wait_for("recovery", RECOVERY, |l| state(l, NODE) == "ok");
    let after = Chain::ask(&beacon).unwrap();
    assert!(after.finalized > during.finalized, "recovery without progress: {during:?} {after:?}");

    done(&home, &["status", "resolved", "--reason", "finality moves again"]);
    done(&home, &["verify"]);
    let draft = done(&home, &["postmortem"]).out;
    assert!(draft.contains("Finality slips on the devnet"), "{draft}");
}
