//! One call of the system's git: in a clean environment, without hooks, helpers or questions, within a time, and with bounds
//! on what it prints and writes. Must not know what it is called for.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::domain::text::Shown;

/// Most that is read of what it prints; the rest ends the pipe, and git with it.
const MAX_OUT: u64 = 4 * 1024 * 1024;
/// A line of its talk that is longer is cut.
const MAX_LINE: u64 = 4 * 1024;
/// Lines of talk that wait; git waits with the next one.
const LINES: usize = 64;
/// The largest file it may write, in the 512 bytes that `ulimit` counts in: 256 MiB. A pack that is larger ends it.
const MAX_FILE_BLOCKS: &str = "524288";
/// How long a call may take that only looks at what is here.
pub(super) const LOCAL_LIMIT: Duration = Duration::from_secs(30);
/// The pause between two looks at a process that has closed its pipes.
const LOOK: Duration = Duration::from_millis(5);

/// Settings that no repository and no account overrides: nothing of theirs runs, nothing asks, only plain transports.
const SETTINGS: &[&str] = &[
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.askPass=/bin/false",
    "credential.helper=",
    "gc.auto=0",
    "maintenance.auto=false",
    "fetch.fsckObjects=true",
    "fetch.recurseSubmodules=false",
    "submodule.recurse=false",
    "protocol.allow=never",
    "protocol.file.allow=always",
    "protocol.http.allow=always",
    "protocol.https.allow=always",
    "protocol.ssh.allow=always",
    "http.followRedirects=false",
    // A line that brings less than this for half a minute is dead.
    "http.lowSpeedLimit=100",
    "http.lowSpeedTime=30",
    "gpg.program=/bin/false",
    "gpg.openpgp.program=/bin/false",
    "gpg.x509.program=/bin/false",
    "gpg.ssh.program=ssh-keygen",
    "gpg.minTrustLevel=fully",
];
/// What it is let see of the environment: the way to an agent and to a proxy.
const PASSED: &[&str] = &["PATH", "HOME", "SSH_AUTH_SOCK", "https_proxy", "HTTPS_PROXY", "http_proxy", "no_proxy"];

/// What came of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    /// Whether it ended with 0.
    pub good: bool,
    /// Its exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub out: Vec<u8>,
    /// The last lines of its talk, fit to be shown.
    pub talk: Vec<String>,
}

impl Said {
    /// Its output as text, without blanks around it.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.out).trim().to_owned()
    }

    /// Its last words that say something.
    pub fn reason(&self) -> String {
        let fatal = |l: &&String| l.starts_with("fatal:") || l.starts_with("error:");
        let told = self.talk.iter().rev().find(fatal).or_else(|| self.talk.last());
        told.cloned().unwrap_or_else(|| "git gave no reason".to_owned())
    }
}

/// Where and how git is called.
#[derive(Clone, Debug)]
pub(super) struct Git {
    /// The bare repository.
    pub repository: PathBuf,
    /// A settings file of our own, which takes the place of the account's.
    pub settings: PathBuf,
}

enum Piece {
    Line(String),
    Out(Vec<u8>),
}

