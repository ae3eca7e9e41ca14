//! A real cluster of three members, hosts that carry to it, and people who write on them; what they were told is durable is kept, to
//! be held against what everybody has in the end. Must not know what any test wants to prove.
#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail there")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::support::live::{Component, script, wait_for};
use crate::support::warroom::Warroom;

/// How long an answer of a member may take.
const ANSWER: Duration = Duration::from_secs(3);

/// Members by name, as the script calls them.
pub const MEMBERS: [&str; 3] = ["a", "b", "c"];

/// Three members on loopback.
pub struct Cluster {
    members: BTreeMap<&'static str, Component>,
    port: u16,
    cluster: String,
}

impl Cluster {
    pub fn start() -> Self {
        let started = Component::start("etcd");
        let (port, cluster) = (started.get("ETCD_PORT").parse().unwrap(), started.get("ETCD_CLUSTER").to_owned());
        Self { members: BTreeMap::from([("all", started)]), port, cluster }
    }

    fn port(&self, name: &str) -> u16 {
        self.port + 2 * u16::try_from(MEMBERS.iter().position(|m| *m == name).unwrap()).unwrap()
    }

    /// `[share.etcd]` with all three.
    pub fn config(&self) -> String {
        let urls: Vec<String> = MEMBERS.iter().map(|m| format!("\"http://127.0.0.1:{}\"", self.port(m))).collect();
        format!("discover = false\n[share.etcd]\nendpoints = [{}]\n", urls.join(", "))
    }

    pub fn kill(&self, name: &str) {
        let of = self.members.get(name).unwrap_or_else(|| &self.members["all"]);
        of.signal(&format!("ETCD_{name}_PID"), Signal::KILL);
    }

    /// Starts a member again that was killed, with its data.
    pub fn restart(&mut self, name: &'static str) {
        let mut command = Command::new(script());
        command.args(["etcd-member", name, "127.0.0.1", &self.port(name).to_string(), &self.cluster]);
        self.members.insert(name, Component::start_with(&mut command));
    }

    /// Asks a member.
    pub fn ask(&self, name: &str, path: &str, body: &Value) -> Option<Value> {
        post(&format!("127.0.0.1:{}", self.port(name)), path, body)
    }

    /// Who leads, as a member that is up says.
    pub fn leader(&self) -> Option<&'static str> {
        MEMBERS.into_iter().find(|name| {
            self.ask(name, "/v3/maintenance/status", &json!({})).is_some_and(|status| {
                let is = status["leader"].as_str().is_some_and(|leader| leader != "0");
                is && status["leader"] == status["header"]["member_id"]
            })
        })
    }

    /// Forgets all older revisions.
    pub fn compact(&self) {
        let status = MEMBERS.iter().find_map(|m| self.ask(m, "/v3/maintenance/status", &json!({}))).unwrap();
        let revision = status["header"]["revision"].as_str().unwrap();
        let leader = wait_for("a leader", Duration::from_secs(20), || self.leader());
        self.ask(leader, "/v3/kv/compaction", &json!({ "revision": revision, "physical": true })).unwrap();
    }
}

/// One POST over plain HTTP/1.0 whose answer is JSON.
pub fn post(host: &str, path: &str, body: &Value) -> Option<Value> {
    let mut stream = TcpStream::connect(host).ok()?;
    stream.set_read_timeout(Some(ANSWER)).ok()?;
    let body = body.to_string();
    write!(stream, "POST {path} HTTP/1.0\r\nHost: {host}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n")?;
    head.contains(" 200 ").then(|| serde_json::from_str(body).ok())?
}

/// A host: a home, one person on it, and what carries for it.
pub struct Host {
    pub person: &'static str,
    pub home: Warroom,
    netns: Option<String>,
    carrier: Option<Child>,
    acked: Arc<Mutex<Vec<(String, Duration)>>>,
}

impl Host {
    pub fn new(person: &'static str, config: &str, netns: Option<&str>) -> Self {
        let home = Warroom::new();
        home.write("config.toml", config);
        Self { person, home, netns: netns.map(str::to_owned), carrier: None, acked: Arc::default() }
    }

    /// A call on this host, with the real clock.
    pub fn command(&self, args: &[&str]) -> Command {
        let plain = self.home.command(args);
        let mut command = match &self.netns {
            None => Command::new(plain.get_program()),
            Some(netns) => {
                let mut command = Command::new("ip");
                command.args(["netns", "exec", netns]).arg(plain.get_program());
                command
            }
        };
        command.args(args).env_clear().stdin(Stdio::null());
        let envs = plain.get_envs().filter_map(|(k, v)| Some((k, v?)));
        command.envs(envs.filter(|(k, _)| *k != "WARROOM_CLOCK")).env("WARROOM_ACTOR", self.person);
        command
    }

