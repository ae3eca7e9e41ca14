//! A panic in the running console, in its own loop and in a worker: the terminal is given back before the message, and the
//! console ends. The real console is started through its public entry with a clock that panics when a file appears.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use rstest::rstest;
use warroom::domain::time::{At, Clock};
use warroom::runtime::console::{ConsoleOptions, run};
use warroom::runtime::paths::Paths;

use crate::support::console::{USUAL, drawn, quiet_home};
use crate::support::pty::Terminal;

/// At worst, on a loaded machine.
const WORST: Duration = Duration::from_secs(2);

/// Where the file that sets it off lies: in the home, named after the thread that shall panic.
const LOOP: &str = "panic-loop";
const WORKER: &str = "panic-worker";

/// A clock that goes well until somebody wants it to fail.
struct FaultyClock {
    home: PathBuf,
    own: std::thread::ThreadId,
}

impl Clock for FaultyClock {
    fn now(&self) -> At {
        let mine = std::thread::current().id() == self.own;
        let wanted = self.home.join(if mine { LOOP } else { WORKER });
        assert!(!wanted.exists(), "the clock broke, as the test wanted");
        At::from_secs(1_795_000_000)
    }
}

/// The stage: this same test binary, started by the tests below inside a pseudo-terminal.
#[test]
#[ignore = "it is the console itself; started by the other tests here"]
fn stage() {
    let home = PathBuf::from(std::env::var_os("WARROOM_HOME").unwrap());
    let options = ConsoleOptions {
        paths: Paths::in_one(&home),
        clock: Arc::new(FaultyClock { home, own: std::thread::current().id() }),
        person: "alice".into(),
        incident: None,
        drill: None,
    };
    let ended = run(options);
    assert!(ended.is_ok(), "{ended:?}");
}

#[rstest]
#[case::in_the_loop(LOOP)]
#[case::in_a_worker(WORKER)]
fn a_panic_gives_the_terminal_back(#[case] place: &str) {
    let home = quiet_home();
    let mut call = Command::new(std::env::current_exe().unwrap());
    call.args(["--exact", "pty_panic::stage", "--ignored", "--nocapture", "--test-threads=1"]);
    call.env("WARROOM_HOME", home.home()).env("HOME", home.home()).env("PATH", std::env::var_os("PATH").unwrap());
    call.env("TERM", "xterm-256color").env("RUST_BACKTRACE", "0");
    let mut terminal = Terminal::start(&call, USUAL);
    terminal.wait_for("the first screen", drawn);
    home.write(place, "");
    terminal.press("?");
    terminal.wait_for("the message, on the ordinary screen", |s| s.contains("the clock broke"));
    let (status, _) = terminal.wait_exit(WORST);
    assert!(!status.success(), "{status}");
    assert_eq!(terminal.left_behind(), Vec::<String>::new());
}
