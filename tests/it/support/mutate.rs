//! The mutation harness: a reader of outside bytes, the corpus that is kept for it, and what a seeded mutator makes of that.
//! Each run has a seed of its own, so that one can be played again by itself. Must not know any reader.
#![expect(clippy::print_stdout, reason = "a test says how much it tried")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::support::chance::Chance;

/// Runs of each reader when nothing else is asked for.
const ORDINARY: u64 = 2_000;

/// No reader may be busy with one input for longer, in a debug build on a loaded machine.
const SLOWEST: Duration = Duration::from_secs(10);

/// How often the runs are looked at.
const LOOK: Duration = Duration::from_millis(100);

/// Goal S1: what all of it may take of memory beyond what the corpus takes.
const MEMORY: u64 = 64 << 20;

/// Larger files of the corpus are shortened: a run stays short, and what is behind is more of the same.
const LARGEST: usize = 16 * 1024;

/// A reader of bytes that come from outside.
#[derive(Clone, Copy)]
pub struct Reader {
    /// The folder of its corpus in `tests/corpus`; a file whose name begins with `refused` is one that it must not take.
    pub name: &'static str,
    /// Files of this repository that join the corpus.
    pub also: &'static [&'static str],
    /// Reads the bytes, and says whether there was anything in them. What it checks besides, it panics about.
    pub read: fn(&[u8]) -> bool,
}

/// What readers stumble over: numbers at their ends, structure, text that is none, words of the formats.
const TOKENS: &[&[u8]] = &[
    b"\"",
    b"'",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b"[[",
    b"(",
    b",",
    b":",
    b"=",
    b"\n",
    b"\r\n",
    b"\t",
    b"\0",
    b"#",
    b"---\n",
    b"-1",
    b"1e999",
    b"18446744073709551616",
    b"9007199254740993",
    b"0x",
    b"NaN",
    b"+Inf",
    b"null",
    b"true",
    b"\"\"",
    b"[[[[[[[[",
    b"\\u0000",
    b"\\ud800",
    b"\xff\xfe",
    b"\xe2\x80\xae",
    b"\xc3\xa9",
    b"Vote{",
    b"} /",
    b"//",
    b"////8=",
    b"```",
    b"{#",
    b"<<: ",
    b"&a ",
    b"*a",
    b"data: ",
    b"event: ",
    b"# TYPE ",
    b"# EOF",
    b",\"sig\":\"",
    b"\"}",
    b"\"prev\":\"",
    b"ssh-ed25519 ",
    b"key: ",
    b"expires: ",
    b"head: ",
    b"9999-12-31T23:59:59Z",
    b"0000-00-00T00:00:00Z",
    b"cert-authority",
    b"*",
    b"${",
    b"$x",
    b"../",
];

/// What a mutator makes of one file of the corpus, and pieces of another.
fn mutated(chance: &mut Chance, from: &[u8], other: &[u8]) -> Vec<u8> {
    let mut bytes = from.to_vec();
    for _ in 0..=chance.below(4) {
        let at = chance.below(bytes.len() + 1);
        let to = |n: usize| (at + n).min(bytes.len());
        match chance.below(8) {
            0 if at < bytes.len() => bytes[at] = u8::try_from(chance.below(256)).unwrap(),
            1 => drop(bytes.drain(at..to(chance.below(40)))),
            2 => drop(bytes.splice(at..at, TOKENS[chance.below(TOKENS.len())].iter().copied()).collect::<Vec<_>>()),
            3 => {
                let end = to(chance.below(8));
                drop(bytes.splice(at..end, TOKENS[chance.below(TOKENS.len())].iter().copied()).collect::<Vec<_>>());
            }
            4 => bytes.truncate(at),
            5 => {
                let (a, b) = (chance.below(other.len() + 1), chance.below(other.len() + 1));
                drop(bytes.splice(at..at, other[a.min(b)..a.max(b)].iter().copied()).collect::<Vec<_>>());
            }
            6 => {
                let piece = bytes[at..to(chance.below(20))].to_vec();
                let again = piece.repeat(chance.below(30));
                drop(bytes.splice(at..at, again).collect::<Vec<_>>());
            }
            _ if at < bytes.len() => bytes[at] ^= 1 << chance.below(8),
            _ => {}
        }
    }
    bytes
}

