//! Runbooks on real screens: a console killed in the middle of a long command and the next one that takes its end, and two people
//! at two consoles of one incident, of whom the one waits for the other's signed yes.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;

use crate::support::console::{command, drawn, home_in_incident, quiet_home};
use crate::support::live::wait_for;
use crate::support::pty::Terminal;
use crate::support::signer::Signer;
use crate::support::warroom::{Said, Warroom};

const SIZE: (u16, u16) = (140, 45);
/// Far more than a loaded machine takes.
const LIMIT: Duration = Duration::from_secs(60);

const HEAD: &str = "---\nwarroom: 1\nid: long\ntitle: A long one\nrevision: 1\nowner: ops\nreviewed: 2026-11-21\n";

fn say(terminal: &Terminal, line: &str) {
    terminal.press(":");
    terminal.press(line);
    terminal.press("\r");
}

fn count(home: &Warroom, file: &str) -> usize {
    std::fs::read_to_string(home.home().join(file)).unwrap_or_default().lines().count()
}

fn start(call: &Command) -> Terminal {
    let terminal = Terminal::start(call, SIZE);
    terminal.wait_long("the strip", LIMIT, drawn);
    terminal
}

#[test]
fn a_console_killed_in_a_long_command_is_followed_by_one_that_takes_its_end() {
    let home = home_in_incident();
    let book = "params:\n  - {name: folder, type: path}\n---\n## Work {#work}\nWhy.\n```sh {kind=run effect=change expect=\"contains done\"}\n\
                echo x >>\"$folder/begun\"\nwhile ! test -e \"$folder/go\"; do sleep 0.05; done\necho done\n```\n\
                ## Go? {#go kind=confirm}\nWhy.\n";
    home.write("runbooks/long.md", &format!("{HEAD}{book}"));
    let mut first = start(&command(&home));
    say(&first, &format!("run long folder={}", home.home().display()));
    first.wait_long("the step", LIMIT, |s| s.contains("Work"));
    first.press("4");
    first.press("\r");
    first.wait_long("the question", LIMIT, |s| s.contains("ended after 5 min"));
    first.press("y");
    wait_for("the command", LIMIT, || (count(&home, "begun") == 1).then_some(()));
    first.signal(Signal::KILL);
    assert!(!first.wait_exit(LIMIT).0.success());
    // It goes on without a console, and the next one says so.
    let second = start(&command(&home));
    second.press("4");
    second.wait_long("it is told to run", LIMIT, |s| s.contains("runs for ") && s.contains("begun by alice"));
    assert_eq!(count(&home, "begun"), 1);
    std::fs::write(home.home().join("go"), "").unwrap();
    second.wait_long("its end on the screen", LIMIT, |s| s.contains("✓") && s.contains("Go?"));
    assert_eq!(count(&home, "begun"), 1, "nothing ran twice");
    let log = home.run(&["log", "--json"]).out;
    assert_eq!((log.matches("\"step.started\"").count(), log.matches("\"step.finished\"").count()), (1, 1), "{log}");
    assert_eq!(home.run(&["verify"]).code, 0);
}

fn as_person(home: &Warroom, name: &str, key: &Path) -> Command {
    let mut call = command(home);
    call.env("WARROOM_ACTOR", name).env("WARROOM_KEY", key);
    call
}

#[test]
fn one_at_a_console_waits_for_the_signed_yes_of_another_at_another() {
    let home = quiet_home();
    let (alice, bob) = (Signer::new(), Signer::new());
    let person = |name: &str, key: &Signer| {
        format!("[[person]]\nname = \"{name}\"\nlevel = \"commander\"\nkeys = [\"{}\"]\n", key.public())
    };
    let people = format!("{}{}", person("alice", &alice), person("bob", &bob));
    home.write("roster.toml", &format!("signatures = \"required\"\n\n{people}"));
    let book = "params: []\n---\n## Go ahead {#go kind=approve people=1}\nWhy.\n## Cut it {#cut}\nWhy.\n\
                ```sh {kind=check effect=read expect=\"contains cut\"}\necho cut\n```\n";
    home.write("runbooks/long.md", &format!("{HEAD}{book}"));
    let mut declare = home.command(&["declare", "--severity", "2", "stall"]);
    declare.env_remove("WARROOM_CLOCK").env("WARROOM_KEY", alice.file());
    let declared = Said::from(declare.output().unwrap());
    assert_eq!(declared.code, 0, "{declared:?}");

    let hers = start(&as_person(&home, "alice", &alice.file()));
    hers.wait_long("her key", LIMIT, |s| s.contains("signs as alice") || s.contains("signed alice"));
    say(&hers, "run long");
    hers.wait_long("the step", LIMIT, |s| s.contains("Go ahead"));
    // Her own yes does not count, and she is told.
    hers.press("4");
    hers.press("\r");
    hers.wait_long("whose yes is missing", LIMIT, |s| s.contains("alice began this run"));

    let his = start(&as_person(&home, "bob", &bob.file()));
    his.wait_long("the step on his screen", LIMIT, |s| s.contains("Go ahead"));
    his.press("4");
    his.press("\r");
    hers.wait_long("his yes on her screen", LIMIT, |s| s.contains("bob") && s.contains("✓"));
    hers.press("\r");
    hers.wait_long("what waited for it", LIMIT, |s| s.contains("is done, 2 steps"));

    let entries: Vec<serde_json::Value> = serde_json::from_str(&home.run(&["log", "--json"]).out).unwrap();
    let yes: Vec<_> = entries.iter().filter(|e| e["kind"] == "approval.given").collect();
    assert_eq!(yes.len(), 1, "{yes:#?}");
    assert!(yes[0]["actor"] == "bob" && yes[0]["data"]["sig"].as_str().is_some_and(|s| !s.is_empty()), "{yes:#?}");
    let verified = home.run(&["verify"]);
    assert_eq!(verified.code, 0, "{verified:?}");
}
