//! SSHSIG (OpenSSH's PROTOCOL.sshsig): what `ssh-keygen -Y sign` makes and `-Y verify` checks, read, checked and written.
//! Stricter than the stock tool in three things: no reserved bytes, RSA from 2,048 bits on, and the touch is told.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::digest;

use crate::keys::check;
use crate::keys::fault::SigError;
use crate::keys::key::Key;
use crate::keys::key::shortened;
use crate::keys::wire::Reader;
use crate::keys::wire::put_string;

const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----";
const END: &str = "-----END SSH SIGNATURE-----";

/// Columns of the armour's base64, as ssh-keygen writes it.
const COLUMNS: usize = 70;

/// What every signature and everything signed begins with.
const MAGIC: &[u8] = b"SSHSIG";

/// The one version there is.
const VERSION: u32 = 1;

/// Longest text that is read; one by an RSA key of 8,192 bits takes 3 KiB. A longer one is refused.
const MAX_TEXT: usize = 8 * 1024;

/// Which hash the message went through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hash {
    Sha256,
    Sha512,
}

/// A signature, read and not yet checked.
#[derive(Clone, Debug)]
pub struct Signature {
    key: Key,
    namespace: String,
    hash: Hash,
    made: Vec<u8>,
}

/// Who signed, and what a hardware key says about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    /// The key.
    pub key: Key,
    /// Somebody touched the hardware key; `None` for a key that cannot tell. Stock tools do not ask.
    pub touched: Option<bool>,
    /// And gave a PIN or a finger.
    pub pin: Option<bool>,
    /// The hardware key's count of signatures.
    pub counter: Option<u32>,
}

impl Signature {
    /// Reads base64, bare (as logs and envelopes carry it) or in its armour.
    ///
    /// # Errors
    /// It is no signature, or one by a key or in a way that is not accepted; in a sentence.
    pub fn parse(text: &str) -> Result<Self, SigError> {
        if text.len() > MAX_TEXT {
            return Err(SigError::Form("it is longer than 8 KiB"));
        }
        let bytes = STANDARD.decode(&*bare(text)?).map_err(|_| SigError::Form("it is not whole base64"))?;
        Self::from_bytes(&bytes)
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, SigError> {
        let mut reader = Reader::new(bytes);
        if reader.take(MAGIC.len()) != Ok(MAGIC) {
            return Err(SigError::Form("it does not begin with SSHSIG"));
        }
        let version = reader.number()?;
        if version != VERSION {
            return Err(SigError::Version(version));
        }
        let key = reader.string()?;
        let namespace = reader.text()?;
        let reserved = reader.string()?;
        let hash = reader.text()?;
        let made = reader.string()?;
        reader.end()?;
        if namespace.is_empty() {
            return Err(SigError::NoNamespace);
        }
        if !reserved.is_empty() {
            return Err(SigError::Reserved(reserved.len()));
        }
        let hash = match hash {
            "sha256" => Hash::Sha256,
            "sha512" => Hash::Sha512,
            other => return Err(SigError::Hash(shortened(other))),
        };
        Ok(Self { key: Key::from_blob(key)?, namespace: namespace.to_owned(), hash, made: made.to_vec() })
    }

    /// The key that it says it is by; believed only after [`Self::verify`].
    #[must_use]
    pub const fn key(&self) -> &Key {
        &self.key
    }

    /// Whether its key signed exactly these bytes for this purpose. Whose key that is, and whether it might, is not asked here.
    ///
    /// # Errors
    /// Why it does not count, in a sentence.
    pub fn verify(&self, namespace: &str, bytes: &[u8]) -> Result<Signer, SigError> {
        if self.namespace != namespace {
            return Err(SigError::Namespace { found: shortened(&self.namespace), wanted: namespace.to_owned() });
        }
        let presence = check::check(&self.key, &self.made, &signed(namespace, self.hash, bytes))?;
        Ok(Signer {
            key: self.key.clone(),
            touched: presence.map(|p| p.touched),
            pin: presence.map(|p| p.pin),
            counter: presence.map(|p| p.counter),
        })
    }
}

/// Reads and checks in one go.
///
/// # Errors
/// Why it does not count, in a sentence.
pub fn verify(text: &str, namespace: &str, bytes: &[u8]) -> Result<Signer, SigError> {
    Signature::parse(text)?.verify(namespace, bytes)
}

/// What a key is to sign for `bytes` to be signed in this namespace, with SHA-512.
pub(super) fn to_sign(namespace: &str, bytes: &[u8]) -> Vec<u8> {
    signed(namespace, Hash::Sha512, bytes)
}

/// The envelope of what `key` made of [`to_sign`], as one line of base64.
pub(super) fn envelope(key: &Key, namespace: &str, made: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(64 + key.blob().len() + namespace.len() + made.len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&VERSION.to_be_bytes());
    put_string(&mut bytes, key.blob());
    put_string(&mut bytes, namespace.as_bytes());
    put_string(&mut bytes, b"");
    put_string(&mut bytes, b"sha512");
    put_string(&mut bytes, made);
    STANDARD.encode(bytes)
}

/// Bare base64 in the armour that `ssh-keygen -Y verify -s FILE` reads.
#[must_use]
pub fn armoured(bare: &str) -> String {
    let mut text = String::with_capacity(bare.len() + bare.len() / COLUMNS + 64);
    text.push_str(BEGIN);
    for (i, c) in bare.chars().enumerate() {
        if i % COLUMNS == 0 {
            text.push('\n');
        }
        text.push(c);
    }
    text.push('\n');
    text.push_str(END);
    text.push('\n');
    text
}

fn signed(namespace: &str, hash: Hash, bytes: &[u8]) -> Vec<u8> {
    let (name, digest) = match hash {
        Hash::Sha256 => ("sha256", digest::digest(&digest::SHA256, bytes)),
        Hash::Sha512 => ("sha512", digest::digest(&digest::SHA512, bytes)),
    };
    let mut message = Vec::with_capacity(128 + namespace.len());
    message.extend_from_slice(MAGIC);
    put_string(&mut message, namespace.as_bytes());
    put_string(&mut message, b"");
    put_string(&mut message, name.as_bytes());
    put_string(&mut message, digest.as_ref());
    message
}

/// Base64 without armour and white space. One signature only: the stock tool would read the first of several and be silent.
pub(super) fn bare(text: &str) -> Result<std::borrow::Cow<'_, str>, SigError> {
    let text = text.trim();
    let inner = match text.strip_prefix(BEGIN) {
        None => text,
        Some(rest) => rest.strip_suffix(END).ok_or(SigError::Form("its last line, END SSH SIGNATURE, is missing"))?,
    };
    if inner.bytes().any(|b| b.is_ascii_whitespace()) {
        return Ok(inner.split_ascii_whitespace().collect::<String>().into());
    }
    Ok(inner.into())
}
