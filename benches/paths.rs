//! The data paths that must stay fast, each beside a floor measured in the same run, so that the ratio means something on
//! any machine: a log from disk to state against a plain JSON line reader; a metrics page against counting its lines.
//! `cargo bench`; std only, no statistics beyond the median of a few rounds.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a measurement prints, and stops at the first surprise")]

use std::hint::black_box;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use warroom::domain::entry::Source;
use warroom::domain::incident::{Incident, Trust};
use warroom::journal::{load, parse_line};
use warroom::telemetry::prometheus::metrics;

/// Entries of the measured log.
const ENTRIES: u64 = 100_000;
/// Rounds; the median counts.
const ROUNDS: usize = 5;
/// Metrics of the measured page, ten samples each.
const FAMILIES: usize = 4_200;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log").join("alice@bench.jsonl");
    write_log(&log);
    let size = std::fs::metadata(&log).unwrap().len();
    println!("log: {ENTRIES} entries, {:.1} MB", mega(size));
    let floor = median(|| read_lines(&log));
    told("serde_json line reader (floor)", floor, floor, size);
    told("load: read, check the chain, order", median(|| black_box(load(folder.path())).entries.len()), floor, size);
    let entries = load(folder.path()).entries;
    let trust = Trust::default();
    let fold = || {
        let mut incident = Incident::default();
        entries.iter().for_each(|entry| incident.apply(entry, &trust));
        black_box(incident).writers.len()
    };
    told("fold: entries to state", median(fold), floor, size);

    let page = page();
    let bytes = u64::try_from(page.len()).unwrap();
    println!("metrics page: {} samples, {:.1} MB", FAMILIES * 10, mega(bytes));
    let floor = median(|| page.bytes().filter(|b| *b == b'\n').count());
    told("count lines (floor)", floor, floor, bytes);
    let tokens = median(|| unchecked(&page));
    told("a tokenizer without checks", tokens, floor, bytes);
    let sum = || metrics(&page).map(|m| m.unwrap().value).sum::<f64>().to_bits().count_ones() as usize;
    let ours = median(sum);
    told("metrics: our tokenizer", ours, floor, bytes);
    println!("  ours against the one without checks: {:.2}x", tokens.as_secs_f64() / ours.as_secs_f64());
}

fn told(what: &str, took: Duration, floor: Duration, bytes: u64) {
    let ratio = took.as_secs_f64() / floor.as_secs_f64();
    println!(
        "  {what:38} {:8.1} ms {ratio:6.2}x {:8.0} MB/s",
        took.as_secs_f64() * 1e3,
        mega(bytes) / took.as_secs_f64()
    );
}

#[expect(clippy::cast_precision_loss, reason = "sizes of files, far below 2^53")]
fn mega(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

fn median(work: impl Fn() -> usize) -> Duration {
    let mut took: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            black_box(work());
            start.elapsed()
        })
        .collect();
    took.sort();
    took[ROUNDS / 2]
}

/// A chain whose hashes are right, written as an outsider would.
fn write_log(file: &Path) {
    use sha2::{Digest, Sha256};
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    let mut out = std::io::BufWriter::new(std::fs::File::create(file).unwrap());
    let mut prev = "0".repeat(64);
    for seq in 0..ENTRIES {
        let (kind, data) = match seq {
            0 => ("chain.opened", r#"{"incident":"2026-11-21-bench","network":"bench","host":"bench"}"#.to_owned()),
            1 => ("incident.declared", r#"{"title":"Finality slips","severity":2}"#.to_owned()),
            _ => ("note.added", format!(r#"{{"text":"note {seq}: peers look steady, two thirds not reached yet"}}"#)),
        };
        let (minute, second, micro) = (seq / 6_000, seq / 100 % 60, seq % 100 * 10_000);
        let at = format!("2026-11-21T03:{minute:02}:{second:02}.{micro:06}Z");
        let line = format!(
            r#"{{"v":1,"seq":{seq},"at":"{at}","writer":"alice@bench","actor":"alice","source":"human","kind":"{kind}","drill":false,"data":{data},"prev":"{prev}"}}"#
        );
        prev = Sha256::digest(format!("{line}\n")).iter().map(|b| format!("{b:02x}")).collect();
        writeln!(out, "{line}").unwrap();
    }
    out.flush().unwrap();
    let first = std::fs::read_to_string(file).unwrap();
    let (entry, _) = parse_line(first.lines().next().unwrap().as_bytes()).unwrap();
    assert!(entry.source == Source::Human, "the measured log is not one of ours");
}

fn read_lines(file: &Path) -> usize {
    let lines = BufReader::new(std::fs::File::open(file).unwrap()).lines();
    lines.map(|l| serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&l.unwrap()).unwrap().len()).sum()
}

/// What any tokenizer must do at least: find names, labels and values, without allocating and without checking anything.
fn unchecked(page: &str) -> usize {
    let mut found = 0;
    for line in page.as_bytes().split(|b| *b == b'\n').filter(|l| !l.is_empty() && l[0] != b'#') {
        let name = line.iter().position(|b| matches!(b, b'{' | b' ')).unwrap();
        let mut rest = &line[name + 1..];
        while let Some(key) = rest.iter().position(|b| matches!(b, b'=' | b'}')).filter(|k| rest[*k] == b'=') {
            let value = rest[key + 2..].iter().position(|b| *b == b'"').unwrap();
            found += black_box((&rest[..key], &rest[key + 2..key + 2 + value])).0.len();
            rest = &rest[key + 3 + value..];
        }
        found += black_box((&line[..name], rest)).1.len();
    }
    found
}

fn page() -> String {
    let mut page = String::new();
    for family in 0..FAMILIES {
        page.push_str(&format!("# TYPE node_requests_{family}_total counter\n"));
        for peer in 0..10 {
            page.push_str(&format!(
                "node_requests_{family}_total{{peer=\"16Uiu2HAm{peer:08}\",topic=\"beacon_block\",code=\"200\",direction=\"inbound\",client=\"lighthouse\"}} {}\n",
                family * peer
            ));
        }
    }
    page
}
