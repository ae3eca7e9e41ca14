//! What several tests share.

pub mod rust_text;
pub mod warroom;
