//! A console in a real SSH session whose line drops in the middle of a runbook's step: the step goes on, the next console tells
//! its end once, and of the first one nothing is left.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use warroom::domain::entry::Entry;
use warroom::domain::event::{Event, RunEvent, StepFinished, StepOutcome};
use warroom::journal::{load, load_kept};

use crate::support::console::{drawn, home_in_incident};
use crate::support::live::{Component, free_base, script, wait_for, wanted};
use crate::support::pty::Terminal;
use crate::support::warroom::Warroom;

/// Lines dropped in the ordinary run; `WARROOM_DROPS=100` for the long one.
const DROPS: usize = 3;

/// A console of a dropped line is gone by then.
const GONE: Duration = Duration::from_secs(2);

/// How long a step of two seconds may take to be told, on a loaded machine.
const TOLD: Duration = Duration::from_secs(30);

/// Lines that the step writes, one each 20th of a second.
const LINES: usize = 40;

const SIZE: (u16, u16) = (120, 40);

fn book() -> String {
    let front = "---\nwarroom: 1\nid: slow\ntitle: A slow one\nrevision: 1\nowner: us\nreviewed: 2026-11-21\n---\n\n";
    let fence = "```sh {kind=check effect=read timeout=60s expect=\"contains finished\"}\n";
    let command = format!(
        "n=0\nwhile [ \"$n\" -lt {LINES} ]; do n=$((n + 1)); echo \"line $n\"; sleep 0.05; done\necho finished\n```\n"
    );
    format!("{front}## Count {{#count}}\n\nSlowly.\n\n{fence}{command}")
}

fn whole_output() -> String {
    (1..=LINES).map(|n| format!("line {n}\n")).chain(["finished\n".to_owned()]).collect()
}

/// The console at the other end of a line of its own.
fn over_ssh(server: &Component, home: &Warroom) -> Terminal {
    let folder = Path::new(server.get("SSHD_FOLDER"));
    let file = |name: &str| folder.join(name).display().to_string();
    let path = std::env::var("PATH").unwrap();
    let here = home.home().display();
    let there = format!(
        "exec env -i PATH='{path}' HOME='{here}' WARROOM_HOME='{here}' WARROOM_ACTOR=alice TERM=xterm-256color LANG=C.UTF-8 '{}'",
        env!("CARGO_BIN_EXE_warroom")
    );
    let mut call = Command::new("ssh");
    call.env("PATH", &path).env("TERM", "xterm-256color");
    call.args([
        "-tt",
        "-F",
        "none",
        "-p",
        server.get("SSHD_PORT"),
        "-l",
        server.get("SSHD_USER"),
        "-i",
        &file("person"),
    ]);
    call.args([
        "-o",
        "IdentitiesOnly=yes",
        "-o",
        "BatchMode=yes",
        "-o",
        "StrictHostKeyChecking=yes",
        "-o",
        "LogLevel=ERROR",
    ]);
    call.arg("-o").arg(format!("UserKnownHostsFile={}", file("known_hosts"))).args(["127.0.0.1", &there]);
    let terminal = Terminal::start(&call, SIZE);
    terminal.wait_for("the console over SSH", drawn);
    terminal
}

/// Consoles of this home that live: the binary without any argument. Supervisors of steps have some.
fn consoles(home: &Warroom) -> Vec<u32> {
    let mark = format!("WARROOM_HOME={}", home.home().display());
    let pids = fs::read_dir("/proc").unwrap().filter_map(|e| e.ok()?.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|pid| {
        let read = |what: &str| fs::read(format!("/proc/{pid}/{what}")).unwrap_or_default();
        let plain = read("cmdline") == [env!("CARGO_BIN_EXE_warroom").as_bytes(), b"\0"].concat();
        plain && read("environ").split(|b| *b == 0).any(|v| v == mark.as_bytes())
    })
    .collect()
}

