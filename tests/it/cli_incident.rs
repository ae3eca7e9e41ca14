//! An incident lived through with the command line alone: the real binary, several people, exit codes, what is on the disk.

use serde_json::Value;

use crate::support::warroom::Said;
use crate::support::warroom::Warroom;

fn as_person(warroom: &Warroom, name: &str, args: &[&str]) -> Said {
    let mut all = vec!["--as", name];
    all.extend(args);
    warroom.run(&all)
}

fn done(said: Said) -> String {
    assert_eq!(said.code, 0, "{said:?}");
    said.out
}

/// The entry's name: the first word of the answer.
fn name(out: &str) -> String {
    out.split_whitespace().next().unwrap().to_owned()
}

fn log(warroom: &Warroom) -> Vec<Value> {
    serde_json::from_str(&done(warroom.run(&["log", "--json"]))).unwrap()
}

#[test]
fn an_incident_from_declaration_to_its_end() {
    let w = Warroom::new();
    let id =
        name(&done(as_person(&w, "alice", &["declare", "--severity", "2", "--onset", "02:43", "finality", "stall"])));
    assert_eq!(id, "2026-11-21-finality-stall");
    done(as_person(&w, "alice", &["role", "assign", "ic", "alice"]));
    done(as_person(&w, "bob", &["note", "--happened", "5m", "the pager was muted"]));
    let concern = name(&done(as_person(&w, "carol", &["concern", "is the old signer dead?"])));
    done(as_person(&w, "bob", &["concern", "answer", &concern, "stopped", "and disabled"]));
    done(as_person(&w, "alice", &["role", "handover", "ic", "bob", "--briefing", "atlas has not answered"]));
    done(as_person(&w, "bob", &["role", "accept", "ic"]));
    let order = name(&done(as_person(&w, "bob", &["order", "NO", "RESTARTS"])));
    let task = name(&done(as_person(&w, "bob", &["task", "give", "carol", "--minutes", "10", "call", "north"])));
    done(as_person(&w, "carol", &["task", "answer", &task, "done"]));
    done(as_person(&w, "bob", &["decide", "restart now?", "no", "--reason", "a split restart forks us"]));
    done(as_person(&w, "bob", &["order", "lift", &order]));
    done(as_person(&w, "bob", &["severity", "3", "--reason", "it moves again"]));
    done(as_person(&w, "bob", &["status", "resolved", "--reason", "finality moves"]));
    done(as_person(&w, "bob", &["action", "alert on lag", "--owner", "carol", "--due", "2026-12-01"]));
    done(as_person(&w, "bob", &["status", "closed", "--reason", "over"]));
    let said = w.run(&["verify"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.err.contains("sound: 19 entries in 3 chains"), "{said:?}");
    let entries = log(&w);
    let kinds: Vec<&str> = entries.iter().map(|e| e["kind"].as_str().unwrap()).collect();
    for kind in
        ["incident.declared", "role.handed-over", "task.answered", "order.lifted", "action.opened", "status.changed"]
    {
        assert!(kinds.contains(&kind), "{kind} is missing in {kinds:?}");
    }
    assert!(entries.iter().all(|e| e["id"].is_string() && e["no_effect"].is_null()), "{entries:#?}");
    let happened = entries.iter().find(|e| e["kind"] == "note.added").unwrap()["happened"].as_str().unwrap();
    assert!(happened.starts_with("2026-11-21T02:55:00"), "{happened}");
}

#[test]
fn every_answer_is_on_the_disk_as_the_contract_writes_it() {
    let w = Warroom::new();
    done(w.run(&["declare", "--severity", "2", "finality stall"]));
    done(w.run(&["note", "hello"]));
    let folder = w.home().join("incidents/2026-11-21-finality-stall/log");
    let file = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    let text = std::fs::read_to_string(file).unwrap();
    let lines: Vec<Value> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0]["kind"], "chain.opened");
    assert_eq!(lines[2]["data"]["text"], "hello");
    assert_eq!(lines[2]["seq"], 2);
}

