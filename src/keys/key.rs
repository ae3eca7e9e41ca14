//! OpenSSH public keys as people paste them. One key has one form, so that two spellings of one key never count twice.
//! Must not know whose they are.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use ring::digest;

use crate::keys::fault::KeyError;
use crate::keys::kind::KeyKind;
use crate::keys::wire::Reader;
use crate::keys::wire::WireError;
use crate::keys::wire::put_magnitude;
use crate::keys::wire::put_string;

/// Longest key line that is read: an RSA key of 8,192 bits takes 1.5 KiB. A longer one is refused.
const MAX_LINE: usize = 4 * 1024;

/// Longest name of a hardware key's application ("ssh:" where nobody chose another). A longer one is refused.
const MAX_APPLICATION: usize = 256;

/// RSA keys below this are refused: NIST SP 800-131A calls shorter ones disallowed since 2014.
const RSA_MIN_BITS: usize = 2048;

/// RSA keys above this are refused: nobody makes them, and each check of one costs more than a millisecond.
const RSA_MAX_BITS: usize = 8192;

/// Longest public exponent, in bytes: the library checks up to 2^33. Everybody uses 65537.
const RSA_MAX_EXPONENT: usize = 4;

/// A public key, checked. Cheap to clone; two are equal when they are the same key.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Arc<Whole>);

#[derive(PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Whole {
    line: Arc<str>,
    kind: KeyKind,
    blob: Vec<u8>,
    parts: Parts,
}

/// What the algorithms ask for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Parts {
    Point { point: Vec<u8>, application: Option<Vec<u8>> },
    Rsa { exponent: Vec<u8>, modulus: Vec<u8> },
}

impl Key {
    /// Reads a line of a .pub file; the comment is left out.
    ///
    /// # Errors
    /// It is no public key, or one that is not accepted; in a sentence.
    pub fn parse(line: &str) -> Result<Self, KeyError> {
        let line = line.trim();
        if line.contains("PRIVATE KEY") {
            return Err(KeyError::Private);
        }
        if line.len() > MAX_LINE || line.lines().count() != 1 {
            return Err(KeyError::Line);
        }
        let mut words = line.split_ascii_whitespace();
        let (Some(name), Some(data)) = (words.next(), words.next()) else {
            return Err(KeyError::Form("the second word, AAAA…, is missing"));
        };
        let blob = STANDARD.decode(data);
        // Options before a key (`restrict ssh-ed25519 …`) belong into other files.
        let blob = blob.map_err(|_| KeyError::Form("the second word is not whole base64"))?;
        let key = Self::from_blob(&blob)?;
        if key.kind().as_str() != name {
            return Err(KeyError::Form("its first word is not the kind that the second one holds"));
        }
        Ok(key)
    }

    /// Reads the bytes behind `AAAA…`, as agents and signatures carry them.
    ///
    /// # Errors
    /// They are no public key, or one that is not accepted; in a sentence.
    pub fn from_blob(blob: &[u8]) -> Result<Self, KeyError> {
        let mut reader = Reader::new(blob);
        let name = reader.text()?;
        if name.contains("-cert-v") {
            return Err(KeyError::Certificate(name.escape_debug().to_string()));
        }
        let kind = KeyKind::named(name).ok_or_else(|| KeyError::Kind(shortened(name)))?;
        let parts = match kind {
            KeyKind::Rsa => rsa(&mut reader)?,
            _ => point(&mut reader, kind)?,
        };
        reader.end()?;
        Ok(Self::of(kind, parts))
    }

    /// From its parts, in the one form it has.
    pub(super) fn of(kind: KeyKind, parts: Parts) -> Self {
        let mut blob = Vec::new();
        put_string(&mut blob, kind.as_str().as_bytes());
        match &parts {
            Parts::Rsa { exponent, modulus } => {
                put_magnitude(&mut blob, exponent);
                put_magnitude(&mut blob, modulus);
            }
            Parts::Point { point, application } => {
                if !kind.curve().is_empty() {
                    put_string(&mut blob, kind.curve().as_bytes());
                }
                put_string(&mut blob, point);
                if let Some(application) = application {
                    put_string(&mut blob, application);
                }
            }
        }
        let line = format!("{} {}", kind.as_str(), STANDARD.encode(&blob)).into();
        Self(Arc::new(Whole { line, kind, blob, parts }))
    }

    /// `ssh-ed25519 AAAA…`, without a comment.
    #[must_use]
    pub fn line(&self) -> &Arc<str> {
        &self.0.line
    }

    /// Its short name, `SHA256:…`, as `ssh-keygen -l` and `ssh-add -l` show it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let hash = digest::digest(&digest::SHA256, &self.0.blob);
        format!("SHA256:{}", STANDARD_NO_PAD.encode(hash))
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.0.kind
    }

    /// Its bytes on the wire.
    #[must_use]
    pub fn blob(&self) -> &[u8] {
        &self.0.blob
    }

    pub(super) fn parts(&self) -> &Parts {
        &self.0.parts
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.line)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.0.line)
    }
}

/// A stranger's word of bounded length, drawable.
pub(super) fn shortened(word: &str) -> String {
    word.chars().take(64).flat_map(char::escape_debug).collect()
}

fn rsa(reader: &mut Reader<'_>) -> Result<Parts, KeyError> {
    let exponent = reader.magnitude(RSA_MAX_BITS / 8)?;
    // Twice the limit is read, so that a key that is too long can be told from one that is broken.
    let modulus = reader.magnitude(RSA_MAX_BITS / 4)?;
    let bits = modulus.len() * 8 - modulus.first().map_or(0, |b| b.leading_zeros() as usize);
    if !(RSA_MIN_BITS..=RSA_MAX_BITS).contains(&bits) {
        return Err(KeyError::Rsa(format!("it has {bits} bits; {RSA_MIN_BITS} to {RSA_MAX_BITS} are accepted")));
    }
    let odd = |number: &[u8]| number.last().is_some_and(|b| b & 1 == 1);
    if exponent.len() > RSA_MAX_EXPONENT || !odd(exponent) || exponent == [1] {
        return Err(KeyError::Rsa("its exponent is even, 1, or above 2^32".to_owned()));
    }
    if !odd(modulus) {
        return Err(KeyError::Rsa("its modulus is even".to_owned()));
    }
    Ok(Parts::Rsa { exponent: exponent.to_vec(), modulus: modulus.to_vec() })
}

/// An elliptic curve's point, and the application of a hardware key.
fn point(reader: &mut Reader<'_>, kind: KeyKind) -> Result<Parts, KeyError> {
    let wire = |fits: bool| if fits { Ok(()) } else { Err(KeyError::Form("its point does not fit its kind")) };
    let point = if kind.curve().is_empty() {
        let point = reader.string()?;
        wire(point.len() == kind.field())?;
        point
    } else {
        wire(reader.text()? == kind.curve())?;
        let point = reader.string()?;
        // Uncompressed, which is all that OpenSSH writes and reads; whether it lies on its curve is checked with each signature.
        wire(point.len() == 2 * kind.field() + 1 && point[0] == 4)?;
        point
    };
    let application = if kind.is_hardware() {
        let application = reader.text()?;
        if application.len() > MAX_APPLICATION {
            return Err(WireError::Text.into());
        }
        Some(application.as_bytes().to_vec())
    } else {
        None
    };
    Ok(Parts::Point { point: point.to_vec(), application })
}
