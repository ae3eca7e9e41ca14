//! `ssh-keygen -Y sign`: reaches every kind of key that OpenSSH reaches, hardware keys and smart cards too.
//! It never asks on the terminal that the console draws on.

use std::io::Read;
use std::io::Write;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;

use thiserror::Error;

use crate::keys::own::within::within;

/// Most that is read of either answer; a signature takes 2 KiB.
const MAX_ANSWER: u64 = 64 * 1024;

/// Why the tool did not sign.
#[derive(Debug, Error)]
pub enum KeygenError {
    /// It is not there.
    #[error("ssh-keygen cannot be run: {0}; install openssh-client")]
    Missing(std::io::Error),
    /// It said no.
    #[error("ssh-keygen did not sign: {0}")]
    Refused(String),
    /// It took too long and was ended.
    #[error("ssh-keygen did not answer within {} s", .0.as_secs())]
    Late(Duration),
}

/// Whether the tool is there at all.
pub(super) fn is_there() -> bool {
    // Without arguments that make sense it says how it is used, at once.
    let run =
        Command::new("ssh-keygen").arg("-Y").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    run.is_ok()
}

/// Has it sign `bytes` with the key in `file`; the armoured signature. `may_ask`: a passphrase may be asked for on the terminal.
pub(super) fn sign(
    file: &Path,
    namespace: &str,
    bytes: &[u8],
    may_ask: bool,
    limit: Duration,
) -> Result<String, KeygenError> {
    let mut command = Command::new("ssh-keygen");
    command.args(["-Y", "sign", "-q", "-n", namespace, "-f"]).arg(file);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // An agent that held the key would have been asked already; one that hangs must not be waited for a second time.
    command.env_remove("SSH_AUTH_SOCK");
    if !may_ask {
        // "force" keeps it off the terminal. A program to ask with that somebody set up for their desktop may do its work.
        command.env("SSH_ASKPASS_REQUIRE", "force");
        let desktop = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|v| std::env::var_os(v).is_some());
        if !(desktop && std::env::var_os("SSH_ASKPASS").is_some()) {
            command.env("SSH_ASKPASS", "false");
        }
    }
    let mut child = command.spawn().map_err(KeygenError::Missing)?;
    if let Some(mut stdin) = child.stdin.take() {
        // A tool that ended early says why itself.
        drop(stdin.write_all(bytes));
    }
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let read = within(limit, move || (text(out), text(err)));
    let Some((signature, said)) = read else {
        end(&mut child);
        return Err(KeygenError::Late(limit));
    };
    let status = child.wait().map_err(KeygenError::Missing)?;
    if status.success() { Ok(signature) } else { Err(KeygenError::Refused(reason(&said))) }
}

fn end(child: &mut Child) {
    // It may have ended by itself just now.
    drop(child.kill());
    drop(child.wait());
}

fn text(from: Option<impl Read>) -> String {
    let mut bytes = Vec::new();
    if let Some(from) = from {
        // What was read before an error is what there is to tell.
        drop(from.take(MAX_ANSWER).read_to_end(&mut bytes));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The tool's last words, without control characters; a wrong passphrase is one that nobody was asked for.
fn reason(said: &str) -> String {
    if said.contains("incorrect passphrase") {
        return "the key is encrypted, and nobody is asked for its passphrase here; put it into an agent with ssh-add"
            .to_owned();
    }
    let last = said.lines().rev().find(|l| !l.trim().is_empty()).unwrap_or("it gave no reason");
    last.chars().filter(|c| !c.is_control()).take(200).collect()
}
