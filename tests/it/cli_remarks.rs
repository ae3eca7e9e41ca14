//! What verbs say when something is not as usual: another chain than one's own, one cause once, the way to mend it.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::Stdio;

use serde_json::Value;

use crate::support::own_keys::StockAgent;
use crate::support::signer::Signer;
use crate::support::warroom::{Said, Warroom};

const ID: &str = "2026-11-21-stall";

fn home() -> Warroom {
    let home = Warroom::new();
    assert_eq!(home.run(&["declare", "--severity", "2", "stall"]).code, 0);
    home
}

fn as_bob(home: &Warroom, args: &[&str]) -> Said {
    home.command(args).env("WARROOM_ACTOR", "bob").output().unwrap().into()
}

fn chain(home: &Warroom, who: &str) -> PathBuf {
    let log = fs::read_dir(home.home().join("incidents").join(ID).join("log")).unwrap().flatten();
    log.map(|f| f.path()).find(|p| p.file_name().unwrap().to_str().unwrap().starts_with(who)).unwrap()
}

fn cut(home: &Warroom, who: &str, lines: usize) {
    let file = chain(home, who);
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.split_inclusive('\n').take(lines).collect::<String>()).unwrap();
}

#[test]
fn a_second_chain_is_said_in_one_line_with_the_reason() {
    let home = home();
    let mut open = home.command(&["note", "-"]);
    let mut open = open.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut to = open.stdin.take().unwrap();
    to.write_all(b"while it is open\n").unwrap();
    let mut told = String::new();
    BufReader::new(open.stdout.take().unwrap()).read_line(&mut told).unwrap();
    let said = home.run(&["note", "beside it"]);
    assert_eq!((said.code, said.err.lines().count()), (0, 1), "{said:?}");
    assert!(said.err.contains("is open in another console or verb of yours; this is written to alice@"), "{said:?}");
    assert!(said.err.contains("~2"), "{said:?}");
    drop(to);
    assert!(open.wait().unwrap().success());
    let said = home.run(&["note", "alone again"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{said:?}");
    // Its own chain lost what this host has seen of it.
    cut(&home, "alice", 3);
    let said = home.run(&["note", "damaged"]);
    let second: Vec<_> = said.err.lines().filter(|line| line.contains("this is written to alice@")).collect();
    assert!(said.code == 0 && second.len() == 1 && second[0].contains("the tail is missing"), "{said:?}");
}

#[test]
fn one_cause_is_one_fault_with_its_count() {
    let home = home();
    for n in 0..5 {
        assert_eq!(home.run(&["note", &format!("alice {n}")]).code, 0);
        assert_eq!(as_bob(&home, &["note", &format!("bob {n}")]).code, 0);
    }
    cut(&home, "alice", 2);
    let folder = home.home().join("incidents").join(ID);
    let said = home.run(&["verify", folder.to_str().unwrap()]);
    assert_eq!(said.code, 1, "{said:?}");
    let faults: Vec<_> = said.out.lines().filter(|l| l.starts_with("FAULT") && l.contains("has seen")).collect();
    assert!(faults.len() == 1 && faults[0].contains("4 more lines of it are named elsewhere"), "{said:?}");
    assert!(said.err.contains("NOT SOUND: 1 fault;"), "{said:?}");
    fs::remove_file(chain(&home, "alice")).unwrap();
    let said = home.run(&["verify", "--json", folder.to_str().unwrap()]);
    let rows: Vec<Value> = serde_json::from_str(&said.out).unwrap();
    let faults: Vec<_> = rows.iter().filter(|row| row["what"] == "fault").collect();
    assert!(faults.len() == 1 && faults[0]["says"].as_str().unwrap().contains("the chain is missing"), "{said:?}");
    let doctor = home.run(&["doctor"]).out;
    assert!(doctor.contains("the chain is missing") && !doctor.contains(":0:"), "{doctor}");
}

#[test]
fn a_bundle_can_be_verified_and_a_file_that_is_not_there_is_said_to_be_none() {
    let home = home();
    assert_eq!(home.run(&["note", "one"]).code, 0);
    let bundle = home.home().join("clean.tar");
    let bundle = bundle.to_str().unwrap();
    let said = home.run(&["export", "--out", bundle]);
    assert!(said.out.contains("3 entries in 1 chain, 0 outputs"), "{said:?}");
    let before = fs::read_dir(home.home().join("incidents")).unwrap().count();
    // What a killed process left behind is in nobody's way, and what another one uses now stays.
    let state = home.home().join("state");
    let chain_of = |name: &str| format!("state/{name}/2026-11-21-x/log/eve@h.jsonl");
    (0..3).for_each(|n| home.write(&chain_of(&format!(".verify-{n}")), "junk\n"));
    let used = fs::File::open(state.join(".verify-1")).unwrap();
    used.lock().unwrap();
    let said = home.run(&["verify", bundle]);
    assert!(said.code == 0 && said.err.contains("sound: 3 entries in 1 chain"), "{said:?}");
    assert!(said.err.contains("`warroom import` takes it over"), "{said:?}");
    assert_eq!(fs::read_dir(home.home().join("incidents")).unwrap().count(), before);
    let left = fs::read_dir(&state).unwrap().flatten().map(|f| f.file_name().into_string().unwrap());
    assert_eq!(left.filter(|name| name.starts_with(".verify")).collect::<Vec<_>>(), [".verify-1"]);
    let mut bytes = fs::read(bundle).unwrap();
    let at = bytes.windows(3).position(|w| w == b"one").unwrap();
    bytes[at] = b'0';
    fs::write(bundle, bytes).unwrap();
    let said = home.run(&["verify", bundle]);
    assert!(said.code == 2 && said.err.contains("is not what SHA256SUMS says"), "{said:?}");
    let said = home.run(&["verify", chain(&home, "alice").to_str().unwrap()]);
    assert!(said.code == 2 && said.err.contains("name the folder that it is in"), "{said:?}");
    let said = home.run(&["import", "/nowhere/x.tar"]);
    assert!(said.code == 2 && said.err.contains("there is no such file"), "{said:?}");
}

#[test]
fn a_chain_that_is_damaged_here_has_its_row() {
    let home = home();
    for n in 0..3 {
        assert_eq!(home.run(&["note", &format!("line {n}")]).code, 0);
    }
    let bundle = home.home().join("clean.tar");
    assert_eq!(home.run(&["export", "--out", bundle.to_str().unwrap()]).code, 0);
    let file = chain(&home, "alice");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("line 1", "LINE 1")).unwrap();
    let said = home.run(&["import", "--json", bundle.to_str().unwrap()]);
    assert_eq!(said.code, 1, "{said:?}");
    let rows: Vec<Value> = serde_json::from_str(&said.out).unwrap();
    assert!(rows.len() == 1 && rows[0]["outcome"] == "damaged-here", "{said:?}");
    assert!(said.err.contains("1 chain is DAMAGED here"), "{said:?}");
}

#[test]
fn doctor_says_what_helps_with_a_dead_agent_and_leaves_observers_in_peace() {
    let home = Warroom::new();
    let key = Signer::new();
    home.write(
        "roster.toml",
        &format!("signatures = \"required\"\n[[person]]\nname = \"alice\"\nlevel = \"commander\"\nkeys = [\"{}\"]\n[[person]]\nname = \"olga\"\nlevel = \"observer\"\n", key.public()),
    );
    let doctor = |who: &str| {
        let mut command = home.command(&["doctor", "--json"]);
        let said =
            Said::from(command.env("WARROOM_ACTOR", who).env("SSH_AUTH_SOCK", "/nowhere/agent").output().unwrap());
        let rows: Vec<Value> = serde_json::from_str(&said.out).unwrap();
        rows.into_iter().filter(|row| row["id"] == "key").collect::<Vec<_>>()
    };
    let hers = doctor("alice");
    assert_eq!(hers[0]["level"], "bad", "{hers:?}");
    assert!(hers[0]["mend"].as_str().unwrap().contains("the agent that SSH_AUTH_SOCK names is gone"), "{hers:?}");
    let looks = doctor("olga");
    assert!(looks.iter().all(|row| row["level"] == "warn"), "{looks:?}");
    assert!(
        looks.iter().any(|row| row["says"].as_str().unwrap().contains("these observers have no keys")),
        "{looks:?}"
    );
}

#[test]
fn a_session_is_forgotten_when_no_incident_is_open_too() {
    let (home, key) = (Warroom::new(), Signer::new());
    let agent = StockAgent::with(&[key.file()], None);
    let say = |args: &[&str]| Said::from(home.command(args).env("SSH_AUTH_SOCK", agent.socket()).output().unwrap());
    let said = say(&["key", "forget"]);
    assert!(said.code == 2 && said.err.contains("no session key of alice is kept here"), "{said:?}");
    assert_eq!(say(&["declare", "--severity", "2", "one"]).code, 0);
    assert_eq!(say(&["status", "cancelled", "--reason", "a mistake"]).code, 0);
    let said = say(&["key", "forget"]);
    assert!(said.code == 0 && said.out.contains("the session key is forgotten"), "{said:?}");
    for title in ["two", "three"] {
        assert_eq!(say(&["declare", "--severity", "2", title]).code, 0);
    }
    let said = say(&["key", "forget"]);
    assert!(
        said.code == 2 && said.err.contains("2026-11-21-three, 2026-11-21-two") && said.err.contains("--all"),
        "{said:?}"
    );
}
