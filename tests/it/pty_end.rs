//! The ten ways a console can end in a terminal: each leaves the terminal as it was and is over at once, without spinning.

use std::process::Command;
use std::time::Duration;

use rstest::rstest;
use rustix::process::Signal;

use crate::support::console::{USUAL, command, drawn, open, quiet_home};
use crate::support::pty::Terminal;

/// At worst, on a loaded machine.
const WORST: Duration = Duration::from_secs(2);

/// How long a console may take to draw again after a storm of sizes.
const STORM: Duration = Duration::from_secs(60);

#[test]
fn q_leaves_and_restores() {
    let home = quiet_home();
    let mut terminal = open(&home, USUAL);
    terminal.press("q");
    let (status, _) = terminal.wait_exit(WORST);
    assert!(status.success(), "{status}");
    assert_eq!(terminal.left_behind(), Vec::<String>::new());
}

#[rstest]
#[case::term(Signal::TERM)]
#[case::hup(Signal::HUP)]
#[case::int(Signal::INT)]
#[case::quit(Signal::QUIT)]
fn a_signal_ends_it_and_restores(#[case] signal: Signal) {
    let home = quiet_home();
    let mut terminal = open(&home, USUAL);
    terminal.signal(signal);
    let (status, _) = terminal.wait_exit(WORST);
    assert_eq!(status.code(), Some(128 + signal.as_raw()), "{status}");
    assert_eq!(terminal.left_behind(), Vec::<String>::new());
}

#[test]
fn a_closed_terminal_ends_it() {
    let home = quiet_home();
    let mut terminal = open(&home, USUAL);
    terminal.hang_up();
    terminal.wait_exit(WORST);
}

#[test]
fn a_closed_terminal_ends_it_also_when_hangups_are_ignored() {
    let home = quiet_home();
    let plain = command(&home);
    let mut call = Command::new("sh");
    call.args(["-c", "trap '' HUP; exec \"$0\" \"$@\""]).arg(plain.get_program()).args(plain.get_args());
    call.envs(plain.get_envs().filter_map(|(k, v)| v.map(|v| (k, v))));
    let mut terminal = Terminal::start(&call, USUAL);
    terminal.wait_for("the strip", drawn);
    let before = terminal.cpu_seconds();
    terminal.hang_up();
    terminal.wait_exit(WORST);
    assert!(before < 10.0, "it had used {before} s of processor time already");
}

#[test]
fn a_reader_that_stopped_does_not_hold_the_end_up() {
    let home = quiet_home();
    let mut terminal = open(&home, (160, 50));
    terminal.pause_reading(true);
    for _ in 0..200 {
        terminal.press("?");
        terminal.press("?");
    }
    terminal.signal(Signal::TERM);
    terminal.wait_exit(WORST);
}

#[test]
fn a_resize_storm_is_survived() {
    let home = quiet_home();
    let terminal = open(&home, USUAL);
    let sizes =
        [(0, 0), (1, 1), (20, 5), (500, 3), (3, 500), (1000, 1000), (65_535, 65_535), (160, 50), (80, 0), (0, 24)];
    for size in sizes.iter().cycle().take(3_000) {
        terminal.resize(*size);
        terminal.signal(Signal::WINCH);
    }
    terminal.resize((100, 30));
    terminal.press("?");
    terminal.press("?");
    // Three thousand frames of a huge window may be waiting on a loaded machine.
    terminal.wait_long("the strip again", STORM, drawn);
    let peak = terminal.peak_memory_mib();
    assert!(peak < 100.0, "{peak} MiB at its peak");
}

#[test]
fn a_window_that_changes_together_with_a_key_is_seen() {
    let home = quiet_home();
    let terminal = open(&home, USUAL);
    for size in [(120, 40), (100, 30), (160, 50)] {
        // Stopped, it finds the key and the change at once when it goes on.
        terminal.signal(Signal::STOP);
        terminal.press("?");
        terminal.resize(size);
        terminal.press("?");
        terminal.signal(Signal::CONT);
        let lines = usize::from(size.1);
        terminal.wait_for("the last line of the new window", |s| s.lines().count() == lines && drawn(s));
    }
}
