//! What slashing guards look at on this host: signing states, units, key files. Judgement is `runbook::guard`'s.
//! Reads only; must not stop, start or move anything.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::runbook::guard::{Family, MAX_STATE_BYTES, Proof, SigningState, Unit, read};

/// Reads a signer's file.
///
/// # Errors
/// File, what is wrong, how to mend it: such a file proves nothing.
pub fn state(family: Family, path: &Path) -> Result<SigningState, String> {
    let limit = u64::try_from(MAX_STATE_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|f| f.take(limit).read_to_end(&mut bytes))
        .map_err(|why| format!("{}: cannot be read: {why}", path.display()))?;
    read(family, &bytes).map_err(|why| format!("{}: {why}", path.display()))
}

/// Asks systemd about a unit of this host.
///
/// # Errors
/// When `systemctl` cannot be asked.
pub fn unit(name: &str) -> Result<Unit, String> {
    let ask = |question: &str| -> Result<String, String> {
        let mut systemctl = Command::new("systemctl");
        systemctl.args([question, "--", name]).stdin(Stdio::null()).stderr(Stdio::null());
        // Its exit code says "no" as well as "I do not know"; the word tells them apart.
        let answer = systemctl.output().map_err(|why| format!("systemctl cannot be asked about {name}: {why}"))?;
        Ok(String::from_utf8_lossy(&answer.stdout).trim().to_owned())
    };
    Ok(Unit { name: name.to_owned(), active: ask("is-active")?, enabled: ask("is-enabled")? })
}

/// Whether a key's file has been moved away: its folder is there, and it is not.
#[must_use]
pub fn key_moved(path: &Path) -> Proof {
    let mut proof = Proof::default();
    let shown = path.display();
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    match (path.symlink_metadata(), folder.is_dir()) {
        (Ok(_), _) => proof.fails(format!("the key {shown} is still there: move it away")),
        (Err(why), true) if why.kind() == std::io::ErrorKind::NotFound => {
            proof.holds(format!("no key at {shown}, where a misspelt name would not be either"));
        }
        (Err(_), false) => {
            proof.fails(format!("the folder of {shown} is not there: the wrong host or path; it proves nothing"));
        }
        (Err(why), true) => proof.fails(format!("{shown} cannot be looked at: {why}; it proves nothing")),
    }
    proof
}
