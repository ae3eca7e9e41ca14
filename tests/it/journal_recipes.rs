//! The recipes that the documentation gives to people without this program, held against the vectors and against our own logs.

use std::path::Path;
use std::process::{Command, Output};

use rstest::rstest;
use tempfile::tempdir;
use warroom::journal::{load, verify};

use crate::support::journal::{Caught, LIMIT, file, note, open, vector};

#[expect(clippy::print_stdout, reason = "a test that is left out says so")]
fn tools_are_here(tools: &[&str]) -> bool {
    let missing: Vec<_> = tools.iter().filter(|t| Command::new(t).arg("--version").output().is_err()).collect();
    if !missing.is_empty() {
        println!("SKIPPED: the recipe was not tried, {missing:?} are not on this machine");
    }
    missing.is_empty()
}

fn run(interpreter: &str, script: &str, folder: &Path) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(script);
    Command::new(interpreter).arg(script).arg(folder).output().unwrap()
}

#[rstest]
#[case::good("good", true, "")]
#[case::torn("torn", true, "note: ")]
#[case::edited("bad-edited", false, "alice@bastion.jsonl:3:")]
#[case::deleted("bad-deleted", false, "alice@bastion.jsonl:4:")]
#[case::reordered("bad-reordered", false, "alice@bastion.jsonl:4:")]
#[case::inserted("bad-inserted", false, "alice@bastion.jsonl:5:")]
#[case::cut_tail("bad-cut-tail", false, "bob@val3:4 has seen")]
#[case::swapped("bad-swapped", false, "alice@bastion.jsonl:1:")]
fn vectors_come_out_as_their_names_say(#[case] name: &str, #[case] sound: bool, #[case] says: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/log").join(name);
    for (interpreter, script, tools) in
        [("sh", "verify.sh", &["jq", "sha256sum"][..]), ("python3", "verify.py", &["python3"][..])]
    {
        if tools_are_here(tools) {
            let out = run(interpreter, script, &folder);
            let said = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
            assert_eq!(out.status.success(), sound, "{script}: {said}");
            assert!(said.contains(says), "{script}: {said}");
        }
    }
}

#[test]
fn our_own_logs_pass() {
    let dir = tempdir().unwrap();
    for person in ["alice", "bob", "Zoë ~+"] {
        let journal = open(dir.path(), person, &Caught::default());
        journal.observe(&load(dir.path()).heads);
        journal.append_and_wait(vec![note(person, "a \u{202e} \\ \" b"); 3], LIMIT).unwrap();
    }
    assert!(file(dir.path(), "Zo%C3%AB%20%7E%2B@bastion").exists());
    for (interpreter, script, tools) in
        [("sh", "verify.sh", &["jq", "sha256sum"][..]), ("python3", "verify.py", &["python3"][..])]
    {
        if tools_are_here(tools) {
            let out = run(interpreter, script, &dir.path().join("log"));
            assert!(out.status.success(), "{script}: {}", String::from_utf8_lossy(&out.stdout));
        }
    }
}

/// Tampered copies of the good vectors, signatures of lines included: both recipes say what `verify` says.
/// `WARROOM_AGREE=1000` tries so many.
#[test]
fn recipes_and_verify_agree_on_tampered_logs() {
    if !tools_are_here(&["jq", "sha256sum", "python3"]) {
        return;
    }
    let count: u64 = std::env::var("WARROOM_AGREE").ok().and_then(|n| n.parse().ok()).unwrap_or(12);
    for n in 0..count {
        let dir = tempdir().unwrap();
        vector("good", dir.path());
        let anchor = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/log/allowed_signers");
        std::fs::copy(anchor, dir.path().join("allowed_signers")).unwrap();
        let path = file(dir.path(), if n % 3 == 0 { "bob@val3" } else { "alice@bastion" });
        let mut lines: Vec<String> =
            std::fs::read_to_string(&path).unwrap().lines().map(|l| format!("{l}\n")).collect();
        let at = usize::try_from(n / 3 * 7919 + n).unwrap() % lines.len();
        match n % 6 {
            0 => drop(lines.remove(at)),
            1 => lines[at] = lines[at].replacen("2026-11-21T0", "2026-11-21T1", 2),
            2 => lines.insert(at, lines[at].clone()),
            3 => lines.truncate(at),
            4 => {
                lines[at] =
                    lines[at].replace("AAAAB3", "AAAAB4").replace("\"drill\":false", "\"drill\":false,\"more\":1")
            }
            _ => {}
        }
        std::fs::write(&path, lines.concat()).unwrap();
        let ours = verify(dir.path());
        for (interpreter, script) in [("sh", "verify.sh"), ("python3", "verify.py")] {
            let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(script);
            let out = Command::new(interpreter).arg(&script).arg(dir.path().join("log")).env("LINES", "1").output();
            let out = out.unwrap();
            let said = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
            assert_eq!(out.status.success(), ours.is_sound(), "{n}: {}: {said}\n{ours:#?}", script.display());
        }
    }
}

/// Nothing is called sound that nobody looked at, and a last line that lost its signature is told.
#[test]
fn recipes_say_what_was_not_checked() {
    if !tools_are_here(&["jq", "sha256sum", "python3"]) {
        return;
    }
    let dir = tempdir().unwrap();
    vector("good", dir.path());
    let said = || {
        [("sh", "verify.sh"), ("python3", "verify.py")].map(|(interpreter, script)| {
            let out = run(interpreter, script, &dir.path().join("log"));
            (out.status.code().unwrap(), String::from_utf8_lossy(&out.stdout).into_owned())
        })
    };
    for (code, out) in said() {
        assert!(code == 2 && out.contains("hashes hold; signatures not checked: no allowed_signers"), "{code}: {out}");
    }
    let anchor = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/log/allowed_signers");
    std::fs::copy(anchor, dir.path().join("allowed_signers")).unwrap();
    for (code, out) in said() {
        assert!(code == 0 && out.contains("those of lines not checked (LINES=1 does)"), "{code}: {out}");
    }
    let path = file(dir.path(), "alice@bastion");
    let text = std::fs::read_to_string(&path).unwrap();
    let (whole, sig) = text.rsplit_once(",\"sig\":\"").unwrap();
    assert!(sig.ends_with("\"}\n"));
    std::fs::write(&path, format!("{whole}}}\n")).unwrap();
    for (code, out) in said() {
        assert!(
            code == 2 && out.contains("alice@bastion.jsonl:6: not signed, and lines before it are"),
            "{code}: {out}"
        );
    }
}
