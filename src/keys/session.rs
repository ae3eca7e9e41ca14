//! Session keys: they sign the lines of a log, so that no touch and no prompt ever holds up the chain. A person's own key
//! vouches for each, once, and for half a day at most. Must not know where they are kept.

use std::fmt;

use ring::rand::SecureRandom;
use ring::rand::SystemRandom;
use ring::signature::Ed25519KeyPair;
use ring::signature::KeyPair;

use crate::keys::key::Key;
use crate::keys::key::Parts;
use crate::keys::kind::KeyKind;
use crate::keys::sshsig;
use crate::keys::wire::put_string;

/// The system has no randomness to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system gave no random numbers, so that no session key could be made; lines stay unsigned")]
pub struct NoRandomness;

/// A session's key pair. It shows only its public half.
pub struct SessionKey {
    seed: [u8; 32],
    pair: Ed25519KeyPair,
    key: Key,
}

impl SessionKey {
    /// A new one, from the system's randomness.
    ///
    /// # Errors
    /// The system has none.
    pub fn generate() -> Result<Self, NoRandomness> {
        let mut seed = [0; 32];
        SystemRandom::new().fill(&mut seed).map_err(|_| NoRandomness)?;
        Self::from_seed(seed)
    }

    /// The one of this seed. For drills and tests, where nothing is left to chance, and for what was kept.
    ///
    /// # Errors
    /// Never for 32 bytes; the library's type says it could.
    pub fn from_seed(seed: [u8; 32]) -> Result<Self, NoRandomness> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| NoRandomness)?;
        let point = pair.public_key().as_ref().to_vec();
        let key = Key::of(KeyKind::Ed25519, Parts::Point { point, application: None });
        Ok(Self { seed, pair, key })
    }

    /// The public half.
    #[must_use]
    pub const fn key(&self) -> &Key {
        &self.key
    }

    /// SSHSIG over `bytes`, as one line of base64. Always the same for the same bytes.
    #[must_use]
    pub fn sign(&self, namespace: &str, bytes: &[u8]) -> String {
        let mut made = Vec::with_capacity(96);
        put_string(&mut made, KeyKind::Ed25519.as_str().as_bytes());
        put_string(&mut made, self.pair.sign(&sshsig::to_sign(namespace, bytes)).as_ref());
        sshsig::envelope(&self.key, namespace, &made)
    }

    /// The secret half, to be kept in state only.
    pub(super) const fn seed(&self) -> &[u8; 32] {
        &self.seed
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionKey({})", self.key)
    }
}
