//! The kernel itself says no: the real binary under `strace -e inject=`, an error at each call that a note makes of its log.
//! Exit 0 is a promise, exit 4 tells the truth, and the next note goes through.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use warroom::journal::{load, verify};

use crate::support::warroom::{Said, Warroom};

/// As strace names them. The log is never written with a plain `write`; folders are made by another call on other machines.
const CALLS: [&str; 7] = ["pwrite64", "fdatasync", "fsync", "ftruncate", "openat", "flock", MKDIR];

const MKDIR: &str = "/^mkdir";

const ERRORS: [&str; 5] = ["ENOSPC", "EIO", "EDQUOT", "EROFS", "EINTR"];

/// A note makes fewer calls of one kind than this; the sweep ends at the first that none is left for.
const NTH_MAX: usize = 40;

/// In which state a note finds its chain.
#[derive(Clone, Copy, Debug)]
enum Stage {
    /// There, and whole.
    Whole,
    /// This person has none yet.
    None,
    /// There, and its last line was torn by a crash.
    Torn,
}

const STAGES: [Stage; 3] = [Stage::Whole, Stage::None, Stage::Torn];

impl Stage {
    const fn person(self) -> &'static str {
        match self {
            Self::Whole | Self::Torn => "alice",
            Self::None => "bob",
        }
    }
}

/// How many errors struck, and after how many of them the note said that it failed.
#[derive(Default)]
struct Sum {
    struck: usize,
    refused: usize,
}

/// A declared incident's only chain, alice's: its path in the home, and its bytes.
struct Declared {
    chain: String,
    text: String,
}

impl Declared {
    fn new() -> Self {
        let home = Warroom::new();
        assert_eq!(home.run(&["declare", "--severity", "2", "disk trouble"]).code, 0);
        let only = |dir: &Path| fs::read_dir(dir).unwrap().next().unwrap().unwrap().path();
        let chain = only(&only(&home.home().join("incidents")).join("log"));
        let text = fs::read_to_string(&chain).unwrap();
        Self { chain: chain.strip_prefix(home.home()).unwrap().to_str().unwrap().to_owned(), text }
    }

    /// A fresh home of it; the incident's folder, and where this stage's chain is or will be.
    fn set(&self, stage: Stage) -> (Warroom, PathBuf, PathBuf) {
        let home = Warroom::new();
        let torn = if matches!(stage, Stage::Torn) { "{\"torn\":" } else { "" };
        home.write(&self.chain, &format!("{}{torn}", self.text));
        let chain = home.home().join(self.chain.replace("/log/alice", &format!("/log/{}", stage.person())));
        let incident = chain.parent().unwrap().parent().unwrap().to_owned();
        (home, incident, chain)
    }
}

fn holds(incident: &Path, words: &str) -> bool {
    load(incident).entries.iter().any(|e| e.event.sentence().contains(words))
}

/// A note while the nth such call on the log fails, and then one without.
/// Answers the exit code; `None` when there was no such call any more.
fn strike(declared: &Declared, stage: Stage, call: &str, error: &str, nth: usize) -> Option<i32> {
    let (home, incident, chain) = declared.set(stage);
    let (words, trace) = (format!("struck {call} {error} {nth}"), home.home().join("trace"));
    let mut plain = home.command(&["note", &words]);
    plain.env("WARROOM_ACTOR", stage.person());
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-o"]).arg(&trace);
    // Folders are made in the state folder.
    if call != MKDIR {
        command.arg("-P").arg(&chain).arg("-P").arg(chain.parent().unwrap());
    }
    command.args(["-e", &format!("trace={call}"), "-e", &format!("inject={call}:error={error}:when={nth}")]);
    command.arg(plain.get_program()).args(plain.get_args()).env_clear();
    command.envs(plain.get_envs().filter_map(|(k, v)| v.map(|v| (k, v))));
    let said = Said::from(command.output().unwrap());
    let struck = fs::read_to_string(&trace).unwrap().contains("(INJECTED)");
    let there = holds(&incident, &words);
    let case = format!("{stage:?}, {words}: {said:?}");
    match said.code {
        0 => assert!(there, "acknowledged and not there: {case}"),
        4 => assert!(struck && (!there || said.err.contains("NOT CERTAIN")), "said not to be there and is: {case}"),
        _ => panic!("{case}"),
    }
    let next =
        Said::from(home.command(&["note", "the next one"]).env("WARROOM_ACTOR", stage.person()).output().unwrap());
    assert_eq!(next.code, 0, "the next note after {case}: {next:?}");
    assert!(holds(&incident, "the next one"), "{case}");
    assert!(!there || holds(&incident, &words), "it was there and is gone: {case}");
    let report = verify(&incident);
    assert!(report.is_sound(), "{case}: {report:?}");
    if said.code == 4 {
        let verified = home.run(&["verify"]);
        assert_eq!(verified.code, 0, "{case}: {verified:?}");
    }
    struck.then_some(said.code)
}

/// One call with every error at its first, second, … time.
fn sweep(call: &str) -> Sum {
    let (mut sum, declared) = (Sum::default(), Declared::new());
    for (stage, error) in STAGES.into_iter().flat_map(|s| ERRORS.map(|e| (s, e))) {
        for code in (1..=NTH_MAX).map_while(|nth| strike(&declared, stage, call, error, nth)) {
            sum.struck += 1;
            sum.refused += usize::from(code == 4);
        }
    }
    sum
}

/// Whether strace is there and may trace; says plainly why nothing is tried when not.
fn may_trace() -> bool {
    match Command::new("strace").args(["-qq", "-o", "/dev/null", "true"]).output() {
        Ok(out) if out.status.success() => true,
        Ok(out) => {
            let why = String::from_utf8_lossy(&out.stderr).into_owned();
            eprintln!("NOTHING WAS TRIED: strace may not trace here: {why}");
            false
        }
        Err(why) => {
            eprintln!("NOTHING WAS TRIED: strace cannot be run ({why}); apt-get install strace");
            false
        }
    }
}

#[test]
fn an_error_of_the_kernel_at_any_call_is_told_truthfully() {
    if !may_trace() {
        return;
    }
    let begun = Instant::now();
    let sweeps: Vec<_> = CALLS.map(|call| (call, std::thread::spawn(move || sweep(call)))).into();
    let mut struck = 0;
    for (call, thread) in sweeps {
        let sum = thread.join().unwrap();
        struck += sum.struck;
        eprintln!("{call}: {} errors, exit 4 after {} of them", sum.struck, sum.refused);
    }
    eprintln!("{struck} errors in {:?}", begun.elapsed());
    assert!(struck >= ERRORS.len() * 3, "hardly anything was struck: {struck}");
}
