//! The supervisor itself: `warroom supervise SPEC`. It leaves the console's session, runs one step to its end, and
//! leaves a result; the console may come and go meanwhile.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;

use crate::domain::event::StepFinished;
use crate::domain::event::StepKind;
use crate::domain::event::StepOutcome;
use crate::domain::time::Clock;
use crate::domain::time::Span;
use crate::runbook::expect::Expect;
use crate::runbook::expect::Verdict;
use crate::runbook::expect::one_line;
use crate::runbook::place;
use crate::runtime::supervisor::attempt::Call;
use crate::runtime::supervisor::attempt::Ended;
use crate::runtime::supervisor::attempt::Limits;
use crate::runtime::supervisor::attempt::attempt;
use crate::runtime::supervisor::capture::Capture;
use crate::runtime::supervisor::files::CANCEL;
use crate::runtime::supervisor::files::PidFile;
use crate::runtime::supervisor::files::RESULT;
use crate::runtime::supervisor::files::lock;
use crate::runtime::supervisor::files::read_json;
use crate::runtime::supervisor::files::write_json;
use crate::runtime::supervisor::files::write_pid;
use crate::runtime::supervisor::process::adopt_orphans;
use crate::runtime::supervisor::process::start_of;
use crate::runtime::supervisor::redact::Secrets;
use crate::runtime::supervisor::spec::GuardSpec;
use crate::runtime::supervisor::spec::StepResult;
use crate::runtime::supervisor::spec::StepSpec;

/// More secrets than this over standard input are not read.
const MAX_SECRETS_BYTES: u64 = 64 << 10;
/// How often the wish to cancel is looked for on the disk.
const CANCEL_EVERY: Duration = Duration::from_millis(100);
/// A result that cannot be written (a full disk) is tried again this often …
const RESULT_EVERY: Duration = Duration::from_secs(1);
/// … for this long; then it is lost, and the step shows as one whose end is unknown.
const RESULT_FOR: Duration = Duration::from_secs(3_600);

/// How a step ended, before it is written down.
struct End {
    outcome: StepOutcome,
    exit: Option<i32>,
    signal: Option<i32>,
    expected: String,
    actual: String,
    left: u32,
    tries: u32,
}

/// Runs the step that `spec_path` describes, and returns when its result is written.
///
/// # Errors
/// When the spec cannot be read, or the result cannot be written for an hour. A command that fails is no error: that
/// is a result.
pub fn run(spec_path: &Path, clock: &dyn Clock) -> io::Result<()> {
    // Already a leader (started by hand from a shell): then it has a session to itself anyway.
    let _ = rustix::process::setsid();
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    adopt_orphans();
    let signalled = listen()?;
    let dir = spec_path.parent().map(Path::to_path_buf).unwrap_or_default();
    let spec: StepSpec = read_json(spec_path)?.ok_or_else(|| io::Error::other("there is no spec"))?;
    let secrets = read_secrets(&spec)?;
    let mut pid_file = lock(&dir)?;
    if dir.join(RESULT).exists() {
        // It ran before, or a console gave it up while we were being started: never twice.
        return Ok(());
    }
    write_pid(&mut pid_file, &own(0))?;
    let started = clock.now();
    let begun = Instant::now();
    let mut capture = Capture::new(&dir, Secrets::new(&secrets), spec.keep)?;
    let step = Supervised { spec: &spec, secrets: &secrets, dir, signalled, looked: RefCell::new(None) };
    let end = step.to_its_end(&mut capture, &mut pid_file);
    let result = StepResult {
        finished: StepFinished {
            run: spec.run.clone(),
            step: spec.step.clone(),
            attempt: spec.attempt,
            outcome: end.outcome,
            exit: end.exit,
            expected: end.expected,
            actual: end.actual,
            took_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
            output: capture.finish(),
        },
        started,
        ended: clock.now(),
        signal: end.signal,
        tries: end.tries,
        left_running: end.left,
    };
    leave(&step.dir, &result)
}

fn own(child: u32) -> PidFile {
    let pid = std::process::id();
    let start = |pid| start_of(pid).unwrap_or(0);
    PidFile { pid, start: start(pid), child, child_start: if child == 0 { 0 } else { start(child) } }
}