fn house() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files of a folder, or the file, in the order of their names.
fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let mut found: Vec<PathBuf> = std::fs::read_dir(path)
        .unwrap_or_else(|e| panic!("{}: {e}", path.display()))
        .flat_map(|f| files(&f.unwrap().path()))
        .collect();
    found.sort();
    found
}

/// The inputs that one reader begins with.
struct Corpus {
    seed: u64,
    inputs: Vec<Vec<u8>>,
}

impl Corpus {
    /// Each file is read as it should be: taken, or refused when its name says so.
    fn of(reader: &Reader) -> Self {
        let own = files(&house().join("tests/corpus").join(reader.name));
        let also = reader.also.iter().flat_map(|p| files(&house().join(p)));
        let mut inputs = Vec::new();
        for file in own.into_iter().chain(also) {
            let mut bytes = std::fs::read(&file).unwrap();
            let refused = file.file_name().is_some_and(|n| n.to_string_lossy().starts_with("refused"));
            assert_eq!((reader.read)(&bytes), !refused, "{} is not read as its name says", file.display());
            bytes.truncate(LARGEST);
            inputs.push(bytes);
        }
        assert!(inputs.len() >= 2, "{}: a corpus of {}", reader.name, inputs.len());
        let seed = reader.name.bytes().fold(0, |h: u64, b| h.wrapping_mul(0x100_0000_01b3) ^ u64::from(b));
        Self { seed, inputs }
    }

    fn input(&self, run: u64) -> Vec<u8> {
        let mut chance = Chance::new(self.seed ^ run.wrapping_mul(0xd134_2543_de82_ef95));
        let (from, other) = (chance.below(self.inputs.len()), chance.below(self.inputs.len()));
        mutated(&mut chance, &self.inputs[from], &self.inputs[other])
    }
}

fn asked(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(otherwise)
}

/// Runs a reader on what the mutator makes of its corpus: no panic, no hang, and no more memory than goal S1 grants where the
/// process does nothing else (`WARROOM_MUTATIONS` is set).
pub fn try_reader(reader: Reader) {
    let corpus = Arc::new(Corpus::of(&reader));
    let (first, runs) = (asked("WARROOM_SEED", 0), asked("WARROOM_MUTATIONS", ORDINARY));
    let memory = std::env::var_os("WARROOM_MUTATIONS").map(|_| memory("VmRSS:"));
    let run = Arc::new(AtomicU64::new(first));
    let worker = {
        let (corpus, run) = (corpus.clone(), run.clone());
        std::thread::spawn(move || {
            let mut taken = 0;
            for now in first..first + runs {
                run.store(now, Ordering::Relaxed);
                taken += u64::from((reader.read)(&corpus.input(now)));
            }
            taken
        })
    };
    let mut since = (first, Instant::now());
    while !worker.is_finished() {
        std::thread::park_timeout(LOOK);
        let now = run.load(Ordering::Relaxed);
        if now != since.0 {
            since = (now, Instant::now());
        } else if since.1.elapsed() > SLOWEST && !worker.is_finished() {
            panic!("{}", failed(&reader, &corpus, now, &format!("was busy for {SLOWEST:?}")));
        }
    }
    let taken = worker
        .join()
        .unwrap_or_else(|_| panic!("{}", failed(&reader, &corpus, run.load(Ordering::Relaxed), "panicked")));
    assert!(runs < 100 || taken < runs, "{}: everything was taken, so nothing was tried", reader.name);
    assert!(runs < 100 || taken > 0, "{}: nothing was taken, so nothing behind the first check was tried", reader.name);
    if let Some(before) = memory {
        let most = self::memory("VmHWM:").saturating_sub(before);
        assert!(most <= MEMORY, "{}: {} MiB more at the most", reader.name, most >> 20);
    }
    println!("{}: {runs} runs, {taken} taken", reader.name);
}

/// Keeps the input and says how to play it again.
fn failed(reader: &Reader, corpus: &Corpus, run: u64, how: &str) -> String {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("mutant-{}-{run}", reader.name));
    std::fs::write(&file, corpus.input(run)).unwrap();
    format!(
        "{} {how} at run {run}; its input is {}; again: WARROOM_SEED={run} WARROOM_MUTATIONS=1 cargo test --test it mutants::{}",
        reader.name,
        file.display(),
        reader.name
    )
}

/// What the kernel says of this process's memory, bytes; 0 where it says nothing.
fn memory(of: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix(of));
    line.and_then(|l| l.trim().trim_end_matches(" kB").parse::<u64>().ok()).map_or(0, |kib| kib << 10)
}
