//! OpenSSH public keys as people paste them: one line, no options. Checked when read, so that a cut-off key is found
//! on a quiet day. Must not verify anything.

use ssh_key::PublicKey;

/// Longest key line that is read: an RSA key of 16,384 bits takes under 3 KiB. A longer one is a problem.
const MAX_KEY: usize = 4 * 1024;

/// Whether it is one public key; the sentence says what is wrong with it.
pub(super) fn check(text: &str) -> Result<(), String> {
    let text = text.trim();
    if text.contains("PRIVATE KEY") {
        return Err(
            "this is a PRIVATE key; take it out of the file, make a new one, and give the line of the .pub file"
                .to_owned(),
        );
    }
    if text.len() > MAX_KEY || text.lines().count() != 1 {
        return Err("a key is one line, as in the .pub file".to_owned());
    }
    match PublicKey::from_openssh(text) {
        Ok(_) => Ok(()),
        // A kind that this version cannot read whole (ecdsa): kept, and said to be unusable where it would be used.
        Err(ssh_key::Error::AlgorithmUnknown) if text.starts_with("ecdsa-") || text.starts_with("sk-ecdsa-") => Ok(()),
        Err(why) => Err(format!(
            "not an OpenSSH public key ({why}); paste the whole line of the .pub file, `ssh-ed25519 AAAA… name`"
        )),
    }
}

/// The part that makes two keys the same: algorithm and blob, without the comment.
pub(super) fn identity(text: &str) -> String {
    text.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
}
