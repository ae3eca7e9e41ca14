//! Readers of outside bytes against a seeded mutator: lines, statements, `allowed_signers`. No panic, no hang, nothing without bounds.
//! `WARROOM_MUTATIONS=N` sets how many of each; 100,000 are run in continuous integration.

use std::path::Path;

use warroom::domain::statement::Statement;
use warroom::journal::{encode_line, parse_line, read_allowed_signers};

/// A small generator: the same seed, the same bytes on every machine (splitmix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n.max(1) as u64).unwrap()
    }
}

/// What readers stumble over.
const TOKENS: &[&str] = &[
    "\"",
    "\\",
    "{",
    "}",
    "[",
    ",",
    ":",
    "\n",
    "\0",
    "\u{202e}",
    "-1",
    "1e999",
    "9007199254740993",
    "null",
    "\\u0000",
    "\\ud800",
    ",\"sig\":\"",
    "\"}",
    "\"prev\":\"",
    "ssh-ed25519 ",
    "key: ",
    "expires: ",
    "head: ",
    "9999-12-31T23:59:59Z",
    "cert-authority",
    "*",
];

fn mutated(chance: &mut Chance, from: &[u8], other: &[u8]) -> Vec<u8> {
    let mut bytes = from.to_vec();
    for _ in 0..=chance.below(4) {
        let at = chance.below(bytes.len() + 1);
        match chance.below(7) {
            0 if at < bytes.len() => bytes[at] ^= 1 << chance.below(8),
            1 if at < bytes.len() => drop(bytes.drain(at..(at + chance.below(40)).min(bytes.len()))),
            2 => drop(bytes.splice(at..at, TOKENS[chance.below(TOKENS.len())].bytes()).collect::<Vec<_>>()),
            3 => bytes.truncate(at),
            4 => {
                let (a, b) = (chance.below(other.len() + 1), chance.below(other.len() + 1));
                drop(bytes.splice(at..at, other[a.min(b)..a.max(b)].iter().copied()).collect::<Vec<_>>());
            }
            5 => {
                let piece = bytes[at..(at + chance.below(20)).min(bytes.len())].to_vec();
                let again = piece.repeat(chance.below(30));
                drop(bytes.splice(at..at, again).collect::<Vec<_>>());
            }
            _ => bytes.extend(std::iter::repeat_n(b' ', chance.below(3))),
        }
    }
    bytes
}

fn runs() -> usize {
    std::env::var("WARROOM_MUTATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(4_000)
}

/// The corpus that is kept, and what a seeded mutator makes of it.
fn each(name: &str, seed: u64, mut try_one: impl FnMut(&[u8]) -> bool) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(name);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    let corpus: Vec<Vec<u8>> = files.iter().map(|f| std::fs::read(f).unwrap()).collect();
    assert!(corpus.len() >= 4, "{name}: a corpus of {}", corpus.len());
    let mut chance = Chance(seed);
    let mut taken = corpus.iter().filter(|c| try_one(c)).count();
    assert!(taken > 0, "nothing of the corpus of {name} is readable at all");
    for _ in 0..runs() {
        let (from, other) = (&corpus[chance.below(corpus.len())], &corpus[chance.below(corpus.len())]);
        taken += usize::from(try_one(&mutated(&mut chance, from, other)));
    }
    assert!(taken < runs(), "{name}: everything was taken, so nothing was tried");
}

#[test]
fn lines() {
    each("lines", 1, |bytes| match parse_line(bytes) {
        Err(_) => false,
        Ok((entry, prev)) => {
            // What was read can be written, unless it holds what no new entry may; and reads the same again.
            if let Ok(line) = encode_line(&entry, &prev) {
                let (again, _) = parse_line(line.as_bytes()).unwrap();
                assert_eq!(
                    (again.seq, again.at, &again.writer, again.event.kind()),
                    (entry.seq, entry.at, &entry.writer, entry.event.kind())
                );
            }
            true
        }
    });
}

#[test]
fn statements() {
    each("statements", 2, |bytes| {
        let Ok(text) = std::str::from_utf8(bytes) else { return false };
        let Ok(read) = Statement::parse(text) else { return false };
        let written = match &read {
            Statement::Delegation(s) => s.text(),
            Statement::Approval(s) => s.text(),
            Statement::Checkpoint(s) => s.text(),
        };
        assert_eq!(Statement::parse(&written).unwrap(), read, "one meaning");
        true
    });
}

#[test]
fn allowed_signers() {
    each("allowed_signers", 3, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let (signers, others) = read_allowed_signers(&text);
        assert!(signers.len() + others.len() <= text.lines().count() && others.len() <= 32);
        assert!(signers.iter().all(|s| s.principals.iter().all(|p| !p.is_empty() && !p.contains(['*', '?', '!']))));
        !signers.is_empty()
    });
}
