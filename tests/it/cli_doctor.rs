//! `warroom doctor`: every kind of trouble is one line with its cure, and the exit code tells scripts.

use serde_json::Value;

use crate::support::warroom::Warroom;

fn findings(warroom: &Warroom) -> (i32, Vec<Value>) {
    let said = warroom.run(&["doctor", "--json"]);
    (said.code, serde_json::from_str(&said.out).unwrap())
}

fn of<'a>(found: &'a [Value], id: &str) -> Vec<&'a Value> {
    found.iter().filter(|f| f["id"] == id).collect()
}

/// A configuration that looks for nothing, so that what happens to listen on this machine does not matter.
const QUIET: &str = "network = \"devnet\"\ndiscover = false\n";

#[test]
fn a_fresh_home_is_well() {
    let w = Warroom::new();
    w.write("config.toml", QUIET);
    let (code, found) = findings(&w);
    assert_eq!(code, 0, "{found:#?}");
    for id in
        ["home", "disk", "config", "roster", "you", "clock", "terminal", "node host", "peers", "runbooks", "incidents"]
    {
        assert_eq!(of(&found, id).len(), 1, "{id} in {found:#?}");
    }
    assert_eq!(of(&found, "clock")[0]["level"], "warn", "the stand-in for the clock is told");
    assert!(!w.home().join("incidents").exists(), "it looks only");
}

#[test]
fn a_broken_file_a_dead_node_and_an_open_secret_are_bad_and_exit_1() {
    let w = Warroom::new();
    w.write("token", "secret");
    let node = "[[node]]\nid = \"el\"\nfamily = \"ethereum-execution\"\nurl = \"http://127.0.0.1:1\"\nauth = { bearer_file = \"token\" }\n";
    w.write("config.toml", &format!("{QUIET}{node}"));
    w.write("roster.toml", "[[person]]\nnam = \"x\"\n");
    let (code, found) = findings(&w);
    assert_eq!(code, 1);
    let roster = of(&found, "roster");
    assert_eq!(roster.len(), 2, "all problems at once: {roster:#?}");
    assert!(roster[1]["says"].as_str().unwrap().contains("roster.toml:2:1: unknown key `nam`"), "{roster:#?}");
    let el = of(&found, "node el");
    assert!(
        el.iter().any(|f| f["level"] == "bad" && f["says"].as_str().unwrap().contains("connection refused")),
        "{el:#?}"
    );
    assert!(el.iter().any(|f| f["level"] == "warn" && f["mend"].as_str().unwrap().starts_with("chmod 600")), "{el:#?}");
    assert!(found.iter().all(|f| f["level"] == "ok" || !f["mend"].as_str().unwrap().is_empty()), "{found:#?}");
}

#[test]
fn a_damaged_log_is_told_with_its_line() {
    let w = Warroom::new();
    w.write("config.toml", QUIET);
    assert_eq!(w.run(&["declare", "--severity", "2", "x"]).code, 0);
    assert_eq!(w.run(&["note", "one"]).code, 0);
    let folder = w.home().join("incidents/2026-11-21-x/log");
    let file = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("\"severity\":2", "\"severity\":4")).unwrap();
    let (code, found) = findings(&w);
    assert_eq!(code, 1);
    assert!(of(&found, "incidents")[0]["says"].as_str().unwrap().contains(".jsonl:2"), "{found:#?}");
}

#[test]
fn a_home_that_cannot_be_is_bad() {
    let w = Warroom::new();
    w.write("file", "");
    let mut command = w.command(&["doctor", "--json"]);
    let output = command.env("WARROOM_HOME", w.home().join("file/home")).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let found: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert!(of(&found, "home")[0]["says"].as_str().unwrap().contains("is in the way"), "{found:#?}");
}

#[test]
fn a_peer_that_does_not_count_is_told_with_its_reason() {
    let w = Warroom::new();
    w.write("config.toml", QUIET);
    w.write("roster.toml", "[[operator]]\nname = \"north\"\nstatus = \"missing.json\"\n");
    w.write(
        "peers/south.json",
        "{\"status\":{\"v\":1,\"operator\":\"south\",\"at\":\"2026-11-21T03:00:00Z\",\"seq\":1,\"valid_s\":9,\"network\":\"devnet\"}}",
    );
    let (code, found) = findings(&w);
    assert_eq!(code, 0, "another operator's trouble is not ours: {found:#?}");
    assert!(
        of(&found, "peer south")[0]["says"].as_str().unwrap().starts_with("unknown-operator, not counted"),
        "{found:#?}"
    );
    assert!(of(&found, "peer north")[0]["says"].as_str().unwrap().contains("missing.json"), "{found:#?}");
}