impl Git {
    /// Calls it. `tell` hears each line of its talk.
    ///
    /// # Errors
    /// It cannot be started, or did not end in time: then it is ended with all it started.
    pub fn call(&self, args: &[&OsStr], limit: Duration, tell: &mut dyn FnMut(&str)) -> Result<Said, String> {
        let mut child = self.command(args).spawn().map_err(|why| format!("git cannot be run: {why}; install git"))?;
        let (to, pieces) = sync_channel(LINES);
        listen(&mut child, to);
        let (until, mut said) = (Instant::now() + limit, Said::default());
        loop {
            match pieces.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(Piece::Out(out)) => said.out = out,
                Ok(Piece::Line(line)) => {
                    tell(&line);
                    said.talk.push(line);
                    // The reason stands at the end.
                    if said.talk.len() > LINES {
                        said.talk.remove(0);
                    }
                }
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => return Err(late(&mut child, limit)),
            }
        }
        loop {
            match child.try_wait().map_err(|why| format!("git was lost: {why}"))? {
                Some(status) => {
                    (said.good, said.code) = (status.success(), status.code());
                    return Ok(said);
                }
                None if Instant::now() >= until => return Err(late(&mut child, limit)),
                None => thread::sleep(LOOK),
            }
        }
    }

    /// Asks about what is here; what it prints, or its last words.
    ///
    /// # Errors
    /// It did not end with 0.
    pub fn ask(&self, args: &[&str]) -> Result<Said, String> {
        let args: Vec<&OsStr> = args.iter().map(OsStr::new).collect();
        let said = self.call(&args, LOCAL_LIMIT, &mut |_| {})?;
        if said.good { Ok(said) } else { Err(said.reason()) }
    }

    fn command(&self, args: &[&OsStr]) -> Command {
        let mut git = Command::new("/bin/sh");
        git.args(["-c", "umask 077; ulimit -f \"$1\"; shift; exec git \"$@\"", "sh", MAX_FILE_BLOCKS]);
        git.arg("--git-dir").arg(&self.repository);
        for setting in SETTINGS {
            git.args(["-c", setting]);
        }
        git.args(args).env_clear();
        for (name, value) in PASSED.iter().filter_map(|n| Some((n, std::env::var_os(n)?))) {
            git.env(name, value);
        }
        git.env("LC_ALL", "C").env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", &self.settings);
        git.env("GIT_TERMINAL_PROMPT", "0").env("GIT_NO_LAZY_FETCH", "1").env("GIT_NO_REPLACE_OBJECTS", "1");
        git.env("SSH_ASKPASS_REQUIRE", "never").env("GIT_PROTOCOL_FROM_USER", "0");
        git.env("GIT_SSH_COMMAND", "ssh -o BatchMode=yes -o ConnectTimeout=10 -o ForwardAgent=no");
        git.current_dir(parent(&self.repository)).process_group(0);
        git.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        git
    }
}

fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("/"))
}

/// Reads both ends, each on a thread; they end with the pipes.
fn listen(child: &mut Child, to: SyncSender<Piece>) {
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let lines = to.clone();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What came before an error is what there is.
        drop(out.map(|o| o.take(MAX_OUT).read_to_end(&mut bytes)));
        drop(to.send(Piece::Out(bytes)));
    });
    thread::spawn(move || {
        let mut err =
            BufReader::new(err.into_iter().fold(Box::new(std::io::empty()) as Box<dyn Read>, |_, e| Box::new(e)));
        let mut line = Vec::new();
        while matches!((&mut err).take(MAX_LINE).read_until(b'\n', &mut line), Ok(1..)) {
            // Progress comes as one line that is written over; its newest state stands last.
            let text = String::from_utf8_lossy(&line);
            let newest = text.trim_end().rsplit('\r').find(|p| !p.trim().is_empty()).unwrap_or_default();
            let shown = Shown::line(newest.trim());
            if !shown.as_str().is_empty() && lines.send(Piece::Line(shown.as_str().to_owned())).is_err() {
                return;
            }
            line.clear();
        }
    });
}

/// Ends it with all it started; the words for it.
fn late(child: &mut Child, limit: Duration) -> String {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // It may have ended by itself just now.
        let _ = kill_process_group(group, Signal::KILL);
    }
    drop(child.wait());
    format!("git did not end within {} s and was ended", limit.as_secs())
}

#[cfg(test)]
mod tests {
    use super::Git;
    use std::ffi::OsStr;
    use std::time::Duration;

    #[test]
    fn a_call_that_hangs_is_ended_with_all_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let git = Git { repository: folder.path().join("none"), settings: folder.path().join("settings") };
        let args = ["-c", "alias.hang=!sleep 4713 & sleep 4713", "hang"].map(OsStr::new);
        match git.call(&args, Duration::from_millis(500), &mut |_| {}) {
            Err(why) if why.contains("install git") => eprintln!("SKIPPED: git is not installed"),
            said => assert!(said.as_ref().is_err_and(|why| why.contains("did not end within")), "{said:?}"),
        }
        let alive = || {
            let all = std::fs::read_dir("/proc").unwrap().flatten();
            all.filter_map(|p| std::fs::read(p.path().join("cmdline")).ok()).any(|c| c == b"sleep\x004713\0")
        };
        assert!(
            (0..200).any(|_| !alive() || {
                std::thread::yield_now();
                false
            }),
            "something of it lives on"
        );
    }
}