    /// Starts `warroom share`.
    pub fn carry(&mut self) {
        let mut command = self.command(&["share"]);
        let log = fs::File::create(self.home.home().join("share.log")).unwrap();
        self.carrier = Some(command.stdout(log).stderr(Stdio::null()).spawn().unwrap());
    }

    /// Kills it, as a power cut would.
    pub fn stop_carrying(&mut self) {
        if let Some(mut carrier) = self.carrier.take() {
            carrier.kill().unwrap();
            carrier.wait().unwrap();
        }
    }

    /// The last thing that `warroom share` said: its line with the time, and what stands indented under it.
    pub fn said(&self) -> String {
        let all = fs::read_to_string(self.home.home().join("share.log")).unwrap_or_default();
        let lines: Vec<&str> = all.lines().collect();
        let begins = lines.iter().rposition(|line| !line.starts_with(' ')).unwrap_or(0);
        lines.get(begins..).unwrap_or_default().join("\n")
    }

    /// Writes one note; it counts as acknowledged when the verb says so.
    pub fn note(&self, text: &str) {
        let mut command = self.command(&["note", text]);
        let began = Instant::now();
        if command.output().unwrap().status.success() {
            self.acked.lock().unwrap().push((text.to_owned(), began.elapsed()));
        }
    }

    /// Writes notes on a thread until `stop`.
    pub fn write_until(self: &Arc<Self>, stop: &Arc<AtomicBool>) -> JoinHandle<()> {
        let (host, stop) = (Arc::clone(self), Arc::clone(stop));
        std::thread::spawn(move || {
            for n in 0.. {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                host.note(&format!("{} wrote {n}", host.person));
                std::thread::park_timeout(Duration::from_millis(60));
            }
        })
    }

    /// Texts that were acknowledged so far.
    pub fn acked(&self) -> BTreeSet<String> {
        self.acked.lock().unwrap().iter().map(|(text, _)| text.clone()).collect()
    }

    /// How long the last so many acknowledged ones took, the middle one of them.
    pub fn median_of_last(&self, count: usize) -> Duration {
        let acked = self.acked.lock().unwrap();
        let mut times: Vec<Duration> = acked.iter().rev().take(count).map(|(_, took)| *took).collect();
        times.sort();
        times[times.len() / 2]
    }

    pub fn log_dir(&self, id: &str) -> PathBuf {
        self.home.home().join("incidents").join(id).join("log")
    }

    /// The chains as they lie there.
    pub fn log(&self, id: &str) -> BTreeMap<String, Vec<u8>> {
        let found = fs::read_dir(self.log_dir(id)).into_iter().flatten().flatten();
        let chains = found.filter(|f| f.path().extension().is_some_and(|e| e == "jsonl"));
        let chains = chains.map(|f| (f.file_name().into_string().unwrap(), fs::read(f.path()).unwrap()));
        // A name that was taken for a moment leaves a file without a line: no chain yet.
        chains.filter(|(_, bytes)| !bytes.is_empty()).collect()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        if let Some(mut carrier) = self.carrier.take() {
            // It may be gone already.
            let _ = carrier.kill();
            let _ = carrier.wait();
        }
    }
}

/// Waits until all hosts have the same chains, then holds them against what was acknowledged: all of it, no fork, every log sound.
pub fn all_arrives(hosts: &[&Host], id: &str, limit: Duration) {
    let until = Instant::now() + limit;
    let logs = || hosts.iter().map(|h| h.log(id)).collect::<Vec<_>>();
    let same = |logs: &[BTreeMap<String, Vec<u8>>]| logs.iter().all(|l| l == &logs[0]) && logs[0].len() >= hosts.len();
    while !same(&logs()) {
        let said: Vec<_> = hosts
            .iter()
            .map(|h| (h.person, h.said(), h.log(id).into_iter().map(|(n, b)| (n, b.len())).collect::<Vec<_>>()))
            .collect();
        assert!(Instant::now() < until, "not the same everywhere after {limit:?}: {said:#?}");
        std::thread::park_timeout(Duration::from_millis(200));
    }
    let log = logs().swap_remove(0);
    let all: String = log.values().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect();
    let mut acked = 0;
    for text in hosts.iter().flat_map(|h| h.acked()) {
        assert!(all.contains(&format!("\"{text}\"")), "acknowledged and lost: {text}");
        acked += 1;
    }
    for host in hosts {
        let verified = host.command(&["verify", id]).output().unwrap();
        assert!(verified.status.success(), "{}: {verified:?}", host.person);
        assert!(!host.home.home().join("incidents").join(id).join("forks").exists(), "{} has a fork", host.person);
    }
    eprintln!("{acked} acknowledged entries are on all {} hosts, {} chains, no fork", hosts.len(), log.len());
}
