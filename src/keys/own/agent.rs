//! The ssh-agent protocol (draft-ietf-sshm-ssh-agent): which keys an agent holds, and a signature by one of them.
//! Nothing it says is trusted: sizes are bounded, and whoever asks for a signature checks it.

use std::io::Read;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

use crate::keys::fault::KeyError;
use crate::keys::key::Key;
use crate::keys::kind::KeyKind;
use crate::keys::wire::Reader;
use crate::keys::wire::WireError;
use crate::keys::wire::put_string;

const REQUEST_IDENTITIES: u8 = 11;
const IDENTITIES: u8 = 12;
const SIGN_REQUEST: u8 = 13;
const SIGNED: u8 = 14;
/// For RSA keys: with SHA-512, not with SHA-1.
const RSA_SHA2_512: u32 = 4;

/// Longest message either way, as OpenSSH has it; a longer one is refused.
const MAX_MESSAGE: u32 = 256 * 1024;

/// Most identities that are looked at. sshd itself gives up after six of them.
const MAX_IDENTITIES: usize = 256;

/// Why an agent was of no use.
#[derive(Debug, Error)]
pub enum AgentError {
    /// Nobody listens there.
    #[error("no agent answers at {socket}: {why}")]
    Dead {
        /// Its socket.
        socket: PathBuf,
        /// The system's reason.
        why: std::io::Error,
    },
    /// It said no: locked, declined by its owner, not touched, or the key is gone.
    #[error("the agent refused (declined, not touched in time, locked, or the key is gone from it)")]
    Refused,
    /// It answered something else.
    #[error("the agent's answer cannot be read: {0}")]
    Answer(#[from] WireError),
    /// It answered with another message than the one that was due.
    #[error("the agent answered with message {0}, which is none that was asked for")]
    Message(u8),
}

/// A key that the agent holds.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The key, or why it cannot be used here (a certificate, an old kind).
    pub key: Result<Key, KeyError>,
    /// The agent's remark: usually the file it came from. A stranger's text.
    pub comment: String,
}

/// Where an agent listens. Nothing is open between two questions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    socket: PathBuf,
}

impl Agent {
    /// The agent behind this socket (`SSH_AUTH_SOCK`).
    #[must_use]
    pub fn at(socket: &Path) -> Self {
        Self { socket: socket.to_owned() }
    }

    /// Its socket.
    #[must_use]
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// What it holds.
    ///
    /// # Errors
    /// Nobody answers within `limit`, or nothing readable.
    pub fn identities(&self, limit: Duration) -> Result<Vec<Identity>, AgentError> {
        let answer = self.ask(&[REQUEST_IDENTITIES], IDENTITIES, limit)?;
        let mut reader = Reader::new(&answer);
        let count = usize::try_from(reader.number()?).unwrap_or(usize::MAX).min(MAX_IDENTITIES);
        let mut found = Vec::new();
        for _ in 0..count {
            let key = Key::from_blob(reader.string()?);
            let comment = String::from_utf8_lossy(reader.string()?).into_owned();
            found.push(Identity { key, comment });
        }
        Ok(found)
    }

    /// What the key makes of `data`: algorithm and signature, as SSHSIG carries them. The agent may ask its owner first.
    ///
    /// # Errors
    /// It refused, or did not answer within `limit`.
    pub fn sign(&self, key: &Key, data: &[u8], limit: Duration) -> Result<Vec<u8>, AgentError> {
        let mut request = vec![SIGN_REQUEST];
        put_string(&mut request, key.blob());
        put_string(&mut request, data);
        let flags = if key.kind() == KeyKind::Rsa { RSA_SHA2_512 } else { 0 };
        request.extend_from_slice(&flags.to_be_bytes());
        let answer = self.ask(&request, SIGNED, limit)?;
        let mut reader = Reader::new(&answer);
        let made = reader.string()?.to_vec();
        reader.end()?;
        Ok(made)
    }

    /// One question on a connection of its own, and the answer's body.
    fn ask(&self, request: &[u8], due: u8, limit: Duration) -> Result<Vec<u8>, AgentError> {
        let dead = |why| AgentError::Dead { socket: self.socket.clone(), why };
        let mut stream = UnixStream::connect(&self.socket).map_err(dead)?;
        stream.set_read_timeout(Some(limit)).map_err(dead)?;
        stream.set_write_timeout(Some(limit)).map_err(dead)?;
        let mut framed = Vec::with_capacity(request.len() + 4);
        put_string(&mut framed, request);
        stream.write_all(&framed).map_err(dead)?;
        let mut head = [0; 5];
        stream.read_exact(&mut head).map_err(dead)?;
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]);
        if length == 0 || length > MAX_MESSAGE {
            return Err(WireError::Cut.into());
        }
        let mut body = Vec::new();
        (&stream).take(u64::from(length) - 1).read_to_end(&mut body).map_err(dead)?;
        if body.len() + 1 != usize::try_from(length).unwrap_or(0) {
            return Err(WireError::Cut.into());
        }
        match head[4] {
            kind if kind == due => Ok(body),
            // SSH_AGENT_FAILURE, and what very old agents said instead.
            5 | 30 | 102 => Err(AgentError::Refused),
            other => Err(AgentError::Message(other)),
        }
    }
}
