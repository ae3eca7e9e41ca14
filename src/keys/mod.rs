//! Keys and signatures: OpenSSH public keys, SSHSIG, session keys, and people's own keys wherever they hold them.
//! Knows nothing of logs, people and roles: it says which key signed which bytes, and others say what that is worth.

mod check;
mod fault;
mod key;
mod kind;
pub mod namespace;
pub mod own;
mod session;
mod session_file;
pub mod sshsig;
mod wire;

pub use fault::{KeyError, SigError};
pub use key::Key;
pub use kind::KeyKind;
pub use session::{NoRandomness, SessionKey};
pub use session_file::{Session, SessionFileError, Voucher};
pub use sshsig::{Signature, Signer};
pub use wire::WireError;
