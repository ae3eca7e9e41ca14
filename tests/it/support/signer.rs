//! A key pair of ssh-keygen's own making, and signatures by it: what a peer without warroom has.
#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail there")]

use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

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