/// TERM, INT and QUIT mean cancel; HUP means nothing here.
fn listen() -> io::Result<Arc<AtomicBool>> {
    let (cancelled, ignored) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    for signal in [signal_hook::consts::SIGTERM, signal_hook::consts::SIGINT, signal_hook::consts::SIGQUIT] {
        signal_hook::flag::register(signal, Arc::clone(&cancelled))?;
    }
    signal_hook::flag::register(signal_hook::consts::SIGHUP, ignored)?;
    Ok(cancelled)
}

/// Secrets come over standard input as one JSON object: no file, no argument and no environment of ours holds them.
fn read_secrets(spec: &StepSpec) -> io::Result<BTreeMap<String, String>> {
    if spec.secrets.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut text = String::new();
    io::stdin().take(MAX_SECRETS_BYTES).read_to_string(&mut text)?;
    let mut all: BTreeMap<String, String> =
        if text.is_empty() { BTreeMap::new() } else { serde_json::from_str(&text)? };
    all.retain(|name, _| spec.secrets.contains(name));
    Ok(all)
}

fn leave(dir: &Path, result: &StepResult) -> io::Result<()> {
    let begun = Instant::now();
    loop {
        match write_json(&dir.join(RESULT), result) {
            Ok(()) => return Ok(()),
            Err(why) if begun.elapsed() > RESULT_FOR => return Err(why),
            Err(_) => std::thread::sleep(RESULT_EVERY),
        }
    }
}

struct Supervised<'a> {
    spec: &'a StepSpec,
    secrets: &'a BTreeMap<String, String>,
    dir: PathBuf,
    signalled: Arc<AtomicBool>,
    looked: RefCell<Option<Instant>>,
}

