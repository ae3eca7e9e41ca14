//! A line's signature and a statement's: put on when a line gets its place, taken off and checked when it is read.
//! Must not know whose keys they are, nor whether they may sign: the incident's trust says that.

use std::path::Path;

use crate::domain::entry::{KeyLine, Proof, Seal};
use crate::domain::event::{ChainEvent, Event, RunEvent};
use crate::journal::fault::Fault;
use crate::journal::limits::LINE_MAX;
use crate::keys::namespace;
use crate::keys::sshsig;
use crate::keys::{KeyKind, SessionKey, Signature};

/// What signs lines. It must answer at once, with no touch and no prompt: the chain waits for it.
pub trait LineSigner: Send + Sync {
    /// Its key, `ssh-ed25519 AAAA…`.
    fn key(&self) -> KeyLine;

    /// SSHSIG in base64 over the line as it stands without signature and newline, namespace `warroom-log@v1`.
    fn sign(&self, body: &[u8]) -> String;
}

impl LineSigner for SessionKey {
    fn key(&self) -> KeyLine {
        self.key().line().clone()
    }

    fn sign(&self, body: &[u8]) -> String {
        Self::sign(self, namespace::LOG, body)
    }
}

const BEFORE: &str = ",\"sig\":\"";
const AFTER: &str = "\"}";

/// A line (its newline included) with its signature as the last key. A line that would grow over the limit stays as it is;
/// what a new entry may hold leaves room for a signature.
#[must_use]
pub fn sign_line(line: &str, signer: &dyn LineSigner) -> Option<String> {
    let body = line.strip_suffix('\n')?;
    let open = body.strip_suffix('}')?;
    let sig = signer.sign(body.as_bytes());
    let signed = format!("{open}{BEFORE}{sig}{AFTER}\n");
    (signed.len() <= LINE_MAX).then_some(signed)
}

/// What was signed of a raw line (the line without `,"sig":"…"` and newline), and the signature. `None` when that is not the line's
/// last key, or is not written plainly.
fn parts(raw: &[u8]) -> Option<(Vec<u8>, &str)> {
    let body = raw.strip_suffix(b"\n").unwrap_or(raw);
    let open = body.strip_suffix(AFTER.as_bytes())?;
    let base64 = |b: &u8| b.is_ascii_alphanumeric() || b"+/=".contains(b);
    let digits = open.iter().rev().take_while(|b| base64(b)).count();
    let (rest, sig) = open.split_at(open.len() - digits);
    let rest = rest.strip_suffix(BEFORE.as_bytes())?;
    Some(([rest, b"}"].concat(), std::str::from_utf8(sig).ok()?))
}

/// Looks at the signature of a raw line that carries one.
pub(super) fn check(raw: &[u8]) -> Seal {
    let signer = parts(raw).and_then(|(body, sig)| sshsig::verify(sig, namespace::LOG, &body).ok());
    signer.map_or(Seal::Bad, |signer| Seal::Good(signer.key.line().clone()))
}

/// What is wrong with a line whose signature does not fit.
pub(super) const BAD_SEAL: &str =
    "the line's signature does not fit it: the line was changed, or the signature was made for another one";

/// The fault of such a line.
pub(super) fn bad_seal(file: &Path, seq: u64) -> Fault {
    let mend = "it has no effect; compare with a colleague's copy, and ask its writer";
    Fault { file: file.to_owned(), line: seq + 1, what: BAD_SEAL.to_owned(), mend: mend.to_owned() }
}

/// The key that a line's signature names, without looking whether it fits: for lines that were looked at before.
/// A chain names the same key line after line, so the last one is kept.
#[derive(Default)]
pub(super) struct Claimed {
    last: Option<(Vec<u8>, KeyLine)>,
}

/// Characters of base64 that hold all of an ed25519 key in a signature: 6 bytes of magic, 4 of version, 4 of length, 51 of key.
const KEY_ENDS: usize = 88;

impl Claimed {
    pub(super) fn read(&mut self, raw: &[u8]) -> Seal {
        let Some((_, sig)) = parts(raw) else { return Seal::Bad };
        let start = sig.as_bytes().get(..KEY_ENDS);
        if let (Some((known, key)), Some(start)) = (&self.last, start)
            && known == start
        {
            return Seal::Good(key.clone());
        }
        let Ok(signature) = Signature::parse(sig) else { return Seal::Bad };
        let key = signature.key().line().clone();
        self.last = start.filter(|_| signature.key().kind() == KeyKind::Ed25519).map(|s| (s.to_vec(), key.clone()));
        Seal::Good(key)
    }
}

/// Statement and signature of an event that carries them.
pub(super) fn statement_of(event: &Event) -> Option<(&str, &str)> {
    match event {
        Event::Chain(ChainEvent::Delegated(e)) => Some((&e.statement, &e.sig)),
        Event::Chain(ChainEvent::Checkpoint(e)) => Some((&e.statement, &e.sig)),
        Event::Run(RunEvent::Approved(e)) if !e.statement.is_empty() => Some((&e.statement, &e.sig)),
        _ => None,
    }
}

/// Which key signed the statement that an event carries, if the signature fits.
pub(super) fn proof_of(event: &Event) -> Option<Proof> {
    let (statement, sig) = statement_of(event)?;
    let signer = sshsig::verify(sig, namespace::STATEMENT, statement.as_bytes()).ok()?;
    Some(Proof { key: signer.key.line().clone(), touched: signer.touched })
}

/// The same for what an incident's trust is made of. Checkpoints, of which a long incident has a thousand, are left to whoever
/// compares heads: a verb that reads a log must not pay for them.
pub(super) fn proof_at_reading(event: &Event) -> Option<Proof> {
    match event {
        Event::Chain(ChainEvent::Checkpoint(_)) => None,
        other => proof_of(other),
    }
}
