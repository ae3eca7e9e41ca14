//! `SHA256SUMS` as `sha256sum -c` reads it: 64 hex digits, two spaces, a name. And a reader that sums what passes through it.
//! Must not know what the files are.

use std::collections::BTreeMap;
use std::io::{self, Read};

use sha2::{Digest, Sha256};

use crate::share::outputs::is_hash;

/// The list as text, in the order of names.
pub(super) fn write(sums: &BTreeMap<String, String>) -> String {
    sums.iter().map(|(name, sum)| format!("{sum}  {name}\n")).collect()
}

/// The list from text: name to sum.
pub(super) fn read(text: &str) -> Result<BTreeMap<String, String>, String> {
    let mut sums = BTreeMap::new();
    for (i, line) in text.lines().enumerate() {
        let wrong = || format!("line {} of SHA256SUMS is not a sum, two spaces and a name", i + 1);
        let (sum, name) = line.split_once("  ").ok_or_else(wrong)?;
        if !is_hash(sum) || name.is_empty() {
            return Err(wrong());
        }
        if sums.insert(name.to_owned(), sum.to_owned()).is_some() {
            return Err(format!("line {} of SHA256SUMS names `{}` a second time", i + 1, name.escape_debug()));
        }
    }
    Ok(sums)
}

/// Passes bytes on and sums them.
pub(super) struct Summed<R> {
    from: R,
    sum: Sha256,
}

impl<R: Read> Summed<R> {
    pub(super) fn new(from: R) -> Self {
        Self { from, sum: Sha256::new() }
    }

    /// The sum of all that passed, in hex.
    pub(super) fn hex(self) -> String {
        self.sum.finalize().iter().map(|b| format!("{b:02x}")).collect()
    }
}

impl<R: Read> Read for Summed<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.from.read(buf)?;
        self.sum.update(buf.get(..n).unwrap_or_default());
        Ok(n)
    }
}
