//! Alertmanager: alerts that fire, neither silenced nor inhibited, each once.

mod parse;
mod source;

pub use parse::{ALERTS_LIMIT, alerts};
pub use source::Alertmanager;
