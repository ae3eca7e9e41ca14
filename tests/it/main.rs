//! The one test binary; one module for each room or kind of proof.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test stops at the first surprise, also in what tests share"
)]

mod architecture;
mod cli_docs;
mod cli_doctor;
mod cli_incident;
mod cli_peer;
mod cli_setup;
mod cli_signing;
mod cli_watch;
mod config_file;
mod config_roster;
mod domain_decide;
mod domain_ledger;
mod domain_policy;
mod domain_sentence;
mod domain_statement;
mod domain_text;
mod domain_trust;
mod drill_look_back;
mod drill_play;
mod drill_rehearsal;
mod drill_scenario;
mod drill_schedule;
mod family_bitcoin;
mod family_cometbft;
mod family_day;
mod family_mutants;
mod family_solana;
mod family_substrate;
mod journal_crash;
mod journal_files;
mod journal_follow;
mod journal_format;
mod journal_full_disk;
mod journal_kill;
mod journal_power;
mod journal_recipes;
mod journal_seal;
mod journal_states;
mod journal_trust;
mod journal_verify;
mod journal_writer;
mod keys_mutations;
mod keys_own;
mod keys_session;
mod keys_sshsig;
mod keys_table;
mod live_etcd;
mod live_incident;
mod live_nodes;
mod peers_check;
mod pty_end;
mod pty_faults;
mod pty_harness;
mod pty_panic;
mod pty_screen;
mod report_postmortem;
mod runbook_expect;
mod runbook_fold;
mod runbook_params;
mod runbook_parse;
mod runbook_resume;
mod runbook_shipped;
mod runtime_standings;
mod screens_fixture;
mod screens_house;
mod screens_model;
mod screens_theme;
mod screens_votes;
mod screens_whole;
mod share_bundle;
mod share_etcd;
mod share_folder;
mod share_merge;
mod signing_desk;
mod supervisor_steps;
mod support;
mod telemetry_faults;
mod telemetry_garbage;
mod telemetry_metrics;
mod telemetry_poller;
mod telemetry_recorded;
mod telemetry_wire;
mod verdict_board;
mod verdict_docs;
mod verdict_hold;
mod verdict_rules;
mod verdict_scope;
