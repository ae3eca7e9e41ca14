//! The envelope `{"status": {…}, "sig": "…"}`. The signature is over the raw bytes of the status object as they came,
//! never over something written anew.

use serde::Deserialize;
use serde_json::value::RawValue;

/// Largest document, envelope included: 64 KiB. A larger one is not read and is shown as oversized.
pub const MAX_DOCUMENT: usize = 64 * 1024;

/// A document as it came.
#[derive(Debug, Deserialize)]
pub struct Envelope<'a> {
    /// The status object, byte for byte.
    #[serde(borrow)]
    pub status: &'a RawValue,
    /// SSHSIG in base64; absent or empty: unsigned.
    #[serde(default)]
    pub sig: Option<String>,
}

impl<'a> Envelope<'a> {
    /// Reads the envelope.
    ///
    /// # Errors
    /// What is wrong, with line and column.
    pub fn read(bytes: &'a [u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(bytes).map_err(|_| "is not UTF-8 text".to_owned())?;
        if text.trim_start().starts_with('<') {
            return Err("is a web page, not a status document".to_owned());
        }
        serde_json::from_str(text)
            .map_err(|why| format!("is no status document {{\"status\": {{…}}, \"sig\": \"…\"}}: {why}"))
    }

    /// The signature, where there is one.
    #[must_use]
    pub fn signature(&self) -> Option<&str> {
        self.sig.as_deref().map(str::trim).filter(|s| !s.is_empty())
    }
}