impl Supervised<'_> {
    fn cancelled(&self) -> bool {
        if self.signalled.load(Ordering::Relaxed) {
            return true;
        }
        let mut looked = self.looked.borrow_mut();
        if looked.is_some_and(|at| at.elapsed() < CANCEL_EVERY) {
            return false;
        }
        *looked = Some(Instant::now());
        if self.dir.join(CANCEL).exists() {
            self.signalled.store(true, Ordering::Relaxed);
        }
        self.signalled.load(Ordering::Relaxed)
    }

    fn to_its_end(&self, capture: &mut Capture, pid_file: &mut File) -> End {
        let expect = match Expect::parse(&self.spec.expect) {
            Ok(expect) => expect,
            Err(why) => return self.end(StepOutcome::Failed, String::new(), format!("cannot be judged: {why}"), 0),
        };
        for guard in &self.spec.guards {
            if let Some(end) = self.held_by(guard, capture, pid_file) {
                return end;
            }
        }
        let waits = self.spec.kind == StepKind::Wait;
        let begun = Instant::now();
        let deadline = begun + Duration::from_millis(self.spec.deadline_ms);
        let mut tries = 0;
        loop {
            tries += 1;
            capture.begin_try(tries);
            let timeout = Instant::now() + Duration::from_millis(self.spec.timeout_ms);
            let limits = Limits {
                cancelled: &|| self.cancelled(),
                until: if waits { timeout.min(deadline) } else { timeout },
                sweep_after: self.spec.kind != StepKind::Run,
            };
            // Who it is matters for a console that finds the supervisor dead; a full disk does not stop the step.
            let mut tell = |child| drop(write_pid(pid_file, &own(child)));
            let call =
                Call { command: &self.spec.command, host: self.spec.host.as_deref(), timeout_ms: self.spec.timeout_ms };
            let ended = attempt((self.spec, self.secrets), call, capture, &limits, &mut tell);
            let end = self.out_of_sight(&ended, self.judge(&expect, &ended, &capture.judged(), tries));
            if !waits || matches!(end.outcome, StepOutcome::Passed | StepOutcome::Cancelled) {
                return end;
            }
            if !self.pause(deadline) {
                let gone = Span::from_millis(i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX));
                let times = if tries == 1 { "1 try".to_owned() } else { format!("{tries} tries") };
                let actual = format!("{times} in {}, the last: {}", gone.words(), end.actual);
                let outcome = if self.cancelled() { StepOutcome::Cancelled } else { StepOutcome::TimedOut };
                return End { outcome, actual, ..end };
            }
        }
    }

    /// What a broken line, a timeout or a stop ended here may go on over there: an act is then not failed but unknown, so that
    /// nobody begins it twice without being asked.
    fn out_of_sight(&self, ended: &Ended, end: End) -> End {
        let Some(host) = self.spec.host.as_deref().filter(|_| self.spec.kind == StepKind::Run) else { return end };
        let host = place::host(host, &self.spec.params).unwrap_or_else(|_| host.to_owned());
        let outcome = match ended {
            Ended::Cut(_) => StepOutcome::Lost,
            Ended::TimedOut | Ended::Cancelled => end.outcome,
            Ended::Itself { .. } | Ended::NotBegun(_) => return end,
        };
        let actual = format!(
            "{}; it may have begun on {host} and may still run there: look before you run it again",
            end.actual
        );
        End { outcome, actual, ..end }
    }

    /// Runs a guard; the step's end when it does not pass, for then the step's own command never begins.
    fn held_by(&self, guard: &GuardSpec, capture: &mut Capture, pid_file: &mut File) -> Option<End> {
        let id = &guard.step;
        capture.begin_part(&format!("--- guard {id} ---\n"));
        let limits = Limits {
            cancelled: &|| self.cancelled(),
            until: Instant::now() + Duration::from_millis(guard.timeout_ms),
            sweep_after: true,
        };
        let mut tell = |child| drop(write_pid(pid_file, &own(child)));
        let call = Call { command: &guard.command, host: guard.host.as_deref(), timeout_ms: guard.timeout_ms };
        let ended = attempt((self.spec, self.secrets), call, capture, &limits, &mut tell);
        let end = match Expect::parse(&guard.expect) {
            Ok(expect) => self.judge(&expect, &ended, &capture.judged(), 0),
            Err(why) => self.end(StepOutcome::Failed, String::new(), format!("cannot be judged: {why}"), 0),
        };
        if end.outcome == StepOutcome::Passed {
            capture.begin_part("");
            return None;
        }
        let actual = format!("the command was NOT begun: guard {id} does not hold: {}", end.actual);
        // The guard's exit code is not the step's: its command has none.
        Some(End { exit: None, signal: None, expected: format!("guard {id}: {}", end.expected), actual, ..end })
    }

    /// Waits until the next try is due; `false` when there is none.
    fn pause(&self, deadline: Instant) -> bool {
        let next = Instant::now() + Duration::from_millis(self.spec.every_ms);
        if next >= deadline {
            // The last pause is waited out: a deadline of an hour is an hour.
            while Instant::now() < deadline && !self.cancelled() {
                std::thread::sleep(CANCEL_EVERY.min(deadline.saturating_duration_since(Instant::now())));
            }
            return false;
        }
        while Instant::now() < next {
            if self.cancelled() {
                return false;
            }
            std::thread::sleep(CANCEL_EVERY.min(next.saturating_duration_since(Instant::now())));
        }
        true
    }

    fn judge(&self, expect: &Expect, ended: &Ended, stdout: &str, tries: u32) -> End {
        let last = if self.spec.keep { one_line(stdout) } else { "output not kept".to_owned() };
        let expected = expect.in_words();
        match ended {
            Ended::Itself { exit, signal, left } => {
                let Verdict { passed, expected, actual } = expect.judge(*exit, stdout);
                let mut actual = match (self.spec.keep, exit, signal) {
                    (_, None, Some(signal)) => format!("ended by signal {signal}; {last}"),
                    (false, Some(exit), _) => format!("exit {exit}, output not kept"),
                    _ => actual,
                };
                if *left > 0 {
                    actual = format!("{actual} · {left} still running");
                }
                let outcome = if passed { StepOutcome::Passed } else { StepOutcome::Failed };
                let end = self.end(outcome, expected, actual, tries);
                End { exit: *exit, signal: *signal, left: *left, ..end }
            }
            Ended::TimedOut => {
                let limit = Span::from_millis(i64::try_from(self.spec.timeout_ms).unwrap_or(i64::MAX)).words();
                let actual = format!("no end within {limit}, killed; {last}");
                self.end(StepOutcome::TimedOut, expected, actual, tries)
            }
            Ended::Cancelled => self.end(StepOutcome::Cancelled, expected, format!("cancelled; {last}"), tries),
            Ended::NotBegun(why) | Ended::Cut(why) => self.end(StepOutcome::Failed, expected, why.clone(), tries),
        }
    }

    fn end(&self, outcome: StepOutcome, expected: String, actual: String, tries: u32) -> End {
        End { outcome, exit: None, signal: None, expected, actual, left: 0, tries }
    }
}
