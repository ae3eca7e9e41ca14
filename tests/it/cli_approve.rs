//! Saying yes from the command line: two people and their keys, k of n, and what people try instead.

use std::path::Path;

use rstest::rstest;
use serde_json::Value;

use crate::support::own_keys::{HardwareKey, Manner, PlayedAgent};
use crate::support::signer::Signer;
use crate::support::warroom::{Said, Warroom};

const HEAD: &str =
    "---\nwarroom: 1\nid: go\ntitle: Go\nrevision: 1\nowner: a\nreviewed: 2026-11-01\nroles: [decision-maker]\n---\n";

const RUN: &str = "go-1-alice";

fn step(text: &str) -> String {
    format!("{HEAD}\n{text}\nWhy.\n")
}

/// A home of several people, each with a key of their own.
struct Room {
    home: Warroom,
    keys: Vec<(&'static str, Signer)>,
}

impl Room {
    fn new(rule: &str, people: &[&'static str], book: &str) -> Self {
        let keys: Vec<_> = people.iter().map(|name| (*name, Signer::new())).collect();
        let room = Self { home: Warroom::new(), keys };
        room.roster(rule, "");
        room.home.write("runbooks/go.md", book);
        assert_eq!(room.say("alice", &["declare", "--severity", "2", "stall"]).code, 0);
        let said = room.say("alice", &["runbook", "run", "go"]);
        assert!(said.code == 3 && said.err.contains(&format!("warroom approve {RUN} ")), "{said:?}");
        room
    }

    fn roster(&self, rule: &str, more: &str) {
        let person = |(name, key): &(&str, Signer)| {
            let level = if *name == "alice" { "commander" } else { "responder" };
            format!("[[person]]\nname = \"{name}\"\nlevel = \"{level}\"\nkeys = [\"{}\"]\n", key.public())
        };
        let people: String = self.keys.iter().map(person).collect();
        self.home.write("roster.toml", &format!("signatures = \"{rule}\"\n{more}\n{people}"));
    }

    fn key(&self, who: &str) -> &Signer {
        &self.keys.iter().find(|(name, _)| *name == who).unwrap().1
    }

    fn say(&self, who: &str, args: &[&str]) -> Said {
        self.say_with(who, &self.key(who).file(), args)
    }

    fn say_with(&self, who: &str, key: &Path, args: &[&str]) -> Said {
        let mut command = self.home.command(args);
        Said::from(command.env("WARROOM_ACTOR", who).env("WARROOM_KEY", key).output().unwrap())
    }

    fn waiting(&self) -> Vec<Value> {
        let said = self.say("alice", &["approve", "--json"]);
        assert_eq!(said.code, 0, "{said:?}");
        serde_json::from_str(&said.out).unwrap()
    }

    fn entries(&self) -> Vec<Value> {
        serde_json::from_str(&self.say("alice", &["log", "--json"]).out).unwrap()
    }
}

#[test]
fn two_of_three_say_yes_and_the_third_entry_ends_the_step() {
    let people = ["alice", "bob", "carol", "dave"];
    let room = Room::new("required", &people, &step("## Go ahead {#go kind=approve people=2}"));
    let row = &room.waiting()[0];
    assert_eq!((&row["id"], &row["needs"], &row["missing"]), (&format!("{RUN}/go").into(), &2.into(), &2.into()));
    assert_eq!(row["may"], serde_json::json!(["bob", "carol", "dave"]), "not whoever asks");
    let plain = room.say("bob", &["approve"]);
    assert!(plain.out.contains("0 of 2 given, asked by alice; bob, carol, dave may"), "{plain:?}");

    let own = room.say("alice", &["approve", RUN, "go"]);
    assert_eq!(own.code, 3, "{own:?}");
    assert!(own.err.contains("alice began this run") && own.err.contains("bob, carol, dave may"), "{own:?}");

    let first = room.say("bob", &["approve", RUN, "go", "--reason", "I looked"]);
    assert_eq!(first.code, 0, "{first:?}");
    assert!(first.out.contains("step go approved (I looked)"), "{first:?}");
    assert!(first.err.contains("1 more must say yes; carol, dave may"), "{first:?}");
    let again = room.say("bob", &["approve", RUN, "go"]);
    assert!(again.code == 3 && again.err.contains("bob had said yes"), "{again:?}");
    assert_eq!(room.waiting()[0]["given"], serde_json::json!(["bob"]));

    let second = room.say("carol", &["approve", RUN, "go", "--json"]);
    assert_eq!(second.code, 0, "{second:?}");
    let last: Value = serde_json::from_str(second.out.lines().next().unwrap()).unwrap();
    assert_eq!(last["kind"], "approval.given");
    assert!(room.waiting().is_empty(), "nothing waits any more");
    let late = room.say("dave", &["approve", RUN, "go"]);
    assert!(late.code == 2 && late.err.contains("no run"), "{late:?}");

    let entries = room.entries();
    let yes: Vec<_> = entries.iter().filter(|e| e["kind"] == "approval.given").collect();
    assert_eq!(yes.len(), 2);
    let statement = yes[0]["data"]["statement"].as_str().unwrap();
    assert!(statement.contains("expires: 2026-11-21T03:15:00Z") && statement.contains("principal: bob"), "{statement}");
    assert_eq!(entries.iter().filter(|e| e["kind"] == "step.finished").count(), 1);
    let verified = room.say("alice", &["verify"]);
    assert_eq!(verified.code, 0, "{verified:?}");
}

#[test]
fn a_dangerous_step_waits_for_a_second_person_and_no_more() {
    let block = "## Cut it {#cut}\nWhy.\n```sh {kind=run effect=destroy target=val-1 people=2 timeout=5s expect=\"exit 0\"}\necho cut\n```\n";
    let room = Room::new("when-possible", &["alice", "bob"], &format!("{HEAD}\n{block}"));
    let row = &room.waiting()[0];
    assert_eq!((&row["effect"], &row["command"], &row["missing"]), (&"destroy".into(), &"echo cut".into(), &1.into()));
    let said = room.say("bob", &["approve", RUN, "cut"]);
    assert!(said.code == 0 && said.err.contains("it may be run now"), "{said:?}");
    assert!(room.waiting().is_empty());
    assert!(!room.entries().iter().any(|e| e["kind"] == "step.started"), "a yes runs nothing");
}

/// The cheats of the approval that a person at the command line can try; the others are written by hand in `domain_trust`.
#[rstest]
#[case::a_key_of_somebody_else("carol", "bob", "", "does not give you")]
#[case::somebody_who_is_not_in_the_roster("mallory", "bob", "", "mallory is not in the roster")]
#[case::a_revoked_key("bob", "bob", "revoked = [\"KEY\"]", "revoked")]
fn cheats_are_refused(#[case] who: &'static str, #[case] key: &str, #[case] more: &str, #[case] because: &str) {
    let room = Room::new("required", &["alice", "bob", "carol"], &step("## Go {#go kind=approve people=1}"));
    if !more.is_empty() {
        room.roster("required", &more.replace("KEY", &room.key("bob").public()));
        assert_eq!(room.say("alice", &["note", "a new roster"]).code, 0);
    }
    let said = room.say_with(who, &room.key(key).file(), &["approve", RUN, "go"]);
    assert_eq!(said.code, 3, "{said:?}");
    assert!(said.err.contains(because), "{said:?}");
    assert_eq!(room.waiting().len(), 1, "it still waits");
}

#[test]
fn a_changed_text_another_step_and_a_missing_role_are_refused() {
    let book = step("## Go {#go kind=approve people=1 role=decision-maker}") + "\n## Then {#then kind=confirm}\nWhy.\n";
    let room = Room::new("when-possible", &["alice", "bob"], &book);
    let said = room.say("bob", &["approve", RUN, "then"]);
    assert!(said.code == 2 && said.err.contains("people are at step go"), "{said:?}");
    let said = room.say("bob", &["approve", "go-9-alice", "go"]);
    assert!(said.code == 2 && said.err.contains(&format!("open are {RUN}")), "{said:?}");
    let said = room.say("bob", &["approve", RUN, "go"]);
    assert!(said.code == 3 && said.err.contains("step go needs decision-maker (nobody holds it)"), "{said:?}");
    assert_eq!(room.say("alice", &["role", "assign", "decision-maker", "bob"]).code, 0);
    // The text that was followed is not what was pinned any more: nobody says yes to that.
    let outputs = room.home.home().join("incidents/2026-11-21-stall/outputs");
    let pinned = std::fs::read_dir(&outputs).unwrap().next().unwrap().unwrap().path();
    let text = std::fs::read(&pinned).unwrap();
    std::fs::write(&pinned, step("## Gone {#go kind=approve people=1}")).unwrap();
    let said = room.say("bob", &["approve", RUN, "go"]);
    assert!(said.code == 4 && said.err.contains("not what its name says"), "{said:?}");
    std::fs::write(&pinned, text).unwrap();
    assert_eq!(room.say("bob", &["approve", RUN, "go"]).code, 0);
}

#[test]
fn a_hardware_key_that_nobody_touches_says_no_yes() {
    let room = Room::new("when-possible", &["alice", "bob"], &step("## Go {#go kind=approve people=1}"));
    let public = HardwareKey::ed25519().key().line().to_owned();
    let signer = room.key("bob").public();
    let roster = std::fs::read_to_string(room.home.home().join("roster.toml")).unwrap();
    room.home.write("roster.toml", &roster.replace(&signer, &public));
    assert_eq!(room.say("alice", &["note", "bob has a hardware key now"]).code, 0);
    let by = |manner| {
        let agent = PlayedAgent::new(HardwareKey::ed25519(), manner);
        let mut command = room.home.command(&["approve", RUN, "go"]);
        Said::from(command.env("WARROOM_ACTOR", "bob").env("SSH_AUTH_SOCK", agent.socket()).output().unwrap())
    };
    let said = by(Manner::Untouched);
    assert!(said.code == 3 && said.err.contains("nobody touched"), "{said:?}");
    assert_eq!(room.waiting().len(), 1);
    let said = by(Manner::Touched);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(room.waiting().is_empty());
}

/// Somebody else's rights are ended by whoever gives roles, and by nobody else.
#[test]
fn a_commander_ends_somebody_elses_break_glass() {
    let home = Warroom::new();
    let person = |name: &str, level: &str| format!("[[person]]\nname = \"{name}\"\nlevel = \"{level}\"\n");
    home.write(
        "roster.toml",
        &[person("alice", "commander"), person("bob", "responder"), person("carol", "responder")].concat(),
    );
    let say = |who: &str, args: &[&str]| Said::from(home.command(args).env("WARROOM_ACTOR", who).output().unwrap());
    assert_eq!(say("alice", &["declare", "--severity", "2", "stall"]).code, 0);
    let none = say("alice", &["break-glass", "--end", "--of", "bob"]);
    assert!(none.code == 2 && none.err.contains("bob has taken no rights"), "{none:?}");
    assert_eq!(say("bob", &["break-glass", "--reason", "nobody answers"]).code, 0);
    let wrong = say("alice", &["break-glass", "--end"]);
    assert!(wrong.code == 2 && wrong.err.contains("there are those of bob"), "{wrong:?}");
    let denied = say("carol", &["break-glass", "--end", "--of", "bob"]);
    assert!(denied.code == 3 && denied.err.contains("giving or taking roles needs level commander"), "{denied:?}");
    assert_eq!(say("bob", &["severity", "1", "--reason", "worse"]).code, 0, "it still holds");
    let ended = say("alice", &["break-glass", "--end", "--of", "bob"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(say("bob", &["severity", "3", "--reason", "better"]).code, 3);
    assert_eq!(say("alice", &["verify"]).code, 0);
}
