//! The log from disk to state, each road beside its floor in the same run: folding (D1), with every hash checked (D2), and
//! merging many writers in any order (D7). `cargo bench --bench log`; `WARROOM_BENCH_ENTRIES` and `WARROOM_BENCH_ROUNDS` make it larger.
//! Processor time of all threads beside the wall's: a ratio of the first says what the work costs, of the second what people wait.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a measurement prints, and stops at the first surprise")]

use std::fmt::Write as _;
use std::fs::{self, File};
use std::hint::black_box;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use warroom::domain::incident::Ledger;
use warroom::journal::load;

/// The writers of the merged log, with 2,000 entries each.
const WRITERS: usize = 50;
const EACH: usize = 2_000;
/// So many entries come together where they come late: pieces of several chains, in any order.
const PIECES: [usize; 2] = [8_192, 512];
/// Merging in pieces is measured so many times: each takes many folds.
const MERGES: usize = 3;

/// A line as a plain program would hold it.
#[derive(Deserialize)]
#[expect(dead_code, reason = "it stands for a program that would use it")]
struct Plain {
    v: u64,
    seq: u64,
    at: String,
    writer: String,
    actor: String,
    source: String,
    kind: String,
    drill: bool,
    data: Box<RawValue>,
    prev: String,
}

fn main() {
    let entries = given("WARROOM_BENCH_ENTRIES", 100_000);
    let rounds = given("WARROOM_BENCH_ROUNDS", 7);
    let folder = tempfile::tempdir().unwrap();
    let (one, many) = (folder.path().join("one"), folder.path().join("many"));
    write_chain(&one, "alice@bench", entries, 1, 0);
    (0..WRITERS).for_each(|w| write_chain(&many, &format!("p{w:02}@bench"), EACH, WRITERS, w));
    println!("one writer, {entries} entries, {:.1} MB, {rounds} rounds", bytes(&one) / 1e6);
    compare(&one, rounds);
    println!("{WRITERS} writers x {EACH} entries, {:.1} MB", bytes(&many) / 1e6);
    compare(&many, rounds);
    late(&many, &one, rounds);
}

/// The chains' entries in any order: at once, and in pieces. One state, whatever the order; measured against one writer's (D7).
fn late(many: &Path, one: &Path, rounds: usize) {
    let loaded = load(many).entries;
    let whole = Ledger::of(loaded.clone());
    let alone = load(one).entries;
    let folded = middle(rounds, || alone.clone(), Ledger::of);
    let same = |ledger: Ledger| {
        assert_eq!(ledger.incident(), whole.incident(), "the order of arrival changed the state");
        ledger
    };
    let mixed = || shuffled(&loaded, 1).concat();
    told("fold of one writer's entries", folded, folded);
    told("fold of all writers', in order", middle(rounds, || loaded.clone(), Ledger::of), folded);
    told("fold of all writers', in any order, at once", middle(rounds, mixed, |mixed| same(Ledger::of(mixed))), folded);
    for piece in PIECES {
        let took = middle(
            MERGES,
            || shuffled(&loaded, piece),
            |pieces| {
                let mut ledger = Ledger::new();
                pieces.into_iter().for_each(|piece| ledger.extend(piece));
                same(ledger)
            },
        );
        told(&format!("the same in pieces of {piece}"), took, folded);
    }
}

fn compare(folder: &Path, rounds: usize) {
    // All take turns, so that a drift of the machine meets all of them.
    let mut took = [const { Vec::new() }; 6];
    let lines = lines(folder);
    for _ in 0..rounds {
        took[0].push(timed(|| plain(folder, false)));
        took[1].push(timed(|| plain(folder, true)));
        took[2].push(timed(|| load(folder)));
        let entries = load(folder).entries;
        took[3].push(timed(|| Ledger::of(entries)));
        took[4].push(timed(|| Ledger::of(load(folder).entries)));
        took[5].push(timed(|| lines.iter().for_each(|line| _ = black_box(Sha256::digest(line)))));
    }
    let [floor, hashed, loaded, folded, both, digests] = took.map(median);
    told("serde_json line reader (floor of D1)", floor, floor);
    told("serde_json and SHA-256 (floor of D2)", hashed, floor);
    told("load: read, check every hash, order", loaded, floor);
    told("fold: entries to state", folded, floor);
    told("load and fold, against the floor of D1", both, floor);
    told("load and fold, against the floor of D2", both, hashed);
    told("SHA-256 of every line alone", digests, floor);
    told("load and fold less that", (both.0 - digests.0, both.1 - digests.1), floor);
}

/// Every line in memory. What hashing them costs is taken off for D1: loading never leaves it out.
fn lines(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder.join("log")).unwrap();
    files
        .flat_map(|file| BufReader::new(File::open(file.unwrap().path()).unwrap()).lines())
        .map(Result::unwrap)
        .collect()
}

/// Processor and wall time, seconds.
type Took = (f64, f64);

/// Until the result is there: letting go of it is not measured, for a console keeps it.
fn timed<T>(work: impl FnOnce() -> T) -> Took {
    let (start, cpu) = (Instant::now(), processor());
    let kept = black_box(work());
    let took = (processor() - cpu, start.elapsed().as_secs_f64());
    drop(kept);
    took
}

