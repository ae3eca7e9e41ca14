//! Is a status document signed by one of its operator's keys? Knows the roster's words; the checking is done in `keys`.

use crate::keys::Key;
use crate::keys::Signature;

/// Whether one of `keys` (key lines) signed exactly these bytes for this namespace.
///
/// # Errors
/// Why it does not count, in a sentence.
pub(super) fn verify(bytes: &[u8], sig: &str, namespace: &str, keys: &[String]) -> Result<(), String> {
    let signature = Signature::parse(sig).map_err(|why| why.to_string())?;
    if keys.is_empty() {
        return Err("the roster has no key for this operator; add `keys = [\"ssh-ed25519 …\"]`".to_owned());
    }
    let signer = signature.key();
    if !keys.iter().filter_map(|k| Key::parse(k).ok()).any(|k| k == *signer) {
        let (kind, print) = (signer.kind().as_str(), signer.fingerprint());
        return Err(format!("signed by {kind} key {print}, which the roster does not give to this operator"));
    }
    signature.verify(namespace, bytes).map(|_| ()).map_err(|why| why.to_string())
}
