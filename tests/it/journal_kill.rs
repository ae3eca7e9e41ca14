//! The real binary killed while it appends in group commit: `warroom note -` names each line on a pipe once it is on the disk,
//! and dies at a random point, by SIGKILL or in the middle of a write. What it named is there, every log opens.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};
use warroom::domain::event::{Event, WordEvent};
use warroom::journal::{load, verify};

use crate::support::power::Dice;
use crate::support::warroom::Warroom;

/// Kills in the ordinary run; `WARROOM_KILLS=10000` for the long one.
const KILLS: usize = 300;

/// A fresh incident after so many kills, so that opening does not become the whole work.
const KILLS_EACH: usize = 6;

/// Longest wait for a process to get as far as it should, on a loaded machine.
const LIMIT: Duration = Duration::from_secs(30);

fn number(variable: &str, usual: usize) -> usize {
    std::env::var(variable).ok().and_then(|n| n.parse().ok()).unwrap_or(usual)
}

/// One process that appends, with the lines it named so far.
struct Writer {
    name: String,
    child: Child,
    named: Arc<AtomicUsize>,
    threads: Vec<std::thread::JoinHandle<()>>,
}

impl Writer {
    fn start(home: &Warroom, name: String, big: bool, seed: u64) -> Self {
        let mut command = home.command(&["note", "--json", "-"]);
        command.env_remove("WARROOM_CLOCK").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let (mut to, mut from) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (named, of) = (Arc::new(AtomicUsize::new(0)), name.clone());
        let counted = Arc::clone(&named);
        let feed = std::thread::spawn(move || {
            let mut dice = Dice::new(seed);
            for n in 0.. {
                let pad = if big { 3_000 + dice.below(5_000) } else { dice.below(300) };
                let line = format!("{of}n{n} {}\n", "x".repeat(usize::try_from(pad).unwrap()));
                if to.write_all(line.as_bytes()).is_err() {
                    return;
                }
            }
        });
        let hear = std::thread::spawn(move || {
            let mut piece = [0; 65_536];
            while let Ok(got @ 1..) = from.read(&mut piece) {
                counted.fetch_add(piece[..got].iter().filter(|b| **b == b'\n').count(), Ordering::SeqCst);
            }
        });
        Self { name, child, named, threads: vec![feed, hear] }
    }

    /// Lets it name a few lines and a little more time pass.
    fn wait(&mut self, lines: usize, more: Duration) {
        let start = Instant::now();
        while self.named.load(Ordering::SeqCst) < lines {
            assert!(start.elapsed() < LIMIT, "{} named only {}", self.name, self.named.load(Ordering::SeqCst));
            assert!(self.child.try_wait().unwrap().is_none(), "{} ended by itself", self.name);
            std::thread::park_timeout(Duration::from_micros(200));
        }
        std::thread::park_timeout(more);
    }

