//! The one test binary; one module for each room or kind of proof.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise, also in what tests share")]

mod architecture;
mod cli_incident;
mod cli_setup;
mod config_file;
mod config_roster;
mod domain_sentence;
mod domain_text;
mod drill_scenario;
mod drill_schedule;
mod journal_crash;
mod journal_files;
mod journal_follow;
mod journal_format;
mod journal_verify;
mod journal_writer;
mod keys_table;
mod live_incident;
mod live_nodes;
mod peers_check;
mod pty_harness;
mod runbook_expect;
mod runbook_fold;
mod runbook_parse;
mod screens_fixture;
mod screens_house;
mod screens_theme;
mod screens_whole;
mod supervisor_steps;
mod support;
mod telemetry_faults;
mod telemetry_metrics;
mod telemetry_poller;
mod telemetry_recorded;
mod telemetry_wire;
