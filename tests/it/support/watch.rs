//! `warroom watch --json` as a script would use it: started in a home of its own, its lines read as they come.
//! Must not know which nodes are behind it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::warroom::Warroom;

/// Lines that wait to be looked at; the reader holds when it is full.
const LINES: usize = 1024;

/// A running watch.
pub struct Watch {
    child: Child,
    lines: Receiver<Value>,
    latest: Value,
}

impl Watch {
    /// Starts it with the real clock.
    pub fn start(home: &Warroom) -> Self {
        let mut command = home.command(&["watch", "--json"]);
        command.env_remove("WARROOM_CLOCK").stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut child = command.spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (send, lines) = sync_channel(LINES);
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                let value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("not JSON ({e}): {line}"));
                if send.send(value).is_err() {
                    return;
                }
            }
        });
        Self { child, lines, latest: Value::Null }
    }

    /// Waits for a line of which `wanted` holds; fails after `limit` with the latest line.
    pub fn wait_for(&mut self, what: &str, limit: Duration, wanted: impl Fn(&Value) -> bool) -> Value {
        let until = Instant::now() + limit;
        loop {
            if wanted(&self.latest) {
                return self.latest.clone();
            }
            let left = until.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => self.latest = line,
                Err(_) => panic!("waited {limit:?} in vain for {what}; the latest line is\n{}", self.latest),
            }
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// One node of a line, by its id.
pub fn node<'a>(line: &'a Value, id: &str) -> Option<&'a Value> {
    line["nodes"].as_array()?.iter().find(|n| n["id"] == id)
}

/// The state of a node in a line: ok, warn, bad, unknown, stale; empty when it is not there.
pub fn state<'a>(line: &'a Value, id: &str) -> &'a str {
    node(line, id).and_then(|n| n["state"].as_str()).unwrap_or_default()
}

/// The sentences that say why, joined.
pub fn why(line: &Value, id: &str) -> String {
    let sentences = node(line, id).and_then(|n| n["why"].as_array().cloned()).unwrap_or_default();
    sentences.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("; ")
}

/// One signal's value in a line.
pub fn signal(line: &Value, id: &str, name: &str) -> Option<f64> {
    node(line, id)?["signals"][name]["value"].as_f64()
}
