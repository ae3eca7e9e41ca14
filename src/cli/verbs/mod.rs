//! One file for each verb.

pub mod completions;
pub mod init;
pub mod supervise;
