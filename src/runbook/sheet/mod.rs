//! Restart sheets: the constants that a recovery stands on, typed by the runbook, filled in during the night, linted, frozen.

mod file;
mod lint;
mod model;
mod take;

pub use file::{HEAD_KEYS, MAX_SHEET_BYTES, blank, frozen, read};
pub use lint::{differences, lint};
pub use model::{Constant, Sheet};
pub use take::{given, standing};
