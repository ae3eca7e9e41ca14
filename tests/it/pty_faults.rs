//! Nodes that misbehave in every way at once: each is `unknown` with its reason in words, for scripts and on the screen,
//! and the console answers keys as if nothing were.

use std::time::Duration;

use crate::support::console::open;
use crate::support::faulty::{Faulty, Mode};
use crate::support::warroom::Warroom;
use crate::support::watch::{Watch, state, why};

/// Timeouts, back-off, and a loaded machine.
const ALL_TOLD: Duration = Duration::from_secs(60);

/// A key's answer by the median, on a loaded machine; a console that waits for a node would need seconds for each.
const KEY: Duration = Duration::from_millis(700);

/// A word of the reason that each fault must give.
const REASONS: [(&str, &str); 8] = [
    ("hangs", "answer"),
    ("refuses", "refused"),
    ("resets", "connection"),
    ("half", "connection"),
    ("web-page", "HTML"),
    ("huge", "MiB"),
    ("drips", "answer"),
    ("noise", "HTTP"),
];

/// A home that watches one execution node of each kind of fault, and the servers that play them.
fn stage() -> (Warroom, Vec<Faulty>) {
    let home = Warroom::new();
    let mut config = String::from("network = \"faults\"\ndiscover = false\n");
    let mut servers = Vec::new();
    for (id, _) in REASONS {
        let mode = match id {
            "hangs" => Mode::Hang,
            "resets" => Mode::Reset,
            "half" => Mode::HalfBody("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x1\"}".to_owned()),
            "web-page" => Mode::Html,
            "huge" => Mode::Huge { told: false },
            "drips" => Mode::Drip,
            _ => Mode::Noise,
        };
        let server = Faulty::start(mode);
        let url = if id == "refuses" { Faulty::refused() } else { server.url() };
        config.push_str(&format!("\n[[node]]\nid = \"{id}\"\nfamily = \"ethereum-execution\"\nurl = \"{url}\"\n"));
        servers.push(server);
    }
    home.write("config.toml", &config);
    (home, servers)
}

#[test]
fn every_fault_is_unknown_with_its_reason() {
    let (home, _servers) = stage();
    let mut watch = Watch::start(&home);
    let line =
        watch.wait_for("eight unknown nodes", ALL_TOLD, |l| REASONS.iter().all(|(id, _)| state(l, id) == "unknown"));
    let told: Vec<String> = REASONS.iter().map(|(id, _)| format!("{id}: {}", why(&line, id))).collect();
    let silent: Vec<&String> = told.iter().filter(|t| t.ends_with(": ")).collect();
    assert!(silent.is_empty(), "no reason: {silent:?}");
    for (id, word) in REASONS {
        assert!(why(&line, id).contains(word), "{id} does not say {word:?}:\n{}", told.join("\n"));
    }
}

#[test]
fn the_console_answers_keys_while_every_node_misbehaves() {
    let (home, _servers) = stage();
    let terminal = open(&home, (160, 50));
    terminal.wait_for("the first node", |s| s.contains("hangs"));
    let mut took: Vec<Duration> = (0..21).map(|_| terminal.press_and_time("\t")).collect();
    took.sort();
    assert!(took[took.len() / 2] < KEY, "half of the keys were answered after {:?} only", took[took.len() / 2]);
    terminal.wait_long("all of them told", ALL_TOLD, |s| REASONS.iter().all(|(id, _)| s.contains(id)));
}