fn processor() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// The median of some rounds of `work`, each with something to begin with whose making is not measured.
fn middle<A, B>(rounds: usize, begin: impl Fn() -> A, work: impl Fn(A) -> B) -> Took {
    let round = |_| {
        let given = begin();
        timed(|| work(given))
    };
    median((0..rounds).map(round).collect())
}

fn median(mut took: Vec<Took>) -> Took {
    let mut of = |part: fn(&Took) -> f64| {
        took.sort_by(|a, b| part(a).total_cmp(&part(b)));
        part(&took[took.len() / 2])
    };
    (of(|t| t.0), of(|t| t.1))
}

fn told(what: &str, took: Took, floor: Took) {
    let ((cpu, wall), (floor_cpu, floor_wall)) = (took, floor);
    println!(
        "  {what:40} {:8.1} ms CPU {:5.2}x   {:8.1} ms wall {:5.2}x",
        cpu * 1e3,
        cpu / floor_cpu,
        wall * 1e3,
        wall / floor_wall
    );
}

fn given(name: &str, else_: usize) -> usize {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(else_)
}

fn bytes(folder: &Path) -> f64 {
    fs::read_dir(folder.join("log")).unwrap().map(|f| f.unwrap().metadata().unwrap().len() as f64).sum()
}

/// What any program must do: read every line, know its parts; with hashes, check that each names the one before it.
fn plain(folder: &Path, hashes: bool) -> usize {
    let mut lines = 0;
    for file in fs::read_dir(folder.join("log")).unwrap() {
        let mut from = BufReader::with_capacity(64 * 1024, File::open(file.unwrap().path()).unwrap());
        let (mut line, mut prev) = (String::new(), "0".repeat(64));
        while from.read_line(&mut line).unwrap() > 0 {
            let read: Plain = serde_json::from_str(&line).unwrap();
            if hashes {
                assert_eq!(black_box(read).prev, prev);
                prev.clear();
                for byte in Sha256::digest(&line) {
                    prev.push(char::from_digit(u32::from(byte >> 4), 16).unwrap());
                    prev.push(char::from_digit(u32::from(byte & 15), 16).unwrap());
                }
            } else {
                black_box(read);
            }
            lines += 1;
            line.clear();
        }
    }
    lines
}

/// A chain as an outsider would write it: notes, verdicts, tasks and decisions, some 290 bytes a line.
fn write_chain(folder: &Path, writer: &str, entries: usize, writers: usize, own: usize) {
    let mut text = String::new();
    let mut prev = "0".repeat(64);
    let actor = writer.split('@').next().unwrap();
    for seq in 0..entries {
        let (kind, data) = said(seq, writer);
        let micros = ((seq * writers + own) as u64) * 10_000;
        let (h, m, s, us) =
            (micros / 3_600_000_000, micros / 60_000_000 % 60, micros / 1_000_000 % 60, micros % 1_000_000);
        let (day, h) = (1 + h / 24, h % 24);
        let start = text.len();
        writeln!(
            text,
            r#"{{"v":1,"seq":{seq},"at":"2026-11-{day:02}T{h:02}:{m:02}:{s:02}.{us:06}Z","writer":"{writer}","actor":"{actor}","source":"human","kind":"{kind}","drill":false,"data":{data},"prev":"{prev}"}}"#
        )
        .unwrap();
        prev = Sha256::digest(&text.as_bytes()[start..]).iter().map(|b| format!("{b:02x}")).collect();
    }
    fs::create_dir_all(folder.join("log")).unwrap();
    fs::write(folder.join("log").join(format!("{writer}.jsonl")), text).unwrap();
}

fn said(seq: usize, writer: &str) -> (&'static str, String) {
    match seq {
        0 => ("chain.opened", r#"{"incident":"2026-11-21-bench","network":"bench","host":"bench"}"#.to_owned()),
        1 => ("incident.declared", r#"{"title":"Finality slips","severity":2}"#.to_owned()),
        _ if seq % 7 == 3 => (
            "verdict.changed",
            format!(
                r#"{{"node":"val-{}","signal":"chain.finality_lag","from":"ok","to":"{}","why":"lag {seq} epochs, limit 4","since":"2026-11-21T03:14:09Z","judged":"2026-11-21T03:14:21Z"}}"#,
                seq % 24,
                if seq.is_multiple_of(2) { "ok" } else { "bad" }
            ),
        ),
        _ if seq % 400 == 50 => {
            ("task.given", format!(r#"{{"to":"bob","text":"restart val-{}","minutes":10}}"#, seq % 24))
        }
        _ if seq % 400 == 51 => {
            ("task.answered", format!(r#"{{"task":"{writer}/{}","outcome":"done","text":"it is back"}}"#, seq - 1))
        }
        _ => (
            "note.added",
            format!(r#"{{"text":"note {seq}: peers look steady, two thirds of the stake not reached yet"}}"#),
        ),
    }
}

/// The entries in pieces, in an order that is the same each time and like none that is.
fn shuffled<T: Clone>(all: &[T], piece: usize) -> Vec<Vec<T>> {
    let mut pieces: Vec<Vec<T>> = all.chunks(piece).map(<[T]>::to_vec).collect();
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    for i in (1..pieces.len()).rev() {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        pieces.swap(i, (seed % (i as u64 + 1)) as usize);
    }
    pieces
}
