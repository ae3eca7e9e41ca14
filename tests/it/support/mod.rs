//! What several tests share.

pub mod warroom;
pub mod rust_text;
