//! What watching costs: 50 endpoints of 200 KB every 2 s beside bare loops that fetch and read the same (D4), and a thousand
//! operators who report every 10 s with a thousand validators in one round (D6). `cargo bench --bench net`.
//! Processor time of this process alone: the endpoints are another one. `WARROOM_BENCH_SECONDS` makes D4 longer; `WARROOM_BENCH_PEER`
//! names a terminal program (bottom, say) whose processor time is measured beside it, in a terminal of 160x50 of its own.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a measurement prints, and stops at the first surprise")]

use std::fmt::Write as _;
use std::hint::black_box;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use warroom::config::parse_roster;
use warroom::domain::observation::{Answer, Family, Observation};
use warroom::domain::time::{At, Clock, Span};
use warroom::domain::verdict::{Judge, Limits, PeerView};
use warroom::domain::watch::NodeSpec;
use warroom::keys::{SessionKey, namespace};
use warroom::peers::{Expected, Memory, PeerSet, Receipt, check};
use warroom::runtime::clock::SystemClock;
use warroom::telemetry::{Pollers, QUEUE, cometbft};

/// Endpoints, as goal D4 has them, and how large each one's page is at least.
const ENDPOINTS: usize = 50;
const PAGE: usize = 200_000;
/// Between two rounds of one endpoint.
const EVERY: Duration = Duration::from_secs(2);
/// How long each loop runs before it is measured.
const WARM: Duration = Duration::from_secs(4);
/// Set in the process that is the endpoints.
const SERVE: &str = "WARROOM_BENCH_SERVE";

fn main() {
    if std::env::var_os(SERVE).is_some() {
        return serve();
    }
    endpoints();
    peers();
    quorum();
}

fn processor() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// D4. Each loop has the machine for itself, one after the other.
fn endpoints() {
    let seconds = std::env::var("WARROOM_BENCH_SECONDS").ok().and_then(|s| s.parse().ok()).unwrap_or(20);
    let span = Duration::from_secs(seconds);
    let (mut served, ports) = start();
    println!("D4: {ENDPOINTS} endpoints, {} KB each, every {} s, {seconds} s", page().len() / 1_000, EVERY.as_secs());
    let floor =
        fetching(&ports, span, "/json", |body| serde_json::from_slice::<serde_json::Value>(body).unwrap().is_object());
    told("fetch the same in JSON, read with serde_json (floor)", floor, floor);
    let lines = fetching(&ports, span, "/metrics", |body| body.iter().filter(|b| **b == b'\n').count() > 1);
    told("fetch the pages, count lines", lines, floor);
    told("warroom: poll, read, judge", watching(&ports, span), floor);
    served.kill().unwrap();
    served.wait().unwrap();
    if let Some(program) = std::env::var_os("WARROOM_BENCH_PEER") {
        told(&program.to_string_lossy(), (terminal(Path::new(&program), span), 0), floor);
    }
}

/// Processor time in % of one core, and rounds that were made.
type Took = (f64, u64);

