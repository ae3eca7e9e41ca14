//! The played terminal itself, proved with the shell: it sees what is written, and it sees what is not put back.

use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;

use crate::support::pty::{LIMIT, Terminal, private_modes};

const SIZE: (u16, u16) = (80, 24);

fn shell(script: &str) -> Terminal {
    let mut command = Command::new("sh");
    command.args(["-c", script]).env("PATH", "/usr/bin:/bin").env("TERM", "xterm-256color");
    Terminal::start(&command, SIZE)
}

#[test]
fn keys_go_in_and_the_screen_comes_out() {
    let mut terminal = shell("stty size; read word; echo \"got $word\"");
    terminal.wait_for("the size", |s| s.contains("24 80"));
    terminal.press("barrier\r");
    terminal.wait_for("the answer", |s| s.contains("got barrier"));
    assert!(terminal.wait_exit(LIMIT).0.success());
    assert_eq!(terminal.left_behind(), Vec::<String>::new());
}

#[test]
fn what_is_not_put_back_is_found() {
    let mut terminal = shell("printf '\\033[?1049h\\033[?25l\\033[?2004h\\033[?1003;1006h'; stty raw -echo");
    terminal.wait_exit(LIMIT);
    let left = terminal.left_behind().join("\n");
    for word in ["mode 1049", "mode 25", "mode 2004", "mode 1003", "mode 1006", "alternate screen", "line settings"] {
        assert!(left.contains(word), "{word} was not found in:\n{left}");
    }
}

#[test]
fn a_hangup_reaches_the_program() {
    let mut terminal = shell("echo ready; while :; do read x; done");
    terminal.wait_for("the start", |s| s.contains("ready"));
    terminal.hang_up();
    let (status, _) = terminal.wait_exit(LIMIT);
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(Signal::HUP.as_raw()));
}

#[test]
fn a_reader_that_pauses_holds_the_writer_and_loses_nothing() {
    let mut terminal =
        shell("echo ready; read x; i=0; while [ $i -lt 3000 ]; do echo \"line $i of many\"; i=$((i+1)); done");
    terminal.wait_for("the start", |s| s.contains("ready"));
    terminal.pause_reading(true);
    terminal.press("\r");
    terminal.wait_quiet(Duration::from_millis(300));
    assert!(terminal.written() < 20_000, "the line was not full");
    terminal.pause_reading(false);
    terminal.wait_for("the last line", |s| s.contains("line 2999 of many"));
    assert!(terminal.wait_exit(LIMIT).0.success());
}

#[test]
fn the_last_state_of_a_mode_counts() {
    let modes = private_modes(b"\x1b[?25l\x1b[?1000;1006hx\x1b[?25h\x1b[?u\x1b[?2026$p");
    assert_eq!(modes.into_iter().collect::<Vec<_>>(), vec![(25, true), (1000, true), (1006, true)]);
}
