//! One own key, found: what it is, how it is reached, and signing with it. Every signature is checked before it is handed on.

use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

use crate::keys::fault::SigError;
use crate::keys::key::Key;
use crate::keys::own::agent::Agent;
use crate::keys::own::agent::AgentError;
use crate::keys::own::forwarded::Reach;
use crate::keys::own::key_file;
use crate::keys::own::key_file::FileError;
use crate::keys::own::keygen;
use crate::keys::own::keygen::KeygenError;
use crate::keys::own::within::within;
use crate::keys::sshsig;
use crate::keys::sshsig::Signer;

/// How the key is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Road {
    /// An agent holds it.
    Agent {
        /// Where it listens.
        agent: Agent,
        /// Whether it is on this machine.
        reach: Reach,
    },
    /// ssh-keygen signs with this file.
    Keygen(PathBuf),
    /// We sign with this file.
    File(PathBuf),
}

/// Somebody's own key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnKey {
    pub(super) key: Key,
    pub(super) road: Road,
    pub(super) may_ask: bool,
}

/// Why an own key did not sign.
#[derive(Debug, Error)]
pub enum SignError {
    /// The agent was of no use.
    #[error("{0}")]
    Agent(#[from] AgentError),
    /// The tool was of no use.
    #[error("{0}")]
    Keygen(#[from] KeygenError),
    /// The file was of no use.
    #[error("{0}")]
    File(#[from] FileError),
    /// Nobody touched, confirmed or answered.
    #[error("no answer within {} s: nobody touched or confirmed", .0.as_secs())]
    Late(Duration),
    /// It signed, but not this, or not with this key.
    #[error("what came back is no signature by this key: {0}")]
    Wrong(#[from] SigError),
    /// Another key signed.
    #[error("another key signed: {0}")]
    Other(String),
}

/// A signature and what it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// SSHSIG, one line of base64.
    pub sig: String,
    /// The key, and whether it was touched.
    pub signer: Signer,
}

impl OwnKey {
    /// A key that we sign with ourselves: unencrypted ed25519 only.
    #[must_use]
    pub const fn of_file(key: Key, file: PathBuf) -> Self {
        Self { key, road: Road::File(file), may_ask: false }
    }

    /// The public half.
    #[must_use]
    pub const fn key(&self) -> &Key {
        &self.key
    }

    /// How it is reached.
    #[must_use]
    pub const fn road(&self) -> &Road {
        &self.road
    }

    /// How it is reached, for people.
    #[must_use]
    pub fn road_words(&self) -> String {
        match &self.road {
            Road::Agent { reach, .. } => reach.words().to_owned(),
            Road::Keygen(file) => format!("ssh-keygen with {}", file.display()),
            Road::File(file) => format!("the file {}", file.display()),
        }
    }

    /// What its owner may have to do while it signs.
    #[must_use]
    pub fn awaited(&self) -> &'static str {
        match &self.road {
            _ if self.key.kind().is_hardware() => "touch your hardware key",
            Road::Agent { .. } => "confirm it if your agent asks",
            Road::Keygen(_) | Road::File(_) => "signing",
        }
    }

    /// Signs `bytes` for this purpose, within `limit`. May wait for a person all that time: never call it where keys are read.
    ///
    /// # Errors
    /// Why there is no signature, in a sentence.
    pub fn sign(&self, namespace: &str, bytes: &[u8], limit: Duration) -> Result<Signed, SignError> {
        let text = match &self.road {
            Road::Agent { agent, .. } => {
                let (agent, key, data) = (agent.clone(), self.key.clone(), sshsig::to_sign(namespace, bytes));
                let made = within(limit, move || agent.sign(&key, &data, limit)).ok_or(SignError::Late(limit))?;
                sshsig::envelope(&self.key, namespace, &made.map_err(|why| late(why, limit))?)
            }
            Road::Keygen(file) => keygen::sign(file, namespace, bytes, self.may_ask, limit)?,
            Road::File(file) => key_file::private(file)?.sign(namespace, bytes),
        };
        let signer = sshsig::verify(&text, namespace, bytes)?;
        if signer.key != self.key {
            return Err(SignError::Other(signer.key.fingerprint()));
        }
        Ok(Signed { sig: sshsig::bare(&text)?.into_owned(), signer })
    }
}

/// A socket that ran out of time is a person who did not answer.
fn late(why: AgentError, limit: Duration) -> SignError {
    use std::io::ErrorKind;
    match why {
        AgentError::Dead { why, .. } if matches!(why.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
            SignError::Late(limit)
        }
        other => SignError::Agent(other),
    }
}
