//! What several tests share.

pub mod faulty;
pub mod journal;
pub mod pty;
pub mod recorded;
pub mod rust_text;
pub mod signer;
pub mod warroom;
