//! Prometheus: any page of metrics by our own tokenizer, what a Prometheus server itself can tell, and configured queries.

mod api;
mod families;
mod names;
mod query;
mod source;
mod text;

pub use api::{Series, instant, targets_down};
pub use names::{Page, known_values, page};
pub use query::{EVERY_S, Query, answer};
pub use source::{Prometheus, fetch_page};
pub use text::{LineError, Metric, Metrics, metrics};
