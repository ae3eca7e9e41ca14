//! A key pair of ssh-keygen's own making, and signatures by it: what a peer without warroom has.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot set its stage must fail there")]

use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

use warroom::keys::Key;
use warroom::keys::sshsig::armoured;

/// A key on disk, gone with the test.
pub struct Signer {
    folder: tempfile::TempDir,
}

impl Signer {
    /// A new ed25519 key.
    pub fn new() -> Self {
        Self::of_kind("ed25519")
    }

    /// A new key of another kind.
    pub fn of_kind(kind: &str) -> Self {
        Self::made(&[kind])
    }

    /// A new ed25519 key behind a passphrase.
    pub fn encrypted(passphrase: &str) -> Self {
        let signer = Self::new();
        let mut change = Command::new("ssh-keygen");
        change.args(["-q", "-p", "-P", "", "-N", passphrase, "-f"]).arg(signer.file()).stdout(Stdio::null());
        assert!(change.status().unwrap().success());
        signer
    }

    /// A certificate over another's key, by this one; its file.
    pub fn certify(&self, other: &Self) -> PathBuf {
        let mut certify = Command::new("ssh-keygen");
        certify.args(["-q", "-I", "carol", "-n", "carol", "-s"]).arg(self.file());
        assert!(certify.arg(other.file().with_extension("pub")).status().unwrap().success());
        other.file().with_file_name("key-cert.pub")
    }

    /// A new key made by `ssh-keygen -t` and these words.
    pub fn made(how: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        let made = Command::new("ssh-keygen")
            .args(["-q", "-N", "", "-C", "test", "-t"])
            .args(how)
            .arg("-f")
            .arg(&file)
            .status();
        assert!(made.unwrap().success(), "ssh-keygen is needed (package openssh-client)");
        Self { folder }
    }

    /// The private key's file.
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("key")
    }

    /// The line of the .pub file.
    pub fn public(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("key.pub")).unwrap().trim().to_owned()
    }

    /// The signature of ssh-keygen over these bytes, without its armour.
    pub fn sign(&self, namespace: &str, bytes: &str) -> String {
        self.sign_as("key", namespace, bytes)
    }

    /// The same, with `ssh-keygen -f` on another file beside the key: a certificate.
    pub fn sign_as(&self, file: &str, namespace: &str, bytes: &str) -> String {
        let message = self.folder.path().join("message");
        std::fs::write(&message, bytes).unwrap();
        let sign = Command::new("ssh-keygen")
            .args(["-Y", "sign", "-q", "-n", namespace, "-f"])
            .arg(self.folder.path().join(file))
            .stdin(std::fs::File::open(&message).unwrap())
            .stderr(Stdio::null())
            .output();
        let armoured = String::from_utf8(sign.unwrap().stdout).unwrap();
        armoured.lines().filter(|l| !l.starts_with("-----")).collect()
    }
}

/// Whether the stock tool accepts a signature (bare base64) by `key`.
pub fn stock_accepts(key: &Key, sig: &str, purpose: &str, message: &[u8]) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let (allowed, file) = (folder.path().join("allowed"), folder.path().join("sig"));
    std::fs::write(&allowed, format!("alice {key}\n")).unwrap();
    std::fs::write(&file, armoured(sig)).unwrap();
    let mut child = Command::new("ssh-keygen")
        .args(["-Y", "verify", "-I", "alice", "-n", purpose, "-f"])
        .arg(&allowed)
        .arg("-s")
        .arg(&file)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("ssh-keygen is needed (package openssh-client)");
    // It may end before it has read everything.
    drop(child.stdin.take().unwrap().write_all(message));
    child.wait().unwrap().success()
}

/// `ssh-keygen -Y verify` with one file of allowed signers.
pub struct Stock {
    allowed: PathBuf,
    folder: tempfile::TempDir,
}

impl Stock {
    /// With this file.
    pub fn with(allowed: &std::path::Path) -> Self {
        Self { allowed: allowed.to_owned(), folder: tempfile::tempdir().unwrap() }
    }

    /// Whether it accepts a signature (bare base64) by `principal` for this purpose at this time (`2026-11-21T03:00:00Z`).
    pub fn accepts(&self, principal: &str, purpose: &str, time: &str, sig: &str, text: &str) -> Result<(), String> {
        let file = self.folder.path().join("sig");
        std::fs::write(&file, armoured(sig)).unwrap();
        let digits: String = time.chars().filter(char::is_ascii_digit).take(14).collect();
        let mut child = Command::new("ssh-keygen")
            .args(["-Y", "verify", "-I", principal, "-n", purpose, &format!("-Overify-time={digits}Z"), "-f"])
            .arg(&self.allowed)
            .arg("-s")
            .arg(&file)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("ssh-keygen is needed (package openssh-client)");
        drop(child.stdin.take().unwrap().write_all(text.as_bytes()));
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(()) } else { Err(format!("{principal}, {purpose}: {said}")) }
    }
}
