//! What several tests share.

pub mod journal;
pub mod pty;
pub mod rust_text;
pub mod signer;
pub mod warroom;
