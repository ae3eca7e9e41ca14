//! Real components, started by `tests/live/start` on ports of their own and ended with the test; and a plain way to ask
//! them, apart from the product, what is really the case. Must not know what any test wants to prove.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// Ports that one component may use, counted from its base.
const PORTS: u16 = 10;

/// Ranges of ports given out so far.
static STARTED: AtomicU16 = AtomicU16::new(0);

/// How long an answer of a real component may take.
const ANSWER: Duration = Duration::from_secs(5);

/// How long to wait between two looks at a component.
const LOOK: Duration = Duration::from_millis(200);

/// Whether the live tests are wanted; says loudly when they are not.
pub fn wanted(test: &str) -> bool {
    let yes = std::env::var_os("WARROOM_LIVE").is_some_and(|v| v == "1");
    if !yes {
        eprintln!("SKIPPED {test}: it starts real components; run it with WARROOM_LIVE=1 (docs/testing.md)");
    }
    yes
}

/// A started component: what `start` printed. Dropped, its processes end.
pub struct Component {
    values: BTreeMap<String, String>,
}

impl Component {
    /// Installs (once) and starts it.
    pub fn start(name: &str) -> Self {
        Self::start_with(Command::new(script()).args([name, &free_base().to_string()]))
    }

    /// The same by a command of one's own, which ends in the script's.
    pub fn start_with(command: &mut Command) -> Self {
        let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let pairs = text.lines().filter_map(|l| l.split_once('='));
        let started = Self { values: pairs.map(|(k, v)| (k.to_owned(), v.to_owned())).collect() };
        assert!(output.status.success(), "{command:?} did not start it; what is above says why");
        started
    }

    /// A printed value.
    pub fn get(&self, name: &str) -> &str {
        self.values.get(name).unwrap_or_else(|| panic!("start printed no {name}: {:?}", self.values))
    }

    /// Sends a signal to one of its processes.
    pub fn signal(&self, name: &str, signal: Signal) {
        kill_process(pid(self.get(name)).unwrap(), signal).unwrap();
    }
}

impl Drop for Component {
    fn drop(&mut self) {
        let ours = self.values.iter().filter(|(name, _)| name.ends_with("_PID"));
        for pid in ours.filter_map(|(_, value)| pid(value)) {
            // It may be gone already.
            kill_process(pid, Signal::KILL).unwrap_or(());
        }
    }
}

/// The script that starts components.
pub fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/live/start")
}

fn pid(text: &str) -> Option<Pid> {
    Pid::from_raw(text.parse().ok()?)
}

/// A port that is free, and the nine after it.
pub fn free_base() -> u16 {
    let free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    let first = u16::try_from(std::process::id() % 900).unwrap();
    loop {
        // Each component of this process gets a range of its own, also when two start at once.
        let base = 20_000 + (first + STARTED.fetch_add(1, Ordering::Relaxed)) * PORTS;
        if (0..PORTS).all(|n| free(base + n)) {
            return base;
        }
    }
}

/// One GET over plain HTTP/1.0: status and body.
pub fn get(url: &str) -> Option<(u16, String)> {
    let rest = url.strip_prefix("http://")?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut stream = TcpStream::connect(host).ok()?;
    stream.set_read_timeout(Some(ANSWER)).ok()?;
    write!(stream, "GET /{path} HTTP/1.0\r\nHost: {host}\r\nAccept: application/json\r\n\r\n").ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}

/// One GET whose body is JSON.
pub fn get_json(url: &str) -> Option<serde_json::Value> {
    serde_json::from_str(&get(url)?.1).ok()
}

/// Looks again and again until there is an answer; fails after `limit`.
pub fn wait_for<T>(what: &str, limit: Duration, look: impl Fn() -> Option<T>) -> T {
    let until = Instant::now() + limit;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < until, "waited {limit:?} in vain for: {what}");
        std::thread::park_timeout(LOOK);
    }
}

/// What the beacon node itself says of its chain, asked apart from the product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Slot of the head.
    pub head: u64,
    /// Finalized epoch.
    pub finalized: u64,
}

impl Chain {
    /// Asks now.
    pub fn ask(beacon: &str) -> Option<Self> {
        let head = get_json(&format!("{beacon}/eth/v1/beacon/headers/head"))?;
        let points = get_json(&format!("{beacon}/eth/v1/beacon/states/head/finality_checkpoints"))?;
        let number = |v: &serde_json::Value| v.as_str()?.parse().ok();
        Some(Self {
            head: number(&head["data"]["header"]["message"]["slot"])?,
            finalized: number(&points["data"]["finalized"]["epoch"])?,
        })
    }
}
