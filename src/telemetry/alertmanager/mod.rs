//! Alertmanager: alerts that fire, neither silenced nor inhibited, each once; asked for, or posted to us.

mod parse;
mod recent;
mod source;
mod table;
mod webhook;

pub use parse::{ALERTS_LIMIT, Silences, Told, alerts, alerts_with, silences, webhook};
pub use source::Alertmanager;
pub use webhook::Webhook;
