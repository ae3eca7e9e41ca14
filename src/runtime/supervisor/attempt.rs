//! One attempt of a command: begun in a group of its own, read without end, ended in time with all it started.

use std::collections::BTreeMap;
use std::io::Read;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::os::unix::process::ExitStatusExt;
use std::process::Child;
use std::process::Command;
use std::process::ExitStatus;
use std::process::Stdio;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::RecvTimeoutError;
use std::sync::mpsc::SyncSender;
use std::sync::mpsc::sync_channel;
use std::time::Duration;
use std::time::Instant;

use rustix::process::Signal;

use crate::runbook::place;
use crate::runtime::supervisor::capture::Capture;
use crate::runtime::supervisor::capture::Stream;
use crate::runtime::supervisor::process::count_below;
use crate::runtime::supervisor::process::signal_all;
use crate::runtime::supervisor::process::sweep;
use crate::runtime::supervisor::spec::StepSpec;

/// Between asking a command to end and killing it.
pub const GRACE: Duration = Duration::from_secs(5);
/// How long the pipes are read on after the shell has ended, when something else still holds them.
const DRAIN: Duration = Duration::from_millis(500);
/// How often timers are looked at.
const TICK: Duration = Duration::from_millis(20);
/// Read at once; a reader waits when this many pieces are unread, and the command with it.
const PIECES: usize = 16;
/// The exit code with which ssh says that it failed itself.
const UNREACHED: i32 = 255;
/// Bytes of one piece.
const PIECE: usize = 64 << 10;

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// By itself: exit code, or signal.
    Itself {
        /// `None` when a signal ended it.
        exit: Option<i32>,
        /// The signal.
        signal: Option<i32>,
        /// Processes left running.
        left: u32,
    },
    /// By its timeout.
    TimedOut,
    /// By a person.
    Cancelled,
    /// It never began.
    NotBegun(String),
    /// The line to the other host broke, or never stood: whether the command began there is not known.
    Cut(String),
}

/// What may end an attempt early.
pub(super) struct Limits<'a> {
    /// Asked for by a person.
    pub(super) cancelled: &'a dyn Fn() -> bool,
    /// At this time at the latest.
    pub(super) until: Instant,
    /// A look leaves nothing running; an act may (it may have started a node).
    pub(super) sweep_after: bool,
}

type Piece = Option<(Stream, Vec<u8>)>;

/// A shell text, where it runs, and for how long at most.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<'a> {
    /// The text.
    pub(super) command: &'a str,
    /// The host that it reaches over ssh, as the runbook names it.
    pub(super) host: Option<&'a str>,
    /// Milliseconds.
    pub(super) timeout_ms: u64,
}

/// Runs a command once in the step's world; `begun` is told the shell's process number.
pub(super) fn attempt(
    (spec, secrets): (&StepSpec, &BTreeMap<String, String>),
    call: Call<'_>,
    capture: &mut Capture,
    limits: &Limits<'_>,
    begun: &mut dyn FnMut(u32),
) -> Ended {
    let host = match call.host.map(|host| place::host(host, &spec.params)).transpose() {
        Ok(host) => host,
        Err(why) => return Ended::NotBegun(why),
    };
    let begin = match &host {
        None => here(spec, secrets, call.command),
        Some(host) => there(spec, secrets, call, host),
    };
    let mut child = match begin {
        Ok(child) => child,
        Err(why) => return Ended::NotBegun(format!("cannot begin in {}: {why}", spec.around.cwd.display())),
    };
    begun(child.id());
    let (sender, pieces) = sync_channel(PIECES);
    let mut open = 0;
    open += read_on(child.stdout.take(), Stream::Out, sender.clone());
    open += read_on(child.stderr.take(), Stream::Err, sender);
    match (watch(&mut child, &pieces, open, capture, limits), host) {
        // ssh's own word: what the command would have said is not known.
        (Ended::Itself { exit: Some(UNREACHED), .. }, Some(host)) => {
            Ended::Cut(format!("ssh did not reach {host}, or lost it; unreachable is not dead"))
        }
        (ended, _) => ended,
    }
}

