//! Prometheus: any page of metrics by our own tokenizer, and what a Prometheus server itself can tell.

mod api;
mod families;
mod names;
mod source;
mod text;

pub use api::targets_down;
pub use names::{Page, known_values, page};
pub use source::{Prometheus, fetch_page};
pub use text::{LineError, Metric, Metrics, metrics};
