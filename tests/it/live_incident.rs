//! The proof of the main job: half of a real network's validators stop, and one incident is lived through with the real
//! binary, from the first red line to the post-mortem draft, against a real beacon node.

use std::time::{Duration, Instant};

use rustix::process::Signal;
use warroom::domain::time::At;

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

/// How often a failing step is tried.
const TRIES: usize = 5;

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
    let mut terminal = console::open(&home, (120, 40));
    let mut watch = Watch::start(&home);
    watch.wait_for("a healthy node", 2 * EPOCH, |l| state(l, NODE) == "ok");

    let (stopped, before) = (Instant::now(), Chain::ask(&beacon).unwrap());
    network.signal("VALIDATOR_B_PID", Signal::STOP);
    let red = |l: &_| matches!(state(l, NODE), "warn" | "bad") && why(l, NODE).contains("finality");
    let line = watch.wait_for("the verdict on finality", TURN, red);
    eprintln!("verdict after {:.1} s: {}", stopped.elapsed().as_secs_f64(), why(&line, NODE));
    let during = Chain::ask(&beacon).unwrap();
    assert!(during.head > before.head, "the head does not move: {before:?} {during:?}");

    done(&home, &["declare", "--severity", "2", "Finality slips on the devnet"]);
    done(&home, &["role", "assign", "incident-commander", "alice"]);
    done(&home, &["role", "assign", "responder", "bob"]);
    done(&home, &["decide", "Who restarts?", "nobody, until we know which side is wrong"]);
    terminal.wait_for("the incident on the screen", |s| s.contains("FINALITY SLIPS") && s.contains("alice"));
    watch.wait_for("a failing node", TURN, |l| state(l, NODE) == "bad" && why(l, NODE).contains("finality"));
    terminal.wait_for("FAILING names the node and why", |s| {
        s.lines().any(|row| row.contains("FAILING") && row.contains("finality"))
    });
    investigate(&home, &beacon);

    let frozen = Chain::ask(&beacon).unwrap();
    network.signal("VALIDATOR_B_PID", Signal::CONT);
    follow(&home, &[]);
    watch.wait_for("recovery", RECOVERY, |l| state(l, NODE) == "ok");
    let after = Chain::ask(&beacon).unwrap();
    assert!(after.finalized > frozen.finalized, "recovery without progress: {frozen:?} {after:?}");

    done(&home, &["status", "resolved", "--reason", "finality moves again"]);
    terminal.press("q");
    assert!(terminal.wait_exit(Duration::from_secs(5)).0.success());
    assert_eq!(terminal.left_behind(), Vec::<String>::new());
    done(&home, &["verify"]);
    prove_draft(&done(&home, &["postmortem"]).out);
}

/// The runbook's questions, put to the real node, up to the word to the others.
fn investigate(home: &Warroom, beacon: &str) {
    let url = format!("beacon_url={beacon}");
    let answers = ["hold=said aloud", "only-us=We cannot tell yet, treat it as everybody's", "tell=sent"];
    let mut args = vec!["--param", &url, "--until", "tell"];
    args.extend(answers.iter().flat_map(|a| ["--answer", a]));
    let said = follow(home, &args);
    for word in ["Lodestar/", "moved from slot", "finalized", "connected"] {
        assert!(said.contains(word), "the runbook's answers do not hold {word:?}:\n{said}");
    }
}

/// Follows the open run. With half of the proposers gone four slots in a row may be empty by chance: then the step
/// "does the head still move" fails rightly, and a person tries again.
fn follow(home: &Warroom, more: &[&str]) -> String {
    let mut all = String::new();
    for _ in 0..TRIES {
        let mut args = vec!["runbook", "run", "finality-loss"];
        args.extend(more);
        let said = Said::from(home.command(&args).env_remove("WARROOM_CLOCK").output().unwrap());
        all.push_str(&said.out);
        match said.code {
            0 => return all,
            1 => eprintln!("tried again after:\n{}", said.out),
            code => panic!("exit {code}\n{}\n{}", said.out, said.err),
        }
    }
    panic!("the run failed {TRIES} times:\n{all}");
}

/// The draft names onset, detection and recovery, and a duration that is their difference.
fn prove_draft(draft: &str) {
    let row = |name: &str| -> Vec<&str> {
        let start = format!("| {name} |");
        let line = draft.lines().find(|l| l.starts_with(&start)).unwrap_or_else(|| panic!("no row {name} in\n{draft}"));
        line.split('|').map(str::trim).collect()
    };
    let at = |name: &str| At::parse(&format!("{}Z", row(name)[2].replace(' ', "T"))).unwrap();
    let (started, detected, recovered) = (at("started"), at("detected"), at("recovered"));
    assert!(started <= detected && detected < recovered, "{started:?} {detected:?} {recovered:?}");
    let said = row("duration (onset to recovery)")[4];
    let seconds: i64 = said.split(':').fold(0, |sum, part| sum * 60 + part.parse::<i64>().unwrap());
    assert_eq!(seconds, recovered.secs() - started.secs(), "the duration is said to be {said}");
    for words in
        ["Finality slips on the devnet", "chain.finality", "alice", "Ethereum loses finality", "moved from slot"]
    {
        assert!(draft.contains(words), "{words:?} is not in the draft:\n{draft}");
    }
}
