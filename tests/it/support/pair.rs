//! What the tests with real nodes share: a home that watches them, calls put to them apart from the product, and how a
//! line of `watch` is read when two nodes are compared. Must not know what any test wants to prove.

use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use warroom::domain::time::{At, Clock as _};
use warroom::runtime::clock::SystemClock;

use crate::support::live::Component;
use crate::support::warroom::Warroom;

/// User and password of the Bitcoin nodes that `start` starts.
const BITCOIN_USER: &str = "x:labkey";

/// The longest a call may take, seconds: making a dozen blocks of a real runtime on a loaded machine.
const MOST_S: &str = "180";

/// One watched node: its id, family and address, and whether it is ours.
pub struct Watched<'a>(pub &'a str, pub &'a str, pub &'a str, pub bool);

/// A home that watches exactly these.
pub fn home_with(nodes: &[Watched<'_>]) -> Warroom {
    let home = Warroom::new();
    let mut config = String::from("network = \"live\"\ndiscover = false\n");
    for Watched(id, family, url, mine) in nodes {
        config.push_str(&format!("\n[[node]]\nid = \"{id}\"\nfamily = \"{family}\"\nurl = \"{url}\"\nmine = {mine}\n"));
        if *family == "bitcoin" {
            config.push_str("auth = { user = \"x\", password_file = \"password\" }\n");
        }
    }
    home.write("password", "labkey\n");
    home.write("config.toml", &config);
    home
}

/// A pair of Bitcoin nodes with chains of their own, and where they are.
pub struct BitcoinPair(Component);

impl BitcoinPair {
    /// Started, not connected.
    pub fn start() -> Self {
        Self(Component::start("bcoin"))
    }

    /// The component, to stop and continue its processes.
    pub fn nodes(&self) -> &Component {
        &self.0
    }

    /// Where node 1 or 2 answers.
    pub fn url(&self, node: u8) -> &str {
        self.0.get(&format!("BITCOIN_{node}_URL"))
    }

    /// This node makes so many blocks.
    pub fn generate(&self, node: u8, blocks: u32) {
        call(self.url(node), "generate", &format!("[{blocks}]"));
    }

    /// This node looks for the other one from now on.
    pub fn meet(&self, node: u8, other: u8) {
        let params = format!(r#"["{}","add"]"#, self.0.get(&format!("BITCOIN_{other}_P2P")));
        call(self.url(node), "addnode", &params);
    }
}

/// One JSON-RPC call: its result. Fails where the node refuses.
pub fn call(url: &str, method: &str, params: &str) -> Value {
    let body = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}"#);
    let reply = curl(&["-u", BITCOIN_USER, "-H", "content-type: application/json", "-d", &body, url]);
    let reply: Value = serde_json::from_str(&reply).unwrap_or_else(|e| panic!("{method}: {e}: {reply}"));
    assert!(reply.get("error").is_none_or(Value::is_null), "{method}: {reply}");
    reply["result"].clone()
}

/// What an address gives, asked apart from the product; fails on any status that is an error.
pub fn curl(args: &[&str]) -> String {
    let asked = Command::new("curl").args(["-fs", "--max-time", MOST_S]).args(args).output().unwrap();
    assert!(asked.status.success(), "curl {args:?}: {asked:?}");
    String::from_utf8(asked.stdout).unwrap()
}

/// Where the trouble is, by this line.
pub fn scope(line: &Value) -> &str {
    line["scope"]["verdict"].as_str().unwrap_or_default()
}

/// What proves it, a sentence a line.
pub fn evidence(line: &Value) -> String {
    let all = line["scope"]["evidence"].as_array().cloned().unwrap_or_default();
    all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n")
}

/// How long after this moment the line was told; zero for one that was told before.
pub fn after(line: &Value, moment: At) -> Duration {
    let told = At::parse(line["at"].as_str().unwrap_or_default()).unwrap();
    Duration::from_micros(u64::try_from(told.since(moment).micros()).unwrap_or(0))
}

/// Now, by this machine's clock.
pub fn now() -> At {
    SystemClock.now()
}
