//! How somebody names a validator of theirs on Ethereum: by its index, or by its public key. Must not know who asks for it.

use std::fmt;

/// Hexadecimal digits of a BLS public key.
const KEY_DIGITS: usize = 96;

/// One own validator as the configuration names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ValidatorName {
    /// Its index in the registry.
    Index(u64),
    /// Its public key, `0x` and 96 digits in lower case.
    Key(String),
}

impl ValidatorName {
    /// Reads `1043` or `0x93247f2209abcacf57b75a51dafae777f9dd38bc7053d1af526f220a7489a6d3a2753e5f3e8b1cfe39b56f43611df74a`.
    ///
    /// # Errors
    /// What it is instead, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let Some(digits) = text.strip_prefix("0x") else {
            let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            let index = plain.then(|| text.parse().ok()).flatten();
            return index
                .map(Self::Index)
                .ok_or_else(|| format!("`{text}` is neither an index nor a key that begins with 0x"));
        };
        let given = digits.chars().count();
        if given != KEY_DIGITS || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(format!(
                "a public key is 0x and {KEY_DIGITS} hexadecimal digits; this one has {given} characters after 0x"
            ));
        }
        Ok(Self::Key(text.to_ascii_lowercase()))
    }
}

impl fmt::Display for ValidatorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index(index) => write!(f, "{index}"),
            Self::Key(key) => f.write_str(&key[..key.len().min(10)]),
        }
    }
}
