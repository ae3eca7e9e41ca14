//! What people may ask of an incident: imperative, plain data. The console, the command line and drill scripts share it.

mod kinds;
mod words;

pub use kinds::{AccessCommand, Command, MatterCommand, Request, RoleCommand, WordCommand};
pub use words::{VERBS, VerbForm, parse};
