//! One file for each verb, or for each group of verbs that are one breath long.

pub mod approve;
pub mod break_glass;
pub mod bundle;
pub mod completions;
pub mod corrections;
pub mod course;
pub mod doctor;
pub mod drill;
pub mod guard;
pub mod init;
pub mod key;
pub mod log;
pub mod matters;
pub mod peer;
pub mod postmortem;
pub mod role;
pub mod runbook;
pub mod share;
pub mod supervise;
pub mod verify;
pub mod watch;
pub mod words;
