//! The real binary in a home of its own, with a clock that stands where the test puts it and nobody's environment.
#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail there")]

use std::path::Path;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;

/// A home that is deleted with the test, and the person who acts in it.
pub struct Warroom {
    home: tempfile::TempDir,
}

/// What a call gave.
#[derive(Debug)]
pub struct Said {
    /// Exit code; -1 when a signal ended it.
    pub code: i32,
    /// Results.
    pub out: String,
    /// Talk.
    pub err: String,
}

impl Warroom {
    /// An empty home.
    pub fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    /// The home folder.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Writes a file in the home, its folders included.
    pub fn write(&self, name: &str, text: &str) {
        let file = self.home().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }

    /// A call not yet made.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_warroom"));
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("WARROOM_HOME", self.home()).env("WARROOM_ACTOR", "alice");
        command.env("WARROOM_CLOCK", "2026-11-21T03:00:00Z").env("HOME", self.home());
        command.args(args).stdin(Stdio::null());
        command
    }

    /// Calls it and waits.
    pub fn run(&self, args: &[&str]) -> Said {
        Said::from(self.command(args).output().unwrap())
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}
