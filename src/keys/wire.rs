//! The wire form of SSH (RFC 4251, section 5): counted strings and positive integers, read from untrusted bytes.
//! Must not know what they mean.

use thiserror::Error;

/// Why bytes are not in this form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum WireError {
    /// Fewer bytes than they promise.
    #[error("it is cut off")]
    Cut,
    /// A number that must be positive.
    #[error("a number in it is negative or written too long")]
    Number,
    /// A name that is no UTF-8, or holds a NUL.
    #[error("a name in it is not text")]
    Text,
    /// Something follows the end.
    #[error("bytes follow its end")]
    Trailing,
}

/// Reads from the front.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub fn take(&mut self, count: usize) -> Result<&'a [u8], WireError> {
        let (head, rest) = self.0.split_at_checked(count).ok_or(WireError::Cut)?;
        self.0 = rest;
        Ok(head)
    }

    pub fn byte(&mut self) -> Result<u8, WireError> {
        self.take(1).map(|b| b[0])
    }

    pub fn number(&mut self) -> Result<u32, WireError> {
        let bytes = self.take(4)?;
        Ok(u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    /// Counted bytes.
    pub fn string(&mut self) -> Result<&'a [u8], WireError> {
        let count = self.number()?;
        self.take(usize::try_from(count).map_err(|_| WireError::Cut)?)
    }

    /// Counted bytes that are a name. A NUL would end it early in programs written in C.
    pub fn text(&mut self) -> Result<&'a str, WireError> {
        let text = std::str::from_utf8(self.string()?).map_err(|_| WireError::Text)?;
        if text.contains('\0') { Err(WireError::Text) } else { Ok(text) }
    }

    /// A positive integer without its leading zeros, so that one number has one form; at most `max` bytes then.
    pub fn magnitude(&mut self, max: usize) -> Result<&'a [u8], WireError> {
        let bytes = self.string()?;
        if bytes.first().is_some_and(|b| b & 0x80 != 0) {
            return Err(WireError::Number);
        }
        let zeros = bytes.iter().take_while(|b| **b == 0).count();
        let bytes = &bytes[zeros..];
        // The stock tool allows one zero in front of the longest number, and no more.
        if bytes.len() > max || bytes.len() + zeros > max + 1 { Err(WireError::Number) } else { Ok(bytes) }
    }

    pub const fn end(self) -> Result<(), WireError> {
        if self.0.is_empty() { Ok(()) } else { Err(WireError::Trailing) }
    }
}

/// Appends counted bytes. Longer than 4 GiB cannot be written and is written as nothing: no caller comes near it.
pub(super) fn put_string(out: &mut Vec<u8>, bytes: &[u8]) {
    let Ok(count) = u32::try_from(bytes.len()) else {
        out.extend_from_slice(&[0; 4]);
        return;
    };
    out.extend_from_slice(&count.to_be_bytes());
    out.extend_from_slice(bytes);
}

/// Appends a positive integer that comes without leading zeros.
pub(super) fn put_magnitude(out: &mut Vec<u8>, bytes: &[u8]) {
    if bytes.first().is_some_and(|b| b & 0x80 != 0) {
        let mut padded = Vec::with_capacity(bytes.len() + 1);
        padded.push(0);
        padded.extend_from_slice(bytes);
        put_string(out, &padded);
    } else {
        put_string(out, bytes);
    }
}