fn told(what: &str, (cpu, rounds): Took, floor: Took) {
    println!("  {what:52} {cpu:6.2} % of a core {:5.2}x  {rounds} rounds", cpu / floor.0);
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// A bare loop for each endpoint, with the client that warroom has.
fn fetching(ports: &[u16], span: Duration, path: &str, read: fn(&[u8]) -> bool) -> Took {
    let rounds = Arc::new(std::sync::atomic::AtomicU64::new(0));
    let runtime = runtime();
    let http = warroom::telemetry::Http::new();
    for port in ports {
        let (url, rounds, http) = (format!("http://127.0.0.1:{port}{path}"), rounds.clone(), http.clone());
        runtime.spawn(async move {
            let nobody = warroom::telemetry::Credentials::new(warroom::domain::watch::Auth::None);
            loop {
                let next = tokio::time::Instant::now() + EVERY;
                let body = http.get(&url, &nobody, EVERY).await.unwrap().usable().unwrap();
                assert!(read(&body));
                rounds.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                tokio::time::sleep_until(next).await;
            }
        });
    }
    measured(span, || rounds.load(std::sync::atomic::Ordering::Relaxed))
}

fn measured(span: Duration, rounds: impl Fn() -> u64) -> Took {
    std::thread::sleep(WARM);
    let (cpu, wall, before) = (processor(), Instant::now(), rounds());
    std::thread::sleep(span);
    (100.0 * (processor() - cpu) / wall.elapsed().as_secs_f64(), rounds() - before)
}

/// The pollers, and a judge that hears them, as the console has them.
fn watching(ports: &[u16], span: Duration) -> Took {
    let specs: Vec<NodeSpec> = ports
        .iter()
        .enumerate()
        .map(|(i, port)| {
            NodeSpec::new(&format!("m-{i}"), Family::Prometheus, &format!("http://127.0.0.1:{port}/metrics"), "bench")
        })
        .collect();
    let runtime = runtime();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let rounds = Arc::new(std::sync::atomic::AtomicU64::new(0));
    let (send, mut seen) = tokio::sync::mpsc::channel(QUEUE);
    let _pollers = runtime.block_on(async { Pollers::start(&specs, &clock, &send) });
    let counted = rounds.clone();
    runtime.spawn(async move {
        let mut judge = Judge::new(&specs, Limits::default());
        while let Some(one) = seen.recv().await {
            assert!(one.outcome.is_ok(), "{one:?}");
            black_box(judge.observe(&one));
            counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
    });
    measured(span, || rounds.load(std::sync::atomic::Ordering::Relaxed))
}

/// Processor time of a terminal program in a terminal of its own, % of a core.
fn terminal(program: &Path, span: Duration) -> f64 {
    let call = format!("stty cols 160 rows 50; exec {}", program.display());
    let mut child = Command::new("script")
        .args(["-qfec", &call, "/dev/null"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(WARM);
    let pid = std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", child.id())).unwrap();
    let ticks = || -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap();
        let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
        fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
    };
    let (before, wall) = (ticks(), Instant::now());
    std::thread::sleep(span);
    let used = (ticks() - before) as f64 / rustix::param::clock_ticks_per_second() as f64;
    let pct = 100.0 * used / wall.elapsed().as_secs_f64();
    child.kill().unwrap();
    child.wait().unwrap();
    pct
}

/// Starts the endpoints in a process of their own.
fn start() -> (Child, Vec<u16>) {
    let mut child =
        Command::new(std::env::current_exe().unwrap()).env(SERVE, "1").stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (child, line.split_whitespace().map(|p| p.parse().unwrap()).collect())
}

fn serve() {
    let doors: Vec<TcpListener> = (0..ENDPOINTS).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    let ports: Vec<String> = doors.iter().map(|d| d.local_addr().unwrap().port().to_string()).collect();
    println!("{}", ports.join(" "));
    let pages = Arc::new((answer(&page(), "text/plain"), answer(&json(), "application/json")));
    for door in doors {
        let pages = pages.clone();
        std::thread::spawn(move || {
            for stream in door.incoming().flatten() {
                let pages = pages.clone();
                std::thread::spawn(move || keep(stream, &pages));
            }
        });
    }
    std::thread::park();
}

fn answer(body: &str, kind: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// One connection, kept alive: a request is a few hundred bytes and comes at once.
fn keep(mut stream: TcpStream, pages: &(Vec<u8>, Vec<u8>)) {
    let mut head = [0; 4_096];
    while let Ok(n @ 1..) = stream.read(&mut head) {
        let page = if head[..n].starts_with(b"GET /json") { &pages.1 } else { &pages.0 };
        if stream.write_all(page).is_err() {
            return;
        }
    }
}

fn page() -> String {
    let mut page = String::new();
    let mut family = 0;
    while page.len() < PAGE {
        writeln!(page, "# HELP node_requests_{family}_total Requests.\n# TYPE node_requests_{family}_total counter")
            .unwrap();
        for peer in 0..10 {
            let value = family * peer;
            writeln!(page, "node_requests_{family}_total{{peer=\"16Uiu2HAm{peer:08}\",topic=\"beacon_block\",code=\"200\"}} {value}").unwrap();
        }
        family += 1;
    }
    page
}

fn json() -> String {
    let mut rows = String::new();
    while rows.len() < PAGE {
        let n = rows.len();
        write!(rows, "{{\"address\":\"{n:040X}\",\"power\":\"{n}\",\"priority\":-{n},\"jailed\":false}},").unwrap();
    }
    format!("{{\"validators\":[{}]}}", rows.trim_end_matches(','))
}

/// D6: every operator's signed document read, checked, kept and judged, once for each round of 10 s.
fn peers() {
    println!("D6: operators who report every 10 s, three nodes each");
    let mut first = None;
    for count in [100, 1_000, 10_000] {
        let cpu = reports(count);
        let (each, pct) = (cpu / count as f64 * 1e6, cpu / 10.0 * 100.0);
        let than = each / *first.get_or_insert(each);
        println!(
            "  {count:6} operators: {:8.1} ms of processor a round, {each:6.1} us each ({than:.2}x), {pct:5.2} % of a core",
            cpu * 1e3
        );
    }
}

/// Processor time of a round, the median of three.
fn reports(count: usize) -> f64 {
    let key = SessionKey::from_seed([7; 32]).unwrap();
    let mut text = String::new();
    for i in 0..count {
        writeln!(text, "[[operator]]\nname = \"operator-{i}\"\nstake = {}\nkeys = [\"{}\"]", 1_000 + i, key.key())
            .unwrap();
    }
    let roster = parse_roster(Path::new("roster.toml"), &text).unwrap();
    let begin = At::parse("2026-11-21T03:00:00Z").unwrap();
    let own = NodeSpec::new("val-1", Family::EthereumBeacon, "http://127.0.0.1:1", "bench");
    let mut judge = Judge::new(&[own], Limits::default());
    let (mut memory, mut set) = (Memory::default(), PeerSet::default());
    let networks = ["bench".to_owned()];
    let mut took = Vec::new();
    for round in 0..3 {
        let at = begin.plus(Span::from_secs(10 * round));
        let documents: Vec<String> = (0..count).map(|i| document(&key, i, round, at)).collect();
        let before = processor();
        let expected = Expected { roster: &roster, networks: &networks };
        let mut all = Vec::with_capacity(count);
        for bytes in &documents {
            let receipt = Receipt { origin: "drop", named: None, at, bytes: bytes.as_bytes() };
            let report = check(expected, &mut memory, receipt).unwrap();
            assert!(report.view().trusted, "{report:?}");
            all.push(report);
        }
        let was = set.clone();
        set.take(all);
        set.age(at);
        black_box(set.news(&was));
        let views: Vec<PeerView> = set.iter().map(warroom::peers::model::PeerReport::view).collect();
        black_box(judge.hear_peers(&views, at));
        for second in 1..=10 {
            black_box(judge.tick(at.plus(Span::from_secs(second))));
            black_box(judge.questions(at.plus(Span::from_secs(second))));
        }
        black_box(judge.safety(at));
        took.push(processor() - before);
        assert_eq!(set.len(), count);
    }
    took.sort_by(f64::total_cmp);
    took[1]
}

fn document(key: &SessionKey, i: usize, round: i64, at: At) -> String {
    let height = 1_318_457 + round;
    let nodes: Vec<String> = (0..3)
        .map(|n| format!(r#"{{"id":"n{n}","client":"prysm","version":"5.3.0","height":{height},"hash_at":{{"{height}":"0x{height:064x}"}},"finalized":41200,"peers":71,"state":"ok"}}"#))
        .collect();
    let status = format!(
        r#"{{"v":1,"operator":"operator-{i}","at":"{at}","seq":{},"valid_s":60,"network":"bench","nodes":[{}],"says":"all is well"}}"#,
        round + 1,
        nodes.join(",")
    );
    format!(r#"{{"status": {status}, "sig": "{}"}}"#, key.sign(namespace::PEER, status.as_bytes()))
}

/// D6: a round with so many validators, read with exact power and judged.
fn quorum() {
    println!("D6: one round of consensus with so many validators, read with powers and judged, for each poll");
    for count in [100, 1_000, 10_000] {
        let (state, set) = (round_state(count), validators(count));
        let spec = NodeSpec::new("val-1", Family::Cometbft, "http://127.0.0.1:1", "bench");
        let mut judge = Judge::new(&[spec], Limits::default());
        let polls = 20;
        let before = processor();
        for n in 0..polls {
            let read = cometbft::consensus_state(&state).unwrap();
            let powers = cometbft::validators(&set).unwrap().0;
            let votes = cometbft::join(&read, &powers).unwrap();
            assert_eq!(votes.voters.len(), count);
            let at = At::parse("2026-11-21T10:19:00Z").unwrap().plus(Span::from_secs(5 * n));
            let answer = Answer { votes: Some(Box::new(votes)), ..Answer::default() };
            black_box(judge.observe(&Observation { node: "val-1".into(), at, outcome: Ok(answer) }));
        }
        let each = (processor() - before) / polls as f64;
        println!(
            "  {count:6} validators: {:7.2} ms of processor a poll, {:5.2} us each",
            each * 1e3,
            each / count as f64 * 1e6
        );
    }
}

fn round_state(count: usize) -> String {
    let vote = |i: usize| match i % 3 {
        0 => "\"nil-Vote\"".to_owned(),
        _ => format!("\"Vote{{{i}:{i:012X} 77/03/1(Prevote) 000000000000 AABBCCDDEEFF @ 2026-11-21T10:19:00Z}}\""),
    };
    let votes: Vec<String> = (0..count).map(vote).collect();
    let none = vec!["\"nil-Vote\""; count].join(",");
    let (voted, total) = (10 * (count - count.div_ceil(3)), 10 * count);
    format!(
        r#"{{"round_state":{{"height/round/step":"77/3/4","start_time":"2026-11-21T10:00:00Z","height_vote_set":[{{"round":3,"prevotes":[{}],"prevotes_bit_array":"BA{{{count}:x}} {voted}/{total} = 0.66","precommits":[{none}],"precommits_bit_array":"BA{{{count}:_}} 0/{total} = 0.00"}}]}}}}"#,
        votes.join(",")
    )
}

fn validators(count: usize) -> String {
    let all: Vec<String> = (0..count).map(|i| format!(r#"{{"address":"{i:040X}","voting_power":"10"}}"#)).collect();
    format!(r#"{{"block_height":"77","validators":[{}],"total":"{count}"}}"#, all.join(","))
}
