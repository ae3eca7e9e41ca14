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
        // What is no digit is remembered and looked at once, behind the loop: a branch for each of 64 digits costs more than the rest.
        let mut all = 0;
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let (high, low) = (NIBBLES[usize::from(pair[0])], NIBBLES[usize::from(pair[1])]);
            all |= high | low;
            *byte = high << 4 | low;
        }
        (all < 16).then_some(Self(bytes))
    }
}

/// The value of each lower-case hex digit; 255 for every other byte.
const NIBBLES: [u8; 256] = {
    let (mut table, mut i) = ([255; 256], 0);
    while i < 16 {
        table[DIGITS[i] as usize] = i as u8;
        i += 1;
    }
    table
};

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Every line that is written names one, so the digits are not formatted one by one.
        let mut digits = [0; 64];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(self.0) {
            pair.copy_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
        }
        f.write_str(std::str::from_utf8(&digits).unwrap_or_default())
    }
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

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
