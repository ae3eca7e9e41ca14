//! What warroom is about, and nothing else: names, times, entries, the incident, commands and verdicts.
//! PURE: no tokio, no files, no clock, no colours, no randomness; whatever it needs is handed in.

pub mod command;
pub mod decide;
pub mod entry;
pub mod event;
pub mod id;
pub mod incident;
pub mod observation;
pub mod pattern;
pub mod policy;
pub mod raw;
pub mod rollback;
pub mod roster;
pub mod run;
pub mod sheet;
pub mod signal;
pub mod slo;
pub mod statement;
pub mod subject;
pub mod text;
pub mod time;
pub mod validator;
pub mod verdict;
pub mod votes;
pub mod watch;
pub mod writer_name;
