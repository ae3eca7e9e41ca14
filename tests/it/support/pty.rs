//! A terminal played by the test: starts a program in a pseudo-terminal of its own, reads and times every byte, rebuilds
//! the screen, presses keys, resizes, stops reading, hangs up, and says whether everything was put back at the end.
//! Must not know what the program is.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::os::unix::ffi::OsStrExt;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::OwnedFd;
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcgetattr, tcsetwinsize};

/// How long a test waits for something that should come at once; generous, for a loaded machine.
pub const LIMIT: Duration = Duration::from_secs(20);

/// How long one wait for bytes lasts before the reader looks whether it should pause or stop.
const READ_WAIT: Timespec = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };

/// Rows and columns of the rebuilt screen at most; a larger window is told to the program all the same.
const REBUILT_MAX: u16 = 500;

/// How long the last bytes may take after the program's end.
const LAST_BYTES: Duration = Duration::from_secs(2);

/// Private modes that a terminal has switched on from the start: wrapping and a visible cursor.
const ON_AT_START: [u16; 2] = [7, 25];

/// A program in its terminal.
pub struct Terminal {
    master: Option<OwnedFd>,
    child: Child,
    shared: Arc<Shared>,
    reader: Option<JoinHandle<()>>,
    settings: String,
}

/// What reader and test share.
struct Shared {
    seen: Mutex<Seen>,
    changed: Condvar,
}

/// What has come out so far.
struct Seen {
    bytes: Vec<u8>,
    bursts: Vec<(Instant, usize)>,
    screen: vt100::Parser,
    reading: Reading,
}

#[derive(Clone, Copy, PartialEq)]
enum Reading {
    On,
    Paused,
    Ended,
}

impl Terminal {
    /// Starts `command` (its program, arguments and the variables set on it; no others) at columns x rows.
    pub fn start(command: &Command, size: (u16, u16)) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        tcsetwinsize(&master, winsize(size)).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let slave = std::fs::File::options().read(true).write(true).open(OsStr::from_bytes(name.as_bytes())).unwrap();
        let settings = format!("{:?}", tcgetattr(&master).unwrap());
        // setsid makes the terminal the program's controlling one and then becomes the program: same pid.
        let mut leader = Command::new("setsid");
        leader.arg("--ctty").arg(command.get_program()).args(command.get_args()).env_clear();
        leader.envs(command.get_envs().filter_map(|(k, v)| v.map(|v| (k, v))));
        leader.stdin(slave.try_clone().unwrap()).stdout(slave.try_clone().unwrap()).stderr(slave);
        let child = leader.spawn().unwrap();
        drop(leader);
        let seen = Seen { bytes: Vec::new(), bursts: Vec::new(), screen: parser(size), reading: Reading::On };
        let shared = Arc::new(Shared { seen: Mutex::new(seen), changed: Condvar::new() });
        let (source, target) = (master.try_clone().unwrap(), Arc::clone(&shared));
        let reader = Some(std::thread::spawn(move || read_all(source, &target)));
        Self { master: Some(master), child, shared, reader, settings }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.shared.seen.lock().unwrap()
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// The rows as a person sees them.
    pub fn screen(&self) -> String {
        self.seen().screen.screen().contents()
    }

    /// Everything that was written, in order.
    pub fn bytes(&self) -> Vec<u8> {
        self.seen().bytes.clone()
    }

    /// How many bytes were written so far.
    pub fn written(&self) -> usize {
        self.seen().bytes.len()
    }

    /// Waits until `wanted` holds of the screen's text; fails after [`LIMIT`] with the screen.
    pub fn wait_for(&self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        self.wait_long(what, LIMIT, wanted)
    }

    /// The same with a limit of its own.
    pub fn wait_long(&self, what: &str, limit: Duration, wanted: impl Fn(&str) -> bool) -> String {
        let until = Instant::now() + limit;
        let mut seen = self.seen();
        loop {
            let text = seen.screen.screen().contents();
            if wanted(&text) {
                return text;
            }
            let left = until.saturating_duration_since(Instant::now());
            let over = left.is_zero() || seen.reading == Reading::Ended;
            assert!(!over, "waited for {what}; the terminal shows:\n{text}\n--- last bytes\n{}", tail(&seen.bytes));
            seen = self.shared.changed.wait_timeout(seen, left).unwrap().0;
        }
    }

    /// Waits until nothing was written for `quiet`; fails after [`LIMIT`].
    pub fn wait_quiet(&self, quiet: Duration) {
        let until = Instant::now() + LIMIT;
        let mut seen = self.seen();
        loop {
            let before = seen.bytes.len();
            seen = self.shared.changed.wait_timeout_while(seen, quiet, |s| s.bytes.len() == before).unwrap().0;
            if seen.bytes.len() == before {
                return;
            }
            assert!(Instant::now() < until, "the terminal was never quiet for {quiet:?}");
        }
    }

    /// Types.
    pub fn press(&self, keys: &str) {
        let mut tty = std::fs::File::from(self.master.as_ref().unwrap().try_clone().unwrap());
        tty.write_all(keys.as_bytes()).unwrap();
    }

    /// Types and says how long it took until the first byte came back; fails after [`LIMIT`].
    pub fn press_and_time(&self, keys: &str) -> Duration {
        let before = self.written();
        let start = Instant::now();
        self.press(keys);
        let seen = self.seen();
        let (_seen, waited) = self.shared.changed.wait_timeout_while(seen, LIMIT, |s| s.bytes.len() == before).unwrap();
        assert!(!waited.timed_out(), "{keys:?} was not answered");
        start.elapsed()
    }

