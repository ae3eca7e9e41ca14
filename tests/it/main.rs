//! The one test binary; one module for each room or kind of proof.

mod architecture;
mod cli_setup;
mod domain_text;
mod keys_table;
mod runbook_fold;
mod screens_theme;
mod architecture;
mod support;