fn entries(incident: &Path) -> Vec<Entry> {
    load(incident).entries
}

fn ends(incident: &Path) -> Vec<StepFinished> {
    let end = |e: Entry| match e.event {
        Event::Run(RunEvent::StepFinished(end)) => Some(*end),
        _ => None,
    };
    entries(incident).into_iter().filter_map(end).collect()
}

/// Whether a file below `dir` holds `text`.
fn some_file_says(dir: &Path, text: &str) -> bool {
    let Ok(folder) = fs::read_dir(dir) else { return false };
    folder.flatten().any(|e| {
        let path = e.path();
        if path.is_dir() {
            some_file_says(&path, text)
        } else {
            path.ends_with("output") && fs::read_to_string(path).is_ok_and(|t| t.contains(text))
        }
    })
}

/// One drop; the next console comes while the step still runs, or after it has ended.
fn drop_once(server: &Component, round: usize) {
    let home = home_in_incident();
    home.write("runbooks/slow.md", &book());
    let incident = fs::read_dir(home.home().join("incidents")).unwrap().next().unwrap().unwrap().path();
    let mut terminal = over_ssh(server, &home);
    for line in ["run slow", "step go"] {
        terminal.press(":");
        terminal.press(line);
        terminal.press("\r");
        let begun = || (entries(&incident).len() > if line == "run slow" { 2 } else { 3 }).then_some(());
        wait_for(line, TOLD, begun);
    }
    let steps = home.home().join("state/steps");
    let at = format!("line {}\n", 1 + (round * 7) % (LINES / 2));
    wait_for("the step in its middle", TOLD, || some_file_says(&steps, &at).then_some(()));
    assert_eq!(consoles(&home).len(), 1, "the first console is found where it runs");
    let before = entries(&incident);
    assert!(ends(&incident).is_empty(), "the line was to drop in the middle");
    terminal.signal(Signal::KILL);
    let dropped = Instant::now();
    wait_for("the end of the first console", GONE, || consoles(&home).is_empty().then_some(()));
    let gone = dropped.elapsed();
    if round % 2 == 1 {
        wait_for("the end of the step", TOLD, || some_file_says(&steps, "finished\n").then_some(()));
        assert!(ends(&incident).is_empty(), "nobody is there to tell it");
    }
    terminal.wait_exit(GONE);

    let next = over_ssh(server, &home);
    wait_for("the end that is told", TOLD, || (!ends(&incident).is_empty()).then_some(()));
    next.wait_for("the end on the screen", drawn);
    leave(next);
    // One more finds nothing to tell.
    leave(over_ssh(server, &home));
    let told = ends(&incident);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((told[0].outcome, told[0].exit), (StepOutcome::Passed, Some(0)), "{told:?}");
    let kept = load_kept(&incident, told[0].output.as_ref().unwrap()).unwrap();
    assert_eq!(String::from_utf8(kept).unwrap(), whole_output());
    let after = entries(&incident);
    assert!(before.iter().all(|e| after.contains(e)), "an entry was lost with the line");
    let verified = home.run(&["verify"]);
    assert_eq!(verified.code, 0, "{verified:?}");
    eprintln!("drop {round}: at {at:?}, the console was gone after {gone:?}");
}

fn leave(mut terminal: Terminal) {
    terminal.press("q");
    let (status, _) = terminal.wait_exit(Duration::from_secs(5));
    assert!(status.success(), "{status}");
}

#[test]
fn live_ssh_line_drops_in_the_middle_of_a_step() {
    if !wanted("live_ssh_line_drops_in_the_middle_of_a_step") {
        return;
    }
    let drops = std::env::var("WARROOM_DROPS").ok().and_then(|n| n.parse().ok()).unwrap_or(DROPS);
    let server = Component::start_with(Command::new(script()).args(["sshd", &free_base().to_string()]));
    (0..drops).for_each(|round| drop_once(&server, round));
}