    /// Gives the window another size, columns x rows; 0 is passed on as it is.
    pub fn resize(&self, size: (u16, u16)) {
        let mut seen = self.seen();
        tcsetwinsize(self.master.as_ref().unwrap(), winsize(size)).unwrap();
        seen.screen.screen_mut().set_size(bounded(size.1), bounded(size.0));
    }

    /// Stops taking bytes out, as a line that hangs does; or goes on.
    pub fn pause_reading(&self, paused: bool) {
        let mut seen = self.seen();
        if seen.reading != Reading::Ended {
            seen.reading = if paused { Reading::Paused } else { Reading::On };
        }
        self.shared.changed.notify_all();
    }

    /// Takes the terminal away, as a closed window or a dropped SSH line does.
    pub fn hang_up(&mut self) {
        self.seen().reading = Reading::Ended;
        self.shared.changed.notify_all();
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        self.master = None;
    }

    /// Sends a signal to the program alone.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// Waits for the program's end and says how and after how long; fails after `limit`.
    pub fn wait_exit(&mut self, limit: Duration) -> (ExitStatus, Duration) {
        let start = Instant::now();
        let process = pidfd_open(self.pid(), PidfdFlags::empty()).unwrap();
        let wait = Timespec::try_from(limit).unwrap();
        let ready = poll(&mut [PollFd::new(&process, PollFlags::IN)], Some(&wait)).unwrap();
        assert!(ready == 1, "still running after {limit:?}; the terminal shows:\n{}", self.screen());
        (self.child.wait().unwrap(), start.elapsed())
    }

    /// Seconds of processor time that the program has used so far.
    pub fn cpu_seconds(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        let ticks: f64 = fields[11..13].iter().map(|t| t.parse::<f64>().unwrap()).sum();
        ticks / f64::from(u32::try_from(rustix::param::clock_ticks_per_second()).unwrap())
    }

    /// The most memory that the program has held so far, in MiB.
    pub fn peak_memory_mib(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|l| l.starts_with("VmHWM:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
    }

    /// Everything that the program left behind in the terminal that was not so before; call it after its end.
    pub fn left_behind(&mut self) -> Vec<String> {
        // The last bytes come before the end; a descendant that keeps the terminal open must not hold the test up.
        let mut seen = self.shared.seen.lock().unwrap();
        seen = self.shared.changed.wait_timeout_while(seen, LAST_BYTES, |s| s.reading == Reading::On).unwrap().0;
        seen.reading = Reading::Ended;
        drop(seen);
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        let mut left = Vec::new();
        let seen = self.shared.seen.lock().unwrap();
        for (mode, on) in private_modes(&seen.bytes) {
            if on != ON_AT_START.contains(&mode) {
                left.push(format!("private mode {mode} is left {}", if on { "on" } else { "off" }));
            }
        }
        if seen.screen.screen().alternate_screen() {
            left.push("the alternate screen is still shown".to_owned());
        }
        let settings = format!("{:?}", tcgetattr(self.master.as_ref().unwrap()).unwrap());
        if settings != self.settings {
            left.push(format!("line settings were {} and are {settings}", self.settings));
        }
        left
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        self.hang_up();
    }
}

/// Takes bytes out of the terminal until it ends or the test says so.
fn read_all(master: OwnedFd, shared: &Shared) {
    let mut file = std::fs::File::from(master);
    let mut buffer = [0_u8; 65_536];
    loop {
        {
            let seen = shared.seen.lock().unwrap();
            let seen = shared.changed.wait_while(seen, |s| s.reading == Reading::Paused).unwrap();
            if seen.reading == Reading::Ended {
                return;
            }
        }
        let ready = poll(&mut [PollFd::new(&file, PollFlags::IN)], Some(&READ_WAIT));
        if ready != Ok(1) {
            continue;
        }
        let got = file.read(&mut buffer).unwrap_or(0);
        let mut seen = shared.seen.lock().unwrap();
        if got == 0 {
            seen.reading = Reading::Ended;
        }
        seen.bytes.extend_from_slice(&buffer[..got]);
        seen.bursts.push((Instant::now(), got));
        seen.screen.process(&buffer[..got]);
        shared.changed.notify_all();
    }
}

/// The last state of every private mode (`CSI ? n h` and `l`) that the bytes set.
pub fn private_modes(bytes: &[u8]) -> BTreeMap<u16, bool> {
    let mut modes = BTreeMap::new();
    for (start, _) in bytes.windows(3).enumerate().filter(|(_, w)| *w == b"\x1b[?") {
        let rest = &bytes[start + 3..];
        let end = rest.iter().position(|b| !b.is_ascii_digit() && *b != b';').unwrap_or(rest.len());
        let numbers = String::from_utf8_lossy(&rest[..end]).into_owned();
        let on = match rest.get(end) {
            Some(b'h') => true,
            Some(b'l') => false,
            _ => continue,
        };
        modes.extend(numbers.split(';').filter_map(|n| n.parse().ok()).map(|n: u16| (n, on)));
    }
    modes
}

fn parser(size: (u16, u16)) -> vt100::Parser {
    vt100::Parser::new(bounded(size.1), bounded(size.0), 0)
}

/// The rebuilt screen has at least one cell, also where the window says 0, and not more than fit into a test's memory.
fn bounded(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n.min(REBUILT_MAX)).unwrap_or(NonZeroU16::MIN)
}

fn winsize((columns, rows): (u16, u16)) -> Winsize {
    Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }
}

fn tail(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(600)..]).escape_debug().to_string()
}
