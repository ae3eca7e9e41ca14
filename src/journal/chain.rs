//! The hash chain: SHA-256 over raw line bytes, and where a chain stands.
//! Must not know of JSON and files.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::domain::id::WriterId;
use crate::domain::time::At;

/// SHA-256 of a line's raw bytes, its newline included.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; 32]);

impl Hash {
    /// What stands in `prev` of the first line of a chain.
    pub const ZERO: Self = Self([0; 32]);

    /// Of these bytes.
    #[must_use]
    pub fn of(raw: &[u8]) -> Self {
        Self(Sha256::digest(raw).into())
    }

    /// Of 64 lower-case hex digits; `None` otherwise.
    #[must_use]
    pub fn parse(hex: &str) -> Option<Self> {
        let digits = hex.as_bytes();
        if digits.len() != 64 {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
        }
        Some(Self(bytes))
    }
}

const fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

/// The last known line of somebody's chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Whose chain.
    pub writer: WriterId,
    /// Which line, from 0.
    pub seq: u64,
    /// Its recorded time.
    pub at: At,
    /// Its hash.
    pub hash: Hash,
}
