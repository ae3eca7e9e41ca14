//! warroom: the console that people open when a decentralized network is in trouble.

pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod drill;
pub mod journal;
pub mod peers;
pub mod report;
pub mod runbook;
pub mod runtime;
pub mod telemetry;
pub mod ui;
