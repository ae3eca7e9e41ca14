//! What several tests share.

pub mod warroom;