    /// Ends it, and answers the lines that it named.
    fn die(mut self, how: Death, log: &Path, dice: &mut Dice) -> (String, usize) {
        let pid = Pid::from_child(&self.child);
        if how == Death::InAWrite {
            let sizes = fs::read_dir(log).unwrap().flatten().map(|f| f.metadata().map_or(0, |m| m.len()));
            let at = sizes.max().unwrap_or(0) + dice.below(50_000);
            let none = Rlimit { current: Some(0), maximum: Some(0) };
            let _ = prlimit(Some(pid), Resource::Core, none);
            // The write that reaches this size is cut there, and the next call kills.
            let _ = prlimit(Some(pid), Resource::Fsize, Rlimit { current: Some(at), maximum: None });
            let start = Instant::now();
            while self.child.try_wait().unwrap().is_none() {
                assert!(start.elapsed() < LIMIT, "{} lives on", self.name);
                std::thread::park_timeout(Duration::from_micros(200));
            }
        } else {
            kill_process(pid, Signal::KILL).unwrap();
        }
        let status = self.child.wait().unwrap();
        assert_eq!(status.code(), None, "{} was to be killed and ended by itself: {status}", self.name);
        self.threads.drain(..).for_each(|thread| thread.join().unwrap());
        (self.name, self.named.load(Ordering::SeqCst))
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Death {
    Killed,
    InAWrite,
}

#[derive(Default)]
struct Sum {
    kills: usize,
    named: usize,
    torn: [usize; 2],
    writers: usize,
}

/// One round: some writers at once in one folder, all killed.
fn round(home: &Warroom, dir: &Path, seed: u64, at_once: usize, due: &mut Vec<(String, usize)>, sum: &mut Sum) {
    let mut dice = Dice::new(seed);
    let big = dice.one_in(2);
    let how = if at_once == 1 && dice.one_in(3) { Death::InAWrite } else { Death::Killed };
    let start = |w| Writer::start(home, format!("s{seed}w{w}"), big, seed * 16 + w as u64);
    let mut writers: Vec<Writer> = (0..at_once).map(start).collect();
    let lines = usize::try_from(dice.below(if big { 8 } else { 24 })).unwrap();
    writers[0].wait(lines, Duration::from_micros(dice.below(2_000)));
    for writer in writers {
        due.push(writer.die(how, &dir.join("log"), &mut dice));
        sum.kills += 1;
        sum.named += due.last().unwrap().1;
    }
    // Only a crash leaves a last line without its end; the next process sets it aside.
    let torn = fs::read_dir(dir.join("log")).unwrap().flatten().filter(|f| {
        let path = f.path();
        path.extension().is_some_and(|e| e == "jsonl") && fs::read(path).unwrap().last().is_some_and(|b| *b != b'\n')
    });
    sum.torn[usize::from(how == Death::InAWrite)] += torn.count();
}

/// Everything that was named in one incident is there, and the log is sound, as the program itself says.
fn check(home: &Warroom, dir: &Path, seed: u64, due: &[(String, usize)], sum: &mut Sum) {
    let loaded = load(dir);
    let notes = loaded.entries.iter().filter_map(|e| match &e.event {
        Event::Word(WordEvent::Note(note)) => note.text.split(' ').next(),
        _ => None,
    });
    let found: BTreeSet<&str> = notes.collect();
    for (name, named) in due {
        let lost = (0..*named).filter(|n| !found.contains(format!("{name}n{n}").as_str())).count();
        assert_eq!(lost, 0, "up to seed {seed}: {lost} of the {named} lines that {name} named are lost");
    }
    sum.writers = sum.writers.max(loaded.heads.len());
    let said = home.run(&["verify"]);
    assert_eq!(said.code, 0, "up to seed {seed}: {said:?}");
}

fn stage() -> (Warroom, PathBuf) {
    let home = Warroom::new();
    home.write("config.toml", "network = \"test\"\ndiscover = false\n");
    let said = home.run(&["declare", "--severity", "2", "kill"]);
    assert_eq!(said.code, 0, "{said:?}");
    let dir = home.home().join("incidents/2026-11-21-kill");
    (home, dir)
}

#[test]
fn killed_at_random_points_it_loses_nothing_that_it_named() {
    let kills = number("WARROOM_KILLS", KILLS);
    let first = number("WARROOM_SEED", 1) as u64;
    let mut sum = Sum::default();
    let (mut home, mut dir) = stage();
    let mut due = Vec::new();
    for seed in first.. {
        if sum.kills >= kills {
            break;
        }
        if due.len() >= KILLS_EACH {
            check(&home, &dir, seed, &due, &mut sum);
            (home, dir) = stage();
            due.clear();
        }
        round(&home, &dir, seed, if seed.is_multiple_of(5) { 3 } else { 1 }, &mut due, &mut sum);
    }
    check(&home, &dir, first, &due, &mut sum);
    let [killed, in_a_write] = sum.torn;
    println!(
        "{} kills from seed {first} on, {} lines named, none lost; torn tails: {killed} by SIGKILL, {in_a_write} in a write",
        sum.kills, sum.named
    );
    assert!(sum.named > kills, "too little was named to prove anything: {}", sum.named);
    assert!(in_a_write > 0, "no torn tail was seen although writes were cut");
    assert!(sum.writers >= 3, "no three writers were ever at once in one folder");
    if killed == 0 {
        println!("no torn tail came from SIGKILL alone this time; the long run (WARROOM_KILLS=10000) must see some");
        assert!(kills < 5_000, "no torn tail from SIGKILL alone in {kills} kills: nothing is proven about them");
    }
}

#[test]
fn each_line_of_the_input_becomes_a_remark_that_is_named_once_it_is_safe() {
    let (home, dir) = stage();
    let mut command = home.command(&["note", "-"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"one\n\n  \ntwo \xff\r\nlast without an end").unwrap();
    let out = child.wait_with_output().unwrap();
    let said = String::from_utf8(out.stdout).unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    assert_eq!(said.lines().count(), 3, "{said}");
    assert_eq!(load(&dir).entries.iter().filter(|e| e.event.kind() == "note.added").count(), 3);
    let mut child = command.spawn().unwrap();
    drop(child.stdin.take().unwrap().write_all(format!("good\n{}\nunseen\n", "x".repeat(60_000)).as_bytes()));
    let out = child.wait_with_output().unwrap();
    assert_eq!(out.status.code(), Some(2), "too large for an entry");
    assert!(verify(&dir).is_sound());
}
