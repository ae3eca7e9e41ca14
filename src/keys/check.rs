//! The algorithms themselves: is this a signature of these bytes by this key? All but P-521 by the library that TLS uses too.
//! Must not know of namespaces and envelopes.

use p521::ecdsa::signature::Verifier;
use ring::digest;
use ring::signature as by;

use crate::keys::fault::SigError;
use crate::keys::key::Key;
use crate::keys::key::Parts;
use crate::keys::key::shortened;
use crate::keys::kind::KeyKind;
use crate::keys::wire::Reader;

/// Somebody touched the hardware key (PROTOCOL.u2f, flags).
const TOUCHED: u8 = 0x01;
/// And gave it a PIN or a finger.
const VERIFIED: u8 = 0x04;

/// Longest RSA signature that is looked at; a longer one fits no accepted key.
const RSA_MAX_SIGNATURE: usize = 1024;

/// What a hardware key says of the moment of signing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Presence {
    pub touched: bool,
    pub pin: bool,
    pub counter: u32,
}

/// Checks `signature` (algorithm, then what the algorithm made) over `message`.
pub(super) fn check(key: &Key, signature: &[u8], message: &[u8]) -> Result<Option<Presence>, SigError> {
    let mut reader = Reader::new(signature);
    let algorithm = reader.text()?;
    let rsa = match (key.kind(), algorithm) {
        (KeyKind::Rsa, "rsa-sha2-256") => Some(&by::RSA_PKCS1_2048_8192_SHA256),
        (KeyKind::Rsa, "rsa-sha2-512") => Some(&by::RSA_PKCS1_2048_8192_SHA512),
        (KeyKind::Rsa, _) => return Err(foreign(key, algorithm)),
        (kind, name) if kind.as_str() == name => None,
        _ => return Err(foreign(key, algorithm)),
    };
    let made = reader.string()?;
    let presence = if key.kind().is_hardware() { Some(presence(&mut reader)?) } else { None };
    reader.end()?;
    let fits = match (key.parts(), rsa) {
        (Parts::Rsa { exponent, modulus }, Some(how)) => rsa_fits(how, exponent, modulus, made, message),
        (Parts::Point { point, application }, None) => {
            let outer = application.as_deref().zip(presence).map(|(a, (p, flags))| witnessed(a, flags, p, message));
            point_fits(key.kind(), point, made, outer.as_deref().unwrap_or(message))?
        }
        _ => false,
    };
    if fits { Ok(presence.map(|(presence, _)| presence)) } else { Err(SigError::False) }
}

fn foreign(key: &Key, algorithm: &str) -> SigError {
    SigError::Algorithm { found: shortened(algorithm), kind: key.kind().as_str() }
}

/// Flags and counter, which follow the signature itself.
fn presence(reader: &mut Reader<'_>) -> Result<(Presence, u8), SigError> {
    let flags = reader.byte()?;
    let counter = reader.number()?;
    Ok((Presence { touched: flags & TOUCHED != 0, pin: flags & VERIFIED != 0, counter }, flags))
}

/// What a hardware key really signs (PROTOCOL.u2f): hash of the application, flags, counter, hash of the message.
fn witnessed(application: &[u8], flags: u8, presence: Presence, message: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(2 * digest::SHA256_OUTPUT_LEN + 5);
    bytes.extend_from_slice(digest::digest(&digest::SHA256, application).as_ref());
    bytes.push(flags);
    bytes.extend_from_slice(&presence.counter.to_be_bytes());
    bytes.extend_from_slice(digest::digest(&digest::SHA256, message).as_ref());
    bytes
}

fn rsa_fits(how: &'static by::RsaParameters, exponent: &[u8], modulus: &[u8], made: &[u8], message: &[u8]) -> bool {
    // Zeros in front may be left out on the wire; a signature is as long as its modulus.
    if made.len() > modulus.len() || made.len() > RSA_MAX_SIGNATURE {
        return false;
    }
    let mut padded = vec![0; modulus.len() - made.len()];
    padded.extend_from_slice(made);
    by::RsaPublicKeyComponents { n: modulus, e: exponent }.verify(how, message, &padded).is_ok()
}

fn point_fits(kind: KeyKind, point: &[u8], made: &[u8], message: &[u8]) -> Result<bool, SigError> {
    let how: &'static dyn by::VerificationAlgorithm = match kind {
        KeyKind::Ed25519 | KeyKind::SkEd25519 => {
            return Ok(by::UnparsedPublicKey::new(&by::ED25519, point).verify(message, made).is_ok());
        }
        KeyKind::EcdsaP256 | KeyKind::SkEcdsaP256 => &by::ECDSA_P256_SHA256_FIXED,
        KeyKind::EcdsaP384 => &by::ECDSA_P384_SHA384_FIXED,
        KeyKind::EcdsaP521 => return Ok(p521_fits(point, &fixed(kind, made)?, message)),
        KeyKind::Rsa => return Ok(false),
    };
    Ok(by::UnparsedPublicKey::new(how, point).verify(message, &fixed(kind, made)?).is_ok())
}

/// The two numbers of an ECDSA signature, each as long as the curve's field.
fn fixed(kind: KeyKind, made: &[u8]) -> Result<Vec<u8>, SigError> {
    let (mut reader, field) = (Reader::new(made), kind.field());
    let mut bytes = Vec::with_capacity(2 * field);
    for _ in 0..2 {
        let number = reader.magnitude(field)?;
        bytes.resize(bytes.len() + field - number.len(), 0);
        bytes.extend_from_slice(number);
    }
    reader.end()?;
    Ok(bytes)
}

fn p521_fits(point: &[u8], fixed: &[u8], message: &[u8]) -> bool {
    let key = p521::ecdsa::VerifyingKey::from_sec1_bytes(point);
    let signature = p521::ecdsa::Signature::from_slice(fixed);
    key.ok().zip(signature.ok()).is_some_and(|(key, signature)| key.verify(message, &signature).is_ok())
}