#[test]
fn with_none_or_several_open_a_writing_verb_lists_them_and_exits_2() {
    let w = Warroom::new();
    let said = w.run(&["note", "x"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("no incident is open; declare one"), "{}", said.err);
    done(w.run(&["declare", "--severity", "2", "first"]));
    done(w.run(&["declare", "--severity", "3", "second"]));
    let said = w.run(&["note", "x"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("2026-11-21-first") && said.err.contains("2026-11-21-second"), "{}", said.err);
    done(w.run(&["--incident", "2026-11-21-second", "note", "x"]));
    assert_eq!(w.run(&["--incident", "2026-11-21-third", "note", "x"]).code, 2);
    assert_eq!(w.run(&["--incident", "../../etc", "note", "x"]).code, 2);
    let said = w.run(&["log"]);
    assert!(said.out.contains("declared SEV-3"), "the newest is shown: {said:?}");
}

#[test]
fn the_same_title_twice_gets_a_suffix() {
    let w = Warroom::new();
    done(w.run(&["declare", "--severity", "2", "stall"]));
    assert_eq!(name(&done(w.run(&["declare", "--severity", "2", "stall"]))), "2026-11-21-stall-2");
}

#[test]
fn refusals_have_their_codes_and_leave_nothing_behind() {
    let w = Warroom::new();
    assert_eq!(w.run(&["declare", "--severity", "9", "x"]).code, 2);
    assert_eq!(w.run(&["declare", "--severity", "2", " "]).code, 2);
    assert!(!w.home().join("incidents").exists());
    done(w.run(&["declare", "--severity", "2", "x"]));
    assert_eq!(w.run(&["severity", "2", "--reason", "again"]).code, 2);
    assert_eq!(w.run(&["severity", "1"]).code, 2, "a reason is needed");
    assert_eq!(w.run(&["status", "closed", "--reason", "tired"]).code, 3);
    assert_eq!(w.run(&["note", "--happened", "2027-01-01T00:00:00Z", "later"]).code, 2);
    assert_eq!(w.run(&["amend", "nobody/7", "x"]).code, 2);
    assert_eq!(w.run(&["--as", "a\u{1b}b", "note", "x"]).code, 2);
    assert_eq!(log(&w).len(), 2);
}

#[test]
fn the_roster_says_who_may() {
    let w = Warroom::new();
    w.write("roster.toml", "[[person]]\nname = \"alice\"\n[[person]]\nname = \"eve\"\nlevel = \"observer\"\n");
    done(as_person(&w, "alice", &["declare", "--severity", "2", "x"]));
    let said = as_person(&w, "eve", &["note", "x"]);
    assert_eq!(said.code, 3);
    assert!(said.err.contains("eve is an observer"), "{}", said.err);
    done(as_person(&w, "eve", &["concern", "nobody looks at val-2"]));
    assert_eq!(as_person(&w, "mallory", &["declare", "--severity", "1", "y"]).code, 3);
    assert!(log(&w).iter().any(|e| e["kind"] == "roster.pinned"), "the roster in force stands in the log");
    w.write("roster.toml", "[[persn]]\n");
    let said = as_person(&w, "alice", &["note", "x"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("roster.toml:1:3: unknown key `persn`"), "{}", said.err);
}

#[test]
fn a_secret_matter_is_internal_unless_somebody_says_otherwise() {
    let w = Warroom::new();
    done(w.run(&["declare", "--severity", "1", "bridge exploit"]));
    done(w.run(&["note", "the hole is in withdraw()"]));
    done(w.run(&["note", "--disclosure", "public", "we are looking into it"]));
    let entries = log(&w);
    let of =
        |text: &str| entries.iter().find(|e| e["says"].as_str().unwrap().contains(text)).unwrap()["disclosure"].clone();
    assert_eq!(of("the hole"), "internal");
    assert_eq!(of("we are looking"), "public");
    // The folder's name stands in every shared chain: it says nothing of an internal title.
    let shared = std::fs::read_dir(w.home().join("incidents/2026-11-21-incident/log")).unwrap();
    for file in shared {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        assert!(!text.contains("the hole") && !text.contains("exploit"), "{text}");
    }
}

#[test]
fn a_struck_entry_is_not_repeated_and_an_amended_one_shows_both() {
    let w = Warroom::new();
    done(w.run(&["declare", "--severity", "2", "x"]));
    let secret = name(&done(w.run(&["note", "hunter2"])));
    let wrong = name(&done(w.run(&["note", "val-1 is down"])));
    done(w.run(&["strike", &secret, "--reason", "a password"]));
    done(w.run(&["amend", &wrong, "val-2 is down"]));
    for args in [&["log"][..], &["log", "--json"]] {
        let out = done(w.run(args));
        assert!(!out.contains("hunter2"), "{out}");
        assert!(out.contains("val-1 is down") && out.contains("val-2 is down"), "{out}");
    }
}

#[test]
fn a_changed_line_is_found_with_file_and_line_and_exits_1() {
    let w = Warroom::new();
    done(w.run(&["declare", "--severity", "2", "x"]));
    done(w.run(&["note", "one"]));
    done(w.run(&["note", "two"]));
    let folder = w.home().join("incidents/2026-11-21-x/log");
    let file = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("\"one\"", "\"none\"")).unwrap();
    let said = w.run(&["verify"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.out.contains("FAULT") && said.out.contains(".jsonl:3"), "{}", said.out);
    let found: Vec<Value> = serde_json::from_str(&w.run(&["verify", "--json"]).out).unwrap();
    assert!(found.iter().all(|f| f["id"].is_string()) && found.iter().any(|f| f["what"] == "fault"), "{found:?}");
}

#[test]
fn where_nothing_can_be_written_it_exits_4() {
    let w = Warroom::new();
    w.write("incidents", "a file where the folder should be");
    let said = w.run(&["declare", "--severity", "2", "x"]);
    assert_eq!(said.code, 4, "{said:?}");
    assert!(said.err.contains("incidents"), "{}", said.err);
}

#[test]
fn following_shows_what_another_person_writes() {
    use std::io::BufRead;
    let w = Warroom::new();
    done(as_person(&w, "alice", &["declare", "--severity", "2", "x"]));
    let mut child = w.command(&["log", "--follow"]).stdout(std::process::Stdio::piped()).spawn().unwrap();
    let mut lines = std::io::BufReader::new(child.stdout.take().unwrap()).lines();
    let mut seen = lines.by_ref().map(Result::unwrap).find(|l| l.contains("declared")).unwrap();
    done(as_person(&w, "bob", &["note", "from another console"]));
    while !seen.contains("from another console") {
        seen = lines.next().unwrap().unwrap();
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

/// A log that nobody can read is not taken for an incident that is over.
#[test]
fn an_unreadable_log_is_said_and_not_taken_for_none() {
    let w = Warroom::new();
    let id = name(&done(as_person(&w, "alice", &["declare", "--severity", "2", "stall"])));
    let log = w.home().join("incidents").join(&id).join("log");
    let chain = std::fs::read_dir(&log).unwrap().next().unwrap().unwrap().path();
    let lines = std::fs::read_to_string(&chain).unwrap();
    std::fs::write(&chain, format!("no entry\n{lines}")).unwrap();
    for _ in 0..2 {
        let said = as_person(&w, "alice", &["note", "x"]);
        assert_eq!(said.code, 4, "{said:?}");
        assert!(said.err.contains("cannot be known"), "{said:?}");
        let seen = w.run(&["watch", "--plain", "--once"]);
        assert!(seen.out.contains("is damaged in one place; whether it is open cannot be known"), "{seen:?}");
    }
    std::fs::write(&chain, lines).unwrap();
    done(as_person(&w, "alice", &["note", "x"]));
}
