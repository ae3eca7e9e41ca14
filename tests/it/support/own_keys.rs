//! Own keys for tests: hardware keys played in software (PROTOCOL.u2f), an agent that holds them and misbehaves when told to,
//! and the real ssh-agent.

use std::io::Read;
use std::io::Write;
use std::os::unix::net::UnixListener;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use ring::digest;
use ring::rand::SystemRandom;
use ring::signature::ECDSA_P256_SHA256_FIXED_SIGNING;
use ring::signature::EcdsaKeyPair;
use ring::signature::Ed25519KeyPair;
use ring::signature::KeyPair;
use warroom::keys::Key;

use crate::support::live::wait_for;

/// Counted bytes, as SSH has them.
pub fn string(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&u32::try_from(bytes.len()).unwrap().to_be_bytes());
    out.extend_from_slice(bytes);
}

/// Takes counted bytes off the front.
fn take<'a>(from: &mut &'a [u8]) -> &'a [u8] {
    let (head, rest) = from.split_at(4);
    let (body, rest) = rest.split_at(u32::from_be_bytes(head.try_into().unwrap()) as usize);
    *from = rest;
    body
}

/// A hardware key, in software.
pub enum HardwareKey {
    Ed25519(Ed25519KeyPair),
    Ecdsa(Box<EcdsaKeyPair>),
}

const APPLICATION: &[u8] = b"ssh:";
pub const TOUCHED: u8 = 1;
pub const PIN: u8 = 4;

impl HardwareKey {
    pub fn ed25519() -> Self {
        Self::Ed25519(Ed25519KeyPair::from_seed_unchecked(&[9; 32]).unwrap())
    }

    pub fn ecdsa() -> Self {
        let (how, chance) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
        let made = EcdsaKeyPair::generate_pkcs8(how, &chance).unwrap();
        Self::Ecdsa(Box::new(EcdsaKeyPair::from_pkcs8(how, made.as_ref(), &chance).unwrap()))
    }

    fn name(&self) -> &'static [u8] {
        match self {
            Self::Ed25519(_) => b"sk-ssh-ed25519@openssh.com",
            Self::Ecdsa(_) => b"sk-ecdsa-sha2-nistp256@openssh.com",
        }
    }

    pub fn key(&self) -> Key {
        let mut blob = Vec::new();
        string(&mut blob, self.name());
        match self {
            Self::Ed25519(pair) => string(&mut blob, pair.public_key().as_ref()),
            Self::Ecdsa(pair) => {
                string(&mut blob, b"nistp256");
                string(&mut blob, pair.public_key().as_ref());
            }
        }
        string(&mut blob, APPLICATION);
        Key::from_blob(&blob).unwrap()
    }

    /// What it makes of `data`, with these flags: algorithm, signature, flags, counter.
    pub fn make(&self, data: &[u8], flags: u8) -> Vec<u8> {
        let mut message = digest::digest(&digest::SHA256, APPLICATION).as_ref().to_vec();
        message.push(flags);
        message.extend_from_slice(&42_u32.to_be_bytes());
        message.extend_from_slice(digest::digest(&digest::SHA256, data).as_ref());
        let signature = match self {
            Self::Ed25519(pair) => pair.sign(&message).as_ref().to_vec(),
            Self::Ecdsa(pair) => numbers(pair.sign(&SystemRandom::new(), &message).unwrap().as_ref()),
        };
        let mut made = Vec::new();
        string(&mut made, self.name());
        string(&mut made, &signature);
        made.push(flags);
        made.extend_from_slice(&42_u32.to_be_bytes());
        made
    }
}

/// The two halves as positive integers.
fn numbers(fixed: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for half in fixed.chunks(fixed.len() / 2) {
        let bare: Vec<u8> = half.iter().copied().skip_while(|b| *b == 0).collect();
        let sign = bare.first().is_some_and(|b| b & 0x80 != 0);
        string(&mut out, &[vec![0; usize::from(sign)], bare].concat());
    }
    out
}

/// How a played agent answers a request to sign.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    Touched,
    Untouched,
    TouchedWithPin,
    Refuses,
    Hangs,
    SignsSomethingElse,
}

/// A played agent with one hardware key; it lives as long as the test's process.
pub struct PlayedAgent {
    folder: tempfile::TempDir,
    asked: Arc<AtomicUsize>,
}

impl PlayedAgent {
    pub fn new(hardware: HardwareKey, manner: Manner) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join("agent")).unwrap();
        let asked: Arc<AtomicUsize> = Arc::default();
        let count = Arc::clone(&asked);
        std::thread::spawn(move || {
            std::thread::scope(|scope| {
                for stream in listener.incoming().flatten() {
                    scope.spawn(|| serve(stream, &hardware, manner, &count));
                }
            });
        });
        Self { folder, asked }
    }

    /// How often it was asked to sign.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("agent")
    }
}

fn serve(mut stream: UnixStream, hardware: &HardwareKey, manner: Manner, asked: &AtomicUsize) {
    loop {
        let mut head = [0; 4];
        if stream.read_exact(&mut head).is_err() {
            return;
        }
        let mut request = vec![0; u32::from_be_bytes(head) as usize];
        stream.read_exact(&mut request).unwrap();
        let mut answer = Vec::new();
        match request[0] {
            11 => {
                answer.extend_from_slice(&[12, 0, 0, 0, 1]);
                string(&mut answer, hardware.key().blob());
                string(&mut answer, b"played\x1b[31m");
            }
            13 => {
                asked.fetch_add(1, Ordering::SeqCst);
                let mut rest = &request[1..];
                assert_eq!(take(&mut rest), hardware.key().blob());
                let data = take(&mut rest);
                let make = |data: &[u8], flags| [&[14][..], &counted(&hardware.make(data, flags))].concat();
                answer = match manner {
                    Manner::Touched => make(data, TOUCHED),
                    Manner::Untouched => make(data, 0),
                    Manner::TouchedWithPin => make(data, TOUCHED | PIN),
                    Manner::SignsSomethingElse => make(b"a cheque", TOUCHED),
                    Manner::Refuses => vec![5],
                    // It reads on, and never answers.
                    Manner::Hangs => continue,
                };
            }
            _ => answer.push(5),
        }
        stream.write_all(&counted(&answer)).unwrap();
    }
}

fn counted(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    string(&mut out, bytes);
    out
}

/// The real ssh-agent, ended with the test.
pub struct StockAgent {
    folder: tempfile::TempDir,
    child: Child,
}

impl StockAgent {
    /// With these keys' files. `confirm`: the program that is asked before each use (`ssh-add -c`).
    pub fn with(files: &[PathBuf], confirm: Option<&Path>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("ssh-agent");
        command.arg("-D").arg("-a").arg(folder.path().join("agent")).stdout(Stdio::null());
        if let Some(asks) = confirm {
            command.env("SSH_ASKPASS", asks).env("DISPLAY", ":none").env("SSH_ASKPASS_REQUIRE", "force");
        }
        let child = command.spawn().expect("ssh-agent is needed (package openssh-client)");
        let agent = Self { folder, child };
        wait_for("the agent's socket", Duration::from_secs(10), || agent.socket().exists().then_some(()));
        for file in files {
            let mut add = Command::new("ssh-add");
            add.arg("-q")
                .args(confirm.map(|_| "-c"))
                .arg(file)
                .env("SSH_AUTH_SOCK", agent.socket())
                .stderr(Stdio::null());
            assert!(add.status().unwrap().success(), "ssh-add {}", file.display());
        }
        agent
    }

    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("agent")
    }
}

impl Drop for StockAgent {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
