//! Checks an SSHSIG over the raw bytes of a status object against an operator's keys.
//! ed25519 (also on a security key) is checked; other kinds of key are refused, with the reason.

use ssh_key::HashAlg;
use ssh_key::PublicKey;
use ssh_key::SshSig;

/// What a peer's signature is for; a signature made for anything else does not count.
pub const NAMESPACE: &str = "warroom-peer@v1";

/// The same, in a drill.
pub const DRILL_NAMESPACE: &str = "warroom-drill@v1";

const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----";
const END: &str = "-----END SSH SIGNATURE-----";

/// Columns of the armour's base64, as ssh-keygen writes it.
const COLUMNS: usize = 70;

/// Whether one of `keys` signed exactly these bytes for this namespace.
///
/// # Errors
/// Why it does not count, in a sentence.
pub(super) fn verify(bytes: &[u8], sig: &str, namespace: &str, keys: &[String]) -> Result<(), String> {
    let signature = SshSig::from_pem(armoured(sig)).map_err(|why| {
        format!("the signature cannot be read ({why}); it is SSHSIG in base64, as `ssh-keygen -Y sign` makes it")
    })?;
    if signature.namespace() != namespace {
        return Err(format!("signed for `{}`, not for `{namespace}`", signature.namespace()));
    }
    if keys.is_empty() {
        return Err("the roster has no key for this operator; add `keys = [\"ssh-ed25519 …\"]`".to_owned());
    }
    let known = keys.iter().filter_map(|k| PublicKey::from_openssh(k).ok());
    let Some(key) = known.into_iter().find(|k| k.key_data() == signature.public_key()) else {
        let print = ssh_key::Fingerprint::new(HashAlg::Sha256, signature.public_key());
        let kind = signature.public_key().algorithm();
        return Err(format!("signed by {kind} key {print}, which the roster does not give to this operator"));
    };
    if !matches!(key.algorithm(), ssh_key::Algorithm::Ed25519 | ssh_key::Algorithm::SkEd25519) {
        return Err(format!(
            "signed by a key of kind {}; only ssh-ed25519 and sk-ssh-ed25519 are checked",
            key.algorithm()
        ));
    }
    key.verify(namespace, bytes, &signature)
        .map_err(|_| "the signature does not fit these bytes: they were changed after signing".to_owned())
}

/// Bare base64 in its armour; an armoured one is taken as it is.
fn armoured(sig: &str) -> String {
    let bare: String = sig.replace(BEGIN, "").replace(END, "").split_whitespace().collect();
    let mut text = String::with_capacity(bare.len() + 80);
    text.push_str(BEGIN);
    text.push('\n');
    for (i, c) in bare.chars().enumerate() {
        if i > 0 && i % COLUMNS == 0 {
            text.push('\n');
        }
        text.push(c);
    }
    text.push('\n');
    text.push_str(END);
    text.push('\n');
    text
}
