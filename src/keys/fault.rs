//! Why a key or a signature is not accepted, each with the way out.

use thiserror::Error;

use crate::keys::kind::KINDS;
use crate::keys::wire::WireError;

/// Why something is no key that can be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    /// Somebody pasted the secret half.
    #[error("this is a PRIVATE key; take it out of the file, make a new one, and give the line of the .pub file")]
    Private,
    /// More than one line, or a very long one.
    #[error("a key is one line, as in the .pub file")]
    Line,
    /// The text is no key line.
    #[error("not an OpenSSH public key ({0}); paste the whole line of the .pub file, `ssh-ed25519 AAAA… name`")]
    Form(&'static str),
    /// The bytes in it are no key.
    #[error("not an OpenSSH public key ({0}); paste the whole line of the .pub file, `ssh-ed25519 AAAA… name`")]
    Wire(#[from] WireError),
    /// A certificate names an authority, not a key that a person holds.
    #[error("`{0}` is a certificate; it hangs on an authority and runs out: give the plain key it was made for")]
    Certificate(String),
    /// A kind that is not checked.
    #[error("keys of kind `{0}` are not accepted; these are: {kinds}", kinds = KINDS.join(", "))]
    Kind(String),
    /// An RSA key that is too weak, too long or not sound.
    #[error("this RSA key is not accepted: {0}; make a new one with `ssh-keygen -t ed25519`")]
    Rsa(String),
}

/// Why a signature does not count.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SigError {
    /// No signature in this form.
    #[error("the signature cannot be read ({0}); it is SSHSIG in base64, as `ssh-keygen -Y sign` makes it")]
    Form(&'static str),
    /// Its bytes do not hold together.
    #[error("the signature cannot be read ({0}); it is SSHSIG in base64, as `ssh-keygen -Y sign` makes it")]
    Wire(#[from] WireError),
    /// A version that is not known.
    #[error("the signature is of SSHSIG version {0}; only version 1 is known")]
    Version(u32),
    /// The key in it is not accepted.
    #[error("signed by a key that is not accepted: {0}")]
    Key(#[from] KeyError),
    /// Signed for nothing in particular.
    #[error("the signature names no purpose (its namespace is empty)")]
    NoNamespace,
    /// Signed for something else.
    #[error("signed for `{found}`, not for `{wanted}`")]
    Namespace {
        /// What it was made for.
        found: String,
        /// What it should be for.
        wanted: String,
    },
    /// The reserved field is not empty.
    #[error("the signature carries {0} reserved bytes that nobody has given a meaning to")]
    Reserved(usize),
    /// A hash that is not allowed.
    #[error("the signature hashes with `{0}`; only sha256 and sha512 are accepted")]
    Hash(String),
    /// A signature algorithm that does not go with the key.
    #[error("the signature is made by `{found}`, which is not accepted of a key of kind {kind}")]
    Algorithm {
        /// As it says.
        found: String,
        /// The key's kind.
        kind: &'static str,
    },
    /// It is not a signature of these bytes by this key.
    #[error("the signature does not fit these bytes: they were changed after signing")]
    False,
}