/// By ssh, its script over standard input. The agent's socket is for ssh alone.
fn there(spec: &StepSpec, secrets: &BTreeMap<String, String>, call: Call<'_>, host: &str) -> std::io::Result<Child> {
    let env = spec.environment();
    let incident = env.iter().filter(|(n, _)| *n == "WARROOM_INCIDENT");
    let script = place::script(call.command, spec.params.iter().chain(secrets).chain(incident));
    let around = &spec.around;
    let mut command = Command::new("ssh");
    command.args(place::SSH_OPTIONS).arg("--").arg(host).arg(place::remote_call(call.timeout_ms.div_ceil(1000)));
    command.env_clear().env("PATH", &around.path).env("HOME", &around.home).env("LANG", "C.UTF-8");
    if let Some(agent) = &around.agent {
        command.env("SSH_AUTH_SOCK", agent);
    }
    command.current_dir(&around.cwd).process_group(0);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // On a thread of its own: a host that takes nothing must not hold up the timeout. What it did not take it does not run.
        let write = move || drop(stdin.write_all(script.as_bytes()));
        std::thread::Builder::new().name("script".to_owned()).spawn(write)?;
    }
    Ok(child)
}

fn here(spec: &StepSpec, secrets: &BTreeMap<String, String>, text: &str) -> std::io::Result<Child> {
    // A text that begins with a sign would be read as an option of the shell itself.
    let guard = if text.starts_with(['-', '+']) { " " } else { "" };
    let mut command = Command::new("/bin/sh");
    command.arg("-eu").arg("-c").arg(format!("{guard}{text}"));
    command.env_clear().envs(spec.environment()).envs(secrets);
    command.current_dir(&spec.around.cwd).process_group(0);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
}

/// Reads a pipe on a thread of its own until it ends or nobody listens any more.
fn read_on(pipe: Option<impl Read + Send + 'static>, stream: Stream, sender: SyncSender<Piece>) -> u32 {
    let Some(mut pipe) = pipe else { return 0 };
    let reader = std::thread::Builder::new().name("output".to_owned()).spawn(move || {
        let mut buffer = vec![0_u8; PIECE];
        loop {
            let piece = match pipe.read(&mut buffer) {
                Ok(0) => None,
                Ok(n) => Some((stream, buffer.get(..n).unwrap_or_default().to_vec())),
                Err(why) if why.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(_) => None,
            };
            let last = piece.is_none();
            if sender.send(piece).is_err() || last {
                return;
            }
        }
    });
    u32::from(reader.is_ok())
}

fn watch(child: &mut Child, pieces: &Receiver<Piece>, open: u32, capture: &mut Capture, limits: &Limits<'_>) -> Ended {
    let shell = child.id();
    let mut open = open;
    let mut ended: Option<(ExitStatus, Instant)> = None;
    loop {
        read_some(pieces, capture, &mut open);
        if let Some((status, since)) = ended {
            if open > 0 && since.elapsed() < DRAIN {
                continue;
            }
            let left = if limits.sweep_after { sweep(shell) } else { count_below(shell) };
            let left = u32::try_from(left).unwrap_or(u32::MAX);
            return Ended::Itself { exit: status.code(), signal: status.signal(), left };
        }
        if let Ok(Some(status)) = child.try_wait() {
            ended = Some((status, Instant::now()));
            continue;
        }
        let late = Instant::now() >= limits.until;
        if late || (limits.cancelled)() {
            end(child, pieces, capture, &mut open);
            return if late { Ended::TimedOut } else { Ended::Cancelled };
        }
    }
}

/// Takes what is there; waits a tick when nothing is.
fn read_some(pieces: &Receiver<Piece>, capture: &mut Capture, open: &mut u32) {
    for _ in 0..PIECES {
        match pieces.recv_timeout(TICK) {
            Ok(Some((stream, piece))) => capture.take(stream, &piece),
            Ok(None) => *open = open.saturating_sub(1),
            Err(RecvTimeoutError::Timeout) => return,
            Err(RecvTimeoutError::Disconnected) => {
                std::thread::sleep(TICK);
                return;
            }
        }
    }
}

/// Asks everything to end, gives it [`GRACE`], then kills what is left, and takes the last output.
fn end(child: &mut Child, pieces: &Receiver<Piece>, capture: &mut Capture, open: &mut u32) {
    let shell = child.id();
    signal_all(shell, Signal::TERM);
    let asked = Instant::now();
    while asked.elapsed() < GRACE {
        read_some(pieces, capture, open);
        let gone = matches!(child.try_wait(), Ok(Some(_)));
        if gone && count_below(shell) == 0 {
            break;
        }
    }
    sweep(shell);
    // It is dead by now; collecting it cannot block for long.
    let _ = child.wait();
    sweep(shell);
    let killed = Instant::now();
    while *open > 0 && killed.elapsed() < DRAIN {
        read_some(pieces, capture, open);
    }
}
