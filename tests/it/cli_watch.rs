//! `warroom watch` and `warroom postmortem`: the headless twins, on the real binary.

use std::io::BufRead;
use std::process::Stdio;

use serde_json::Value;

use crate::support::signer::Signer;
use crate::support::warroom::Warroom;

const CONFIG: &str = "network = \"devnet\"\ndiscover = false\n[[node]]\nid = \"el\"\nfamily = \"ethereum-execution\"\nurl = \"http://127.0.0.1:1\"\n";

const STATUS: &str = r#"{"v":1,"operator":"north","at":"2026-11-21T03:00:00Z","seq":7,"valid_s":60,"network":"devnet","scope":"network","says":"we look into it"}"#;

fn once(w: &Warroom) -> Value {
    let said = w.run(&["watch", "--json", "--once"]);
    assert_eq!(said.code, 0, "{said:?}");
    serde_json::from_str(&said.out).unwrap()
}

#[test]
fn once_tells_nodes_peers_and_scope_and_writes_nothing() {
    let w = Warroom::new();
    let key = Signer::new();
    w.write("config.toml", CONFIG);
    w.write("roster.toml", &format!("[[operator]]\nname = \"north\"\nstake = 112\nkeys = [\"{}\"]\n", key.public()));
    w.write(
        "peers/north.json",
        &format!("{{\"status\":{STATUS},\"sig\":\"{}\"}}", key.sign("warroom-peer@v1", STATUS)),
    );
    let before = files(&w);
    let seen = once(&w);
    assert_eq!(seen["network"], "devnet");
    let node = |id: &str| seen["nodes"].as_array().unwrap().iter().find(|n| n["id"] == id).unwrap().clone();
    assert_eq!(node("el")["family"], "ethereum-execution");
    assert_eq!(node("el")["state"], "unknown", "never answered: never zero, never green");
    assert!(node("el")["why"][0].as_str().unwrap().contains("refused"), "{seen:#}");
    assert!(node("host")["signals"]["host.mem_used_pct"]["value"].is_number(), "{seen:#}");
    let peer = &seen["peers"][0];
    assert_eq!((&peer["operator"], &peer["trust"], &peer["stake"]), (&"north".into(), &"verified".into(), &112.into()));
    for key in ["failing", "doing", "next"] {
        assert!(seen[key].is_array(), "{seen:#}");
    }
    assert!(seen["scope"]["verdict"].is_string());
    assert_eq!(files(&w), before, "watching writes nothing");
}

fn files(w: &Warroom) -> Vec<std::path::PathBuf> {
    let mut folders = vec![w.home().to_path_buf()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry.clone());
            }
            found.push(entry);
        }
    }
    found.sort();
    found
}

#[test]
fn an_open_incident_stands_in_the_picture() {
    let w = Warroom::new();
    w.write("config.toml", "discover = false\n");
    assert_eq!(w.run(&["declare", "--severity", "2", "finality stall"]).code, 0);
    assert_eq!(w.run(&["task", "give", "carol", "--minutes", "10", "call north"]).code, 0);
    let seen = once(&w);
    assert!(seen["doing"].to_string().contains("call north"), "{seen:#}");
    let said = w.run(&["watch", "--plain", "--once"]);
    assert!(said.out.contains("DOING: ") && said.out.contains("node host (host) is ok"), "{said:?}");
}

#[test]
fn a_broken_configuration_is_said_and_watching_goes_on() {
    let w = Warroom::new();
    w.write("config.toml", "netwrok = \"x\"\n");
    let said = w.run(&["watch", "--plain", "--once"]);
    assert_eq!(said.code, 0);
    assert!(said.err.contains("config.toml:1:1: unknown key `netwrok`"), "{}", said.err);
}

#[test]
fn watching_goes_on_until_nobody_reads() {
    let w = Warroom::new();
    w.write("config.toml", "discover = false\n");
    let mut command = w.command(&["watch", "--plain"]);
    command.env("WARROOM_CLOCK", "run:2026-11-21T03:00:00Z");
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = std::io::BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().contains("scope of local"));
    assert_eq!(w.run(&["declare", "--severity", "2", "stall"]).code, 0);
    assert_eq!(w.run(&["task", "give", "carol", "call north"]).code, 0);
    let heard = lines.by_ref().map(Result::unwrap).find(|l| l.contains("call north"));
    assert!(heard.is_some());
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_post_mortem_comes_from_the_log_alone_and_twice_the_same() {
    let w = Warroom::new();
    assert_eq!(w.run(&["declare", "--severity", "2", "--onset", "02:43", "finality stall"]).code, 0);
    assert_eq!(w.run(&["role", "assign", "ic", "alice"]).code, 0);
    assert_eq!(w.run(&["note", "--disclosure", "internal", "the pager was muted"]).code, 0);
    let draft = w.run(&["postmortem"]);
    assert_eq!(draft.code, 0, "{draft:?}");
    assert!(draft.out.contains("finality stall") && draft.out.contains("the pager was muted"), "{}", draft.out);
    assert_eq!(w.run(&["postmortem"]).out, draft.out);
    let public = w.run(&["postmortem", "--audience", "public"]);
    assert!(!public.out.contains("pager"), "{}", public.out);
    assert_eq!(w.run(&["postmortem", "2020-01-01-nothing"]).code, 2);
}
